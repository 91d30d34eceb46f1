"""What the actions of servers are made of, in the words of replication.c.

A state is read and assigned through these; each function assigns the state after.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias

from redproof_model.kernel.parts import StateFunction
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import Number, Truth, all_of, any_of, ite, negate
from redproof_model.systems.psync.decision import NO_ID, NO_OFFSET, answers_continue
from redproof_model.systems.psync.scope import DOWN, LOADING, NO_ONE, ONLINE, SWAPPING, Scope

Node: TypeAlias = int | Term
"""The number of a server; a term in the form that is proved."""


def is_master(s: Any, node: Node) -> Term:
    """Whether a server is a replica of no one."""
    return all_of(s.master[node] == NO_ONE)


def is_loading(s: Any, node: Node) -> Term:
    """Whether a server loads a snapshot, and so refuses to change its role."""
    return any_of(s.link[node] == LOADING, s.link[node] == SWAPPING)


def serves(s: Any, node: Node) -> Term:
    """Whether a server answers PSYNC, and not with -NOMASTERLINK (syncCommand)."""
    return any_of(is_master(s, node), s.link[node] == ONLINE)


def follows(s: Any, replica: Node, node: Node) -> Term:
    """Whether a server sends the stream to this replica, which may not have read so far."""
    return all_of(s.open[replica], s.master[replica] == node)


def has_replicas(scope: Scope, s: Any, node: Node) -> Term:
    """Whether a server sends its stream to any replica."""
    return any_of(follows(s, other, node) for other in scope.nodes)


def vouches(s: Any, node: Node) -> Term:
    """Whether the ID and offset of a server say what its data is.

    They do not once a snapshot that took the place of its data could not be loaded (readSyncBulkPayload).
    """
    return any_of(is_master(s, node), s.backlog[node], s.cached[node])


def may_continue(s: Any, replica: Node, node: Node) -> Term:
    """Whether a server answers +CONTINUE to what a replica asks for now; `PSYNC ? -1` is never answered so."""
    about = (s.replid[node], s.replid2[node], s.second_offset[node])
    backlog = (s.backlog[node], s.first_byte[node], s.histlen[node])
    return all_of(s.cached[replica], answers_continue(s.replid[replica], s.offset[replica] + 1, *about, *backlog))


def unless_prompt(scope: Scope) -> Callable[[StateFunction], StateFunction]:
    """Let an action of a prompt scope wait until no link is on its way to be another."""

    def waiting(action: StateFunction) -> StateFunction:
        @wraps(action)
        def waits(old: Any, new: Any, **arguments: Any) -> None:
            if scope.prompt:
                new.require(*(_is_settled(old, node) for node in scope.nodes))
            action(old, new, **arguments)

        return waits

    return waiting


def _is_settled(s: Any, node: Node) -> Term:
    return any_of(s.link[node] == DOWN, all_of(s.link[node] == ONLINE, s.open[node]))


def append(scope: Scope, s: Any, node: Node, size: Number, byte: Truth) -> None:
    """Add bytes to a history: what a master writes, or a replica hands on (feedReplicationBacklog and its kin).

    All replicas are sent them. `byte` is the one at the position that is followed, if that is among them.
    """
    before = s.offset[node]
    after = before + size
    if scope.offset_max is not None:
        s.require(after <= scope.offset_max)
    reached = all_of(before < s.position, s.position <= after)
    s.offset[node] = after
    s.histlen[node] = s.histlen[node] + size
    s.data[node] = ite(reached, byte, s.data[node])
    s.kept[node] = ite(reached, byte, s.kept[node])
    for other in scope.nodes:
        fed = follows(s, other, node)
        s.sent[other] = ite(fed, after, s.sent[other])
        s.sent_data[other] = ite(all_of(fed, reached), byte, s.sent_data[other])


def create_backlog(s: Any, node: Node, wanted: Truth = True) -> None:
    """Begin a backlog with the byte that comes next (createReplicationBacklog)."""
    s.backlog[node] = any_of(wanted, s.backlog[node])
    s.first_byte[node] = ite(wanted, s.offset[node] + 1, s.first_byte[node])
    s.histlen[node] = ite(wanted, 0, s.histlen[node])
    s.kept[node] = all_of(negate(wanted), s.kept[node])


def free_backlog(s: Any, node: Node, wanted: Truth = True) -> None:
    """Give the backlog up (freeReplicationBacklog)."""
    s.backlog[node] = all_of(negate(wanted), s.backlog[node])
    s.first_byte[node] = ite(wanted, 0, s.first_byte[node])
    s.histlen[node] = ite(wanted, 0, s.histlen[node])
    s.kept[node] = all_of(negate(wanted), s.kept[node])


def change_id(scope: Scope, s: Any, node: Node, wanted: Truth = True) -> None:
    """Take an ID that no server has ever had (changeReplicationId)."""
    if scope.ids_max is not None:
        s.require(any_of(negate(wanted), s.next_id <= scope.ids_max))
    s.replid[node] = ite(wanted, s.next_id, s.replid[node])
    s.next_id = ite(wanted, s.next_id + 1, s.next_id)


def clear_id2(s: Any, node: Node, wanted: Truth = True) -> None:
    """Have no secondary ID any more (clearReplicationId2)."""
    s.replid2[node] = ite(wanted, NO_ID, s.replid2[node])
    s.second_offset[node] = ite(wanted, NO_OFFSET, s.second_offset[node])


def shift_id(s: Any, node: Node, wanted: Truth = True) -> None:
    """Make the ID the secondary one, for all that has been seen with it (shiftReplicationId)."""
    s.replid2[node] = ite(wanted, s.replid[node], s.replid2[node])
    s.second_offset[node] = ite(wanted, s.offset[node] + 1, s.second_offset[node])


def drop_replicas(scope: Scope, s: Any, node: Node, wanted: Truth = True) -> None:
    """Close the connections of all replicas, which may still read what has been sent (disconnectSlaves)."""
    for other in scope.nodes:
        s.open[other] = all_of(s.open[other], negate(all_of(wanted, s.master[other] == node)))


def close_link(s: Any, node: Node) -> None:
    """Forget the connection to the master, and what has been sent on it but not read."""
    s.link[node] = DOWN
    s.open[node] = False
    s.sent[node] = 0
    s.sent_replid[node] = NO_ID
    s.sent_data[node] = False
    s.snapshot[node] = 0


def attach(scope: Scope, s: Any, node: Node, wanted: Truth = True) -> None:
    """Prepare for other data: no replica may go on from what was there (replicationAttachToNewMaster)."""
    drop_replicas(scope, s, node, wanted)
    free_backlog(s, node, wanted)
    s.cached[node] = all_of(negate(wanted), s.cached[node])


def seen(s: Any, offset: Term, byte: Truth) -> Term:
    """The byte at the position that is followed, as a history up to this offset has it: false if it is beyond."""
    return all_of(s.position <= offset, byte)
