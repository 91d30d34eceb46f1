"""The lock as a transition system: its variables; `actions` has what happens, `claims` what is true."""

from __future__ import annotations

from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.system import System
from redproof_model.systems.lock.actions import declare_clients, declare_faults, declare_time
from redproof_model.systems.lock.claims import declare_invariants, declare_properties
from redproof_model.systems.lock.scope import COUNTER, NO_TOKEN, NOBODY, PROOF, SMALL, Scope


def lock(scope: Scope = PROOF, name: str = "lock") -> System:
    """Clients that take turns to write to a storage, as far as the lock does what it should."""
    system = System(name, source="https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/")
    _declare_variables(system, scope)
    declare_clients(system, scope)
    declare_time(system, scope)
    declare_faults(system, scope)
    declare_invariants(system, scope)
    declare_properties(system, scope)
    return system


def _declare_variables(system: System, scope: Scope) -> None:
    clients = scope.clients
    system.variable("holder", scope.holder, NOBODY)
    system.variable("ttl", scope.time, 0)
    system.variable("replica_holder", scope.holder, NOBODY)
    system.variable("replica_ttl", scope.time, 0)
    system.array("working", clients, Bool, False)
    system.array("left", clients, scope.time, 0)
    system.array("paused", clients, Bool, False)
    system.array("token", clients, scope.token, NO_TOKEN)
    system.variable("next_token", scope.next_token, 1)
    system.variable("greatest", scope.token, NO_TOKEN)
    system.variable("newest_written", scope.token, NO_TOKEN)
    system.variable("accepted_stale", Bool, False)
    for fault in ("failed_over", "was_paused", "jumped"):
        system.variable(fault, Bool, False)
    if scope.counts_in_redis:
        system.variable("replica_next_token", scope.next_token, 1)


def small() -> System:
    """Two clients."""
    return lock(SMALL)


def counter() -> System:
    """Two clients, with tokens that are counted by the server that has the lock."""
    return lock(COUNTER)
