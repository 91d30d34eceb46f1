"""What can be seen in the two tables, and what the functions of hashtable.c do to them.

The latter are given the state after an action: they read what it has become so far, and assign it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, cast, implies, ite, negate
from redproof_model.systems.hashtable.tables.scope import ALLOW, Scope

IDLE = -1


def is_rehashing(s: Any) -> Term:
    """Whether entries are on their way to table 1 (hashtableIsRehashing)."""
    return any_of(s.rehash_idx != IDLE)


def mask(size: Term) -> Term:
    """What of a hash chooses the bucket; 0 if there is no table (expToMask)."""
    return ite(size == 0, size, size - 1)


def home0(s: Any, key: int) -> Term:
    """The bucket of table 0 for the key's hash."""
    home: Term = s.hash[key] & mask(s.size0)
    return home


def home1(s: Any, key: int) -> Term:
    """The bucket of table 1 for the key's hash."""
    home: Term = s.hash[key] & mask(s.size1)
    return home


def is_skipped(scope: Scope, s: Any, bucket: Term) -> Term:
    """Whether a bucket of table 0 has been rehashed already, so that nobody looks into it."""
    return all_of(is_rehashing(s), scope.wide(bucket) < scope.wide(s.rehash_idx))


def used1(s: Any) -> Term:
    """The number of entries in table 1 (used[1])."""
    number: Term = s.used - s.used0
    return number


def found_in_0(scope: Scope, s: Any, key: int) -> Term:
    """Whether a lookup meets the key in its chain of table 0, with the byte of its hash."""
    looks = all_of(s.used0 != 0, negate(is_skipped(scope, s, home0(s, key))))
    return all_of(looks, s.in0[key], s.bucket0[key] == home0(s, key), s.tag0[key] == scope.high_bits(s.hash[key]))


def found_in_1(scope: Scope, s: Any, key: int) -> Term:
    """Whether a lookup meets the key in its chain of table 1, with the byte of its hash."""
    looks = used1(s) != 0
    return all_of(looks, s.in1[key], s.bucket1[key] == home1(s, key), s.tag1[key] == scope.high_bits(s.hash[key]))


def found(scope: Scope, s: Any, key: int) -> Term:
    """Whether a lookup finds the key (findBucket)."""
    return any_of(found_in_0(scope, s, key), found_in_1(scope, s, key))


def found_by_increments(scope: Scope, s: Any, key: int) -> Term:
    """Whether a lookup in several parts finds the key, between which nothing changes (hashtableIncrementalFindStep)."""
    tag = scope.high_bits(s.hash[key])
    in0 = all_of(s.in0[key], s.bucket0[key] == home0(s, key), s.tag0[key] == tag)
    in1 = all_of(is_rehashing(s), s.in1[key], s.bucket1[key] == home1(s, key), s.tag1[key] == tag)
    return all_of(s.used != 0, any_of(all_of(negate(is_skipped(scope, s, home0(s, key))), in0), in1))


def scanned(scope: Scope, s: Any, key: int) -> Term:
    """Whether a scan returns the key when its cursor is in the key's buckets (hashtableScan)."""
    in0 = all_of(s.in0[key], s.bucket0[key] == home0(s, key), negate(is_skipped(scope, s, home0(s, key))))
    in1 = all_of(is_rehashing(s), s.in1[key], s.bucket1[key] == home1(s, key))
    return all_of(s.used != 0, any_of(in0, in1))


def may_step(s: Any) -> Term:
    """Whether a chain may be moved: nobody iterates."""
    return all_of(is_rehashing(s), s.pause_rehash == 0)


def tally(scope: Scope, conditions: Iterable[Term]) -> Term:
    """How many of the conditions hold, as a count of keys."""
    first, *rest = (cast(condition, scope.number) for condition in conditions)
    return sum(rest, start=first)


def step(scope: Scope, s: Any, moved: Any) -> None:
    """Move the chain at `rehash_idx`, with `moved` others in it, and go on to the next (rehashStep).

    The others of table 0 lie at `rehash_idx` or above, as the tracked key does; the last chain holds all that are left.
    """
    others = s.used0 - tally(scope, s.in0)
    following = s.rehash_idx + 1
    is_last = scope.wide(following) == scope.wide(s.size0)
    s.require(moved >= 0, any_of(moved == 0, moved <= others))
    if scope.others:
        s.require(implies(is_last, moved == others))
    at_index = (cast(bucket, scope.number) == s.rehash_idx for bucket in s.bucket0)
    _move(scope, s, [all_of(held, here) for held, here in zip(s.in0, at_index, strict=True)], moved)
    s.rehash_idx = following
    _complete(s, is_last)


