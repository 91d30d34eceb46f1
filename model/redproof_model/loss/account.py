"""The account: each acknowledged write that is gone, and each value that is there although it should not be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from redproof_model.loss.agreed import Agreed
from redproof_model.loss.placing import place
from redproof_model.loss.record import FOREVER_MS, Branch, Outcome, Record, Seclusion, Write

COMBINATIONS_MAX: Final = 100_000
"""How many combinations are tried for writes that may be of several histories, unless another number is asked for."""

LAG_GRANULARITY_MS: Final = 2_500
"""How much later than `min-replicas-max-lag` says a master may notice: it counts whole seconds, and looks once in one.

That one is ten turns of a timer, each of which is due a tenth of a second after the one before has ended: half a second
more is for a busy machine, on which each begins late.

Source: `replication.c` (refreshGoodSlavesCount, called by replicationCron).
"""


class Verdict(Enum):
    """What is said of a write: lost by design, lost against a promise, an error of a server, or nothing for sure."""

    EXPLAINED = "explained"
    BROKEN_PROMISE = "broken promise"
    BUG = "bug"
    UNKNOWN = "unknown"


class Reason(Enum):
    """Why a write is gone, in the terms of the system `failover`; or what is wrong with a value."""

    BEHIND = "behind"
    DEPOSED = "deposed"
    ANOTHER_HISTORY = "another_history"
    FORGOTTEN = "forgotten"
    WAIT = "WAIT confirmed it for all replicas"
    MIN_REPLICAS = "it was taken later than min-replicas-max-lag allows"
    NOT_KEPT = "the agreed history has its offset"
    NO_ORDER = "there is no order in which it may be so"
    NEVER_SENT = "no client has sent it"
    REFUSED = "it was refused"
    DISCARDED = "it was discarded"
    TWICE = "it is there more than once"
    GIVEN_UP = "not all orders were tried"


@dataclass(frozen=True, slots=True)
class Entry:
    """A write, or a value that no one has sent, and what is said of it; `branch` has parted it from what is agreed."""

    value: bytes
    verdict: Verdict
    reason: Reason
    write: Write | None = None
    branch: Branch | None = None

    def __str__(self) -> str:
        told = f"{self.value!r}: {self.verdict.value}: {self.reason.value}"
        if self.write is not None and self.write.offset_bytes is not None:
            told += f", at offset {self.write.offset_bytes} of {self.write.replids[0]}"
        return told if self.branch is None else f"{told}; {self.branch}"


def account(record: Record, combinations_max: int = COMBINATIONS_MAX) -> list[Entry]:
    """Say of each acknowledged write that is gone why, and of each value that is there whether it may be.

    In the order of the writes, then values that no one has sent. Linear in the writes whose offset is known.
    """
    return list(_Account(record, combinations_max).entries())


def is_sound(entries: list[Entry]) -> bool:
    """Whether all that is gone is explained, and all that is there may be: nothing is unknown either."""
    return all(entry.verdict is Verdict.EXPLAINED for entry in entries)


class _Account:
    def __init__(self, record: Record, combinations_max: int) -> None:
        self._record = record
        self._agreed = Agreed(record)
        self._found = frozenset(record.found)
        self._placed = place(record, self._agreed, self._found, combinations_max)
        self._impossible = {write.value for write in self._placed.impossible}
        self._undecided = {write.value for write in self._placed.undecided}
        self._forgot_last_ms = max(record.forgot_ms, default=-FOREVER_MS)

    def entries(self) -> Iterator[Entry]:
        for write in self._record.writes:
            entry = self._of_found(write) if write.value in self._found else self._of_gone(write)
            if entry is not None:
                yield entry
        sent = {write.value for write in self._record.writes}
        for value, count in Counter(self._record.found).items():
            if value not in sent:
                yield Entry(value, Verdict.BUG, Reason.NEVER_SENT)
            if count > 1:
                yield Entry(value, Verdict.BUG, Reason.TWICE)

    def _of_found(self, write: Write) -> Entry | None:
        if write.outcome is Outcome.FAILED:
            return Entry(write.value, Verdict.BUG, Reason.REFUSED, write)
        if write.offset_bytes is None:
            return self._of_misplaced(write)
        replid = write.replids[0]
        if self._agreed.keeps(replid, write.offset_bytes):
            return None
        return Entry(write.value, Verdict.BUG, Reason.DISCARDED, write, self._agreed.left_at(replid))

    def _of_gone(self, write: Write) -> Entry | None:
        replid = self._placed.replids.get(write.value, write.replids[0])
        if write.offset_bytes is not None and self._agreed.keeps(replid, write.offset_bytes):
            return Entry(write.value, Verdict.BUG, Reason.NOT_KEPT, write)
        if write.outcome is not Outcome.OK:
            return None
        if (misplaced := self._of_misplaced(write)) is not None:
            return misplaced
        branch = self._agreed.left_at(replid)
        if (promise := self._promise(write, replid)) is not None:
            return Entry(write.value, Verdict.BROKEN_PROMISE, promise, write, branch)
        return Entry(write.value, Verdict.EXPLAINED, self._reason(write, replid, branch), write, branch)

    def _of_misplaced(self, write: Write) -> Entry | None:
        if write.value in self._impossible:
            return Entry(write.value, Verdict.BUG, Reason.NO_ORDER, write)
        if write.value in self._undecided:
            return Entry(write.value, Verdict.UNKNOWN, Reason.GIVEN_UP, write)
        return None

    def _promise(self, write: Write, replid: str) -> Reason | None:
        """The promise by which a write that is gone should be there, or should not have been taken.

        They are the claims `a_write_that_all_confirmed_survives` and `writes_end_with_the_lag` of `failover`.
        """
        forgotten = self._forgot_last_ms >= write.invoked_ms
        if write.confirmed_replicas >= self._record.replicas > 0 and not forgotten:
            return Reason.WAIT
        return Reason.MIN_REPLICAS if any(_is_late(write, each, replid) for each in self._record.secluded) else None

    def _reason(self, write: Write, replid: str, branch: Branch) -> Reason:
        if branch.begins_a_count:
            return Reason.FORGOTTEN
        if write.invoked_ms > branch.at_ms:
            return Reason.DEPOSED
        return Reason.BEHIND if replid in self._agreed.parts else Reason.ANOTHER_HISTORY


def _is_late(write: Write, secluded: Seclusion, replid: str) -> bool:
    """Whether a master took a write that it should have refused for want of replicas."""
    last_ms = secluded.since_ms + secluded.max_lag_ms + LAG_GRANULARITY_MS
    return secluded.replid == replid and last_ms < write.invoked_ms and write.returned_ms < secluded.until_ms
