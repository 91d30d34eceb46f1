"""How a Sentinel shows what it knows: fields of instances, and its section of INFO."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from redproof_server.engine.client import Client
from redproof_server.protocol.replies import array, bulk, mapping
from redproof_server.sentinel.instances import Instance, Master, Node, Peer, Replica, Role, State
from redproof_server.sentinel.texts import encoded

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

Field = tuple[str, str | int]
SHOWN_FIRST = (State.S_DOWN, State.O_DOWN)
SHOWN_LAST = (
    State.MASTER_DOWN,
    State.FAILOVER_IN_PROGRESS,
    State.PROMOTED,
    State.RECONF_SENT,
    State.RECONF_INPROG,
    State.RECONF_DONE,
    State.FORCE_FAILOVER,
    State.SCRIPT_KILL_SENT,
)


def instance_reply(sentinel: "Sentinel", client: Client, instance: Instance) -> bytes:
    """All fields of an instance (addReplySentinelRedisInstance)."""
    items = [bulk(encoded(str(part))) for field in fields(sentinel, instance) for part in field]
    return mapping(items, client.resp)


def instances_reply(sentinel: "Sentinel", client: Client, instances: Iterable[Instance]) -> bytes:
    """The instances, but for replicas that are not to be told of (addReplyDictOfRedisInstances)."""
    shown = [each for each in instances if not isinstance(each, Replica) or each.is_announced]
    return array([instance_reply(sentinel, client, instance) for instance in shown])


def fields(sentinel: "Sentinel", instance: Instance) -> Iterator[Field]:
    """Names and values, in Redis's order."""
    yield from common_fields(sentinel, instance)
    if isinstance(instance, Node):
        yield from node_fields(sentinel, instance)
    if isinstance(instance, Master):
        yield from master_fields(instance)
    elif isinstance(instance, Replica):
        yield from replica_fields(instance)
    elif isinstance(instance, Peer):
        yield "last-hello-message", sentinel.now_ms - instance.last_hello_ms
        yield "voted-leader", instance.leader or "?"
        yield "voted-leader-epoch", instance.leader_epoch


def common_fields(sentinel: "Sentinel", instance: Instance) -> Iterator[Field]:
    """What is known of every instance."""
    connections, now_ms = instance.connections, sentinel.now_ms
    yield "name", instance.name
    yield "ip", sentinel.shown(instance.address)
    yield "port", instance.address.port
    yield "runid", instance.run_id or ""
    yield "flags", flags(instance)
    yield "link-pending-commands", connections.pending_commands
    yield "link-refcount", connections.owners
    if isinstance(instance, Master) and instance.has_any(State.FAILOVER_IN_PROGRESS):
        yield "failover-state", instance.failover_state.value
    pending_ms = connections.ping_pending_since_ms
    yield "last-ping-sent", 0 if pending_ms is None else now_ms - pending_ms
    yield "last-ok-ping-reply", now_ms - connections.last_available_ms
    yield "last-ping-reply", now_ms - connections.last_pong_ms
    if instance.has_any(State.S_DOWN):
        yield "s-down-time", now_ms - instance.s_down_since_ms
    if instance.has_any(State.O_DOWN):
        yield "o-down-time", now_ms - instance.o_down_since_ms
    yield "down-after-milliseconds", instance.down_after_ms


def flags(instance: Instance) -> str:
    """What holds of an instance, in Redis's words and order."""
    names = [state.name for state in SHOWN_FIRST if instance.has_any(state)]
    names.append(instance.kind)
    if instance.connections.is_disconnected:
        names.append("disconnected")
    names += [state.name for state in SHOWN_LAST if instance.has_any(state)]
    return ",".join(name.lower() for name in names if name)


def node_fields(sentinel: "Sentinel", node: Node) -> Iterator[Field]:
    """What INFO told of itself and of the role."""
    yield "info-refresh", sentinel.now_ms - node.info_refreshed_ms if node.info_refreshed_ms else 0
    yield "role-reported", "master" if node.role_reported is Role.MASTER else "slave"
    yield "role-reported-time", sentinel.now_ms - node.role_reported_ms


def master_fields(master: Master) -> Iterator[Field]:
    """What is known of a master, and how it is watched."""
    yield "config-epoch", master.config_epoch
    yield "num-slaves", len(master.replicas)
    yield "num-other-sentinels", len(master.peers)
    yield "quorum", master.quorum
    yield "failover-timeout", master.failover_timeout_ms
    yield "parallel-syncs", master.parallel_syncs


def replica_fields(replica: Replica) -> Iterator[Field]:
    """What a replica said of its replication."""
    yield "master-link-down-time", replica.master_link_down_ms
    yield "master-link-status", "ok" if replica.master_link_is_up else "err"
    yield "master-host", replica.master_host if replica.master_host is not None else "?"
    yield "master-port", replica.master_port
    yield "slave-priority", replica.priority
    yield "slave-repl-offset", replica.offset
    yield "replica-announced", int(replica.is_announced)


def info_facts(sentinel: "Sentinel") -> list[tuple[bytes, object]]:
    """The section of INFO (sentinelInfoCommand)."""
    tilt_seconds = (sentinel.now_ms - sentinel.tilt_started_ms) // 1000 if sentinel.is_tilt else -1
    since = [(b"sentinel_tilt_since_seconds", tilt_seconds)] if sentinel.server.version.sentinel_tells_tilt_time else []
    crashes = sentinel.crashes_after_election + 2 * sentinel.crashes_after_promotion
    masters = enumerate(sentinel.masters.values())
    return [
        (b"sentinel_masters", len(sentinel.masters)),
        (b"sentinel_tilt", int(sentinel.is_tilt)),
        *since,
        (b"sentinel_running_scripts", 0),
        (b"sentinel_scripts_queue_length", 0),
        (b"sentinel_simulate_failure_flags", crashes),
        *((b"master%d" % number, master_line(sentinel, master)) for number, master in masters),
    ]


def master_line(sentinel: "Sentinel", master: Master) -> str:
    """What INFO tells of a master."""
    is_s_down, is_o_down = master.has_any(State.S_DOWN), master.has_any(State.O_DOWN)
    status = "odown" if is_o_down else "sdown" if is_s_down else "ok"
    address = f"{sentinel.shown(master.address)}:{master.address.port}"
    counts = f"slaves={len(master.replicas)},sentinels={len(master.peers) + 1}"
    return f"name={master.name},status={status},address={address},{counts}"
