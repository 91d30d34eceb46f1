"""What is often said of replication and is not so: the system `psync` with memory, whose witnesses refute each saying.

The memory is history variables, which change with every action and which no action reads (Abadi and Lamport).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from itertools import permutations
from typing import Any, Final

from redproof_model.kernel.parts import Domain, StateFunction
from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, negate
from redproof_model.systems.psync.parts import is_loading, is_master, may_continue
from redproof_model.systems.psync.properties import is_linked
from redproof_model.systems.psync.scope import CHAIN, DOWN, ONLINE
from redproof_model.systems.psync.system import SOURCE, declare_psync

FAILOVER: Final = replace(CHAIN, servers=2, ids_max=3)
"""A master and a replica that is promoted once."""


class _Remembering(System):
    """A system each of whose actions changes the history variables, too."""

    def action(self, *, fair: bool = False, **domains: Domain) -> Callable[[StateFunction], StateFunction]:
        """Declare an action that is remembered."""

        def declare(function: StateFunction) -> StateFunction:
            @wraps(function)
            def remembered(old: Any, new: Any, **arguments: Any) -> None:
                function(old, new, **arguments)
                _remember(old, new)

            return super(_Remembering, self).action(fair=fair, **domains)(remembered)

        return declare


def popular() -> System:
    """Two servers, what they have missed, and what is written to a master after its replica was promoted."""
    system = _Remembering("popular", SOURCE)
    servers = FAILOVER.servers
    for name in ("missed", "left", "late", "undone"):
        system.array(name, servers, Bool, False)
    declare_psync(system, FAILOVER)
    _declare_truths(system)
    _declare_refutations(system)
    return system


_PAIRS: Final = list(permutations(FAILOVER.nodes, 2))


def _remember(old: Any, new: Any) -> None:
    """Keep the history variables of all servers.

    A server has `missed` the byte that is followed if its master wrote it while the link between them was lost. It was
    `left` by a replica that was promoted, and wrote the byte `late`, which is `undone` by a snapshot of another master.
    """
    for node, other in _PAIRS:
        loads = is_loading(new, node)
        away = all_of(old.master[node] == other, old.link[node] == DOWN, old.cached[node])
        same_history = all_of(new.master[node] == other, is_master(new, other), negate(loads))
        new.missed[node] = all_of(same_history, any_of(old.missed[node], all_of(away, _writes(old, new, other))))
        came_back = all_of(new.master[other] == node, new.link[other] != DOWN)
        promoted = all_of(old.master[other] == node, old.link[other] == ONLINE, is_master(new, other))
        new.left[node] = all_of(negate(came_back), any_of(old.left[node], promoted))
        writes_late = all_of(old.left[node], _writes(old, new, node), new.data[node])
        new.late[node] = all_of(negate(any_of(loads, came_back)), any_of(old.late[node], writes_late))
        new.undone[node] = any_of(old.undone[node], all_of(old.late[node], loads))


def _writes(old: Any, new: Any, node: int) -> Term:
    """Whether a master executes the command whose byte is followed: it replies to it in the same step."""
    is_its_own = all_of(is_master(old, node), is_master(new, node))
    return all_of(is_its_own, old.offset[node] < old.position, old.position <= new.offset[node])


def _declare_truths(system: System) -> None:
    """Declare what is so instead."""

    @system.always
    def what_was_missed_is_sent(s: Any) -> Term:
        """A replica that is linked again without a snapshot is sent what it has missed."""
        return all_of(
            implies(
                all_of(s.missed[node], is_linked(s, node, other)),
                all_of(s.position <= s.sent[node], s.sent_data[node] == s.data[other]),
            )
            for node, other in _PAIRS
        )

    @system.always
    def late_writers_are_sent_everything(s: Any) -> Term:
        """A master that has written after its replica was promoted is not answered +CONTINUE by that."""
        return all_of(implies(s.late[node], negate(may_continue(s, node, other))) for node, other in _PAIRS)


def _declare_refutations(system: System) -> None:
    """Declare what contradicts the sayings, and must be seen."""

    @system.sometimes
    def a_linked_replica_lacks_what_was_acknowledged(s: Any) -> Term:
        """Against: a master waits for its replicas. A command was executed and replied to, and a replica lacks it."""
        return any_of(all_of(is_linked(s, node, other), s.data[other], negate(s.data[node])) for node, other in _PAIRS)

    @system.sometimes
    def a_replica_has_what_it_missed(s: Any) -> Term:
        """Against: replication is publish and subscribe. A replica has what was written while its link was lost."""
        return any_of(all_of(s.missed[node], is_linked(s, node, other), s.data[node]) for node, other in _PAIRS)

    @system.sometimes
    def a_left_master_goes_on_writing(s: Any) -> Term:
        """Against: after REPLICAOF NO ONE the failover is complete. The old master replies to a write, as the new does.

        Such as one that deletes a key; the new master has another byte at the same offset.
        """
        return any_of(
            all_of(
                s.late[node],
                is_master(s, node),
                is_master(s, other),
                s.position <= s.offset[other],
                s.data[node] != s.data[other],
            )
            for node, other in _PAIRS
        )

    @system.sometimes
    def a_late_write_is_undone(s: Any) -> Term:
        """Against: what is done to the old master counts. It replicates the new one, and neither has the write."""
        return any_of(
            all_of(s.undone[node], is_linked(s, node, other), negate(any_of(s.data[node], s.data[other])))
            for node, other in _PAIRS
        )
