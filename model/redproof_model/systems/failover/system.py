"""Failovers of data as a transition system: its variables; `actions` has what happens, `claims` what is true."""

from __future__ import annotations

from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.system import ANY, System
from redproof_model.systems.failover.actions import (
    declare_clock,
    declare_data,
    declare_faults,
    declare_sentinels,
)
from redproof_model.systems.failover.claims import declare_invariants, declare_properties
from redproof_model.systems.failover.scope import ALL, FIRST, FORGETFUL, LAGGING, NO_ONE, PROOF, REASON, SMALL, Scope


def failover(scope: Scope = PROOF, name: str = "failover") -> System:
    """Servers of which one is the master, until another is promoted."""
    system = System(name, source="sentinel.c sentinelSelectSlave, replication.c")
    _declare_variables(system, scope)
    declare_data(system, scope)
    declare_faults(system, scope)
    declare_sentinels(system, scope)
    if scope.counts_time:
        declare_clock(system, scope)
    declare_invariants(system, scope)
    declare_properties(system, scope)
    return system


def _declare_variables(system: System, scope: Scope) -> None:
    nodes = scope.servers
    system.constant("position", scope.position, ANY)
    system.array("priority", nodes, scope.priority, scope.priorities, rigid=True)
    system.variable("current", scope.server, FIRST)
    system.array("master", nodes, scope.server_or_none, [NO_ONE, *[FIRST] * (nodes - 1)])
    system.array("up", nodes, Bool, True)
    system.array("apart", nodes, Bool, False)
    system.array("offset", nodes, scope.offset, 0)
    system.array("has", nodes, Bool, False)
    system.array("synced", nodes, Bool, True)
    system.array("reported", nodes, scope.offset, 0)
    system.variable("written", Bool, False)
    system.variable("confirmed", Bool, False)
    system.variable("reason", REASON, 0)
    if scope.counts_time:
        system.constant("min_replicas", Int(0, nodes - 1), scope.min_replicas)
        system.constant("max_lag_s", Int(1, scope.max_lag_s), scope.max_lag_s)
        system.array("lag_s", nodes, scope.lag_s, 0)
        system.variable("cut_s", scope.lag_s, 0)
        system.variable("wrote_late", Bool, False)


def small() -> System:
    """Three servers, where WAIT waits for one replica."""
    return failover(SMALL)


def confirmed_by_all() -> System:
    """Three servers, where WAIT waits for all replicas."""
    return failover(ALL)


def forgetful() -> System:
    """The same with servers that come back without data."""
    return failover(FORGETFUL)


def lagging() -> System:
    """Two servers, of which the first takes no writes without a replica that it has heard lately."""
    return failover(LAGGING)
