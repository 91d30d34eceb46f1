"""What a history has at an offset, by the writes that were answered and the promotions that were seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from redproof_model.loss.record import Outcome

from redproof_properties.failover.record import FailoverRecord, Promotion, Write


class Histories:
    """The histories of a record: each goes on from where the one before was left, up to the offset of a promotion."""

    def __init__(self, record: FailoverRecord) -> None:
        self._record = record
        self.begun: dict[str, Promotion] = {each.replid: each for each in record.promotions}

    def parts(self, replid: str, offset_bytes: int) -> list[tuple[str, int]] | None:
        """The histories that make this one up to an offset, the first one first, each with how much of it belongs here.

        None where one is of no promotion that was seen.
        """
        found: list[tuple[str, int]] = []
        at: str | None = replid
        while at is not None:
            if at not in self.begun or len(found) > len(self.begun):
                return None
            found.append((at, offset_bytes))
            begun = self.begun[at]
            # Who has anything of a history that counts anew has all that was saved of the one before.
            offset_bytes = begun.offset_bytes if begun.counts_anew else min(offset_bytes, begun.offset_bytes)
            at = begun.former_replid
        return found[::-1]

    def values(self, replid: str, offset_bytes: int) -> list[str] | None:
        """The values of acknowledged writes that a history has at an offset, in order; None where it is not known."""
        parts = self.parts(replid, offset_bytes)
        if parts is None:
            return None
        lists = (self._placed[at] for at, _ in parts)
        ends = (end for _, end in parts)
        return [
            write.value
            for writes, end in zip(lists, ends, strict=True)
            for write in writes
            if write.offset_bytes is not None and write.offset_bytes <= end
        ]

    @cached_property
    def unsure(self) -> frozenset[str]:
        """The values of writes that may be anywhere, or nowhere: they, or INFO behind them, were not answered."""
        return frozenset(each.value for each in self._record.writes if _may_be_anywhere(each))

    @cached_property
    def _placed(self) -> dict[str, Sequence[Write]]:
        placed: dict[str, list[Write]] = defaultdict(list)
        for write in self._record.writes:
            if write.replid is not None and write.offset_bytes is not None and write.outcome is Outcome.OK:
                placed[write.replid].append(write)
        for writes in placed.values():
            writes.sort(key=lambda write: write.offset_bytes or 0)
        return defaultdict(list, placed)


def _may_be_anywhere(write: Write) -> bool:
    return write.outcome is Outcome.UNKNOWN or (write.outcome is Outcome.OK and write.offset_bytes is None)
