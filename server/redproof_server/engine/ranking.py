"""The order of a sorted set: by score, then by the bytes of the member (the skiplist of t_zset.c)."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from math import inf, nextafter

Ranked = tuple[float, bytes]


class Ranking:
    """Ranked members in a sorted array: ranks and ranges in O(log n).

    Adding and removing also move the entries behind, eight bytes each in one block: about 20 microseconds
    at a hundred thousand members.
    """

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: list[Ranked] = []

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Ranked]:
        return iter(self.entries)

    def add(self, score: float, member: bytes) -> None:
        """Insert a member that is not there (zslInsert)."""
        insort(self.entries, (score, member))

    def remove(self, score: float, member: bytes) -> None:
        """Remove a member that is there (zslDelete)."""
        del self.entries[self.rank(score, member)]

    def rank(self, score: float, member: bytes) -> int:
        """The 0-based rank of a member that is there (zslGetRank)."""
        return bisect_left(self.entries, (score, member))

    def score_start(self, minimum: float, exclusive: bool) -> int:
        """The rank of the first entry that is not below `minimum` (zslFirstInRange)."""
        return self._first_above(minimum) if exclusive else bisect_left(self.entries, (minimum, b""))

    def score_stop(self, maximum: float, exclusive: bool) -> int:
        """The rank after the last entry that is not above `maximum` (zslLastInRange)."""
        return bisect_left(self.entries, (maximum, b"")) if exclusive else self._first_above(maximum)

    def _first_above(self, score: float) -> int:
        if score == inf:
            return len(self.entries)
        return bisect_left(self.entries, (nextafter(score, inf), b""))
