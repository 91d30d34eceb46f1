"""The buckets of a chain, and what the functions of hashtable.c do to them, in the order of that file.

The buckets are numbered from the one in the table on, and a position of a bucket is a cell of the arrays `present`,
`mine` and `tagged`. The functions are given the state after an action and whether they are called: they read what the
state has become so far, and assign it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import Truth, all_of, any_of, implies, ite, negate


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How many positions a bucket has, and how many buckets a chain: for a longer one there is no memory."""

    entries_per_bucket: int
    """7 where pointers have 64 bits."""
    buckets_max: int = 3

    @property
    def cells(self) -> int:
        """The number of positions of the longest chain."""
        return self.entries_per_bucket * self.buckets_max

    def cell(self, bucket: int, position: int) -> int:
        """The index of a position in the arrays."""
        return bucket * self.entries_per_bucket + position

    def cells_of(self, bucket: int) -> range:
        """The indexes of a bucket's positions."""
        return range(self.cell(bucket, 0), self.cell(bucket + 1, 0))

    def last_cell(self, bucket: int) -> int:
        """The index of a bucket's last position, where a chained bucket has the pointer to its child."""
        return self.cell(bucket, self.entries_per_bucket - 1)


SMALL: Final = Scope(entries_per_bucket=2)
LARGE: Final = Scope(entries_per_bucket=3)


def is_chained(s: Any, bucket: int) -> Term:
    """Whether a bucket has a child."""
    return all_of(s.chained[bucket] if bucket < len(s.chained) else False)


def is_there(s: Any, bucket: int) -> Term:
    """Whether the chain has so many buckets."""
    return all_of(s.chained[before] for before in range(bucket))


def is_last(s: Any, bucket: int) -> Term:
    """Whether a bucket is the last of the chain."""
    return all_of(is_there(s, bucket), negate(is_chained(s, bucket)))


def is_full(scope: Scope, s: Any, bucket: int) -> Term:
    """Whether no position of a bucket is free (bucketIsFull)."""
    *others, last = scope.cells_of(bucket)
    return all_of(any_of(s.present[last], is_chained(s, bucket)), (s.present[cell] for cell in others))


def is_empty(scope: Scope, s: Any, bucket: int) -> Term:
    """Whether a bucket holds no entry."""
    return negate(any_of(s.present[cell] for cell in scope.cells_of(bucket)))


def holds_one_at_most(scope: Scope, s: Any, bucket: int) -> Term:
    """Whether a bucket holds an entry or none."""
    cells = scope.cells_of(bucket)
    return all_of(negate(all_of(s.present[one], s.present[other])) for one in cells for other in cells if one < other)


def first_of(scope: Scope, s: Any, bucket: int, *, present: bool) -> Iterator[tuple[int, Term]]:
    """Each position of a bucket with whether it is the first that holds an entry, or the first that does not."""
    earlier = all_of()
    for cell in scope.cells_of(bucket):
        wanted = s.present[cell] if present else negate(s.present[cell])
        yield cell, all_of(earlier, wanted)
        earlier = all_of(earlier, negate(wanted))


def found(scope: Scope, s: Any) -> Term:
    """Whether a lookup that walks the chain finds the tracked key (findBucket)."""
    hits = []
    for bucket in range(scope.buckets_max):
        looks = is_there(s, bucket)
        *others, last = scope.cells_of(bucket)
        hits += [all_of(looks, s.present[cell], s.tagged[cell], s.mine[cell]) for cell in others]
        unchained = all_of(looks, negate(is_chained(s, bucket)))
        hits.append(all_of(unchained, s.present[last], s.tagged[last], s.mine[last]))
    return any_of(hits)


def expect(s: Any, when: Truth, *conditions: Truth) -> None:
    """An assertion of the code."""
    s.asserted = all_of(s.asserted, implies(when, all_of(conditions)))


def move_entry(s: Any, target: int, source: int, moves: Term) -> None:
    """Move an entry, with its byte of the hash, to a free position (moveEntry)."""
    expect(s, moves, negate(s.present[target]), s.present[source])
    s.mine[target] = ite(moves, s.mine[source], s.mine[target])
    s.tagged[target] = ite(moves, s.tagged[source], s.tagged[target])
    s.present[target] = any_of(s.present[target], moves)
    s.present[source] = all_of(s.present[source], negate(moves))


def _clear(scope: Scope, s: Any, bucket: int, clears: Term) -> None:
    """Let a bucket be as memory is when it has just been allocated."""
    for cell in scope.cells_of(bucket):
        for array in (s.present, s.mine, s.tagged):
            array[cell] = all_of(array[cell], negate(clears))


