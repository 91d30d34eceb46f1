"""The hash table of Redis: incremental rehashing, and the steps of a scan (dict.c).

Values live in a native dict, so a lookup costs what Python's costs. Beside it real bucket tables say which key
is in which bucket of which table, which is what SCAN, RANDOMKEY and the rehash are about. A small collection in
a compact encoding has no buckets yet: it is a `Dict` that is not `indexed`.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

from redproof_server.engine.cursor import next_cursor
from redproof_server.engine.hashing import Hashing
from redproof_server.engine.randomness import RandomSource

V = TypeVar("V")
# The key that a chain begins with, the one added last, stands at the end of its bucket.
Table = list[list[bytes] | None]

INITIAL_SIZE = 4
FILL_PERCENT_MIN = 10
FORCED_RATIO = 5
EMPTY_VISITS_PER_BUCKET = 10
STEPS_PER_RANDOM_KEY_MAX = 15
IDLE = -1


def next_power(size: int) -> int:
    """The smallest power of two that is at least `size`, and no less than the initial size (_dictNextExp)."""
    return max(INITIAL_SIZE, 1 << (size - 1).bit_length())


class Dict(Generic[V]):
    """A mapping from bytes whose keys lie in the buckets of one table, or of two while it is rehashed.

    `entries` may be read directly where a lookup is to take no rehash step. `tables[1]` is empty unless
    `rehash_index` (the next bucket of `tables[0]` to move) is at least 0. `pauses` counts the walks under way.
    """

    __slots__ = ("entries", "hashing", "indexed", "pauses", "rehash_index", "tables", "used")

    def __init__(self, hashing: Hashing, indexed: bool = True) -> None:
        self.entries: dict[bytes, V] = {}
        self.hashing = hashing
        self.indexed = indexed
        self._reset_tables()

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, key: bytes) -> bool:
        """Whether `key` is there; moves a bucket as `get` does."""
        if self.rehash_index >= 0:
            self.step()
        return key in self.entries

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.entries)

    def get(self, key: bytes) -> V | None:
        """The value at `key`; moves a bucket when a rehash is under way (dictFind)."""
        if self.rehash_index >= 0:
            self.step()
        return self.entries.get(key)

    def add(self, key: bytes, value: V) -> bool:
        """Give a new key a value; whether it was new (dictAdd). The table may grow even if it was not."""
        if self.rehash_index >= 0 and not self.pauses:
            self.rehash(1)
        # The step may have ended the rehash: then the table that is left may be full already.
        if self.rehash_index < 0 and self.indexed and self.used[0] >= len(self.tables[0]):
            self._expand_if_needed()
        if key in self.entries:
            return False
        if self.indexed:
            self._insert(key, 1 if self.rehash_index >= 0 else 0)
        self.entries[key] = value
        return True

    def set(self, key: bytes, value: V) -> bool:
        """Add or replace; whether the key is new (dictReplace)."""
        added = self.add(key, value)
        if not added:
            self.entries[key] = value
        return added

    def pop(self, key: bytes) -> V | None:
        """Take the key out; its value, or None when there is none (dictUnlink)."""
        if self.rehash_index >= 0:
            self.step()
        if key not in self.entries:
            return None
        if self.indexed:
            self._unlink(key)
        return self.entries.pop(key)

    def delete(self, key: bytes) -> bool:
        """Take the key out; whether it was there (dictDelete)."""
        present = key in self.entries
        self.pop(key)
        return present

    def clear(self) -> None:
        """Drop all keys and both tables (dictEmpty)."""
        self.entries = {}
        self._reset_tables()

    def copy(self) -> "Dict[V]":
        """Another mapping with the same keys and values, and with buckets if this one has them."""
        duplicate: Dict[V] = Dict(self.hashing, indexed=False)
        duplicate.entries = dict(self.entries)
        if self.indexed:
            duplicate.index(presized=len(self))
        return duplicate

    def frozen(self) -> "Dict[V]":
        """A copy to read `entries` and `indexed` from: it has no buckets, so it costs no more than a native dict."""
        duplicate: Dict[V] = Dict(self.hashing, self.indexed)
        duplicate.entries = self.entries.copy()
        return duplicate

    def index(self, presized: int = 0) -> None:
        """Give the keys buckets: a compact collection becomes a hash table, made for `presized` keys from the start."""
        keys, self.entries = self.entries, {}
        self.indexed = True
        if presized:
            self.expand(presized)
        for key, value in keys.items():
            self.add(key, value)

    def _reset_tables(self) -> None:
        self.tables: tuple[Table, Table] = ([], [])
        self.used = [0, 0]
        self.rehash_index = IDLE
        self.pauses = 0

    def _insert(self, key: bytes, number: int) -> None:
        """Let the chain of a bucket of a table begin with a new key (dictAddRaw)."""
        table = self.tables[number]
        index = self.hashing.hash(key) & (len(table) - 1)
        bucket = table[index]
        if bucket is None:
            table[index] = [key]
        else:
            bucket.append(key)
        self.used[number] += 1

    def _unlink(self, key: bytes) -> None:
        key_hash = self.hashing.hash(key)
        for number in (0, 1):
            table = self.tables[number]
            if not table:
                continue
            index = key_hash & (len(table) - 1)
            bucket = table[index]
            if bucket is not None and key in bucket:
                bucket.remove(key)
                if not bucket:
                    table[index] = None
                self.used[number] -= 1
                return

    def _expand_if_needed(self) -> None:
        """Grow, now that there are as many keys as buckets, or several times as many while that is to be avoided
        (_dictExpandIfNeeded)."""
        size, used = len(self.tables[0]), self.used[0]
        if not size:
            self.expand(INITIAL_SIZE)
        elif not self.hashing.avoids_resize or used // size > FORCED_RATIO:
            self.expand(used + 1)

    def shrink_if_sparse(self) -> bool:
        """Shrink when less than a tenth of the buckets is used; whether it did (htNeedsResize, dictResize)."""
        size = len(self.tables[0]) + len(self.tables[1])
        if size <= INITIAL_SIZE or len(self.entries) * 100 // size >= FILL_PERCENT_MIN:
            return False
        return not self.hashing.avoids_resize and self.expand(max(self.used[0], INITIAL_SIZE))

    def expand(self, size: int) -> bool:
        """Start moving to a table of at least `size` buckets, be it larger or smaller (dictExpand)."""
        size = next_power(size)
        if self.rehash_index >= 0 or self.used[0] > size or size == len(self.tables[0]):
            return False
        if not self.tables[0]:
            self.tables = ([None] * size, [])
        else:
            self.tables = (self.tables[0], [None] * size)
            self.rehash_index = 0
        return True

    def step(self) -> None:
        """Move one bucket on the way to something else, unless there is no key or a walk is under way
        (_dictRehashStep)."""
        if self.entries and not self.pauses:
            self.rehash(1)

    def rehash(self, buckets: int) -> bool:
        """Move up to `buckets` buckets to the new table; whether more are left and may be moved (dictRehash)."""
        if self.rehash_index < 0 or (self.hashing.avoids_resize and self._sizes_are_near()):
            return False
        empty_visits = buckets * EMPTY_VISITS_PER_BUCKET
        index, old, used = self.rehash_index, self.tables[0], self.used
        while buckets and used[0]:
            buckets -= 1
            while (bucket := old[index]) is None:
                index += 1
                empty_visits -= 1
                if not empty_visits:
                    self.rehash_index = index
                    return True
            self._move_chain(bucket)
            old[index] = None
            index += 1
        self.rehash_index = index
        return not self._finish_rehash()

    def _move_chain(self, bucket: list[bytes]) -> None:
        """Move keys to the new table, one after the other from the beginning of their chain."""
        hash_key, target = self.hashing.hash, self.tables[1]
        mask = len(target) - 1
        for key in reversed(bucket):
            index = hash_key(key) & mask
            chain = target[index]
            if chain is None:
                target[index] = [key]
            else:
                chain.append(key)
        self.used[0] -= len(bucket)
        self.used[1] += len(bucket)

    def _finish_rehash(self) -> bool:
        """Let the new table take the place of the old one if that is empty; whether it was."""
        if self.used[0]:
            return False
        self.tables = (self.tables[1], [])
        self.used = [self.used[1], 0]
        self.rehash_index = IDLE
        return True

    def _sizes_are_near(self) -> bool:
        small, large = sorted((len(self.tables[0]), len(self.tables[1])))
        return large // small < FORCED_RATIO

    def walk(self) -> Iterator[bytes]:
        """All keys, bucket by bucket; no bucket is moved meanwhile (dictGetSafeIterator)."""
        self.pauses += 1
        try:
            for table in self.tables:
                for bucket in table:
                    yield from reversed(bucket or ())
        finally:
            self.pauses -= 1

    def keys_at(self, index: int) -> list[bytes]:
        """The keys in the bucket of each table that the low bits of `index` name."""
        buckets = [table[index & (len(table) - 1)] for table in self.tables if table]
        return [key for bucket in buckets for key in reversed(bucket or ())]

    def scan(self, cursor: int) -> tuple[int, list[bytes]]:
        """One step of a scan: the next cursor and the keys of the buckets that `cursor` stands for (dictScan).

        Whatever the table does between the steps, a key that is there from cursor 0 to cursor 0 is returned.
        """
        if not self.entries:
            return 0, []
        if self.rehash_index < 0:
            mask = len(self.tables[0]) - 1
            return next_cursor(cursor, mask), (self.tables[0][cursor & mask] or [])[::-1]
        small, large = sorted(self.tables, key=len)
        small_mask, large_mask = len(small) - 1, len(large) - 1
        keys = (small[cursor & small_mask] or [])[::-1]
        while True:
            keys += reversed(large[cursor & large_mask] or ())
            cursor = next_cursor(cursor, large_mask)
            if not cursor & (small_mask ^ large_mask):
                return cursor, keys

    def random_key(self, random: RandomSource) -> bytes:
        """A key from a random bucket that is not empty; the mapping must hold one.

        It moves as many buckets as dictGetFairRandomKey, and chooses as dictGetRandomKey does.
        """
        if not self.indexed:
            return list(self.entries)[random.randrange(len(self.entries))]
        for _ in range(min(len(self.entries), STEPS_PER_RANDOM_KEY_MAX)):
            self.step()
        first_index = max(self.rehash_index, 0)
        total = len(self.tables[0]) + len(self.tables[1])
        while True:
            index = random.randrange(first_index, total)
            over = index - len(self.tables[0])
            bucket = self.tables[1][over] if over >= 0 else self.tables[0][index]
            if bucket:
                return bucket[random.randrange(len(bucket))]
