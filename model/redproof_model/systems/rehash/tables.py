"""What can be seen in the two tables, and the parts that operations are made of, in the order of dict.c.

The parts are given the state after an action: they read what it has become so far, and assign it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, cast, count, implies, ite, negate
from redproof_model.systems.rehash.scope import Scope

IDLE = -1


def is_mask(mask: Term) -> Term:
    """Whether a table of `mask` + 1 buckets has a power of two of them."""
    return any_of(mask & (mask + 1) == 0)


def is_rehashing(s: Any) -> Term:
    """Whether keys are on their way to table 1 (dictIsRehashing)."""
    return any_of(s.rehashidx != IDLE)


def bucket_of(s: Any, key: int) -> Term:
    """The bucket of table 0 that an operation on the key looks into."""
    bucket: Term = s.hash[key] & s.mask0
    return bucket


def found_in_0(s: Any, key: int) -> Term:
    """Whether a lookup meets the key in the bucket of table 0 where it belongs."""
    return all_of(s.in0[key], s.bucket0[key] == bucket_of(s, key))


def found_in_1(s: Any, key: int) -> Term:
    """Whether a lookup, which goes on to table 1 while the dict is rehashed, meets the key there."""
    return all_of(is_rehashing(s), s.in1[key], s.bucket1[key] == s.hash[key] & s.mask1)


def found(s: Any, key: int) -> Term:
    """Whether a lookup finds the key (dictFind)."""
    return any_of(found_in_0(s, key), found_in_1(s, key))


def found_skipping(scope: Scope, s: Any, key: int) -> Term:
    """Whether the lookup of Redis 7.2 and later finds it, which skips the buckets of table 0 below `rehashidx`."""
    was_moved = scope.as_index(bucket_of(s, key)) < s.rehashidx
    return any_of(all_of(negate(was_moved), found_in_0(s, key)), found_in_1(s, key))


def is_held_back(scope: Scope, s: Any) -> Term:
    """Whether a child process stops the rehash, which it does unless the sizes are far apart (dictRehash)."""
    return all_of(s.child, s.size1 < s.size0 * scope.stall_ratio, s.size0 < s.size1 * scope.shrinking_stall_ratio)


def may_step(scope: Scope, s: Any) -> Term:
    """Whether an operation moves a bucket (_dictRehashStep)."""
    return all_of(is_rehashing(s), s.pauserehash == 0, negate(is_held_back(scope, s)))


def look(scope: Scope, s: Any, bucket: Term, visited: Any, moved: Any = 0, own: Any = None) -> None:
    """The step of an operation that looks into a bucket of table 0, its `own` if that is to be moved.

    From Redis 7.4 on it is moved instead of the next one, if it holds keys (_dictRehashStepIfNeeded). Whether others
    lie there is for the action to choose.
    """
    if not scope.moves_visited:
        step(scope, s, visited, moved)
        return
    is_ahead = all_of(is_rehashing(s), s.used0 > 0, scope.as_index(bucket) >= s.rehashidx)
    is_known = any_of(all_of(is_ahead, s.in0[key], s.bucket0[key] == bucket) for key in range(scope.tracked))
    if own is None:
        own = is_known
    else:
        s.require(implies(all_of(may_step(scope, s), is_known), own), implies(own, is_ahead))
    step(scope, s, visited, moved, own, bucket)


class _Course(NamedTuple):
    """What a step does: it `looks` for keys to move, `passes` from bucket to bucket, and `gives_up` at the `target`."""

    looks: Term
    passes: Term
    gives_up: Term
    target: Term


def step(scope: Scope, s: Any, visited: Any, moved: Any = 0, own: Any = False, bucket: Term | None = None) -> None:
    """Pass `visited` empty buckets and move the next one, unless the limit is reached (dictRehash with n = 1).

    How many are empty follows from where the keys are: with another number the action is not possible. `moved` others
    are in the bucket too. An operation's `own` bucket is moved without passing any (_dictBucketRehash).
    """
    stepping = may_step(scope, s)
    looks = all_of(stepping, s.used0 > 0)
    passes = all_of(looks, negate(own))
    gives_up = all_of(passes, visited == scope.visits_max)
    following = s.rehashidx + visited
    target = following if bucket is None else ite(own, scope.as_index(bucket), following)
    moves = [
        all_of(looks, negate(gives_up), s.in0[key], scope.as_index(s.bucket0[key]) == target)
        for key in range(scope.tracked)
    ]
    _require_what_lies_there(scope, s, _Course(looks, passes, gives_up, target), visited, moved, moves)
    leaving = count(moves) + moved
    s.used0, s.used1 = s.used0 - leaving, s.used1 + leaving
    for key, is_moved in enumerate(moves):
        s.in0[key] = all_of(s.in0[key], negate(is_moved))
        s.in1[key] = any_of(s.in1[key], is_moved)
        s.bucket1[key] = ite(is_moved, _bucket_to_be(scope, s, key), s.bucket1[key])
        s.bucket0[key] = ite(is_moved, 0, s.bucket0[key])
    s.rehashidx = ite(passes, target + cast(negate(gives_up), scope.index), s.rehashidx)
    _finish(scope, s, all_of(stepping, negate(gives_up), s.used0 == 0))


def _require_what_lies_there(
    scope: Scope, s: Any, course: _Course, visited: Any, moved: Any, moves: Sequence[Term]
) -> None:
    """Require that the buckets passed are empty and that the one moved is not.

    The others of table 0 lie at `rehashidx` or above, as the tracked key does; the last bucket holds all that are left.
    """
    looks, passes, gives_up, target = course
    moving = all_of(looks, negate(gives_up))
    s.require(visited >= 0, visited <= scope.visits_max)
    s.require(implies(negate(passes), visited == 0), implies(negate(moving), moved == 0))
    for key in range(scope.tracked):
        bucket = scope.as_index(s.bucket0[key])
        s.require(negate(all_of(passes, s.in0[key], s.rehashidx <= bucket, bucket < target)))
    s.require(any_of(negate(moving), moved != 0, *moves))
    if scope.others:
        others, last = s.used0 - count(s.in0), scope.as_index(s.mask0)
        none_above = ite(passes, target, s.rehashidx) == last
        s.require(moved <= others, implies(looks, target <= last))
        s.require(implies(all_of(moving, none_above), moved == others))


def _bucket_to_be(scope: Scope, s: Any, key: int) -> Term:
    """The bucket of table 1 to which a key is moved (rehashEntriesInBucketAtIndex)."""
    hashed = s.hash[key] & s.mask1
    return ite(s.mask1 < s.mask0, s.bucket0[key] & s.mask1, hashed) if scope.masks_buckets else hashed


def _finish(scope: Scope, s: Any, done: Term) -> None:
    """Let table 1 take the place of table 0, which is freed with all that is in it."""
    for key in range(scope.tracked):
        s.in0[key] = ite(done, s.in1[key], s.in0[key])
        s.in1[key] = all_of(s.in1[key], negate(done))
        s.bucket0[key] = ite(done, s.bucket1[key], s.bucket0[key])
        s.bucket1[key] = ite(done, 0, s.bucket1[key])
    s.mask0, s.mask1 = ite(done, s.mask1, s.mask0), ite(done, 0, s.mask1)
    s.size0, s.size1 = ite(done, s.size1, s.size0), ite(done, 0, s.size1)
    s.used0, s.used1 = ite(done, s.used1, s.used0), ite(done, 0, s.used1)
    s.rehashidx = ite(done, IDLE, s.rehashidx)


def is_full(scope: Scope, s: Any) -> Term:
    """Whether table 0 is to grow before the next key (_dictExpandIfNeeded)."""
    return any_of(all_of(negate(s.child), s.used0 >= s.size0), s.used0 >= s.size0 * scope.forced_load)


def is_sparse(scope: Scope, s: Any) -> Term:
    """Whether table 0 is to shrink when somebody asks (htNeedsResize, from Redis 7.4 on _dictShrinkIfNeeded)."""
    needed = s.used0 * scope.sparse_ratio
    is_little = needed <= s.size0 if scope.sparse_inclusive else needed < s.size0
    forced = scope.forced_sparse_ratio
    is_least = any_of() if forced is None else s.used0 * forced <= s.size0
    return all_of(s.size0 > scope.initial_size, any_of(all_of(negate(s.child), is_little), is_least))


def expand(scope: Scope, s: Any, mask: Any, buckets: Any) -> None:
    """Begin to move to a larger table, if table 0 is full (_dictExpandIfNeeded)."""
    starts = all_of(negate(is_rehashing(s)), is_full(scope, s))
    if scope.others:
        s.require(implies(negate(starts), all_of(mask == 0, buckets == 0)))
    start(scope, s, starts, s.used0 * 2 if scope.doubles else s.used0 + 1, mask, buckets)


def start(scope: Scope, s: Any, starts: Term, room: Term, mask: Any, buckets: Any) -> None:
    """Begin to rehash to an empty table 1, the smallest that has as many buckets as there is to be room for.

    That is a power of two and no less than the initial size; the size that table 0 has is refused (_dictExpand).
    """
    if scope.others:
        fits = any_of(buckets == scope.initial_size, all_of(buckets >= scope.initial_size, buckets < room * 2))
        s.require(implies(starts, all_of(is_mask(mask), mask >= scope.initial_size - 1, buckets >= room, fits)))
    else:
        mask, buckets = scope.smallest_table(room)
    s.require(implies(starts, mask != s.mask0))
    replaces = all_of(starts, s.used0 == 0, scope.replaces_empty)
    s.mask0, s.size0 = ite(replaces, mask, s.mask0), ite(replaces, buckets, s.size0)
    begins = all_of(starts, negate(replaces))
    for key in range(scope.tracked):
        s.in1[key] = all_of(s.in1[key], negate(begins))
    s.used1 = ite(begins, 0, s.used1)
    s.mask1, s.size1 = ite(begins, mask, s.mask1), ite(begins, buckets, s.size1)
    s.rehashidx = ite(begins, 0, s.rehashidx)


def link(scope: Scope, s: Any, key: int, added: Term) -> None:
    """Put a key that is not there into table 1 while the dict is rehashed, else into table 0 (dictAddRaw)."""
    to1 = all_of(added, is_rehashing(s))
    to0 = all_of(added, negate(is_rehashing(s)))
    s.in0[key], s.in1[key] = any_of(s.in0[key], to0), any_of(s.in1[key], to1)
    s.bucket0[key] = ite(to0, bucket_of(s, key), s.bucket0[key])
    s.bucket1[key] = ite(to1, s.hash[key] & s.mask1, s.bucket1[key])
    s.used0, s.used1 = s.used0 + count(to0), s.used1 + count(to1)


def unlink(s: Any, key: int) -> None:
    """Take a key out of the table in which a lookup finds it (dictGenericDelete)."""
    from0 = found_in_0(s, key)
    from1 = all_of(negate(from0), found_in_1(s, key))
    s.in0[key], s.in1[key] = all_of(s.in0[key], negate(from0)), all_of(s.in1[key], negate(from1))
    s.bucket0[key], s.bucket1[key] = ite(from0, 0, s.bucket0[key]), ite(from1, 0, s.bucket1[key])
    s.used0, s.used1 = s.used0 - count(from0), s.used1 - count(from1)


def unlink_other(s: Any, from0: Term) -> None:
    """Take a key that is not tracked out of either table, where there is one."""
    s.require(ite(from0, s.used0 > count(s.in0), s.used1 > count(s.in1)))
    s.used0, s.used1 = s.used0 - count(from0), s.used1 - count(negate(from0))
