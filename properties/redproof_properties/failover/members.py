"""The members of a group: servers and sentinels of a target's kind, each at an address of its own behind a gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from redproof_properties.errors import UsageError
from redproof_properties.failover.record import Settings
from redproof_properties.replication.topologies.topology import quick_settings
from redproof_properties.targets import ServerVersion, Target
from redproof_properties.targets.address import TcpAddress
from redproof_properties.targets.process import Place, ProcessTarget, source_settings

_ACKNOWLEDGING: Final = {"repl-ping-replica-period": "1", "repl-timeout": "60"}
"""Here the links are to be missed where they fail, other than in `QUICK`."""


CONTAINER: Final = "docker:"


def is_container(spelling: str) -> bool:
    """Whether a target is a container of ours."""
    return spelling.startswith(CONTAINER)


def need_process(target: Target) -> ProcessTarget:
    """The same target, where it is a process of ours; raises `UsageError` for any other."""
    if not isinstance(target, ProcessTarget):
        raise UsageError(f"{target.spelling}: a node of a group behind gates is a process of ours, or a container")
    return target


def server_settings(
    version: ServerVersion, host: str, gate: TcpAddress, priority: int, settings: Settings
) -> dict[str, str]:
    """What a server behind a gate is given: who it is to others, too."""
    return {
        **quick_settings(version),
        **source_settings(host, version.number),
        **_ACKNOWLEDGING,
        "replica-priority": str(priority),
        "min-replicas-to-write": str(settings.min_replicas_to_write),
        "min-replicas-max-lag": str(settings.min_replicas_max_lag_s),
        "protected-mode": "no",
        "replica-announce-ip": gate.host,
        "replica-announce-port": str(gate.port),
    }


class SentinelProcess(ProcessTarget):
    """A sentinel of another target's kind, which watches the master at an address; its file outlives restarts."""

    def __init__(self, kind: ProcessTarget, lines: Sequence[str]) -> None:
        super().__init__(f"{kind.spelling} as a sentinel")
        self.capabilities = kind.capabilities
        self._kind = kind
        self._lines = lines

    def command_line(self, place: Place) -> list[str]:
        """The kind's sentinel, with the file that it has written, or that it begins with."""
        path = place.folder / "sentinel.conf"
        if not path.exists():
            path.write_text("".join(f"{line}\n" for line in (*self._own_lines(place), *self._lines)))
        self._kind.host = self.host
        return self._kind.sentinel_command_line(path)

    def _own_lines(self, place: Place) -> tuple[str, ...]:
        return (
            f"port {place.port}",
            f"unixsocket {place.socket_path}",
            f"dir {place.folder}",
            'logfile ""',
            "protected-mode no",
        )


@dataclass(frozen=True, slots=True)
class Peer:
    """A sentinel as others know it from the start: its gate, and its id."""

    gate: TcpAddress
    run_id: str


def sentinel_lines(
    own: Peer, master: TcpAddress, settings: Settings, replicas: Iterable[TcpAddress], others: Iterable[Peer]
) -> Iterator[str]:
    """The lines of a sentinel's file: who it is, how it watches the master, and whom it knows already.

    Source: `sentinel.c` (sentinelHandleConfiguration), which reads what a sentinel has learnt and written.
    """
    name = settings.master_name
    yield f"sentinel myid {own.run_id}"
    yield f"sentinel announce-ip {own.gate.host}"
    yield f"sentinel announce-port {own.gate.port}"
    yield f"sentinel monitor {name} {master.host} {master.port} {settings.quorum}"
    yield f"sentinel down-after-milliseconds {name} {settings.down_after_ms}"
    yield f"sentinel failover-timeout {name} {settings.failover_timeout_ms}"
    yield f"sentinel parallel-syncs {name} {settings.parallel_syncs}"
    for replica in replicas:
        yield f"sentinel known-replica {name} {replica.host} {replica.port}"
    for other in others:
        yield f"sentinel known-sentinel {name} {other.gate.host} {other.gate.port} {other.run_id}"
