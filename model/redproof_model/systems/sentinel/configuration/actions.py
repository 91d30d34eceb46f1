"""What leaders and other sentinels do, what becomes of servers, and the moment from which on all is calm."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, ite, negate
from redproof_model.systems.sentinel.configuration.parts import (
    Index,
    announced,
    end_failover,
    is_calm,
    is_idle,
    is_master,
    is_newest,
    may_correct,
    take_over,
)
from redproof_model.systems.sentinel.configuration.scope import NO_ONE, RECONFIGURES, WAITS, Scope


def declare_leaders(system: System, scope: Scope) -> None:
    """Declare the steps of a failover."""
    nodes, servers = scope.nodes, scope.all_servers

    @system.action(fair=True, sentinel=scope.node, server=scope.some_server)
    def select(old: Any, new: Any, sentinel: Index, server: Index) -> None:
        """A leader is elected in an epoch of its own, and selects a replica (sentinelFailoverSelectSlave)."""
        new.require(is_idle(old, sentinel), old.address[sentinel] != server, old.up[server])
        if scope.epochs_max is not None:
            new.require(old.next_epoch <= scope.epochs_max)
        if scope.calm_epochs:
            # Delays are random: once messages arrive in time, one starts alone, and only if the master is none.
            broken = [is_idle(old, other) for other in nodes]
            broken += [is_newest(scope, old, sentinel), negate(is_master(old, old.address[sentinel]))]
            new.require(any_of(all_of(negate(old.calm), old.next_epoch <= scope.stormy_max), all_of(old.calm, broken)))
        new.phase[sentinel], new.promoted[sentinel] = WAITS, server
        new.leads_in[sentinel] = old.next_epoch
        new.next_epoch = old.next_epoch + 1

    @system.action(fair=True, sentinel=scope.node, server=scope.some_server)
    def promote(old: Any, new: Any, sentinel: Index, server: Index) -> None:
        """REPLICAOF NO ONE reaches the selected replica (sentinelFailoverSendSlaveOfNoOne)."""
        new.require(old.phase[sentinel] == WAITS, old.promoted[sentinel] == server)
        new.require(old.up[server], negate(is_master(old, server)))
        new.master[server] = NO_ONE

    @system.action(fair=True, sentinel=scope.node)
    def see_promotion(old: Any, new: Any, sentinel: Index) -> None:
        """INFO says that the selected replica is a master, which is a configuration (sentinelRefreshInstanceInfo)."""
        new.require(old.phase[sentinel] == WAITS)
        new.require(
            any_of(all_of(old.promoted[sentinel] == each, old.up[each], is_master(old, each)) for each in servers)
        )
        new.phase[sentinel] = RECONFIGURES
        new.config_epoch[sentinel] = old.leads_in[sentinel]
        _note_choice(new, old.leads_in[sentinel], old.promoted[sentinel])

    @system.action(sentinel=scope.node)
    def abort(old: Any, new: Any, sentinel: Index) -> None:
        """No promotion is seen for failover-timeout (sentinelAbortFailover)."""
        new.require(old.phase[sentinel] == WAITS, negate(is_calm(scope, old)))
        end_failover(new, sentinel)

    @system.action(sentinel=scope.node, server=scope.some_server)
    def reconfigure(old: Any, new: Any, sentinel: Index, server: Index) -> None:
        """A replica is told of its new master (sentinelFailoverReconfNextSlave)."""
        new.require(old.phase[sentinel] == RECONFIGURES, old.promoted[sentinel] != server)
        # The master that failed is none of the replicas until the failover is over.
        new.require(old.address[sentinel] != server, old.up[server], old.master[server] != old.promoted[sentinel])
        new.master[server] = old.promoted[sentinel]

    @system.action(fair=True, sentinel=scope.node)
    def end(old: Any, new: Any, sentinel: Index) -> None:
        """A failover is over, or has lasted too long (sentinelFailoverSwitchToPromotedSlave)."""
        new.require(old.phase[sentinel] == RECONFIGURES)
        new.address[sentinel] = old.promoted[sentinel]
        end_failover(new, sentinel)


def declare_sentinels(system: System, scope: Scope) -> None:
    """Declare what all sentinels do."""
    servers = scope.all_servers

    @system.action(fair=True, sentinel=scope.node, other=scope.node)
    def hello(old: Any, new: Any, sentinel: Index, other: Index) -> None:
        """A hello message tells of a newer configuration (sentinelProcessHelloMessage)."""
        new.require(sentinel != other)
        take_over(scope, new, sentinel, old.config_epoch[other], announced(old, other))

    @system.action(fair=True, sentinel=scope.node, server=scope.some_server)
    def correct(old: Any, new: Any, sentinel: Index, server: Index) -> None:
        """A server that should be a replica of the master is told so (+convert-to-slave, +fix-slave-config)."""
        master = old.address[sentinel]
        new.require(master != server, old.up[server], old.master[server] != master)
        # It looks sane: it is up, and says that it is a master (sentinelMasterLooksSane).
        new.require(any_of(all_of(master == each, old.up[each], is_master(old, each)) for each in servers))
        new.require(old.promoted[sentinel] != server, may_correct(scope, old, sentinel, server))
        new.master[server] = master

    @system.action(sentinel=scope.node)
    def restart(old: Any, new: Any, sentinel: Index) -> None:
        """A sentinel begins anew with its configuration, which was saved when it changed (sentinelFlushConfig)."""
        new.require(negate(is_idle(old, sentinel)), negate(is_calm(scope, old)))
        # What is saved is the address that it announces (rewriteConfigSentinelOption).
        new.address[sentinel] = announced(old, sentinel)
        end_failover(new, sentinel)


def declare_servers(system: System, scope: Scope) -> None:
    """Declare how servers fail, and come back as what they were."""

    @system.action(server=scope.some_server)
    def fail(old: Any, new: Any, server: Index) -> None:
        """A server goes down, or cannot be reached."""
        new.require(old.up[server], negate(is_calm(scope, old)))
        new.up[server] = False

    @system.action(fair=True, server=scope.some_server)
    def come_back(old: Any, new: Any, server: Index) -> None:
        """A server is there again, in the role that it had: SLAVEOF is followed by CONFIG REWRITE."""
        new.require(negate(old.up[server]))
        new.up[server] = True

    if scope.calm_epochs:

        @system.action()
        def calm_down(old: Any, new: Any) -> None:
            """From now on nothing fails, and messages arrive in time."""
            new.require(negate(old.calm))
            new.calm = True


def declare_others(system: System, scope: Scope) -> None:
    """Declare what those sentinels do that are not followed."""

    @system.action(sentinel=scope.node, epoch=scope.epoch, address=scope.server)
    def hello_of_another(old: Any, new: Any, sentinel: Index, epoch: Term, address: Term) -> None:
        """A hello message of another: of the epoch that is followed it says what its leader has made it be."""
        new.require(epoch < old.next_epoch, implies(epoch == old.followed, address == old.chosen))
        take_over(scope, new, sentinel, epoch, address)

    @system.action(address=scope.server)
    def another_leads(old: Any, new: Any, address: Term) -> None:
        """Another is elected, and a replica is promoted by it."""
        new.next_epoch = old.next_epoch + 1
        _note_choice(new, old.next_epoch, address)

    @system.action(server=scope.server, master=scope.server_or_none)
    def another_commands(old: Any, new: Any, server: Index, master: Term) -> None:
        """Another tells a server what to be."""
        new.require(master != server)
        new.master[server] = master


def _note_choice(s: Any, epoch: Term, address: Term) -> None:
    """Enter which server was promoted in the epoch that is followed."""
    s.chosen = ite(epoch == s.followed, address, s.chosen)
