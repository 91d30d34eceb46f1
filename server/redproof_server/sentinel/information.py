"""What INFO of a master or a replica tells, and what is to be done about it (sentinelRefreshInstanceInfo)."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from redproof_server.sentinel import failover, replicaof
from redproof_server.sentinel.instances import FailoverState, Master, Node, Replica, Role, State
from redproof_server.sentinel.texts import decoded, leading_integer, leading_unsigned

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

RUN_ID_CHARACTERS = 40
_replica_line = re.compile(r"slave[0-9]").match
_replica_address = re.compile(r"ip=([^,]*).*?port=([^,]*)").search
ROLES = {"master": Role.MASTER, "slave": Role.REPLICA}


def refresh(sentinel: "Sentinel", node: Node, info: bytes) -> None:
    """Read INFO, and act on it unless in tilt mode."""
    node.info = info
    node.master_link_down_ms = 0
    role = read_lines(sentinel, node, _lines_read(decoded(info)))
    node.info_refreshed_ms = sentinel.now_ms
    if role is not node.role_reported:
        change_role(sentinel, node, role)
    if not sentinel.is_tilt and isinstance(node, Replica):
        if role is Role.MASTER:
            replica_is_master(sentinel, node)
        elif role is Role.REPLICA:
            check_master_of(sentinel, node)
            check_reconfigured(sentinel, node)


def read_lines(sentinel: "Sentinel", node: Node, lines: list[str]) -> Role | None:
    """Enter what the lines say; the role that they tell."""
    role: Role | None = None
    for line in lines:
        name, _, value = line.partition(":")
        if name == "role":
            role = next((found for start, found in ROLES.items() if value.startswith(start)), role)
        elif name == "run_id" and len(value) >= RUN_ID_CHARACTERS:
            see_run_id(sentinel, node, value[:RUN_ID_CHARACTERS])
        elif name.startswith("slave") and isinstance(node, Master) and _replica_line(line):
            see_replica(sentinel, node, line)
        elif name == "master_link_down_since_seconds":
            node.master_link_down_ms = leading_integer(value) * 1000
        elif role is Role.REPLICA and name in REPLICA_LINES:
            REPLICA_LINES[name](sentinel, node, value)
    return role


def see_run_id(sentinel: "Sentinel", node: Node, run_id: str) -> None:
    """Another run ID means another process."""
    if node.run_id is not None and node.run_id != run_id:
        sentinel.event("+reboot", node)
        if isinstance(node, Master) and node.reboot_down_after_ms:
            node.state |= State.MASTER_REBOOT
            node.rebooted_ms = sentinel.now_ms
    node.run_id = run_id


def see_replica(sentinel: "Sentinel", master: Master, line: str) -> None:
    """A master names a replica."""
    found = _replica_address(line)
    if found is None:
        return
    host, port = found[1], leading_integer(found[2])
    address = sentinel.resolve_or_none(host, port)
    if address is not None and sentinel.replica_name(address) not in master.replicas:
        replica = sentinel.create_replica(master, host, port)
        sentinel.event("+slave", replica)
        sentinel.file.flush()


def see_master_host(sentinel: "Sentinel", node: Node, value: str) -> None:
    """Whom a replica replicates: the host."""
    if node.master_host is None or node.master_host.lower() != value.lower():
        node.master_host = value
        node.master_changed_ms = sentinel.now_ms


def see_master_port(sentinel: "Sentinel", node: Node, value: str) -> None:
    """Whom a replica replicates: the port."""
    port = leading_integer(value)
    if node.master_port != port:
        node.master_port = port
        node.master_changed_ms = sentinel.now_ms


def see_link(sentinel: "Sentinel", node: Node, value: str) -> None:
    """Whether the link to its master is up."""
    node.master_link_is_up = value.lower() == "up"


def see_priority(sentinel: "Sentinel", node: Node, value: str) -> None:
    """Its priority: the least is promoted first, 0 never."""
    node.priority = leading_integer(value)


def see_offset(sentinel: "Sentinel", node: Node, value: str) -> None:
    """How far it has replicated."""
    node.offset = leading_unsigned(value)


def see_announced(sentinel: "Sentinel", node: Node, value: str) -> None:
    """Whether clients are to be told of it."""
    node.is_announced = leading_integer(value) != 0


REPLICA_LINES: dict[str, Callable[["Sentinel", Node, str], None]] = {
    "master_host": see_master_host,
    "master_port": see_master_port,
    "master_link_status": see_link,
    "slave_priority": see_priority,
    "slave_repl_offset": see_offset,
    "replica_announced": see_announced,
}
_NAMES_READ = ("role", "run_id", "master_link_down_since_seconds", "slave", *REPLICA_LINES)
# The lines that something may be done about, by how they begin: an INFO has many others.
_lines_read = re.compile(rf"^(?:{'|'.join(_NAMES_READ)})[^\r\n]*", re.MULTILINE).findall


def change_role(sentinel: "Sentinel", node: Node, role: Role | None) -> None:
    """It says that it is something else than before."""
    node.role_reported, node.role_reported_ms = role, sentinel.now_ms
    if role is Role.REPLICA:
        node.master_changed_ms = sentinel.now_ms
    name = "+role-change" if role is node.own_role else "-role-change"
    sentinel.event(name, node, f" new reported role is {'master' if role is Role.MASTER else 'slave'}")


def replica_is_master(sentinel: "Sentinel", replica: Replica) -> None:
    """A replica calls itself a master: as it was told to, or else it is told to replicate after some time."""
    master = replica.master
    is_promoted = replica.has_any(State.PROMOTED)
    is_awaited = master.failover_state is FailoverState.WAIT_PROMOTION
    if is_promoted and master.has_any(State.FAILOVER_IN_PROGRESS) and is_awaited:
        failover.promoted(sentinel, master, replica)
        return
    wait_ms = 4 * sentinel.periods.publish_period_ms
    has_waited = sentinel.now_ms - replica.role_reported_ms > wait_ms
    if not is_promoted and has_waited and may_be_told(sentinel, replica, wait_ms):
        repoint(sentinel, replica, "+convert-to-slave")


def check_master_of(sentinel: "Sentinel", replica: Replica) -> None:
    """A replica that replicates another is told to replicate its master, after some time."""
    master = replica.master
    if follows(sentinel, replica, master):
        return
    wait_ms = master.failover_timeout_ms
    if sentinel.now_ms - replica.master_changed_ms > wait_ms and may_be_told(sentinel, replica, wait_ms):
        repoint(sentinel, replica, "+fix-slave-config")


def repoint(sentinel: "Sentinel", replica: Replica, event: str) -> None:
    """Let a replica replicate its master again."""
    if replicaof.send(sentinel, replica, replica.master.address):
        sentinel.event(event, replica)


def follows(sentinel: "Sentinel", replica: Replica, node: Node) -> bool:
    """Whether a replica says that it replicates a node."""
    is_host = replica.master_host is not None and sentinel.is_at(node.address, replica.master_host)
    return is_host and replica.master_port == node.address.port


def may_be_told(sentinel: "Sentinel", replica: Replica, wait_ms: int) -> bool:
    """Whether the master is well, and the replica was up for some time: only then is it this Sentinel's affair."""
    return looks_sane(sentinel, replica.master) and replica.was_up_for(wait_ms, sentinel.now_ms)


def looks_sane(sentinel: "Sentinel", master: Master) -> bool:
    """Whether a master is a master, is up, and has said so lately (sentinelMasterLooksSane)."""
    is_fresh = sentinel.now_ms - master.info_refreshed_ms < 2 * sentinel.periods.info_period_ms
    return master.role_reported is Role.MASTER and not master.has_any(State.S_DOWN | State.O_DOWN) and is_fresh


def check_reconfigured(sentinel: "Sentinel", replica: Replica) -> None:
    """See how far a replica has come that was told to replicate the promoted one."""
    promoted = replica.master.promoted
    if replica.has_any(State.RECONF_SENT) and promoted is not None and follows(sentinel, replica, promoted):
        replica.state = replica.state & ~State.RECONF_SENT | State.RECONF_INPROG
        sentinel.event("+slave-reconf-inprog", replica)
    if replica.has_any(State.RECONF_INPROG) and replica.master_link_is_up:
        replica.state = replica.state & ~State.RECONF_INPROG | State.RECONF_DONE
        sentinel.event("+slave-reconf-done", replica)
