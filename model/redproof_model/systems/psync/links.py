"""What happens between a replica and its master: the answer to PSYNC, the snapshot, the stream, and lost links."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import any_of, ite, negate
from redproof_model.systems.psync.parts import (
    Node,
    append,
    attach,
    change_id,
    clear_id2,
    close_link,
    create_backlog,
    drop_replicas,
    is_loading,
    may_continue,
    seen,
    serves,
    shift_id,
    unless_prompt,
)
from redproof_model.systems.psync.scope import CONTINUING, DOWN, LOADING, ONLINE, RECEIVING, SWAPPING, Scope


def declare_answers(system: System, scope: Scope) -> None:
    """Declare the two answers to PSYNC: from then on the master sends its stream, whatever the replica has read."""
    nodes = scope.node

    def asks(old: Any, new: Any, replica: Node, node: Node) -> None:
        new.require(replica != node, old.master[replica] == node, old.link[replica] == DOWN, serves(old, node))

    def answer(new: Any, replica: Node, node: Node, byte: Term) -> None:
        new.open[replica] = True
        new.sent[replica] = new.offset[node]
        new.sent_replid[replica] = new.replid[node]
        new.sent_data[replica] = byte

    @system.action(fair=True, replica=nodes, node=nodes)
    @unless_prompt(scope)
    def answer_continue(old: Any, new: Any, replica: Node, node: Node) -> None:
        """+CONTINUE, and what the backlog has from the asked offset on (masterTryPartialResynchronization)."""
        asks(old, new, replica, node)
        new.require(may_continue(old, replica, node))
        new.link[replica] = CONTINUING
        known = old.position <= old.offset[replica]
        in_backlog = seen(old, old.offset[node], old.kept[node])
        answer(new, replica, node, ite(known, old.data[replica], in_backlog))

    @system.action(fair=True, replica=nodes, node=nodes, attaches=Bool)
    @unless_prompt(scope)
    def answer_fullresync(old: Any, new: Any, replica: Node, node: Node, attaches: Term) -> None:
        """+FULLRESYNC, and the snapshot of this moment; a master begins a backlog if it has none (syncCommand).

        Before Redis 7.0 the replica gives up its past at once, later when it begins to load.
        """
        asks(old, new, replica, node)
        new.require(negate(may_continue(old, replica, node)))
        first = negate(old.backlog[node])
        change_id(scope, new, node, first)
        clear_id2(new, node, first)
        create_backlog(new, node, first)
        attach(scope, new, replica, attaches)
        new.link[replica] = RECEIVING
        new.snapshot[replica] = old.offset[node]
        answer(new, replica, node, old.data[node])


def declare_synchronisation(system: System, scope: Scope) -> None:
    """Declare what a replica makes of an answer, some time later."""
    nodes = scope.node

    @system.action(fair=True, replica=nodes)
    def resume(old: Any, new: Any, replica: Node) -> None:
        """A replica reads +CONTINUE, and takes the ID that is announced (slaveTryPartialResynchronization)."""
        new.require(old.link[replica] == CONTINUING)
        other = old.sent_replid[replica] != old.replid[replica]
        shift_id(new, replica, other)
        new.replid[replica] = old.sent_replid[replica]
        drop_replicas(scope, new, replica, other)
        create_backlog(new, replica, negate(old.backlog[replica]))
        new.link[replica] = ONLINE
        new.cached[replica] = False

    @system.action(fair=True, replica=nodes, byte=Bool)
    def load(old: Any, new: Any, replica: Node, byte: Term) -> None:
        """A replica has the snapshot, as its RDB file, and empties its data to load it (readSyncBulkPayload)."""
        new.require(old.link[replica] == RECEIVING)
        attach(scope, new, replica)
        new.link[replica] = LOADING
        new.data[replica] = seen(old, old.offset[replica], byte)
        if scope.restarts:
            new.rdb[replica] = True
            new.rdb_replid[replica], new.rdb_offset[replica] = old.sent_replid[replica], old.snapshot[replica]
            new.rdb_data[replica] = seen(old, old.snapshot[replica], old.sent_data[replica])

    @system.action(fair=True, replica=nodes)
    def finish_loading(old: Any, new: Any, replica: Node) -> None:
        """The snapshot is loaded: its ID and offset are the replica's, which begins a backlog (readSyncBulkPayload)."""
        new.require(is_loading(old, replica))
        attach(scope, new, replica)
        clear_id2(new, replica)
        new.replid[replica], new.offset[replica] = old.sent_replid[replica], old.snapshot[replica]
        new.data[replica] = seen(old, old.snapshot[replica], old.sent_data[replica])
        create_backlog(new, replica, negate(new.backlog[replica]))
        new.snapshot[replica] = 0
        new.link[replica] = ONLINE

    @system.action(replica=nodes)
    def fail_loading(old: Any, new: Any, replica: Node) -> None:
        """The snapshot cannot be loaded: the data is lost, unless it was kept beside it (readSyncBulkPayload)."""
        new.require(is_loading(old, replica))
        close_link(new, replica)

    if scope.upkeep:

        @system.action(replica=nodes, byte=Bool)
        def load_from_socket(old: Any, new: Any, replica: Node, byte: Term) -> None:
            """The same where the snapshot is never a file: `repl-diskless-load on-empty-db`, or `flush-before-load`."""
            new.require(old.link[replica] == RECEIVING)
            attach(scope, new, replica)
            new.link[replica] = LOADING
            new.data[replica] = seen(old, old.offset[replica], byte)

    if scope.swaps:

        @system.action(replica=nodes)
        def load_aside(old: Any, new: Any, replica: Node) -> None:
            """A snapshot is loaded beside the data: `repl-diskless-load` is `swapdb` (readSyncBulkPayload)."""
            new.require(old.link[replica] == RECEIVING)
            new.link[replica] = SWAPPING


def declare_stream(system: System, scope: Scope) -> None:
    """Declare how the stream is read, and what becomes of a link."""
    nodes = scope.node

    @system.action(fair=True, replica=nodes, size=scope.size)
    def receive(old: Any, new: Any, replica: Node, size: Term) -> None:
        """A replica applies what comes next, and hands it on (replicationFeedStreamFromMasterStream)."""
        new.require(old.link[replica] == ONLINE, old.offset[replica] + size <= old.sent[replica])
        append(scope, new, replica, size, old.sent_data[replica])

    @system.action(replica=nodes)
    def close_at_master(old: Any, new: Any, replica: Node) -> None:
        """A master closes a link, or takes it for dead: what has been sent may still be read."""
        new.require(old.open[replica])
        new.open[replica] = False

    @system.action(replica=nodes)
    def disconnect(old: Any, new: Any, replica: Node) -> None:
        """A replica notices that its link is lost, and remembers where it was (replicationCacheMaster)."""
        new.require(old.link[replica] != DOWN, negate(is_loading(old, replica)))
        new.cached[replica] = any_of(old.cached[replica], old.link[replica] == ONLINE)
        close_link(new, replica)