def _move(scope: Scope, s: Any, moves: Sequence[Term], others: Any) -> None:
    """Move entries with their stored bytes; a smaller table's bucket is told by the larger's alone (rehashBucket)."""
    shrinks = s.size1 < s.size0
    s.used0 = s.used0 - tally(scope, moves) - others
    for key, is_moved in enumerate(moves):
        known_bits = ite(shrinks, s.bucket0[key], s.hash[key])
        s.in0[key], s.in1[key] = all_of(s.in0[key], negate(is_moved)), any_of(s.in1[key], is_moved)
        s.bucket1[key] = ite(is_moved, known_bits & mask(s.size1), s.bucket1[key])
        s.tag1[key] = ite(is_moved, s.tag0[key], s.tag1[key])
        s.bucket0[key], s.tag0[key] = ite(is_moved, 0, s.bucket0[key]), ite(is_moved, 0, s.tag0[key])


def _complete(s: Any, done: Term) -> None:
    """Let table 1 take the place of table 0, which is freed with all that is in it (rehashingCompleted)."""
    for at0, at1, nothing in (
        (s.in0, s.in1, False),
        (s.bucket0, s.bucket1, 0),
        (s.tag0, s.tag1, 0),
    ):
        for key in range(len(at0)):
            at0[key], at1[key] = ite(done, at1[key], at0[key]), ite(done, nothing, at1[key])
    s.size0, s.size1 = ite(done, s.size1, s.size0), ite(done, 0, s.size1)
    s.used = ite(done, used1(s), s.used)
    s.used0 = ite(done, s.used, s.used0)
    s.rehash_idx = ite(done, IDLE, s.rehash_idx)


def size_for(scope: Scope, number: Term) -> Term:
    """The number of buckets of a new table for so many entries, at least one, a power of two (nextBucketExp)."""
    last = (number * scope.bucket_factor - 1) >> scope.bucket_divisor_log2
    shift = 1
    while shift < scope.hash_bits:
        last = last | last >> shift
        shift *= 2
    return cast(last, scope.position) + 1


def resize(scope: Scope, s: Any, size: Term, children: Any) -> None:
    """Begin to rehash to an empty table 1 of this size; without an entry or a child in table 0 it ends at once."""
    for key in range(scope.tracked):
        s.in1[key] = False
    s.used, s.size1, s.rehash_idx = s.used0, size, 0
    _complete(s, all_of(s.used0 == 0, any_of(s.size0 == 0, negate(children))))


def by_policy(s: Any, capacity: Term, percent: tuple[int, int]) -> Term:
    """A capacity times the soft limit, or the hard one where resizing is to be avoided."""
    soft, hard = percent
    return ite(s.policy == ALLOW, capacity * soft, capacity * hard)


def is_full(scope: Scope, s: Any) -> Term:
    """Whether one more entry is too many for the table that it would go into (hashtableExpandIfNeeded)."""
    capacity = scope.capacity(ite(is_rehashing(s), s.size1, s.size0))
    return scope.wide(s.used + 1) * 100 > by_policy(s, capacity, scope.max_fill_percent)


def is_sparse(scope: Scope, s: Any) -> Term:
    """Whether table 0 has so few entries that it is to shrink (hashtableShrinkIfNeeded)."""
    return scope.wide(s.used0) * 100 <= by_policy(s, scope.capacity(s.size0), scope.min_fill_percent)


def insert(scope: Scope, s: Any, key: int) -> None:
    """Put a key that is not there where insertions go (insert, findBucketForInsert)."""
    to1 = is_rehashing(s)
    tag = scope.high_bits(s.hash[key])
    s.in0[key], s.in1[key] = any_of(s.in0[key], negate(to1)), any_of(s.in1[key], to1)
    s.bucket0[key], s.bucket1[key] = ite(to1, s.bucket0[key], home0(s, key)), ite(to1, home1(s, key), s.bucket1[key])
    s.tag0[key], s.tag1[key] = ite(to1, s.tag0[key], tag), ite(to1, tag, s.tag1[key])
    count_inserted(s)


def count_inserted(s: Any) -> None:
    """Count one entry more in the table that insertions go to."""
    s.used = s.used + 1
    s.used0 = ite(is_rehashing(s), s.used0, s.used0 + 1)


def remove(scope: Scope, s: Any, key: int) -> None:
    """Take a key out of the table in which a lookup finds it (hashtablePop)."""
    from0 = found_in_0(scope, s, key)
    from1 = all_of(negate(from0), found_in_1(scope, s, key))
    s.in0[key], s.in1[key] = all_of(s.in0[key], negate(from0)), all_of(s.in1[key], negate(from1))
    s.bucket0[key], s.bucket1[key] = ite(from0, 0, s.bucket0[key]), ite(from1, 0, s.bucket1[key])
    s.tag0[key], s.tag1[key] = ite(from0, 0, s.tag0[key]), ite(from1, 0, s.tag1[key])
    s.used = s.used - cast(any_of(from0, from1), scope.number)
    s.used0 = s.used0 - cast(from0, scope.number)
