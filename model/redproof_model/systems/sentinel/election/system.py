"""The election as a transition system: its variables; `actions` has what happens, `claims` what is true."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, count
from redproof_model.systems.sentinel.election.actions import (
    declare_calm,
    declare_candidates,
    declare_detection,
    declare_others,
    declare_voters,
)
from redproof_model.systems.sentinel.election.claims import declare_invariants, declare_properties, declare_witnesses
from redproof_model.systems.sentinel.election.parts import suffice
from redproof_model.systems.sentinel.election.scope import (
    CALM,
    DOWN,
    FIVE,
    NO_FAILOVER,
    PROOF,
    SOURCE,
    THREE,
    Scope,
)


def election(scope: Scope = PROOF, name: str = "election") -> System:
    """Sentinels that elect the one that leads a failover."""
    system = System(name, source="sentinel.c")
    _declare_variables(system, scope)
    declare_candidates(system, scope)
    declare_voters(system, scope)
    if scope.others:
        declare_others(system, scope)
    if scope.detects:
        declare_detection(system, scope)
    if scope.calm_epochs:
        declare_calm(system, scope)
    declare_invariants(system, scope)
    declare_properties(system, scope)
    declare_witnesses(system, scope)
    return system


def _declare_variables(system: System, scope: Scope) -> None:
    number, cells = scope.sentinels, scope.followed * scope.sentinels
    # The sentinels that are known: those of the scope, or any number of them.
    system.constant("known", Int(number, None if scope.others else number), ANY)
    system.constant("quorum", Int(1, None if scope.others else number), ANY if scope.quorum is None else scope.quorum)
    epochs = ANY if scope.followed == 1 else list(range(1, scope.followed + 1))
    system.array("epoch", scope.followed, scope.asked_epoch, epochs, rigid=True)
    system.array("current_epoch", number, scope.epoch, NO_FAILOVER)
    system.array("leader_epoch", number, scope.epoch, NO_FAILOVER)
    system.array("failover_epoch", number, scope.epoch, NO_FAILOVER)
    system.array("has_asked", number, Bool, False)
    system.array("asked", cells, Bool, False)
    system.array("given", cells * number, Bool, False)
    system.array("leads", cells, Bool, False)
    if scope.others:
        system.array("others_for", number, scope.number, 0)
        system.variable("others_saying", scope.number, 0)
    if scope.detects:
        system.array("takes_for_down", number, Bool, False)
        system.array("says_down", number, Bool, False)
        system.array("tilt", number, Bool, False)
    if scope.calm_epochs:
        system.variable("calm", Bool, False)
        system.array("forgotten", cells, Bool, False)
        system.array("alive", number, Bool, ANY, rigid=True)

        @system.init
        def a_majority_is_alive(s: Any) -> Term:
            return all_of(suffice(s, count(s.alive)))


def three() -> System:
    """Three sentinels in two epochs."""
    return election(THREE)


def five() -> System:
    """Five sentinels in one."""
    return election(FIVE)


def down() -> System:
    """Three that have to find out that the master is down."""
    return election(DOWN)


def source() -> System:
    """Three that count votes as the source has it."""
    return election(SOURCE)


def calm() -> System:
    """Three of which a majority stays alive and connected from some time on."""
    return election(CALM)
