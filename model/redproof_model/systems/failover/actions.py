"""What servers write and replicate, how they fail, and whom sentinels promote."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, ite, minimum, negate
from redproof_model.systems.failover.choice import first_of
from redproof_model.systems.failover.parts import (
    Index,
    append,
    confirming,
    copy,
    forget,
    is_candidate,
    is_master,
    is_prefix,
    lose_connection,
    may_write,
    note_loss,
    reaches,
)
from redproof_model.systems.failover.scope import ANOTHER_HISTORY, BEHIND, FIRST, FORGOTTEN, NO_ONE, Scope


def declare_data(system: System, scope: Scope) -> None:
    """Declare writes, and what becomes of them as long as nothing fails."""

    @system.action(node=scope.node)
    def write(old: Any, new: Any, node: Index) -> None:
        """A master takes a write and acknowledges it at once, before any replica has it."""
        new.require(is_master(old, node), old.up[node], may_write(scope, old, node))
        if scope.offset_max is not None:
            new.require(old.offset[node] < scope.offset_max)
        append(new, node)
        if scope.counts_time:
            late = all_of(node == FIRST, old.min_replicas > 0, old.cut_s > old.max_lag_s)
            new.wrote_late = any_of(old.wrote_late, late)

    @system.action(replica=scope.node, node=scope.node)
    def stream(old: Any, new: Any, replica: Index, node: Index) -> None:
        """A replica that has the beginning of what its master has takes the next write."""
        new.require(old.master[replica] == node, reaches(old, replica, node), is_prefix(old, replica, node))
        new.require(old.offset[replica] < old.offset[node])
        new.offset[replica] = old.offset[replica] + 1
        new.has[replica] = ite(new.offset[replica] == old.position, old.has[node], old.has[replica])
        _note_sync(old, new, replica, node)

    @system.action(replica=scope.node, node=scope.node)
    def sync(old: Any, new: Any, replica: Index, node: Index) -> None:
        """A replica goes on where it was if that is a beginning of what its master has; else all it had is discarded.

        That +CONTINUE is answered for nothing else is what `psync` shows.
        """
        goes_on = is_prefix(old, replica, node)
        new.require(old.master[replica] == node, reaches(old, replica, node))
        new.require(any_of(negate(goes_on), negate(old.synced[replica])))
        copy(new, replica, node, negate(goes_on))
        _note_sync(old, new, replica, node)

    @system.action(node=scope.node)
    def confirm(old: Any, new: Any, node: Index) -> None:
        """WAIT is answered with as many replicas as were asked for: the write that is followed is confirmed."""
        new.require(is_master(old, node), old.up[node], old.has[node], negate(old.confirmed))
        new.require(confirming(scope, old, node) >= scope.wait_replicas)
        new.confirmed = True


def _note_sync(old: Any, new: Any, replica: Index, node: Index) -> None:
    """A replica has the beginning of what the master has if it is of the master, or of one that has it."""
    new.synced[replica] = any_of(old.current == node, old.synced[node])


def declare_faults(system: System, scope: Scope) -> None:
    """Declare crashes and partitions."""

    @system.action(node=scope.node)
    def crash(old: Any, new: Any, node: Index) -> None:
        """A server goes down."""
        new.require(old.up[node])
        new.up[node] = False

    @system.action(node=scope.node)
    def come_back(old: Any, new: Any, node: Index) -> None:
        """A server starts again, in the role that it had, and with its data or without."""
        new.require(negate(old.up[node]))
        new.up[node] = True
        if not scope.persists:
            forget(new, node)
            # An empty server is at the beginning of anything, but if it is the master nothing is any more.
            note_loss(new, old.current == node, FORGOTTEN)
            for other in scope.nodes:
                new.synced[other] = any_of(old.current == other, all_of(old.synced[other], old.current != node))

    if not scope.divides:
        return

    @system.action(node=scope.node)
    def part(old: Any, new: Any, node: Index) -> None:
        """The network is divided, or whole again: a server changes sides. Sentinels are on the other side."""
        new.apart[node] = negate(old.apart[node])


def declare_sentinels(system: System, scope: Scope) -> None:
    """Declare what sentinels learn, and whom they promote."""

    @system.action(node=scope.node)
    def inform(old: Any, new: Any, node: Index) -> None:
        """INFO tells the offset of a server, which moves on at once (sentinelRefreshInstanceInfo)."""
        new.require(old.up[node], negate(old.apart[node]), old.reported[node] != old.offset[node])
        new.reported[node] = old.offset[node]

    @system.action(node=scope.node)
    def promote(old: Any, new: Any, node: Index) -> None:
        """The master is out of reach, and the first by the rule takes its place (sentinelFailoverSelectSlave)."""
        out_of_reach = [any_of(negate(old.up[each]), old.apart[each]) for each in scope.nodes]
        new.require(any_of(all_of(old.current == each, out_of_reach[each]) for each in scope.nodes))
        new.require(first_of([is_candidate(old, each) for each in scope.nodes], old.priority, old.reported) == node)
        note_loss(new, negate(old.synced[node]), ANOTHER_HISTORY)
        note_loss(new, old.offset[node] < old.position, BEHIND)
        for other in scope.nodes:
            # Of two that have the beginning of the same, the shorter has the beginning of the longer.
            shorter = all_of(old.synced[node], old.synced[other], old.offset[other] <= old.offset[node])
            new.synced[other] = any_of(node == other, shorter)
        new.current, new.master[node] = node, NO_ONE
        lose_connection(scope, new, node)

    @system.action(node=scope.node)
    def demote(old: Any, new: Any, node: Index) -> None:
        """A server is told of the master: another replica, or the old master (sentinelFailoverReconfNextSlave)."""
        new.require(old.up[node], negate(old.apart[node]), old.current != node, old.master[node] != old.current)
        new.master[node] = old.current
        lose_connection(scope, new, node)


def declare_clock(system: System, scope: Scope) -> None:
    """Declare the clock by which the first master knows how long ago its replicas were heard."""

    @system.action()
    def tick(old: Any, new: Any) -> None:
        """A second passes: replicas that are reached acknowledge what they have, others are silent."""
        last: Term = old.max_lag_s + 1
        for each in scope.nodes:
            new.lag_s[each] = ite(_acknowledges(old, each), 0, minimum(old.lag_s[each] + 1, last))
        is_heard = any_of(_acknowledges(old, each) for each in scope.nodes)
        new.cut_s = ite(is_heard, 0, minimum(old.cut_s + 1, last))


def _acknowledges(s: Any, replica: int) -> Term:
    return all_of(s.master[replica] == FIRST, reaches(s, replica, FIRST))
