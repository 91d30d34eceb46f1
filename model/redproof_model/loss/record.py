"""What was recorded of a failover: writes, histories and how they began, and what the agreed master holds.

Offsets are those of `master_repl_offset`, in bytes; times are those of one clock, the recorder's, in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Final

FOREVER_MS: Final = float("inf")
"""When a write ends that was not answered: it may be executed at any time later."""


class RecordError(ValueError):
    """A record contradicts itself, so nothing can be judged by it."""


class Outcome(Enum):
    """What a client knows of its write: acknowledged, refused with an error, or not answered."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write of a value that no other write has.

    `replids` are those that its server may have had when it took the write. `offset_bytes` is the offset after it, if
    its server was seen to propagate it, and then there is one replid. `confirmed_replicas` is the greatest answer to a
    WAIT that its client sent after it.
    """

    client: str
    value: bytes
    invoked_ms: float
    returned_ms: float = FOREVER_MS
    outcome: Outcome = Outcome.OK
    replids: tuple[str, ...]
    offset_bytes: int | None = None
    confirmed_replicas: int = 0

    def __post_init__(self) -> None:
        if not self.replids or (self.offset_bytes is not None and len(self.replids) > 1):
            raise RecordError(f"{self.value!r} has the replids {self.replids} and the offset {self.offset_bytes}")
        if self.invoked_ms > self.returned_ms:
            raise RecordError(f"{self.value!r} returned before it was invoked")
        if self.outcome is Outcome.OK and self.returned_ms == FOREVER_MS:
            raise RecordError(f"{self.value!r} was acknowledged at no time")
        if self.outcome is Outcome.FAILED and self.offset_bytes is not None:
            raise RecordError(f"{self.value!r} was refused, and propagated at {self.offset_bytes}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A history that begins: at a promotion, where `replid` follows `former` after `offset_bytes`, or without data.

    `offset_bytes` is what INFO tells as `second_repl_offset`, less one; `at_ms` is when it has begun at the latest.
    Without `former` it begins with nothing: the first does, and that of a master which came back without its data.

    A master that came back with what `former` had at `offset_bytes`, when that was saved, `counts_anew` before Redis
    7.0: its own offsets begin with 0, and its replicas take all of its data at once.
    Source: `server.c` (loadDataFromDisk).

    A master without a backlog counts no writes. When its first replica comes it `keeps_all` that it has, and its
    offset, and changes its ID without telling the former one; so it does when it gives its backlog up. Raises
    `RecordError` where there is no former history of which it may be so.
    Source: `replication.c` (replicationFeedSlaves, syncCommand, replicationCron).
    """

    node: str
    replid: str
    former: str | None = None
    offset_bytes: int = 0
    at_ms: float = 0
    counts_anew: bool = False
    keeps_all: bool = False

    def __post_init__(self) -> None:
        if self.keeps_all and (self.former is None or self.counts_anew):
            raise RecordError(f"{self.replid} keeps all of a history, and does not go on from one")

    @property
    def begins_a_count(self) -> bool:
        """Whether its offsets follow none of another history."""
        return self.former is None or self.counts_anew

    def __str__(self) -> str:
        if self.former is None:
            return f"{self.node} began {self.replid} without data"
        if self.counts_anew:
            return f"{self.node} came back with what {self.former} had at {self.offset_bytes}, and began {self.replid}"
        return f"{self.node} was promoted at offset {self.offset_bytes} of {self.former}, and began {self.replid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seclusion:
    """The master of a history was reached by none of its replicas for some time, and needed one of them to write.

    That time begins at `since_ms` and ends at `until_ms`: what was held until then may count as a replica's word.
    `max_lag_ms` is `min-replicas-max-lag`.
    """

    replid: str
    since_ms: float
    max_lag_ms: float
    until_ms: float = FOREVER_MS


@dataclass(frozen=True, kw_only=True)
class Record:
    """All of a run: `found` is what the master that all agree on holds, which has the history `agreed`.

    `replicas` is how many replicas the master has when nothing fails, `forgot_ms` when a server came back without its
    data. Raises `RecordError` for what contradicts itself.
    """

    writes: tuple[Write, ...]
    branches: tuple[Branch, ...]
    agreed: str
    found: tuple[bytes, ...]
    replicas: int
    forgot_ms: tuple[float, ...] = ()
    secluded: tuple[Seclusion, ...] = field(default=())

    def __post_init__(self) -> None:
        if len(self.by_replid) < len(self.branches):
            raise RecordError("a history begins twice")
        known: set[str] = set()
        for branch in self.branches:
            if branch.former is not None and branch.former not in known:
                raise RecordError(f"{branch.replid} follows {branch.former}, which did not begin before it")
            known.add(branch.replid)
        used = {replid for write in self.writes for replid in write.replids} | {self.agreed}
        if unknown := used - known:
            raise RecordError(f"no history begins with {', '.join(sorted(unknown))}")
        if len({write.value for write in self.writes}) < len(self.writes):
            raise RecordError("two writes have the same value")
        ends = [(write.replids, write.offset_bytes) for write in self.writes if write.offset_bytes is not None]
        if len(set(ends)) < len(ends):
            raise RecordError("two writes end at the same offset of a history")

    @cached_property
    def by_replid(self) -> Mapping[str, Branch]:
        """The histories by their replids."""
        return {branch.replid: branch for branch in self.branches}
