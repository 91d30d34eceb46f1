"""How often keys are used, counted where the eviction policy is about that (evict.c, least frequently used).

The counter of a key is a logarithm: the greater it is, the less probable it is that one more use is counted. It
loses one for each minute without a use.
"""

from redproof_server.engine.randomness import RandomSource

INITIAL_COUNT = 5
COUNT_MAX = 255
LOG_FACTOR = 10
MINUTE_MS = 60_000


class Uses:
    """The count of each key of a database, and the minute in which it was last brought up to date."""

    __slots__ = ("_counts", "_random")

    def __init__(self, random: RandomSource) -> None:
        self._random = random
        self._counts: dict[bytes, tuple[int, int]] = {}

    def count(self, key: bytes, now_ms: int) -> int:
        """The count as it is now, after what it has lost by time (LFUDecrAndReturn)."""
        minute = now_ms // MINUTE_MS
        count, last_minute = self._counts.get(key, (INITIAL_COUNT, minute))
        return max(count - (minute - last_minute), 0)

    def add(self, key: bytes, now_ms: int) -> None:
        """The key has been used once more (updateLFU)."""
        self.set(key, incremented(self.count(key, now_ms), self._random), now_ms)

    def set(self, key: bytes, count: int, now_ms: int) -> None:
        """Give the key a count."""
        self._counts[key] = count, now_ms // MINUTE_MS

    def forget(self, key: bytes) -> None:
        """The key is gone; another of that name starts anew."""
        self._counts.pop(key, None)

    def clear(self) -> None:
        """All keys are gone."""
        self._counts.clear()


def incremented(count: int, random: RandomSource) -> int:
    """The count after one more use, with luck (LFULogIncr)."""
    if count == COUNT_MAX:
        return count
    probability = 1 / (max(count - INITIAL_COUNT, 0) * LOG_FACTOR + 1)
    return count + (random.random() < probability)
