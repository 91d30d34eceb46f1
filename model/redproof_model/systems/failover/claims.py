"""What is claimed of a failover, and which losses must be seen to be possible."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, negate
from redproof_model.systems.failover.parts import is_candidate, is_master, is_prefix
from redproof_model.systems.failover.scope import ANOTHER_HISTORY, BEHIND, DEPOSED, FIRST, FORGOTTEN, NONE, Scope


def is_lost(scope: Scope, s: Any) -> Term:
    """Whether the write that is followed is not in the data of the master, although it was acknowledged."""
    return any_of(all_of(s.written, s.current == node, negate(s.has[node])) for node in scope.nodes)


def declare_invariants(system: System, scope: Scope) -> None:
    """Declare the invariants."""
    nodes = scope.nodes

    @system.invariant
    def the_master_is_none_of_the_replicas(s: Any) -> Term:
        """Who is promoted is the replica of no one, and no one is its own replica."""
        return all_of(
            all_of(s.master[node] != node, implies(s.current == node, all_of(is_master(s, node), s.synced[node])))
            for node in nodes
        )

    @system.invariant
    def who_is_synced_has_a_prefix(s: Any) -> Term:
        """Who has been synced with the master, or with who had been, has the beginning of what the master has."""
        return all_of(
            implies(all_of(s.current == master, s.synced[node]), is_prefix(s, node, master))
            for node, master in permutations(nodes, 2)
        )

    @system.invariant
    def data_has_its_offset(s: Any) -> Term:
        """Who has the write that is followed has come to its offset, and then it was written."""
        return all_of(implies(s.has[node], all_of(s.written, s.offset[node] >= s.position)) for node in nodes)

    @system.invariant
    def the_first_at_the_position_is_followed(s: Any) -> Term:
        """Where a server has come to the position, something was written there."""
        return all_of(implies(s.offset[node] >= s.position, s.written) for node in nodes)

    @system.invariant
    def every_loss_has_a_reason(s: Any) -> Term:
        """Who was promoted was behind, or of another history, or the write was of no master, or was forgotten."""
        return implies(is_lost(scope, s), s.reason != NONE)


def declare_properties(system: System, scope: Scope) -> None:
    """Declare what is promised under which settings, and as witnesses what is not."""
    nodes = scope.nodes

    @system.every_step
    def the_promoted_is_the_first_by_the_rule(old: Any, new: Any) -> Term:
        """Lowest priority, then the greatest offset that is known, then the first run ID; never priority 0."""

        def before(one: int, other: int) -> Term:
            return any_of(
                old.priority[one] < old.priority[other],
                all_of(
                    old.priority[one] == old.priority[other],
                    any_of(
                        old.reported[one] > old.reported[other],
                        all_of(old.reported[one] == old.reported[other], one < other),
                    ),
                ),
            )

        return all_of(
            implies(
                all_of(new.current == node, old.current != node),
                all_of(
                    old.priority[node] > 0,
                    [implies(is_candidate(old, each), before(node, each)) for each in nodes if each != node],
                ),
            )
            for node in nodes
        )

    @system.sometimes
    def an_acknowledged_write_is_lost(s: Any) -> Term:
        """Replication is asynchronous: that what the master acknowledged survives a failover is false."""
        return all_of(is_lost(scope, s), s.reason == BEHIND)

    @system.sometimes
    def a_write_to_the_old_master_is_lost(s: Any) -> Term:
        """So is that what a server acknowledged survives which does not know yet that it is the master no more."""
        return all_of(is_lost(scope, s), s.reason == DEPOSED)

    @system.sometimes
    def a_write_is_lost_with_its_history(s: Any) -> Term:
        """A server is promoted that has come far, but in another history, as it had not been synchronised yet."""
        return all_of(is_lost(scope, s), s.reason == ANOTHER_HISTORY)

    if not scope.persists:

        @system.sometimes
        def a_write_is_forgotten_by_all(s: Any) -> Term:
            """A master comes back empty before it is missed, and its replicas take that over."""
            return all_of(s.reason == FORGOTTEN, [negate(s.has[node]) for node in nodes])

    @system.sometimes
    def another_had_more(s: Any) -> Term:
        """A promoted server has less than another that it might have been: priorities, and offsets that are old."""
        return any_of(
            all_of(s.current == node, negate(s.synced[other]), s.offset[other] > s.offset[node], is_candidate(s, other))
            for node, other in permutations(nodes, 2)
        )

    survives_all = scope.wait_replicas == scope.servers - 1 and scope.persists
    if survives_all:

        @system.invariant
        def what_all_confirmed_all_have(s: Any) -> Term:
            """What WAIT confirmed for all replicas is in the data of all, for ever."""
            return implies(s.confirmed, all_of(s.has))

        @system.always
        def a_write_that_all_confirmed_survives(s: Any) -> Term:
            """WAIT for all replicas, of which none forgets its data, keeps a write through any failovers."""
            return implies(s.confirmed, negate(is_lost(scope, s)))
    else:

        @system.sometimes
        def a_confirmed_write_is_lost(s: Any) -> Term:
            """That a write survives which WAIT confirmed is false: WAIT is no consensus."""
            return all_of(s.confirmed, is_lost(scope, s))

    if scope.counts_time:
        _declare_bound(system, scope)


def _declare_bound(system: System, scope: Scope) -> None:
    """Declare what min-replicas-to-write bounds."""

    @system.invariant
    def who_is_cut_off_hears_no_one(s: Any) -> Term:
        """The replicas of a master that is cut off have been silent for as long as it is."""
        return all_of(s.lag_s[node] >= s.cut_s for node in scope.nodes if node != FIRST)

    @system.invariant
    def writes_end_with_the_lag(s: Any) -> Term:
        """A master that hears no replica takes no more writes after `min-replicas-max-lag`, whoever is the master."""
        return negate(s.wrote_late)
