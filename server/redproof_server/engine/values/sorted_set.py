"""Sorted sets (t_zset.c)."""

from redproof_server.engine.dict import Dict
from redproof_server.engine.ranking import Ranked, Ranking
from redproof_server.engine.values.limits import Limits


class SortedSet:
    """A sorted set: the score of each member, and the members ranked by score, then by bytes."""

    __slots__ = ("_limits", "ranking", "scores")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.scores: Dict[float] = Dict(limits.hashing, indexed=False)
        self.ranking = Ranking()

    def __len__(self) -> int:
        return len(self.scores.entries)

    @property
    def encoding(self) -> bytes:
        """The name of the encoding."""
        return b"skiplist" if self.scores.indexed else self._limits.compact_encoding

    def score(self, member: bytes) -> float | None:
        """The score of `member`, or None (zsetScore)."""
        return self.scores.get(member)

    def set(self, member: bytes, score: float) -> bool:
        """Give `member`, which was looked up before, a score; whether it is new (zsetAdd)."""
        scores = self.scores
        old_score = scores.entries.get(member)
        if old_score == score:
            return False
        if old_score is not None:
            self.ranking.remove(old_score, member)
        elif not scores.indexed and not self._stays_compact(len(scores.entries) + 1, len(member)):
            scores.index()
        if not scores.indexed and self._limits.compact_integer_scores:
            score += 0.0
        self.ranking.add(score, member)
        if old_score is None:
            return scores.add(member, score)
        scores.entries[member] = score
        return False

    def _stays_compact(self, entries: int, longest_bytes: int) -> bool:
        return entries <= self._limits.zset_entries and longest_bytes <= self._limits.zset_value_bytes

    def fill(self, entries: list[Ranked], presized: int = 0) -> None:
        """Add the members of a result, in the encoding that suits them all (zsetConvertToZiplistIfNeeded); a hash
        table is made for `presized` members from the start."""
        if not self._stays_compact(len(entries), max((len(member) for _, member in entries), default=0)):
            self.scores.index(presized)
        for score, member in entries:
            self.set(member, score)

    def convert_for(self, entries: int) -> None:
        """Turn into a skiplist if that many members are to come (zrangeResultBeginStore)."""
        if not self.scores.indexed and entries > self._limits.zset_entries:
            self.scores.index()

    def delete(self, member: bytes) -> bool:
        """Remove `member`; whether it was there (zsetDel)."""
        score = self.scores.pop(member)
        if score is None:
            return False
        self.ranking.remove(score, member)
        if self.scores.indexed:
            self.scores.shrink_if_sparse()
        return True

    def delete_ranks(self, start: int, stop: int) -> int:
        """Remove the members of a half-open range of ranks; how many they were (zslDeleteRangeByRank)."""
        for _, member in self.ranking.entries[start:stop]:
            self.scores.delete(member)
        del self.ranking.entries[start:stop]
        if self.scores.indexed:
            self.scores.shrink_if_sparse()
        return stop - start

    def convert(self) -> None:
        """Give up the compact encoding (zsetConvert)."""
        if not self.scores.indexed:
            self.scores.index()

    def frozen(self) -> "SortedSet":
        """What is to be saved: it does not change with the original."""
        duplicate = SortedSet(self._limits)
        duplicate.scores = self.scores.frozen()
        duplicate.ranking.entries = list(self.ranking.entries)
        return duplicate

    def copy(self) -> "SortedSet":
        """Another sorted set of the same encoding (zsetDup)."""
        duplicate = SortedSet(self._limits)
        duplicate.scores = self.scores.copy()
        duplicate.ranking.entries = list(self.ranking.entries)
        return duplicate
