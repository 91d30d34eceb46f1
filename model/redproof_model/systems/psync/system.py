"""Replication as a transition system: its variables; `servers` and `links` have the actions, `claims` what is true."""

from __future__ import annotations

from typing import Final

from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.system import ANY, System
from redproof_model.systems.psync.claims import declare_backlogs, declare_histories
from redproof_model.systems.psync.decision import NO_ID, NO_OFFSET
from redproof_model.systems.psync.links import declare_answers, declare_stream, declare_synchronisation
from redproof_model.systems.psync.properties import declare_progress, declare_properties, declare_witnesses
from redproof_model.systems.psync.scope import CHAIN, LINK, NO_ONE, PAIR, PROMOTIONS, PROOF, RESTARTS, Scope
from redproof_model.systems.psync.servers import declare_restarts, declare_roles, declare_upkeep, declare_writes

SOURCE: Final = "replication.c, rdb.c rdbPopulateSaveInfo, server.c loadDataFromDisk"


def psync(scope: Scope = PROOF, name: str = "psync") -> System:
    """Servers that replicate from each other, any of which may be promoted, demoted, and lost."""
    system = System(name, SOURCE)
    declare_psync(system, scope)
    declare_witnesses(system, scope)
    return system


def declare_psync(system: System, scope: Scope) -> None:
    """Declare variables, actions and claims."""
    _declare_servers(system, scope)
    _declare_links(system, scope)
    declare_writes(system, scope)
    if scope.upkeep:
        declare_upkeep(system, scope)
    declare_roles(system, scope)
    declare_answers(system, scope)
    declare_synchronisation(system, scope)
    declare_stream(system, scope)
    if scope.restarts:
        declare_restarts(system, scope)
    declare_histories(system, scope)
    declare_backlogs(system, scope)
    declare_properties(system, scope)
    declare_progress(system, scope)


def small() -> System:
    """Two servers that do not restart."""
    return psync(PAIR)


def restarts() -> System:
    """Two servers that do."""
    return psync(RESTARTS)


def chain() -> System:
    """Three servers, in a chain or not."""
    return psync(CHAIN)


def promotions() -> System:
    """Three servers from the first backlog on."""
    return psync(PROMOTIONS)


def _declare_servers(system: System, scope: Scope) -> None:
    nodes = scope.servers
    system.constant("position", scope.offset, ANY)
    system.variable("next_id", scope.next_id, nodes + 1)
    system.array("master", nodes, scope.server, NO_ONE)
    system.array("replid", nodes, scope.id, list(range(1, nodes + 1)))
    system.array("replid2", nodes, scope.id, NO_ID)
    system.array("offset", nodes, scope.offset, 0)
    system.array("second_offset", nodes, scope.second_offset, NO_OFFSET)
    system.array("data", nodes, Bool, False)
    system.array("backlog", nodes, Bool, scope.backlogs)
    system.array("first_byte", nodes, scope.next_offset, int(scope.backlogs))
    system.array("histlen", nodes, scope.offset, 0)
    system.array("kept", nodes, Bool, False)
    if scope.restarts:
        system.array("rdb", nodes, Bool, False)
        system.array("rdb_replid", nodes, scope.id, NO_ID)
        system.array("rdb_offset", nodes, scope.offset, 0)
        system.array("rdb_data", nodes, Bool, False)


def _declare_links(system: System, scope: Scope) -> None:
    nodes = scope.servers
    system.array("cached", nodes, Bool, False)
    system.array("link", nodes, LINK, 0)
    system.array("open", nodes, Bool, False)
    system.array("sent", nodes, scope.offset, 0)
    system.array("sent_replid", nodes, scope.id, NO_ID)
    system.array("sent_data", nodes, Bool, False)
    system.array("snapshot", nodes, scope.offset, 0)
