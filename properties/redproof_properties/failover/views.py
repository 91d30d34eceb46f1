"""What a sentinel tells of a master and its replicas, typed: SENTINEL MASTER, REPLICAS and so on.

Source: `sentinel.c` (sentinelCommand, addReplySentinelRedisInstance, sentinelGetCurrentMasterAddress).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from redproof_model.reply import Reply

from redproof_properties.encoding import encode_command
from redproof_properties.errors import TargetError
from redproof_properties.targets import Connection
from redproof_properties.targets.greeting import shown

_DOWN: Final = ("s_down", "disconnected")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownReplica:
    """A replica as a sentinel knows it; offset and priority are those that INFO last told it.

    `last_ok_ping_ms` and `info_age_ms` are how long ago it answered a PING, and INFO.
    """

    host: str
    port: int
    run_id: str
    flags: str
    priority: int
    offset_bytes: int
    link_up: bool
    link_down_ms: int
    last_ok_ping_ms: int
    info_age_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SentinelView:
    """What a sentinel tells: where the master is, since which configuration epoch, and whom else it knows.

    While its own failover goes on, that is where the promoted replica is, as in its hello messages. `missed_sentinels`
    is how many of the others do not answer it. `down_for_ms` is for how long it has taken the master for down; None
    where it does not.
    """

    host: str
    port: int
    flags: str
    down_for_ms: int | None
    config_epoch: int
    other_sentinels: int
    missed_sentinels: int
    replicas: tuple[KnownReplica, ...]


def sentinel_view(connection: Connection, name: str) -> SentinelView:
    """Ask a sentinel what it knows of a master; raises `TargetError` when it tells none of it."""
    connection.send(b"".join(encode_command([b"SENTINEL", what, name.encode()]) for what in _ASKED))
    master, replicas, sentinels, address = (connection.receive() for _ in _ASKED)
    told = pairs(master)
    match address:
        case [bytes(host), bytes(port)]:
            told |= {"ip": host.decode(), "port": port.decode()}
    others = [pairs(each) for each in _listed(sentinels)]
    try:
        return SentinelView(
            host=told["ip"],
            port=int(told["port"]),
            flags=told["flags"],
            down_for_ms=down_for_ms(told),
            config_epoch=int(told["config-epoch"]),
            other_sentinels=len(others),
            missed_sentinels=sum(any(flag in each["flags"] for flag in _DOWN) for each in others),
            replicas=tuple(_replica(pairs(each)) for each in _listed(replicas)),
        )
    except KeyError as error:
        raise TargetError(f"{connection.peer}: SENTINEL MASTER {name} lacks {error}: {shown(master)}") from error


_ASKED: Final = (b"MASTER", b"REPLICAS", b"SENTINELS", b"GET-MASTER-ADDR-BY-NAME")


def down_for_ms(told: Mapping[str, str]) -> int | None:
    """For how long a sentinel has taken a master for down, by the fields of SENTINEL MASTER; None where it does not."""
    return int(told["s-down-time"]) if "s-down-time" in told else None


def _replica(told: dict[str, str]) -> KnownReplica:
    return KnownReplica(
        host=told["ip"],
        port=int(told["port"]),
        run_id=told["runid"],
        flags=told["flags"],
        priority=int(told["slave-priority"]),
        offset_bytes=int(told["slave-repl-offset"]),
        link_up=told["master-link-status"] == "ok",
        link_down_ms=int(told["master-link-down-time"]),
        last_ok_ping_ms=int(told["last-ok-ping-reply"]),
        info_age_ms=int(told["info-refresh"]),
    )


def _listed(reply: Reply) -> list[Reply]:
    if not isinstance(reply, list):
        raise TargetError(f"a sentinel answered with {shown(reply)}")
    return reply


def pairs(reply: Reply) -> dict[str, str]:
    """The fields of SENTINEL MASTER and the like; raises `TargetError` for an error in their place."""
    words = [word.decode() for word in _listed(reply) if isinstance(word, bytes)]
    return dict(zip(words[::2], words[1::2], strict=True))
