"""The record of a failover run: what was observed of servers, sentinels and clients, as data that goes to JSON.

Times are in milliseconds since the run began, on one clock. Offsets are those of `master_repl_offset`, in bytes. Nodes
go by their names; what sentinels log of them is told by their `address`. The judges are functions of a record alone,
so it is all the same whether processes, containers or a simulation were observed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Final

import cattrs
from cattrs.strategies import configure_union_passthrough
from redproof_model.loss.record import Outcome

from redproof_properties.errors import UsageError

FORMAT: Final = 1


class Kind(Enum):
    """What a node is."""

    SERVER = "server"
    SENTINEL = "sentinel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A server or a sentinel.

    `spelling` names the target that it is one of. `address` is `HOST:PORT` as sentinels tell it. `priority` is a
    server's `replica-priority`; `run_id` is the id of a sentinel, which it keeps over restarts.
    """

    name: str
    kind: Kind
    spelling: str
    version: str
    address: str
    priority: int | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the master is watched, and what it asks of its replicas, by their names in the configuration files."""

    master_name: str
    quorum: int
    down_after_ms: int
    failover_timeout_ms: int
    parallel_syncs: int = 1
    min_replicas_to_write: int = 0
    min_replicas_max_lag_s: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """RPUSH of a value that no other write has, to the one list of the run.

    Without an answer `returned_at_ms` is None. `replid` and `offset_bytes` are those of its server right after it,
    where they are known. `confirmed_replicas` is the greatest answer to a WAIT that its client sent after it.
    """

    value: str
    client: str
    node: str
    sent_at_ms: float
    returned_at_ms: float | None
    outcome: Outcome
    error: str = ""
    replid: str | None = None
    offset_bytes: int | None = None
    confirmed_replicas: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The whole list as a node has it, with the place in its history at which that is so, if it is known."""

    client: str
    node: str
    sent_at_ms: float
    returned_at_ms: float
    values: tuple[str, ...]
    replid: str | None = None
    offset_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a sentinel published and logged: the event, such as `+vote-for-leader`, and what follows it.

    Source: `sentinel.c` (sentinelEvent).
    """

    at_ms: float
    sentinel: str
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSample:
    """What a server told of itself between `asked_at_ms` and `at_ms`: fields of INFO.

    `offset_bytes` is `master_repl_offset`. `follows` is the node that it replicates, None for a master, and its own
    name for an address of none.
    """

    asked_at_ms: float
    at_ms: float
    node: str
    run_id: str
    role: str
    replid: str
    former_replid: str
    offset_bytes: int
    former_offset_bytes: int
    """Up to which offset `former_replid` is its history too: `second_repl_offset`, less one."""
    follows: str | None = None
    link_up: bool | None = None
    connected_replicas: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaView:
    """What a sentinel knows of a replica: fields of SENTINEL REPLICAS, the offset and priority as INFO told them."""

    replica: str
    run_id: str
    flags: str
    priority: int
    offset_bytes: int
    link_down_ms: int = 0
    last_ok_ping_ms: int = 0
    info_age_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SentinelSample:
    """What a sentinel told between `asked_at_ms` and `at_ms`: which node is the master, since which configuration.

    `master` is the node at the address that it tells, None for an address of none. `down_for_ms` is for how long it has
    taken that for down; None where it does not, or where the record is of a time when this was not asked.
    """

    asked_at_ms: float
    at_ms: float
    sentinel: str
    master: str | None
    config_epoch: int
    flags: str = "master"
    down_for_ms: int | None = None
    replicas: tuple[ReplicaView, ...] = ()
    other_sentinels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSpan:
    """A fault from when it was begun until it was ended; None where it was not, or has no end, as a restart.

    `value` is what else the kind needs, such as the other end of a link.
    """

    kind: str
    node: str
    value: str | int | None = None
    begun_at_ms: float
    ended_at_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A server was started with an RDB file, which holds what the history `replid` had at `offset_bytes`.

    Both are None where that is not known, as the file names no history.
    """

    at_ms: float
    node: str
    replid: str | None
    offset_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A node became a master, by a sentinel in an epoch or, with none, by the harness; by when it was so at the latest.

    It follows the history `former_replid` up to `offset_bytes`, and goes on as `replid`; the node that begins with no
    history has no former one. Where it `counts_anew` its own offsets begin with 0. One that `keeps_all` was the master
    of the former one already, and has only changed its ID.
    """

    at_ms: float
    node: str
    replid: str
    former_replid: str | None
    offset_bytes: int
    epoch: int | None = None
    counts_anew: bool = False
    keeps_all: bool = False


@dataclass(frozen=True, kw_only=True)
class FailoverRecord:
    """All of a run; `final` is what each server has at its end, `healed_at_ms` when all faults were over.

    Raises `UsageError` where it names a node that there is not, or two nodes have the same name.
    """

    target: str
    seed: int
    settings: Settings
    nodes: tuple[Node, ...]
    writes: tuple[Write, ...] = ()
    reads: tuple[Read, ...] = ()
    events: tuple[Event, ...] = ()
    server_samples: tuple[ServerSample, ...] = ()
    sentinel_samples: tuple[SentinelSample, ...] = ()
    faults: tuple[FaultSpan, ...] = ()
    loaded: tuple[Load, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    final: tuple[Read, ...] = ()
    healed_at_ms: float | None = None
    ended_at_ms: float = 0

    def __post_init__(self) -> None:
        if len(self.by_name) < len(self.nodes):
            raise UsageError("two nodes of a record have the same name")
        if unknown := set(self._named()) - set(self.by_name):
            raise UsageError(f"a record names nodes that it does not have: {', '.join(sorted(unknown))}")

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """The nodes by their names."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def by_address(self) -> Mapping[str, Node]:
        """The nodes by the addresses that sentinels tell."""
        return {node.address: node for node in self.nodes}

    @cached_property
    def servers(self) -> tuple[str, ...]:
        """The names of the servers; the first is the master with which the run begins."""
        return tuple(node.name for node in self.nodes if node.kind is Kind.SERVER)

    @cached_property
    def sentinels(self) -> tuple[str, ...]:
        """The names of the sentinels."""
        return tuple(node.name for node in self.nodes if node.kind is Kind.SENTINEL)

    def dumps(self) -> str:
        """The record as JSON text."""
        return json.dumps({"format": FORMAT, **_CONVERTER.unstructure(self)}, indent=1) + "\n"

    @classmethod
    def loads(cls, text: str) -> FailoverRecord:
        """Read what `dumps` wrote; raises `UsageError` for anything else."""
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise UsageError(f"a record of a failover is JSON: {error}") from error
        told = data.pop("format", None) if isinstance(data, dict) else None
        if told != FORMAT:
            raise UsageError(f"a record of a failover in format {told}: this version reads {FORMAT}")
        try:
            return _CONVERTER.structure(data, cls)
        except cattrs.BaseValidationError as error:
            raise UsageError("not a record of a failover: " + "; ".join(cattrs.transform_error(error))) from error

    def write(self, path: Path) -> None:
        """Write the record to a file."""
        path.write_text(self.dumps())

    @classmethod
    def read(cls, path: Path) -> FailoverRecord:
        """Read the record of a file; raises `UsageError` where there is none."""
        try:
            return cls.loads(path.read_text())
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: cannot be read: {error}") from error
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from error

    def _named(self) -> Iterator[str]:
        observed = (self.writes, self.reads, self.final, self.server_samples, self.faults, self.loaded, self.promotions)
        for part in observed:
            yield from (each.node for each in part)
        for said in (self.events, self.sentinel_samples):
            yield from (each.sentinel for each in said)


_CONVERTER: Final = cattrs.Converter(forbid_extra_keys=True)
configure_union_passthrough(str | int | None, _CONVERTER)
