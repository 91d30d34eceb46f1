"""Whether an instance is alive: PING, INFO and hello at their times, and down in this Sentinel's own eyes."""

from functools import partial
from typing import TYPE_CHECKING

from redproof_server.protocol.reply_reader import ErrorReply, Reply, Status
from redproof_server.sentinel import hello, information
from redproof_server.sentinel.instances import Instance, Master, Node, Peer, Replica, Role, State
from redproof_server.sentinel.periods import BUSY_INFO_PERIOD_MS, PENDING_COMMANDS_MAX

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

BEING_REPLACED = State.O_DOWN | State.FAILOVER_IN_PROGRESS
# Replies to PING of an instance that is alive, if not well.
ALIVE = (b"PONG", b"LOADING", b"MASTERDOWN")


def send_periodic_commands(sentinel: "Sentinel", instance: Instance) -> None:
    """Send INFO, PING and hello where it is time (sentinelSendPeriodicCommands)."""
    connections, periods, now_ms = instance.connections, sentinel.periods, sentinel.server.now_ms
    if connections.is_disconnected:
        return
    if connections.pending_commands >= PENDING_COMMANDS_MAX * connections.owners:
        return
    if isinstance(instance, Node) and information_is_old(sentinel, instance):
        sentinel.links.send(instance, ["INFO"], partial(take_info, sentinel, instance))
    ping_period_ms = min(instance.down_after_ms, periods.ping_period_ms)
    pong_is_old = now_ms - connections.last_pong_ms > ping_period_ms
    if pong_is_old and now_ms - connections.last_ping_ms > ping_period_ms // 2:
        send_ping(sentinel, instance)
    if now_ms - instance.last_published_ms > periods.publish_period_ms:
        hello.send(sentinel, instance)


def information_is_old(sentinel: "Sentinel", node: Node) -> bool:
    """Whether INFO is to be asked for: replicas are asked more often in a failover or while their link is down."""
    period_ms = sentinel.periods.info_period_ms
    if isinstance(node, Replica):
        is_failing = node.master.has_any(BEING_REPLACED)
        if is_failing or node.master_link_down_ms:
            period_ms = BUSY_INFO_PERIOD_MS
    return node.info_refreshed_ms == 0 or sentinel.now_ms - node.info_refreshed_ms > period_ms


def take_info(sentinel: "Sentinel", node: Node, reply: Reply) -> None:
    """INFO has come (sentinelInfoReplyCallback)."""
    if isinstance(reply, bytes) and not isinstance(reply, (Status, ErrorReply)):
        information.refresh(sentinel, node, reply)


def send_ping(sentinel: "Sentinel", instance: Instance) -> None:
    """Send PING; the time of the first that is not answered counts (sentinelSendPing)."""
    if sentinel.links.send(instance, ["PING"], partial(take_pong, sentinel, instance)):
        connections = instance.connections
        connections.last_ping_ms = sentinel.now_ms
        if connections.ping_pending_since_ms is None:
            connections.ping_pending_since_ms = sentinel.now_ms


def take_pong(sentinel: "Sentinel", instance: Instance, reply: Reply) -> None:
    """PING is answered; a script that runs too long is killed (sentinelPingReplyCallback)."""
    connections = instance.connections
    if isinstance(reply, (Status, ErrorReply)):
        if reply.startswith(ALIVE):
            connections.last_available_ms = sentinel.now_ms
            connections.ping_pending_since_ms = None
            if reply.startswith(b"PONG"):
                instance.clear(State.MASTER_REBOOT)
        elif reply.startswith(b"BUSY") and instance.has_any(State.S_DOWN):
            if not instance.has_any(State.SCRIPT_KILL_SENT):
                sentinel.links.send(instance, ["SCRIPT", "KILL"])
            instance.state |= State.SCRIPT_KILL_SENT
    connections.last_pong_ms = sentinel.now_ms


def check_subjectively_down(sentinel: "Sentinel", instance: Instance) -> None:
    """Find out whether this Sentinel takes an instance for down (sentinelCheckSubjectivelyDown)."""
    renew_connections(sentinel, instance)
    is_down = is_silent(sentinel, instance) or (isinstance(instance, Master) and is_no_master(sentinel, instance))
    if is_down and not instance.has_any(State.S_DOWN):
        sentinel.event("+sdown", instance)
        instance.s_down_since_ms = sentinel.now_ms
        instance.state |= State.S_DOWN
    elif not is_down and instance.has_any(State.S_DOWN):
        sentinel.event("-sdown", instance)
        instance.clear(State.S_DOWN | State.SCRIPT_KILL_SENT)


def is_silent(sentinel: "Sentinel", instance: Instance) -> bool:
    """Whether it has not answered for too long."""
    connections = instance.connections
    if connections.ping_pending_since_ms is not None:
        return sentinel.now_ms - connections.ping_pending_since_ms > instance.down_after_ms
    return connections.is_disconnected and sentinel.now_ms - connections.last_available_ms > instance.down_after_ms


def is_no_master(sentinel: "Sentinel", master: Master) -> bool:
    """Whether it has called itself a replica for too long, or has been starting again for too long."""
    now_ms = sentinel.now_ms
    patience_ms = master.down_after_ms + 2 * sentinel.periods.info_period_ms
    is_replica = master.role_reported is Role.REPLICA and now_ms - master.role_reported_ms > patience_ms
    is_rebooting = master.has_any(State.MASTER_REBOOT) and now_ms - master.rebooted_ms > master.reboot_down_after_ms
    return is_replica or is_rebooting


def renew_connections(sentinel: "Sentinel", instance: Instance) -> None:
    """Close connections over which nothing comes, so that they are opened again."""
    connections, now_ms, periods = instance.connections, sentinel.server.now_ms, sentinel.periods
    pending_ms = connections.ping_pending_since_ms
    if (
        pending_ms is not None
        and now_ms - connections.commands_since_ms > periods.min_link_reconnect_period_ms
        and min(now_ms - pending_ms, now_ms - connections.last_pong_ms) > instance.down_after_ms // 2
    ):
        sentinel.links.close(connections, connections.commands)
    if (
        now_ms - connections.listener_active_ms > 3 * periods.publish_period_ms
        and now_ms - connections.listener_since_ms > periods.min_link_reconnect_period_ms
        and not isinstance(instance, Peer)
    ):
        sentinel.links.close(connections, connections.listener)
