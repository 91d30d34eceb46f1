"""Faults in how a configuration spreads: who is the master since which epoch, and who is told to follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planted.failover.fault import failover_fault
from planted.fault import replace_attribute, substitute
from redproof_server.sentinel import failover, hello, information
from redproof_server.sentinel.sentinel import Sentinel

if TYPE_CHECKING:
    from redproof_server.sentinel.hello import Hello
    from redproof_server.sentinel.instances import Master, Peer, Replica

AGREE = "all_agree_after_healing"
EPOCH = "one_master_for_an_epoch"


@failover_fault("stale-configuration-wins", "What another Sentinel says counts, however old it is", AGREE)
def stale_configuration_wins() -> None:
    honest = hello.process

    def faulty(sentinel: Sentinel, text: str) -> None:
        told = hello.read(text)
        master = None if told is None else sentinel.masters.get(told.master_name)
        if told is not None and master is not None and told.config_epoch != master.config_epoch:
            master.config_epoch = min(master.config_epoch, told.config_epoch - 1)
        honest(sentinel, text)

    substitute(honest, faulty)


@failover_fault("newer-configuration-is-ignored", "A Sentinel does not follow what others have decided", AGREE)
def newer_configuration_is_ignored() -> None:
    def faulty(sentinel: Sentinel, master: Master, peer: Peer, told: Hello) -> None:
        master.config_epoch = told.config_epoch

    substitute(hello.follow_config, faulty)


@failover_fault("promotion-gets-no-epoch", "A promotion keeps the epoch of the configuration before it", EPOCH)
def promotion_gets_no_epoch() -> None:
    honest = failover.promoted

    def faulty(sentinel: Sentinel, master: Master, replica: Replica) -> None:
        before = master.config_epoch
        honest(sentinel, master, replica)
        master.config_epoch = before

    replace_attribute(failover, "promoted", faulty)


@failover_fault("leader-does-not-switch", "The leader goes on to watch the old master", AGREE)
def leader_does_not_switch() -> None:
    def faulty(sentinel: Sentinel, master: Master) -> None:
        failover.abort(sentinel, master)

    substitute(failover.switch, faulty)


@failover_fault("old-master-is-left-alone", "A master that comes back is not told whom to follow", AGREE)
def old_master_is_left_alone() -> None:
    honest = information.replica_is_master

    def faulty(sentinel: Sentinel, replica: Replica) -> None:
        if replica is replica.master.promoted:
            honest(sentinel, replica)

    substitute(honest, faulty)


@failover_fault("wrong-replica-is-left-alone", "A replica that follows another is not told whom to follow", AGREE)
def wrong_replica_is_left_alone() -> None:
    substitute(information.check_master_of, lambda sentinel, replica: None)


@failover_fault("old-master-is-forgotten", "The old master does not become a replica that is known", AGREE)
def old_master_is_forgotten() -> None:
    honest = Sentinel.move_master

    def faulty(sentinel: Sentinel, master: Master, host: str, port: int) -> None:
        old = sentinel.replica_name(master.address)
        honest(sentinel, master, host, port)
        master.replicas.pop(old, None)

    replace_attribute(Sentinel, "move_master", faulty)
