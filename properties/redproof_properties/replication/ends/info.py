"""What a server tells of its replication, typed: INFO replication and ROLE.

Sources: `server.c` (genRedisInfoString, section replication) and `replication.c` (roleCommand).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from redproof_model.reply import Reply

from redproof_properties.errors import TargetError
from redproof_properties.targets.connection import Connection
from redproof_properties.targets.greeting import ask, shown
from redproof_properties.targets.inquiry import fields

NO_REPLID: Final = "0" * 40
"""What stands for the second id of a master that has none."""

_REPLICA_LINE: Final = re.compile(r"slave\d+")


@dataclass(frozen=True, slots=True)
class ReplicaLine:
    """A line `slaveN` of INFO: a replica as its master sees it; `lag_s` is the time since its last ACK."""

    ip: str
    port: int
    state: str
    offset: int
    lag_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationInfo:
    """INFO replication; what a role or a version does not tell is None.

    Offsets and sizes are in bytes, under the names of their fields. `slave_read_repl_offset` is told from Redis 6.2
    on, what begins with `master_link` or `slave` by replicas alone.
    """

    role: str
    connected_slaves: int
    replicas: tuple[ReplicaLine, ...]
    master_replid: str
    master_replid2: str
    master_repl_offset: int
    second_repl_offset: int
    repl_backlog_active: bool
    repl_backlog_size: int
    repl_backlog_first_byte_offset: int
    repl_backlog_histlen: int
    master_host: str | None
    master_port: int | None
    master_link_status: str | None
    master_sync_in_progress: bool | None
    slave_repl_offset: int | None
    slave_read_repl_offset: int | None


@dataclass(frozen=True, slots=True)
class MasterRole:
    """ROLE of a master: its offset, and of each replica its address, port and acknowledged offset."""

    offset: int
    replicas: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class ReplicaRole:
    """ROLE of a replica: its master, the state of the link such as `connected`, and its offset, -1 without one."""

    master_host: str
    master_port: int
    state: str
    offset: int


Role: TypeAlias = MasterRole | ReplicaRole


def read_info(connection: Connection) -> ReplicationInfo:
    """Ask for INFO replication; raises `TargetError` when it does not tell what every server does."""
    return parse_info(ask(connection, "INFO", "replication"), connection.peer)


def parse_info(reply: Reply, peer: str) -> ReplicationInfo:
    """Read the reply to INFO replication; raises `TargetError`, which names the peer, where it does not tell enough."""
    try:
        return _parse(fields(reply))
    except (KeyError, ValueError) as error:
        raise TargetError(f"{peer}: INFO replication lacks {error}: {shown(reply)}") from error


def read_fields(connection: Connection) -> dict[str, str]:
    """The fields of INFO replication as they are told; those of a line `slaveN` as `slaveN.port`, and so on."""
    told: dict[str, str] = {}
    for name, text in fields(ask(connection, "INFO", "replication")).items():
        if _REPLICA_LINE.fullmatch(name):
            told |= {f"{name}.{part}": value for part, value in _parts(text).items()}
        else:
            told[name] = text
    return told


def read_role(connection: Connection) -> Role:
    """Ask for ROLE; raises `TargetError` for an answer of another form, such as that of a sentinel."""
    reply = ask(connection, "ROLE")
    match reply:
        case [b"master", int(offset), list(replicas)]:
            return MasterRole(offset, tuple(map(_replica, replicas)))
        case [b"slave", bytes(host), int(port), bytes(state), int(offset)]:
            return ReplicaRole(host.decode(), port, state.decode(), offset)
    raise TargetError(f"{connection.peer}: ROLE was answered with {shown(reply)}")


def _replica(told: Reply) -> tuple[str, int, int]:
    match told:
        case [bytes(host), bytes(port), bytes(offset)]:
            return host.decode(), int(port), int(offset)
    raise TargetError(f"ROLE tells of a replica {told!r}")


def _parse(told: Mapping[str, str]) -> ReplicationInfo:
    lines = [text for name, text in told.items() if _REPLICA_LINE.fullmatch(name)]
    return ReplicationInfo(
        role=told["role"],
        connected_slaves=int(told["connected_slaves"]),
        replicas=tuple(map(_replica_line, lines)),
        master_replid=told["master_replid"],
        master_replid2=told["master_replid2"],
        master_repl_offset=int(told["master_repl_offset"]),
        second_repl_offset=int(told["second_repl_offset"]),
        repl_backlog_active=told["repl_backlog_active"] == "1",
        repl_backlog_size=int(told["repl_backlog_size"]),
        repl_backlog_first_byte_offset=int(told["repl_backlog_first_byte_offset"]),
        repl_backlog_histlen=int(told["repl_backlog_histlen"]),
        master_host=told.get("master_host"),
        master_port=_number(told, "master_port"),
        master_link_status=told.get("master_link_status"),
        master_sync_in_progress=told["master_sync_in_progress"] == "1" if "master_sync_in_progress" in told else None,
        slave_repl_offset=_number(told, "slave_repl_offset"),
        slave_read_repl_offset=_number(told, "slave_read_repl_offset"),
    )


def _number(told: Mapping[str, str], name: str) -> int | None:
    return int(told[name]) if name in told else None


def _replica_line(text: str) -> ReplicaLine:
    told = _parts(text)
    return ReplicaLine(told["ip"], int(told["port"]), told["state"], int(told["offset"]), int(told["lag"]))


def _parts(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split(","))
