"""Spans of a sorted set: by score, by member, and how a server walks through them (`t_zset.c`)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import takewhile
from operator import itemgetter
from typing import Final, TypeAlias

from redproof_model.commands.sorted_sets.storage import SKIPLIST, Element
from redproof_model.errors import ReplyError, c_string
from redproof_model.keyspace.values import SortedSet
from redproof_model.number import fast_float, strtod
from redproof_model.versions import Version

_NOT_A_FLOAT: Final = b"ERR min or max is not a float"
_NOT_A_STRING: Final = b"ERR min or max not valid string range item"

_by_score = itemgetter(0)


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """Scores from `low` to `high`, without the ends that are open."""

    low: float
    high: float
    low_is_open: bool
    high_is_open: bool

    @classmethod
    def parse(cls, version: Version, low: bytes, high: bytes) -> ScoreRange:
        """Read a range as zslParseRange does; raises ReplyError."""
        low_number, high_number = _end(version, low.removeprefix(b"(")), _end(version, high.removeprefix(b"("))
        if low_number is None or high_number is None:
            raise ReplyError(_NOT_A_FLOAT)
        return cls(low_number, high_number, low.startswith(b"("), high.startswith(b"("))

    def span(self, zset: SortedSet) -> tuple[int, int]:
        """The elements in this range as a slice of their order."""
        order = zset.ordered()
        first = (bisect_right if self.low_is_open else bisect_left)(order, self.low, key=_by_score)
        end = (bisect_left if self.high_is_open else bisect_right)(order, self.high, key=_by_score)
        return first, max(first, end)

    def selection(self, version: Version, zset: SortedSet, reverse: bool, offset: int, limit: int) -> list[Element]:
        """The elements of this range that LIMIT leaves over, in the order of the walk (genericZrangebyscoreCommand)."""
        first, end = self.span(zset)
        elements = zset.ordered()[first:end]
        if offset < 0 and zset.encoding == SKIPLIST and version.skiplist_counts_back:
            offset += len(elements)
        return window(elements[::-1] if reverse else elements, offset, limit)


def _end(version: Version, text: bytes) -> float | None:
    return fast_float(text, version.two_signs) if version.fast_float else strtod(text)


_Bound: TypeAlias = tuple[int, bytes]

_LOWEST: Final[_Bound] = (0, b"")
_HIGHEST: Final[_Bound] = (2, b"")


@dataclass(frozen=True, slots=True)
class MemberRange:
    """Members from `low` to `high` by their bytes, without the ends that are open; the infinite ends are open.

    It is meant for elements that all have the same score. With others the order is not that of the bytes,
    and what a server finds depends on the way it searches: from one end in a listpack, by leaps of its own
    choice in a skiplist, which may then stop at any element where the range is entered.
    """

    low: _Bound
    high: _Bound
    low_is_open: bool
    high_is_open: bool

    @classmethod
    def parse(cls, low: bytes, high: bytes) -> MemberRange:
        """Read a range as zslParseLexRange does; raises ReplyError."""
        return cls(_bound(low), _bound(high), low[:1] != b"[", high[:1] != b"[")

    def above_low(self, element: Element) -> bool:
        """Whether the lower end lets the element in (zslLexValueGteMin)."""
        place = (1, element[1])
        return place > self.low if self.low_is_open else place >= self.low

    def below_high(self, element: Element) -> bool:
        """Whether the upper end lets the element in (zslLexValueLteMax)."""
        place = (1, element[1])
        return place < self.high if self.high_is_open else place <= self.high

    def misses(self, order: list[Element]) -> bool:
        """Whether a look at the range and at both ends of the order shows that there is nothing (zslIsInLexRange)."""
        if self.low > self.high or (self.low == self.high and (self.low_is_open or self.high_is_open)):
            return True
        return not self.above_low(order[-1]) or not self.below_high(order[0])

    def firsts(self, zset: SortedSet) -> list[int]:
        """Where a search for the first element may stop; the length if it may find none above the lower end."""
        order = zset.ordered()
        above = [False, *map(self.above_low, order), True]
        found = [at for at in range(len(order) + 1) if above[at + 1] and not above[at]]
        return found if zset.encoding == SKIPLIST else found[:1]

    def lasts(self, zset: SortedSet) -> list[int]:
        """Where a search for the last element may stop; -1 if it may find none below the upper end."""
        order = zset.ordered()
        below = [True, *map(self.below_high, order), False]
        found = [at - 1 for at in range(len(order) + 1) if below[at] and not below[at + 1]]
        return found if zset.encoding == SKIPLIST else found[-1:]

    def selections(
        self, version: Version, zset: SortedSet, reverse: bool, offset: int, limit: int
    ) -> list[list[Element]]:
        """What a walk through the range may give, in the order of the walk; no selection comes twice."""
        order = zset.ordered()
        if self.misses(order) or (offset < 0 and not version.skiplist_counts_back):
            return [[]]
        if zset.encoding == SKIPLIST and version.skiplist_finds_nth:
            walks = self._walks_from_nth(zset, reverse, offset)
        else:
            walks = self._walks(zset, reverse, offset)
        inside = self.above_low if reverse else self.below_high
        selections: list[list[Element]] = []
        for walk in walks:
            found = list(takewhile(inside, window(walk, 0, limit)))
            if found not in selections:
                selections.append(found)
        return selections

    def _walks(self, zset: SortedSet, reverse: bool, offset: int) -> list[list[Element]]:
        """Through the order from an end of the range on, if that is in it, behind so many elements."""
        order = zset.ordered()
        walks = (
            [order[last::-1] for last in self.lasts(zset)]
            if reverse
            else [order[first:] for first in self.firsts(zset)]
        )
        inside = self.above_low if reverse else self.below_high
        return [window(walk, offset, -1) if inside(walk[0]) else [] for walk in walks]

    def _walks_from_nth(self, zset: SortedSet, reverse: bool, offset: int) -> list[list[Element]]:
        """Through the order from the n-th element of the range on, counted from either end (zslNthInLexRange)."""
        order = zset.ordered()
        from_last = reverse == (offset >= 0)
        steps = offset if offset >= 0 else -offset - 1
        starts = (
            [last - steps for last in self.lasts(zset)] if from_last else [first + steps for first in self.firsts(zset)]
        )
        inside = self.above_low if from_last else self.below_high
        return [
            (order[start::-1] if reverse else order[start:]) if 0 <= start < len(order) and inside(order[start]) else []
            for start in starts
        ]

    def removals(self, version: Version, zset: SortedSet) -> list[list[Element]]:
        """What ZREMRANGEBYLEX may remove; in a skiplist it does not look at the ends first (zslDeleteRangeByLex)."""
        if zset.encoding != SKIPLIST:
            return self.selections(version, zset, reverse=False, offset=0, limit=-1)
        order = zset.ordered()
        removals: list[list[Element]] = []
        for first in self.firsts(zset):
            found = list(takewhile(self.below_high, order[first:]))
            if found not in removals:
                removals.append(found)
        return removals

    def counts(self, version: Version, zset: SortedSet) -> list[int]:
        """How many elements ZLEXCOUNT may find: a skiplist subtracts the ranks of the first and the last."""
        order = zset.ordered()
        if zset.encoding != SKIPLIST or self.misses(order):
            return [len(found) for found in self.selections(version, zset, reverse=False, offset=0, limit=-1)]
        counts: dict[int, None] = {}
        for first in self.firsts(zset):
            for last in self.lasts(zset):
                end = last if self.above_low(order[last]) else len(order) - 1
                counts[end + 1 - first if self.below_high(order[first]) else 0] = None
        return list(counts)


def _bound(text: bytes) -> _Bound:
    if text[:1] in (b"(", b"["):
        return 1, text[1:]
    match c_string(text):
        case b"-":
            return _LOWEST
        case b"+":
            return _HIGHEST
    raise ReplyError(_NOT_A_STRING)


def window(elements: list[Element], offset: int, limit: int) -> list[Element]:
    """What LIMIT leaves over: nothing after a negative offset, everything up to a negative limit."""
    if offset < 0:
        return []
    return elements[offset:] if limit < 0 else elements[offset : offset + limit]
