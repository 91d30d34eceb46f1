"""What is claimed of an election."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, count, implies, negate, total
from redproof_model.systems.sentinel.election.parts import given, is_trying, suffice
from redproof_model.systems.sentinel.election.scope import Scope


def declare_invariants(system: System, scope: Scope) -> None:
    """Declare the invariants, each about one sentinel that votes, or one for which is voted."""
    nodes = scope.nodes

    @system.invariant
    def a_sentinel_votes_once_in_an_epoch(s: Any) -> Term:
        """Whatever happens between two requests, a restart too, only one vote of an epoch is given."""
        return all_of(
            count(given(scope, s, at, voter, candidate) for candidate in nodes) <= 1 for at, voter in scope.cells()
        )

    @system.invariant
    def votes_are_remembered(s: Any) -> Term:
        """A sentinel that has voted in an epoch has it, or a later one, for that of its last vote."""
        return all_of(
            implies(
                any_of(given(scope, s, at, voter, candidate) for candidate in nodes),
                s.leader_epoch[voter] >= s.epoch[at],
            )
            for at, voter in scope.cells()
        )

    @system.invariant
    def votes_are_for_those_who_came_so_far(s: Any) -> Term:
        """A sentinel asks in no epoch to which it has not come, and no one votes for it there."""
        return all_of(
            implies(
                any_of(s.asked[scope.at(at, candidate)], _has_any(scope, s, at, candidate)),
                s.current_epoch[candidate] >= s.epoch[at],
            )
            for at, candidate in scope.cells()
        )

    @system.invariant
    def no_epoch_is_ahead(s: Any) -> Term:
        """A sentinel votes and tries in no epoch that is later than the one it is in."""
        return all_of(
            all_of(s.leader_epoch[node] <= s.current_epoch[node], s.failover_epoch[node] <= s.current_epoch[node])
            for node in nodes
        )

    if not scope.counts_current:

        @system.invariant
        def leaders_have_their_votes(s: Any) -> Term:
            """Who was elected has the votes of a majority and of a quorum, and they cannot be taken back."""

            def has_enough(followed: int, node: int) -> Term:
                number = all_votes(scope, s, followed, node)
                return all_of(number * 2 > s.known, number >= s.quorum)

            return all_of(implies(s.leads[scope.at(at, node)], has_enough(at, node)) for at, node in scope.cells())

    if scope.others:

        @system.invariant
        def others_vote_once(s: Any) -> Term:
            """The others have no more votes in an epoch than there are of them."""
            return all_of(s.known >= scope.sentinels, total(s.others_for) <= s.known - scope.sentinels)


def _has_any(scope: Scope, s: Any, followed: int, candidate: int) -> Term:
    return any_of(given(scope, s, followed, voter, candidate) for voter in scope.nodes)


def all_votes(scope: Scope, s: Any, followed: int, candidate: int) -> Term:
    """How many have voted for a sentinel in an epoch, whoever is alive."""
    own = count(given(scope, s, followed, voter, candidate) for voter in scope.nodes)
    return own + s.others_for[candidate] if scope.others else own


def _rivals(scope: Scope, s: Any) -> Term:
    """Whether two sentinels were elected in one epoch."""
    return any_of(
        all_of(s.leads[scope.at(at, one)], s.leads[scope.at(at, other)])
        for at in scope.every
        for one, other in combinations(scope.nodes, 2)
    )


def declare_properties(system: System, scope: Scope) -> None:
    """Declare what is promised, and where the source does not keep it, that this is seen."""

    if scope.counts_current:

        @system.sometimes
        def two_lead_in_an_epoch(s: Any) -> Term:
            """Two failovers of one epoch go on, as one was elected by votes of another epoch."""
            return _rivals(scope, s)
    else:

        @system.always
        def one_leads_in_an_epoch(s: Any) -> Term:
            """At most one sentinel is elected in an epoch."""
            return negate(_rivals(scope, s))

    @system.every_step
    def epochs_go_up(old: Any, new: Any) -> Term:
        """No sentinel goes back to an earlier epoch, or forgets in which it has voted last."""
        return all_of(
            all_of(new.current_epoch[node] >= old.current_epoch[node], new.leader_epoch[node] >= old.leader_epoch[node])
            for node in scope.nodes
        )

    if scope.detects:

        @system.every_step
        def failovers_begin_with_a_quorum(old: Any, new: Any) -> Term:
            """Who starts a failover takes the master for down, trusts its clock, and is one of a quorum."""

            def is_one_of_many(node: int) -> Term:
                agreeing = [says for at, says in enumerate(old.says_down) if at != node]
                number = count(agreeing) + (old.others_saying if scope.others else 0) + 1
                return all_of(old.takes_for_down[node], negate(old.tilt[node]), number >= old.quorum)

            return all_of(
                implies(all_of(negate(is_trying(old, node)), is_trying(new, node)), is_one_of_many(node))
                for node in scope.nodes
            )

        @system.every_step
        def who_mistrusts_its_clock_says_nothing_new(old: Any, new: Any) -> Term:
            """A sentinel in TILT mode does not begin to say that the master is down."""
            return all_of(
                implies(all_of(old.tilt[node], new.says_down[node]), old.says_down[node]) for node in scope.nodes
            )

    if scope.calm_epochs:

        @system.leads_to()
        def a_leader_is_elected(s: Any) -> tuple[Term, Term]:
            """A majority that stays alive and connected elects a leader, whatever was before."""
            leading = [
                all_of(s.alive[node], s.leads[scope.at(at, node)], s.failover_epoch[node] == s.epoch[at])
                for at, node in scope.cells()
            ]
            return s.calm, any_of(leading)


def declare_witnesses(system: System, scope: Scope) -> None:
    """Declare what must be seen to be possible."""
    nodes = scope.nodes

    @system.sometimes
    def a_leader_is_there(s: Any) -> Term:
        """A sentinel is elected."""
        return any_of(s.leads)

    @system.sometimes
    def votes_are_split(s: Any) -> Term:
        """All have voted in an epoch, and no one is elected, or can be."""
        return any_of(
            all_of(
                [any_of(given(scope, s, at, voter, candidate) for candidate in nodes) for voter in nodes],
                [negate(suffice(s, all_votes(scope, s, at, candidate))) for candidate in nodes],
            )
            for at in scope.every
        )

    if scope.epochs_max != 1:

        @system.sometimes
        def a_leader_is_elected_late(s: Any) -> Term:
            """A sentinel leads in an epoch while a majority has gone on to a later one."""
            return any_of(
                all_of(
                    s.leads[scope.at(at, node)],
                    s.failover_epoch[node] == s.epoch[at],
                    suffice(s, count(s.current_epoch[other] > s.epoch[at] for other in nodes)),
                )
                for at, node in scope.cells()
            )
