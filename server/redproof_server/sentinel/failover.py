"""The failover of a master, from the first try to the new address (sentinelFailoverStateMachine)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from redproof_server.sentinel import agreement, hello, replicaof, selection
from redproof_server.sentinel.instances import FailoverState, Master, Replica, State
from redproof_server.sentinel.periods import DESYNC_MS_MAX

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

IN_PROGRESS = State.RECONF_SENT | State.RECONF_INPROG


class SimulatedCrashError(Exception):
    """SENTINEL SIMULATE-FAILURE wants the process to end here; what was to be written is written before."""


def start(sentinel: "Sentinel", master: Master) -> None:
    """Try to fail over, in a new epoch (sentinelStartFailover)."""
    master.state |= State.FAILOVER_IN_PROGRESS
    sentinel.current_epoch += 1
    master.failover_epoch = sentinel.current_epoch
    sentinel.announce("+new-epoch", str(sentinel.current_epoch))
    sentinel.event("+try-failover", master)
    master.failover_started_ms = sentinel.now_ms + sentinel.draw_ms(DESYNC_MS_MAX)
    master.enter(FailoverState.WAIT_START, sentinel.now_ms)


def start_if_needed(sentinel: "Sentinel", master: Master) -> bool:
    """Try to fail over if the master is objectively down and the last try, or vote, is long enough ago."""
    if not master.has_any(State.O_DOWN) or master.has_any(State.FAILOVER_IN_PROGRESS):
        return False
    if sentinel.now_ms - master.failover_started_ms < 2 * master.failover_timeout_ms:
        return False
    start(sentinel, master)
    return True


def advance(sentinel: "Sentinel", master: Master) -> None:
    """Take one step, if a failover is under way."""
    if master.has_any(State.FAILOVER_IN_PROGRESS) and master.failover_state in STEPS:
        STEPS[master.failover_state](sentinel, master)


def abort(sentinel: "Sentinel", master: Master) -> None:
    """Give up (sentinelAbortFailover)."""
    master.state &= ~(State.FAILOVER_IN_PROGRESS | State.FORCE_FAILOVER)
    master.enter(FailoverState.NONE, sentinel.now_ms)
    if master.promoted is not None:
        master.promoted.state &= ~State.PROMOTED
        master.promoted = None


# The steps.


def wait_start(sentinel: "Sentinel", master: Master) -> None:
    """Go on once elected, or at once if the failover was asked for (sentinelFailoverWaitStart)."""
    leader = agreement.elect(sentinel, master, master.failover_epoch)
    is_leader = leader is not None and leader.lower() == sentinel.my_id.lower()
    if not is_leader and not master.has_any(State.FORCE_FAILOVER):
        timeout_ms = min(sentinel.periods.election_timeout_ms, master.failover_timeout_ms)
        if sentinel.now_ms - master.failover_started_ms > timeout_ms:
            sentinel.event("-failover-abort-not-elected", master)
            abort(sentinel, master)
        return
    sentinel.event("+elected-leader", master)
    if sentinel.crashes_after_election:
        raise SimulatedCrashError
    master.enter(FailoverState.SELECT_SLAVE, sentinel.now_ms)
    sentinel.event("+failover-state-select-slave", master)


def select_slave(sentinel: "Sentinel", master: Master) -> None:
    """Choose whom to promote (sentinelFailoverSelectSlave)."""
    replica = selection.select(sentinel, master)
    if replica is None:
        sentinel.event("-failover-abort-no-good-slave", master)
        abort(sentinel, master)
        return
    sentinel.event("+selected-slave", replica)
    replica.state |= State.PROMOTED
    master.promoted = replica
    master.enter(FailoverState.SEND_SLAVEOF_NOONE, sentinel.now_ms)
    sentinel.event("+failover-state-send-slaveof-noone", replica)


def send_slaveof_noone(sentinel: "Sentinel", master: Master) -> None:
    """Promote it, as soon as it can be reached (sentinelFailoverSendSlaveOfNoOne)."""
    replica = master.promoted
    assert replica is not None
    if replica.connections.is_disconnected:
        wait_promotion(sentinel, master)
    elif replicaof.send(sentinel, replica, None):
        sentinel.event("+failover-state-wait-promotion", replica)
        master.enter(FailoverState.WAIT_PROMOTION, sentinel.now_ms)


def wait_promotion(sentinel: "Sentinel", master: Master) -> None:
    """Give up when it takes too long; its INFO tells when it is a master (sentinelFailoverWaitPromotion)."""
    if sentinel.now_ms - master.failover_changed_ms > master.failover_timeout_ms:
        sentinel.event("-failover-abort-slave-timeout", master)
        abort(sentinel, master)


def promoted(sentinel: "Sentinel", master: Master, replica: Replica) -> None:
    """The chosen replica is a master: from here on there is no way back, and all are told."""
    master.config_epoch = master.failover_epoch
    master.enter(FailoverState.RECONF_SLAVES, sentinel.now_ms)
    sentinel.file.flush()
    sentinel.event("+promoted-slave", replica)
    if sentinel.crashes_after_promotion:
        raise SimulatedCrashError
    sentinel.event("+failover-state-reconf-slaves", master)
    hello.hasten(sentinel, master)


def reconf_slaves(sentinel: "Sentinel", master: Master) -> None:
    """Let the other replicas follow, some at a time (sentinelFailoverReconfNextSlave)."""
    assert master.promoted is not None
    under_way = sum(replica.has_any(IN_PROGRESS) for replica in master.replicas.values())
    for replica in master.replicas.values():
        if under_way >= master.parallel_syncs:
            break
        if replica.has_any(State.PROMOTED | State.RECONF_DONE):
            continue
        give_up_slow(sentinel, replica)
        if replica.has_any(IN_PROGRESS) or replica.connections.is_disconnected:
            continue
        if replicaof.send(sentinel, replica, master.promoted.address):
            replica.state |= State.RECONF_SENT
            replica.reconf_sent_ms = sentinel.now_ms
            sentinel.event("+slave-reconf-sent", replica)
            under_way += 1
    detect_end(sentinel, master)


def give_up_slow(sentinel: "Sentinel", replica: Replica) -> None:
    """Take a replica for done that was told long ago. It is told once more right after, as in Redis."""
    sent_for_ms = sentinel.now_ms - replica.reconf_sent_ms
    if replica.has_any(State.RECONF_SENT) and sent_for_ms > sentinel.periods.slave_reconf_timeout_ms:
        sentinel.event("-slave-reconf-sent-timeout", replica)
        replica.state = replica.state & ~State.RECONF_SENT | State.RECONF_DONE


def detect_end(sentinel: "Sentinel", master: Master) -> None:
    """End when all follow that are up, or after the time for it (sentinelFailoverDetectEnd)."""
    if master.promoted is None or master.promoted.has_any(State.S_DOWN):
        return
    is_over_time = sentinel.now_ms - master.failover_changed_ms > master.failover_timeout_ms
    if is_over_time:
        sentinel.event("+failover-end-for-timeout", master)
    settled = State.PROMOTED | State.RECONF_DONE | State.S_DOWN
    if is_over_time or all(replica.has_any(settled) for replica in master.replicas.values()):
        sentinel.event("+failover-end", master)
        master.enter(FailoverState.UPDATE_CONFIG, sentinel.now_ms)
    if is_over_time:
        tell_the_rest(sentinel, master, master.promoted)


def tell_the_rest(sentinel: "Sentinel", master: Master, chosen: Replica) -> None:
    """Tell those that were not told yet, and do not wait for them."""
    for replica in master.replicas.values():
        if replica.has_any(State.PROMOTED | State.RECONF_DONE | State.RECONF_SENT):
            continue
        if not replica.connections.is_disconnected and replicaof.send(sentinel, replica, chosen.address):
            sentinel.event("+slave-reconf-sent-be", replica)
            replica.state |= State.RECONF_SENT


def switch(sentinel: "Sentinel", master: Master) -> None:
    """Watch the promoted replica as the master from now on (sentinelFailoverSwitchToPromotedSlave)."""
    new = (master.promoted or master).address
    old = f"{sentinel.shown(master.address)} {master.address.port}"
    sentinel.announce("+switch-master", f"{master.name} {old} {sentinel.shown(new)} {new.port}")
    sentinel.move_master(master, new.host, new.port)


STEPS: dict[FailoverState, Callable[["Sentinel", Master], None]] = {
    FailoverState.WAIT_START: wait_start,
    FailoverState.SELECT_SLAVE: select_slave,
    FailoverState.SEND_SLAVEOF_NOONE: send_slaveof_noone,
    FailoverState.WAIT_PROMOTION: wait_promotion,
    FailoverState.RECONF_SLAVES: reconf_slaves,
}
