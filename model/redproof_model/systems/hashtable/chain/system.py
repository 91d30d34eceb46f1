"""One chain of buckets as a transition system: its variables and its actions; `claims` says what is true of it.

One key is tracked; the others of the chain are known by the positions that they take. The tracked one stands for any,
so what is true of it is true of all. The byte of hash that is stored with an entry is that of the tracked key or
another; that of another key may be the same, but then the keys are compared and differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, clamp, count, implies, ite, negate
from redproof_model.systems.hashtable.chain.buckets import (
    LARGE,
    SMALL,
    Scope,
    compact,
    fill_hole,
    found,
    insert,
    is_chained,
    is_full,
    is_last,
    is_there,
)
from redproof_model.systems.hashtable.chain.claims import declare_claims


def chain(scope: Scope) -> System:
    """A chain with insertions, deletions, iterators, compaction and rehashing."""
    system = System("chain", source="hashtable.c of Valkey 8.1")
    _declare_variables(system, scope)
    _declare_operations(system, scope)
    _declare_iterator(system, scope)
    declare_claims(system, scope)
    return system


def small() -> System:
    """A chain of up to three buckets with two positions each."""
    return chain(SMALL)


def large() -> System:
    """A chain of up to three buckets with three positions each."""
    return chain(LARGE)


def _declare_variables(system: System, scope: Scope) -> None:
    system.array("chained", scope.buckets_max - 1, Bool, False)
    system.array("present", scope.cells, Bool, False)
    system.array("mine", scope.cells, Bool, False)
    system.array("tagged", scope.cells, Bool, False)
    system.variable("used", Int(0, scope.cells), 0)
    system.variable("child_buckets", Int(0, scope.buckets_max - 1), 0)
    system.variable("map", Bool, False)
    system.variable("paused", Bool, False)
    system.variable("passed", Int(0, scope.cells + 1), 0)
    system.variable("kept", Bool, False)
    system.variable("returned", Int(0, 2), 0)
    system.variable("compacted", Bool, False)
    system.variable("asserted", Bool, True)


def _declare_operations(system: System, scope: Scope) -> None:
    @system.action(tracked=Bool)
    def add(old: Any, new: Any, tracked: Any) -> None:
        """hashtableAdd of a key that is not there."""
        new.require(any_of(negate(is_full(scope, old, bucket)) for bucket in range(scope.buckets_max)))
        new.require(implies(tracked, negate(found(scope, old))))
        insert(scope, new, tracked)
        new.map = any_of(old.map, tracked)
        new.compacted = False

    @system.action(bucket=range(scope.buckets_max), position=range(scope.entries_per_bucket))
    def delete(old: Any, new: Any, bucket: int, position: int) -> None:
        """hashtablePop of the key that a lookup has found at this position; a hole that it leaves is filled."""
        cell = scope.cell(bucket, position)
        new.require(old.present[cell])
        new.present[cell] = False
        new.used = old.used - 1
        new.map, new.kept = all_of(old.map, negate(old.mine[cell])), all_of(old.kept, negate(old.mine[cell]))
        if bucket < scope.buckets_max - 1:
            fill_hole(scope, new, bucket, cell, all_of(is_chained(old, bucket), negate(old.paused)))
        new.compacted = False

    @system.action()
    def rehash(old: Any, new: Any) -> None:
        """rehashStep: all entries of the chain move to the other table, and its child buckets are freed."""
        new.require(negate(old.paused))
        visited = []
        for bucket in range(scope.buckets_max):
            *others, last = scope.cells_of(bucket)
            visited += [all_of(old.present[cell], is_there(old, bucket)) for cell in others]
            visited.append(all_of(old.present[last], is_last(old, bucket)))
        moved = any_of(all_of(here, mine) for here, mine in zip(visited, old.mine, strict=True))
        new.used = old.used - count(visited)
        new.map = all_of(old.map, negate(moved))
        new.child_buckets = old.child_buckets - count(old.chained)
        _forget(new)

    @system.action()
    def free(old: Any, new: Any) -> None:
        """resize: a table without entries and child buckets is freed at once when it is to shrink."""
        new.require(negate(old.paused), old.used == 0, old.child_buckets == 0)
        _forget(new)


def _forget(s: Any) -> None:
    """Let the chain be that of a new table."""
    for array in (s.chained, s.present, s.mine, s.tagged):
        for at in range(len(array)):
            array[at] = False
    s.compacted = False


def _declare_iterator(system: System, scope: Scope) -> None:
    left = scope.cells + 1

    @system.action()
    def pause(old: Any, new: Any) -> None:
        """A safe iterator begins, before this chain (hashtableNext, hashtablePauseRehashing)."""
        new.require(negate(old.paused))
        new.paused, new.passed, new.kept, new.returned = True, 0, old.map, 0

    @system.action(passed=range(scope.cells))
    def advance(old: Any, new: Any, passed: int) -> None:
        """hashtableNext goes on behind so many positions, and returns the entry at the next if there is one."""
        following = list(_following(scope, old, passed))
        new.require(old.paused, old.passed == passed, any_of(goes for _, goes in following))
        for cell, goes in following:
            returns = all_of(goes, old.present[cell], old.mine[cell])
            new.returned = clamp(new.returned + ite(returns, 1, 0), 0, 2)
            new.passed = ite(goes, cell + 1, new.passed)

    @system.action(compacts=Bool)
    def leave(old: Any, new: Any, compacts: Any) -> None:
        """hashtableNext has come to the end of the chain, and compacts it if the table has fewer entries than before.

        That deletions in this chain are not seen, as many were inserted elsewhere or another iterator is open, may be.
        """
        ends = [scope.last_cell(bucket) for bucket in range(scope.buckets_max)]
        at_end = any_of(
            all_of(old.passed == end + 1, negate(is_chained(old, bucket))) for bucket, end in enumerate(ends)
        )
        new.require(old.paused, at_end)
        compact(scope, new, compacts)
        new.compacted, new.passed = any_of(old.compacted, compacts), left

    @system.action()
    def resume(old: Any, new: Any) -> None:
        """The iterator ends, wherever it is (hashtableResetIterator)."""
        new.require(old.paused)
        new.paused, new.passed, new.kept, new.returned = False, 0, False, 0


def _following(scope: Scope, s: Any, passed: int) -> Iterator[tuple[int, Term]]:
    """The positions that may be the next for an iterator, and whether they are: a pointer is followed to the child.

    Before all positions is the end of a bucket, so to speak, whose child is the first.
    """
    bucket, position = divmod(passed - 1, scope.entries_per_bucket)
    last = scope.entries_per_bucket - 1
    has_child = is_chained(s, bucket) if passed else all_of()
    if position >= last - 1 and bucket + 1 < scope.buckets_max:
        yield scope.cell(bucket + 1, 0), has_child
    if position < last:
        yield passed, any_of(position < last - 1, negate(has_child))
