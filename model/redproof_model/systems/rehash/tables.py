"""What can be seen in the two tables, and the parts that operations are made of, in the order of dict.c.

The parts are given the state after an action: they read what it has become so far, and assign it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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


def found_in_0(s: Any, key: int) -> Term:
    """Whether a lookup meets the key in the bucket of table 0 where it belongs."""
    return all_of(s.in0[key], s.bucket0[key] == s.hash[key] & s.mask0)


def found_in_1(s: Any, key: int) -> Term:
    """Whether a lookup, which goes on to table 1 while the dict is rehashed, meets the key there."""
    return all_of(is_rehashing(s), s.in1[key], s.bucket1[key] == s.hash[key] & s.mask1)


def found(s: Any, key: int) -> Term:
    """Whether a lookup finds the key (dictFind)."""
    return any_of(found_in_0(s, key), found_in_1(s, key))


def found_skipping(scope: Scope, s: Any, key: int) -> Term:
    """Whether the lookup of Redis 7.2 and later finds it, which skips the buckets of table 0 below `rehashidx`."""
    was_moved = scope.as_index(s.hash[key] & s.mask0) < s.rehashidx
    return any_of(all_of(negate(was_moved), found_in_0(s, key)), found_in_1(s, key))


def is_held_back(scope: Scope, s: Any) -> Term:
    """Whether a child process stops the rehash, which it does unless the sizes are far apart (dictRehash)."""
    return all_of(s.child, s.size1 < s.size0 * scope.stall_ratio, s.size0 < s.size1 * scope.stall_ratio)


def may_step(scope: Scope, s: Any) -> Term:
    """Whether an operation moves a bucket (_dictRehashStep)."""
    return all_of(is_rehashing(s), s.pauserehash == 0, negate(is_held_back(scope, s)))


def step(scope: Scope, s: Any, visited: Any, moved: Any = 0) -> None:
    """Pass `visited` empty buckets and move the next one, unless the limit is reached (dictRehash with n = 1).

    How many are empty follows from where the keys are: with another number the action is not possible. `moved` others
    are in the bucket too.
    """
    stepping = may_step(scope, s)
    looks = all_of(stepping, s.used0 > 0)
    gives_up = all_of(looks, visited == scope.visits_max)
    target = s.rehashidx + visited
    moves = [
        all_of(looks, negate(gives_up), s.in0[key], scope.as_index(s.bucket0[key]) == target)
        for key in range(scope.tracked)
    ]
    _require_what_lies_there(scope, s, looks, gives_up, visited, moved, moves)
    leaving = count(moves) + moved
    s.used0, s.used1 = s.used0 - leaving, s.used1 + leaving
    for key, is_moved in enumerate(moves):
        s.in0[key] = all_of(s.in0[key], negate(is_moved))
        s.in1[key] = any_of(s.in1[key], is_moved)
        s.bucket0[key] = ite(is_moved, 0, s.bucket0[key])
        s.bucket1[key] = ite(is_moved, s.hash[key] & s.mask1, s.bucket1[key])
    s.rehashidx = ite(looks, target + cast(negate(gives_up), scope.index), s.rehashidx)
    _finish(scope, s, all_of(stepping, negate(gives_up), s.used0 == 0))


def _require_what_lies_there(
    scope: Scope, s: Any, looks: Term, gives_up: Term, visited: Any, moved: Any, moves: Sequence[Term]
) -> None:
    """Require that the buckets passed are empty and that the one moved is not.

    The others of table 0 lie at `rehashidx` or above, as the tracked key does; the last bucket holds all that are left.
    """
    target = s.rehashidx + visited
    s.require(visited >= 0, visited <= scope.visits_max)
    s.require(implies(negate(looks), all_of(visited == 0, moved == 0)), implies(gives_up, moved == 0))
    for key in range(scope.tracked):
        bucket = scope.as_index(s.bucket0[key])
        s.require(negate(all_of(looks, s.in0[key], s.rehashidx <= bucket, bucket < target)))
    s.require(any_of(negate(looks), gives_up, moved != 0, *moves))
    if scope.others:
        others, last = s.used0 - count(s.in0), scope.as_index(s.mask0)
        s.require(moved <= others, implies(looks, target <= last))
        s.require(implies(all_of(looks, negate(gives_up), target == last), moved == others))


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
    return any_of(all_of(negate(s.child), s.used0 >= s.size0), s.used0 >= s.size0 * (scope.force_ratio + 1))


def is_sparse(scope: Scope, s: Any) -> Term:
    """Whether table 0 is to shrink when somebody asks (htNeedsResize)."""
    return all_of(s.size0 > scope.initial_size, s.used0 * 100 < s.size0 * scope.fill_percent_min)


def expand(scope: Scope, s: Any, mask: Any, buckets: Any) -> None:
    """Begin to move to a table for one key more than there are, if table 0 is full (_dictExpandIfNeeded)."""
    starts = all_of(negate(is_rehashing(s)), is_full(scope, s))
    if scope.others:
        s.require(implies(negate(starts), all_of(mask == 0, buckets == 0)))
    start(scope, s, starts, s.used0 + 1, mask, buckets)


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
    for key in range(scope.tracked):
        s.in1[key] = all_of(s.in1[key], negate(starts))
    s.used1 = ite(starts, 0, s.used1)
    s.mask1, s.size1 = ite(starts, mask, s.mask1), ite(starts, buckets, s.size1)
    s.rehashidx = ite(starts, 0, s.rehashidx)


def link(scope: Scope, s: Any, key: int, added: Term) -> None:
    """Put a key that is not there into table 1 while the dict is rehashed, else into table 0 (dictAddRaw)."""
    to1 = all_of(added, is_rehashing(s))
    to0 = all_of(added, negate(is_rehashing(s)))
    s.in0[key], s.in1[key] = any_of(s.in0[key], to0), any_of(s.in1[key], to1)
    s.bucket0[key] = ite(to0, s.hash[key] & s.mask0, s.bucket0[key])
    s.bucket1[key] = ite(to1, s.hash[key] & s.mask1, s.bucket1[key])
    s.used0, s.used1 = s.used0 + count(to0), s.used1 + count(to1)


def unlink(s: Any, key: int) -> None:
    """Take a key out of the table in which a lookup finds it (dictGenericDelete)."""
    from0 = found_in_0(s, key)
    from1 = all_of(negate(from0), found_in_1(s, key))
    s.in0[key], s.in1[key] = all_of(s.in0[key], negate(from0)), all_of(s.in1[key], negate(from1))
    s.bucket0[key], s.bucket1[key] = ite(from0, 0, s.bucket0[key]), ite(from1, 0, s.bucket1[key])
    s.used0, s.used1 = s.used0 - count(from0), s.used1 - count(from1)
