"""What servers do on their own: write, keep and lose a backlog, change their role, save, and restart."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, ite, negate
from redproof_model.systems.psync.decision import NO_ID
from redproof_model.systems.psync.parts import (
    Node,
    append,
    change_id,
    clear_id2,
    close_link,
    create_backlog,
    drop_replicas,
    free_backlog,
    has_replicas,
    is_loading,
    is_master,
    seen,
    shift_id,
    unless_prompt,
)
from redproof_model.systems.psync.scope import DOWN, NO_ONE, ONLINE, Scope


def declare_writes(system: System, scope: Scope) -> None:
    """Declare what masters write."""
    nodes = scope.node

    @system.action(node=nodes, size=scope.size, byte=Bool)
    @unless_prompt(scope)
    def write(old: Any, new: Any, node: Node, size: Term, byte: Term) -> None:
        """A master executes a command and puts it on its stream (replicationFeedSlaves); PING is one of these."""
        new.require(is_master(old, node), old.backlog[node])
        append(scope, new, node, size, byte)


def declare_upkeep(system: System, scope: Scope) -> None:
    """Declare how backlogs are lost, and what masters without one do."""
    nodes = scope.node

    @system.action(node=nodes, size=scope.size_or_none, byte=Bool)
    @unless_prompt(scope)
    def write_without_backlog(old: Any, new: Any, node: Node, size: Term, byte: Term) -> None:
        """A master without a backlog executes a command: its data is another, though its offset may stay.

        From Redis 7.2 on the offset moves if there is an append-only file.
        """
        new.require(is_master(old, node), negate(old.backlog[node]))
        new.offset[node] = old.offset[node] + size
        if scope.offset_max is not None:
            new.require(new.offset[node] <= scope.offset_max)
        new.data[node] = seen(old, new.offset[node], byte)

    @system.action(node=nodes)
    @unless_prompt(scope)
    def expire_backlog(old: Any, new: Any, node: Node) -> None:
        """No replica has been there for repl-backlog-ttl (replicationCron)."""
        new.require(is_master(old, node), old.backlog[node], negate(has_replicas(scope, old, node)))
        change_id(scope, new, node)
        clear_id2(new, node)
        free_backlog(new, node)

    @system.action(node=nodes, size=scope.size)
    @unless_prompt(scope)
    def trim_backlog(old: Any, new: Any, node: Node, size: Term) -> None:
        """The backlog is full, or is made smaller: its first bytes are lost."""
        new.require(old.backlog[node], size <= old.histlen[node])
        new.first_byte[node] = old.first_byte[node] + size
        new.histlen[node] = old.histlen[node] - size
        new.kept[node] = all_of(old.kept[node], new.first_byte[node] <= old.position)

    @system.action(node=nodes)
    def forget_master(old: Any, new: Any, node: Node) -> None:
        """An answer to PSYNC is an error: next time everything is asked for (replicationDiscardCachedMaster)."""
        new.require(old.link[node] == DOWN, old.cached[node])
        new.cached[node] = False


def declare_roles(system: System, scope: Scope) -> None:
    """Declare promotion and demotion."""
    nodes = scope.node

    @system.action(node=nodes)
    @unless_prompt(scope)
    def promote(old: Any, new: Any, node: Node) -> None:
        """REPLICAOF NO ONE (replicationUnsetMaster)."""
        new.require(negate(is_master(old, node)), negate(is_loading(old, node)))
        new.master[node] = NO_ONE
        close_link(new, node)
        new.cached[node] = False
        shift_id(new, node)
        change_id(scope, new, node)
        drop_replicas(scope, new, node)

    @system.action(node=nodes, master=scope.server, drops=Bool)
    @unless_prompt(scope)
    def replicaof(old: Any, new: Any, node: Node, master: Term, drops: Term) -> None:
        """REPLICAOF host port (replicationSetMaster), which drops the server's own replicas before Redis 7.0.

        A master takes its own ID and offset for those of a master that it has lost (replicationCacheMasterUsingMyself).
        """
        new.require(master != NO_ONE, master != node, master != old.master[node], negate(is_loading(old, node)))
        new.cached[node] = any_of(old.cached[node], is_master(old, node), old.link[node] == ONLINE)
        close_link(new, node)
        new.master[node] = master
        drop_replicas(scope, new, node, drops)


def declare_restarts(system: System, scope: Scope) -> None:
    """Declare RDB files, and what a server knows when it has read one."""
    nodes = scope.node

    @system.action(node=nodes)
    @unless_prompt(scope)
    def save(old: Any, new: Any, node: Node) -> None:
        """A server saves an RDB file, with ID and offset where it has a backlog or a master (rdbPopulateSaveInfo)."""
        new.require(negate(is_loading(old, node)))
        known = any_of(all_of(is_master(old, node), old.backlog[node]), old.link[node] == ONLINE, old.cached[node])
        new.rdb[node] = known
        new.rdb_replid[node] = ite(known, old.replid[node], NO_ID)
        new.rdb_offset[node] = ite(known, old.offset[node], 0)
        new.rdb_data[node] = all_of(known, old.data[node])

    def stop(new: Any, node: Node) -> None:
        """The process ends, with its connections and its backlog."""
        drop_replicas(scope, new, node)
        close_link(new, node)
        free_backlog(new, node)
        clear_id2(new, node)

    @system.action(node=nodes, master=scope.server)
    @unless_prompt(scope)
    def restart_as_replica(old: Any, new: Any, node: Node, master: Term) -> None:
        """A server reads its RDB file, and takes over the ID and offset that it finds (loadDataFromDisk)."""
        new.require(master != NO_ONE, master != node, old.rdb[node])
        stop(new, node)
        new.master[node] = master
        new.replid[node], new.offset[node] = old.rdb_replid[node], old.rdb_offset[node]
        new.data[node] = seen(old, new.offset[node], old.rdb_data[node])
        new.cached[node] = True

    @system.action(node=nodes, size=scope.size_or_none, byte=Bool)
    @unless_prompt(scope)
    def restart_as_master(old: Any, new: Any, node: Node, size: Term, byte: Term) -> None:
        """A server reads its RDB file, whose ID becomes its secondary one: from Redis 7.0 on (loadDataFromDisk).

        Keys that have expired meanwhile are deleted, which puts DELs on the stream.
        """
        new.require(old.rdb[node])
        stop(new, node)
        new.master[node] = NO_ONE
        new.cached[node] = False
        new.replid[node], new.offset[node] = old.rdb_replid[node], old.rdb_offset[node]
        new.data[node] = seen(old, new.offset[node], old.rdb_data[node])
        shift_id(new, node)
        change_id(scope, new, node)
        create_backlog(new, node)
        append(scope, new, node, size, byte)

    @system.action(node=nodes, master=scope.server, byte=Bool)
    @unless_prompt(scope)
    def restart_anew(old: Any, new: Any, node: Node, master: Term, byte: Term) -> None:
        """A server begins a history with whatever it finds: without an RDB file, and as a master before Redis 7.0."""
        new.require(master != node)
        stop(new, node)
        new.master[node] = master
        new.cached[node] = False
        change_id(scope, new, node)
        new.offset[node] = 0
        new.data[node] = seen(old, new.offset[node], byte)