def convert_to_chained(scope: Scope, s: Any, bucket: int, converts: Term) -> None:
    """Give a full bucket a child, to which its last entry moves (bucketConvertToChained)."""
    expect(s, converts, negate(s.chained[bucket]))
    _clear(scope, s, bucket + 1, converts)
    move_entry(s, scope.cell(bucket + 1, 0), scope.last_cell(bucket), converts)
    s.chained[bucket] = any_of(s.chained[bucket], converts)
    s.child_buckets = s.child_buckets + ite(converts, 1, 0)


def prune_last_bucket(scope: Scope, s: Any, last: int, prunes: Term) -> None:
    """Free the last bucket; its entry, if it has one, takes the place of the pointer to it (pruneLastBucket)."""
    before_last = last - 1
    few = holds_one_at_most(scope, s, last)
    expect(s, prunes, s.chained[before_last], negate(is_chained(s, last)), few)
    expect(s, prunes, negate(s.present[scope.last_cell(before_last)]))
    s.chained[before_last] = all_of(s.chained[before_last], negate(prunes))
    for cell, is_first in list(first_of(scope, s, last, present=True)):
        move_entry(s, scope.last_cell(before_last), cell, all_of(prunes, is_first))
    _clear(scope, s, last, prunes)
    s.child_buckets = s.child_buckets - ite(prunes, 1, 0)


def fill_hole(scope: Scope, s: Any, bucket: int, hole: int, fills: Term) -> None:
    """Fill a free position with an entry of the last bucket, and free that if it can be spared (fillBucketHole)."""
    expect(s, fills, is_chained(s, bucket), negate(s.present[hole]))
    for last in range(bucket + 1, scope.buckets_max):
        takes = all_of(fills, is_last(s, last))
        for cell, is_first in list(first_of(scope, s, last, present=True)):
            move_entry(s, hole, cell, all_of(takes, is_first))
        prune_last_bucket(scope, s, last, all_of(takes, holds_one_at_most(scope, s, last)))


def _remove_bucket(scope: Scope, s: Any, bucket: int, removes: Term) -> None:
    """Free a bucket in the middle of the chain: those after it come nearer."""
    for at in range(bucket, scope.buckets_max - 1):
        for array in (s.present, s.mine, s.tagged):
            for cell in scope.cells_of(at):
                array[cell] = ite(removes, array[cell + scope.entries_per_bucket], array[cell])
        s.chained[at] = ite(removes, is_chained(s, at + 1), s.chained[at])
    _clear(scope, s, scope.buckets_max - 1, removes)
    s.child_buckets = s.child_buckets - ite(removes, 1, 0)


def compact(scope: Scope, s: Any, going_on: Term) -> None:
    """Free the empty buckets, and fill the holes from the end of the chain (compactBucketChain)."""
    for bucket in range(scope.buckets_max - 1):
        following = bucket + 1
        going_on = all_of(going_on, s.chained[bucket])
        for _ in range(following, scope.buckets_max - 1):
            empty = is_empty(scope, s, following)
            _remove_bucket(scope, s, following, all_of(going_on, is_chained(s, following), empty))
        spare = all_of(negate(is_chained(s, following)), holds_one_at_most(scope, s, following))
        prune_last_bucket(scope, s, following, all_of(going_on, spare))
        going_on = all_of(going_on, negate(spare))
        *others, _ = scope.cells_of(bucket)
        for hole in others:
            fill_hole(scope, s, bucket, hole, all_of(going_on, negate(s.present[hole])))
            going_on = all_of(going_on, s.chained[bucket])


def insert(scope: Scope, s: Any, tracked: Truth) -> None:
    """Put an entry at the first free position of the first bucket that is not full (findBucketForInsert, insert)."""
    walks = all_of()
    for bucket in range(scope.buckets_max):
        full = is_full(scope, s, bucket)
        if bucket < len(s.chained):
            convert_to_chained(scope, s, bucket, all_of(walks, full, negate(s.chained[bucket])))
        for cell, is_first in list(first_of(scope, s, bucket, present=False)):
            puts = all_of(walks, negate(full), is_first)
            s.present[cell] = any_of(s.present[cell], puts)
            s.mine[cell], s.tagged[cell] = ite(puts, tracked, s.mine[cell]), ite(puts, tracked, s.tagged[cell])
        walks = all_of(walks, full)
    s.used = s.used + 1
