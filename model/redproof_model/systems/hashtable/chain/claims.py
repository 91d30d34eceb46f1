"""What is claimed of a chain."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, count, implies, negate, same
from redproof_model.systems.hashtable.chain.buckets import (
    Scope,
    found,
    holds_one_at_most,
    is_chained,
    is_empty,
    is_last,
    is_there,
)


def declare_claims(system: System, scope: Scope) -> None:
    """Declare all of them."""
    _declare_invariants(system, scope)
    _declare_compactness(system, scope)
    _declare_witnesses(system, scope)


def _declare_invariants(system: System, scope: Scope) -> None:
    buckets = range(scope.buckets_max)

    @system.invariant
    def nothing_follows_the_last_bucket(s: Any) -> Term:
        """Behind the last bucket there is none, and in the place of a pointer there is no entry."""
        behind = [implies(negate(is_there(s, bucket)), is_empty(scope, s, bucket)) for bucket in buckets]
        order = [implies(s.chained[at + 1], s.chained[at]) for at in range(scope.buckets_max - 2)]
        pointers = [implies(is_chained(s, at), negate(s.present[scope.last_cell(at)])) for at in buckets]
        return all_of(behind, order, pointers)

    @system.invariant
    def no_entry_is_lost_or_doubled(s: Any) -> Term:
        """The tracked key has one entry if it is in the map, and none if it is not."""
        entries = [all_of(present, mine) for present, mine in zip(s.present, s.mine, strict=True)]
        pairs = [negate(all_of(one, other)) for at, one in enumerate(entries) for other in entries[:at]]
        return all_of(pairs, same(any_of(entries), s.map))

    @system.invariant
    def tags_go_with_entries(s: Any) -> Term:
        """The byte stored with an entry is that of its key."""
        cells = zip(s.present, s.mine, s.tagged, strict=True)
        return all_of(implies(present, same(mine, tagged)) for present, mine, tagged in cells)

    @system.invariant
    def used_counts_the_entries(s: Any) -> Term:
        """used is the number of entries."""
        return any_of(s.used == count(s.present))

    @system.invariant
    def child_buckets_counts_the_children(s: Any) -> Term:
        """child_buckets is the number of buckets below the first: none is leaked."""
        return any_of(s.child_buckets == count(s.chained))

    @system.invariant
    def assertions_hold(s: Any) -> Term:
        """No assertion of the code fails."""
        return all_of(s.asserted)

    @system.always
    def lookups_are_right(s: Any) -> Term:
        """A walk over the chain finds a key if and only if it is in the map."""
        return same(found(scope, s), s.map)

    @system.always
    def iterators_miss_nothing(s: Any) -> Term:
        """An iterator that has left the chain has returned every key that was there from its start on."""
        return implies(all_of(s.passed == scope.cells + 1, s.kept), s.returned > 0)


def _declare_compactness(system: System, scope: Scope) -> None:
    @system.invariant
    def compaction_leaves_no_empty_child(s: Any) -> Term:
        """After a compaction no child is empty, and there is at most a hole for each empty last one that was freed."""
        empty = [all_of(is_there(s, at), is_empty(scope, s, at)) for at in range(1, scope.buckets_max)]
        return implies(s.compacted, all_of(negate(any_of(empty)), _holes(scope, s) <= scope.buckets_max - 2))

    @system.every_step
    def holes_are_filled_at_once(old: Any, new: Any) -> Term:
        """Without an iterator no operation leaves a hole, unless the last bucket has no entry to fill it with."""
        nothing_to_fill_with = any_of(
            all_of(is_last(old, bucket), is_empty(scope, old, bucket)) for bucket in range(1, scope.buckets_max)
        )
        kept = _holes(scope, new) <= _holes(scope, old)
        return any_of(old.paused, kept, nothing_to_fill_with)


def _declare_witnesses(system: System, scope: Scope) -> None:
    children = range(1, scope.buckets_max)

    @system.sometimes
    def the_longest_chain(s: Any) -> Term:
        """A chain of as many buckets as there can be."""
        return is_there(s, scope.buckets_max - 1)

    @system.sometimes
    def an_empty_bucket_in_the_middle(s: Any) -> Term:
        """Deletions under an iterator have emptied a bucket that has a child."""
        return any_of(all_of(is_chained(s, at), is_empty(scope, s, at)) for at in children)

    @system.sometimes
    def an_empty_last_child(s: Any) -> Term:
        """Without an iterator the last bucket is emptied and stays, as only holes before it let it be freed."""
        return all_of(negate(s.paused), any_of(all_of(is_last(s, at), is_empty(scope, s, at)) for at in children))

    @system.sometimes
    def a_hole_outlives_the_iterator(s: Any) -> Term:
        """A hole stays after the iterator's end, where that has not left the chain or not seen the deletion."""
        return all_of(_holes(scope, s) > 0, negate(s.paused))

    @system.sometimes
    def an_iterator_returns_a_key_twice(s: Any) -> Term:
        """The iterator has returned the last entry of a bucket, and an insertion moves that to a child ahead."""
        return all_of(s.kept, s.returned > 1)

    @system.sometimes
    def compaction_leaves_a_hole(s: Any) -> Term:
        """A hole is left by a compaction: where the last bucket is empty it is freed and the hole passed over."""
        return all_of(_holes(scope, s) > 0, s.compacted)

    @system.sometimes
    def compaction_leaves_a_single(s: Any) -> Term:
        """A child with one entry is left by a compaction, as it frees such a one only if it has not passed it."""
        single = [all_of(is_last(s, at), holds_one_at_most(scope, s, at)) for at in children]
        return all_of(s.compacted, any_of(single))


def _holes(scope: Scope, s: Any) -> Term:
    """The number of free positions in buckets that have a child."""
    return count(
        all_of(is_there(s, bucket), is_chained(s, bucket), negate(s.present[cell]))
        for bucket in range(scope.buckets_max - 1)
        for cell in scope.cells_of(bucket)[:-1]
    )
