"""What is claimed of the configurations that sentinels have."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, negate, same
from redproof_model.systems.sentinel.configuration.parts import announced, is_idle, is_master
from redproof_model.systems.sentinel.configuration.scope import NO_ONE, WAITS, Scope


def declare_invariants(system: System, scope: Scope) -> None:
    """Declare the invariants, each about one sentinel."""
    nodes = scope.nodes

    @system.invariant
    def epochs_of_leaders_have_been(s: Any) -> Term:
        """A configuration is of an epoch in which a leader was elected, and so is what a leader does."""
        return all_of(all_of(s.config_epoch[node] < s.next_epoch, s.leads_in[node] < s.next_epoch) for node in nodes)

    @system.invariant
    def leaders_have_selected(s: Any) -> Term:
        """A failover has an epoch and a server, and without one there is neither."""
        return all_of(
            all_of(
                same(is_idle(s, node), s.promoted[node] == NO_ONE),
                same(is_idle(s, node), s.leads_in[node] == 0),
                s.promoted[node] != s.address[node],
            )
            for node in nodes
        )

    @system.invariant
    def leaders_have_different_epochs(s: Any) -> Term:
        """No two failovers under way are of one epoch, and what is chosen in an epoch is its leader's choice."""
        return all_of(
            implies(s.leads_in[one] != 0, s.leads_in[one] != s.leads_in[other]) for one, other in combinations(nodes, 2)
        )

    @system.invariant
    def a_promotion_is_seen_once(s: Any) -> Term:
        """A leader that waits for a promotion is the only one to know of its epoch."""
        return all_of(
            implies(all_of(s.phase[node] == WAITS, s.leads_in[node] == s.followed), s.chosen == NO_ONE)
            for node in nodes
        )

    @system.invariant
    def what_comes_is_open(s: Any) -> Term:
        """Of an epoch that has no leader yet nothing is chosen."""
        return implies(s.followed >= s.next_epoch, s.chosen == NO_ONE)

    if not scope.keeps_going:

        @system.invariant
        def a_leader_is_ahead(s: Any) -> Term:
            """A leader that waits for a promotion knows of no configuration of its epoch or a later one."""
            return all_of(implies(s.phase[node] == WAITS, s.config_epoch[node] < s.leads_in[node]) for node in nodes)

        @system.invariant
        def who_has_an_epoch_has_its_choice(s: Any) -> Term:
            """Every sentinel with a configuration epoch announces the server that the leader of that epoch promoted."""
            return all_of(
                implies(s.config_epoch[node] == s.followed, all_of(s.chosen != NO_ONE, announced(s, node) == s.chosen))
                for node in nodes
            )


def differ(scope: Scope, s: Any) -> Term:
    """Whether two sentinels have one configuration epoch, and different masters."""
    # In the proof one epoch stands for any.
    meant = [all_of(s.config_epoch[node] == s.followed) if scope.others else all_of() for node in scope.nodes]
    return any_of(
        all_of(meant[one], s.config_epoch[one] == s.config_epoch[other], announced(s, one) != announced(s, other))
        for one, other in combinations(scope.nodes, 2)
    )


def agree(scope: Scope, s: Any) -> Term:
    """Whether all sentinels have the same master, which is one, and all other servers replicate from it."""

    def follows(server: int, master: int) -> Term:
        return is_master(s, server) if server == master else all_of(s.master[server] == master)

    return any_of(
        all_of(
            [all_of(s.address[node] == master, is_idle(s, node)) for node in scope.nodes],
            [follows(server, master) for server in scope.all_servers],
        )
        for master in scope.all_servers
    )


def declare_properties(system: System, scope: Scope) -> None:
    """Declare what is promised, and where the source does not keep it, that this is seen."""
    if scope.keeps_going:

        @system.sometimes
        def two_masters_have_one_epoch(s: Any) -> Term:
            """Two sentinels that lead no failover have one configuration epoch and different masters: for good."""
            return all_of(differ(scope, s), [is_idle(s, node) for node in scope.nodes])
    else:

        @system.always
        def an_epoch_has_one_master(s: Any) -> Term:
            """No two sentinels announce different masters with one configuration epoch."""
            return negate(differ(scope, s))

    @system.every_step
    def config_epochs_go_up(old: Any, new: Any) -> Term:
        """The configuration epoch of a sentinel never falls, and with the same epoch it announces the same master."""
        return all_of(
            all_of(
                new.config_epoch[node] >= old.config_epoch[node],
                implies(new.config_epoch[node] == old.config_epoch[node], announced(new, node) == announced(old, node)),
            )
            for node in scope.nodes
        )

    if scope.calm_epochs:

        @system.leads_to()
        def all_agree(s: Any) -> tuple[Term, Term]:
            """Once all are up and connected, all come to agree on the master, the old one too, whatever was before."""
            return s.calm, agree(scope, s)

        @system.every_step
        def they_go_on_to_agree(old: Any, new: Any) -> Term:
            """While nothing breaks, those that agree do so for ever."""
            return implies(all_of(old.calm, old.up, agree(scope, old)), agree(scope, new))


def declare_witnesses(system: System, scope: Scope) -> None:
    """Declare what must be seen to be possible."""
    nodes = scope.nodes

    @system.sometimes
    def a_failover_is_over(s: Any) -> Term:
        """All have come to agree on another master."""
        return all_of(agree(scope, s), s.address[0] != 0)

    @system.sometimes
    def there_are_two_masters(s: Any) -> Term:
        """The old master is up, and has not been told that it is none any more."""
        return any_of(
            all_of(is_master(s, one), is_master(s, other), s.up[one], s.up[other])
            for one, other in combinations(scope.all_servers, 2)
        )

    @system.sometimes
    def two_lead(s: Any) -> Term:
        """Two sentinels lead failovers of different epochs."""
        return any_of(
            all_of(negate(is_idle(s, one)), negate(is_idle(s, other))) for one, other in combinations(nodes, 2)
        )
