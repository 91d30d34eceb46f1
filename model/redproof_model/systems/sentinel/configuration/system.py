"""Configurations as a transition system: its variables; `actions` has what happens, `claims` what is true."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, ite
from redproof_model.systems.sentinel.configuration.actions import (
    declare_leaders,
    declare_others,
    declare_sentinels,
    declare_servers,
)
from redproof_model.systems.sentinel.configuration.claims import (
    declare_invariants,
    declare_properties,
    declare_witnesses,
)
from redproof_model.systems.sentinel.configuration.scope import (
    CALM,
    FIRST,
    FIVE,
    NO_ONE,
    PHASE,
    PROOF,
    SOURCE,
    THREE,
    Scope,
)


def configuration(scope: Scope = PROOF, name: str = "configuration") -> System:
    """Sentinels that promote, and tell each other who is the master."""
    system = System(name, source="sentinel.c")
    _declare_variables(system, scope)
    declare_leaders(system, scope)
    declare_sentinels(system, scope)
    declare_servers(system, scope)
    if scope.others:
        declare_others(system, scope)
    declare_invariants(system, scope)
    declare_properties(system, scope)
    declare_witnesses(system, scope)
    return system


def _declare_variables(system: System, scope: Scope) -> None:
    nodes, servers = scope.sentinels, scope.servers
    system.constant("followed", scope.epoch, ANY if scope.others else 0)
    system.variable("chosen", scope.server_or_none, ANY)
    system.variable("next_epoch", scope.next_epoch, 1)
    system.array("config_epoch", nodes, scope.epoch, 0)
    system.array("address", nodes, scope.server, FIRST)
    system.array("phase", nodes, PHASE, 0)
    system.array("promoted", nodes, scope.server_or_none, NO_ONE)
    system.array("leads_in", nodes, scope.epoch, 0)
    system.array("master", servers, scope.server_or_none, [NO_ONE, *[FIRST] * (servers - 1)])
    system.array("up", servers, Bool, True)
    if scope.calm_epochs:
        system.variable("calm", Bool, False)

    @system.init
    def the_first_is_chosen(s: Any) -> Term:
        return all_of(s.chosen == ite(s.followed == 0, FIRST, NO_ONE))


def three() -> System:
    """Three sentinels, and a master with two replicas."""
    return configuration(THREE)


def source() -> System:
    """Three sentinels that learn of a newer configuration as the source has it."""
    return configuration(SOURCE)


def calm() -> System:
    """Three sentinels and three servers that all stay up and connected from some time on."""
    return configuration(CALM)


def five() -> System:
    """Five sentinels."""
    return configuration(FIVE)
