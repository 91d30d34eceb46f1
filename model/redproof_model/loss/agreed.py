"""What of each history the agreed one has kept: up to which offset, and which promotion ended it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redproof_model.loss.record import FOREVER_MS, Branch, Record

NO_END: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Kept:
    """The part of a history that is in the agreed one: up to `end_offset_bytes`, where `ended_by` left it.

    What it has of a history has been executed before `ended_ms`. Without `ended_by` it is the agreed one itself.
    """

    end_offset_bytes: float
    ended_by: Branch | None

    @property
    def ended_ms(self) -> float:
        """When the promoted server took no more of it, at the latest."""
        return FOREVER_MS if self.ended_by is None else self.ended_by.at_ms

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is discarded: the promoted server, if any, was its only one, and kept all."""
        return self.end_offset_bytes == NO_END


class Agreed:
    """What the agreed history of a record has kept of each history: `parts`, by replid, where it has kept anything.

    A replica takes the new replid of its master while it still lacks bytes of the former history. When it is promoted
    then, the histories before end at its offset too, and nothing is kept of the one whose replid it had. From a master
    that counts anew a replica takes all data at once, so it has all that was saved, whatever its offset; so it does
    from one that has kept all. A master without a backlog counts no writes: where a history goes on from the offset
    with which it began, its own server may still have some of it, and nobody else.
    """

    def __init__(self, record: Record) -> None:
        self._branches = record.by_replid
        self._first = record.by_replid[record.agreed]
        kept = Kept(NO_END, None)
        self.parts = {record.agreed: kept}
        while self._first.former is not None:
            later, self._first = self._first, self._branches[self._first.former]
            if later.keeps_all:
                kept = Kept(NO_END, later)
            elif later.counts_anew or later.offset_bytes <= kept.end_offset_bytes:
                kept = Kept(later.offset_bytes, later)
            if _has_some(self._first, later, kept):
                self.parts[self._first.replid] = kept

    def keeps(self, replid: str, offset_bytes: int) -> bool:
        """Whether the agreed history has what ends at this offset of a history."""
        kept = self.parts.get(replid)
        return kept is not None and offset_bytes <= kept.end_offset_bytes

    def left_at(self, replid: str) -> Branch:
        """The branch that parts a history from the agreed one: a promotion, or a beginning without data.

        Where the agreed one has gone on as it was, it is the promotion by which the other has left it.
        """
        below = self._branches[replid]
        ancestor: str | None = replid
        while ancestor is not None:
            if ancestor in self.parts:
                part = self.parts[ancestor]
                return below if part.ended_by is None or part.is_whole else part.ended_by
            below = self._branches[ancestor]
            ancestor = below.former
        return self._first


def _has_some(history: Branch, later: Branch, kept: Kept) -> bool:
    """Whether what is kept of a history, which `later` follows, may be more than its beginning."""
    if history.begins_a_count or kept.end_offset_bytes > history.offset_bytes:
        return True
    return later.node == history.node and kept.end_offset_bytes == history.offset_bytes
