"""Ranges of sorted sets by score and by member: reading their ends, and finding them (t_zset.c)."""

from bisect import bisect_left
from dataclasses import dataclass

from redproof_server.engine.errors import CommandError
from redproof_server.engine.ranking import Ranked
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.protocol.numbers import parse_wide_float

NOT_A_SCORE_RANGE = b"ERR min or max is not a float"
NOT_A_MEMBER_RANGE = b"ERR min or max not valid string range item"
BLANKS = b" \t\n\v\f\r"

# A bound of members: -1 below all, 1 above all, or 0 with the member that it is.
MemberBound = tuple[int, bytes]
_BELOW_ALL: MemberBound = (-1, b"")
_ABOVE_ALL: MemberBound = (1, b"")


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """Scores between two, of which each may be excluded (zrangespec)."""

    minimum: float
    maximum: float
    excludes_minimum: bool
    excludes_maximum: bool


@dataclass(frozen=True, slots=True)
class MemberRange:
    """Members between two, of which each may be excluded (zlexrangespec)."""

    minimum: MemberBound
    maximum: MemberBound
    excludes_minimum: bool
    excludes_maximum: bool

    @property
    def is_empty(self) -> bool:
        """Whether no member can lie in it (zslIsInLexRange)."""
        excludes_any = self.excludes_minimum or self.excludes_maximum
        return self.minimum > self.maximum or (self.minimum == self.maximum and excludes_any)

    def starts_before(self, entry: Ranked) -> bool:
        """Whether the minimum admits the member of an entry (zslLexValueGteMin)."""
        bound = (0, entry[1])
        return bound > self.minimum or (bound == self.minimum and not self.excludes_minimum)

    def ends_after(self, entry: Ranked) -> bool:
        """Whether the maximum admits the member of an entry (zslLexValueLteMax)."""
        bound = (0, entry[1])
        return bound < self.maximum or (bound == self.maximum and not self.excludes_maximum)


def parse_score_range(minimum: bytes, maximum: bytes) -> ScoreRange:
    """A range from its ends, each excluded when it follows a parenthesis (zslParseRange)."""
    low, excludes_low = _parse_score_end(minimum)
    high, excludes_high = _parse_score_end(maximum)
    return ScoreRange(low, high, excludes_low, excludes_high)


def _parse_score_end(text: bytes) -> tuple[float, bool]:
    """An end as strtod reads a C string: blanks may precede it, nothing at all is 0, too much is infinite."""
    is_excluded = text.startswith(b"(")
    spelling = text[is_excluded:].partition(b"\0")[0]
    score = parse_wide_float(spelling.lstrip(BLANKS)) if spelling else 0.0
    if score is None:
        raise CommandError(NOT_A_SCORE_RANGE)
    return score, is_excluded


def parse_member_range(minimum: bytes, maximum: bytes) -> MemberRange:
    """A range from its ends: a member after a bracket or, excluded, a parenthesis, or - or + (zslParseLexRange)."""
    low, excludes_low = _parse_member_end(minimum)
    high, excludes_high = _parse_member_end(maximum)
    return MemberRange(low, high, excludes_low, excludes_high)


def _parse_member_end(text: bytes) -> tuple[MemberBound, bool]:
    match text[:1], text[1:2]:
        case b"-", b"" | b"\0":
            return _BELOW_ALL, True
        case b"+", b"" | b"\0":
            return _ABOVE_ALL, True
        case (b"[" | b"(") as mark, _:
            return (0, text[1:]), mark == b"("
    raise CommandError(NOT_A_MEMBER_RANGE)


def score_ranks(value: SortedSet, scores: ScoreRange) -> tuple[int, int]:
    """The half-open range of ranks whose scores lie in the range (zslFirstInRange, zslLastInRange)."""
    start = value.ranking.score_start(scores.minimum, scores.excludes_minimum)
    return start, max(start, value.ranking.score_stop(scores.maximum, scores.excludes_maximum))


def first_member_rank(value: SortedSet, members: MemberRange) -> int | None:
    """The rank of the first member in the range, or None (zslFirstInLexRange).

    Without equal scores members are not in their order, and what is found depends on the way of the search:
    from one end to the other while the sorted set is compact.
    """
    if not _may_hold(value, members):
        return None
    entries = value.ranking.entries
    if value.scores.indexed:
        rank = first_candidate_rank(value, members)
    else:
        rank = next(rank for rank, entry in enumerate(entries) if members.starts_before(entry))
    return rank if members.ends_after(entries[rank]) else None


def first_candidate_rank(value: SortedSet, members: MemberRange) -> int:
    """Where a skiplist finds the first member that the minimum admits, or its length."""
    return bisect_left(value.ranking.entries, True, key=members.starts_before)


def last_member_rank(value: SortedSet, members: MemberRange) -> int | None:
    """As `first_member_rank`, for the last one (zslLastInLexRange)."""
    if not _may_hold(value, members):
        return None
    entries = value.ranking.entries
    if value.scores.indexed:
        rank = bisect_left(entries, True, key=lambda entry: not members.ends_after(entry)) - 1
    else:
        rank = next(rank for rank in reversed(range(len(entries))) if members.ends_after(entries[rank]))
    return rank if members.starts_before(entries[rank]) else None


def _may_hold(value: SortedSet, members: MemberRange) -> bool:
    """Whether the first and the last member leave room for the range (zslIsInLexRange)."""
    entries = value.ranking.entries
    return not members.is_empty and members.starts_before(entries[-1]) and members.ends_after(entries[0])
