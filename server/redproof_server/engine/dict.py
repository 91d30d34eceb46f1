"""The hash table of Redis: incremental rehashing and SCAN's cursor (dict.c).

Values live in a native dict, so a lookup costs what Python's costs. Beside it real bucket tables say which key
is in which bucket of which table, which is what SCAN, RANDOMKEY and the rehash are about. A small collection in
a compact encoding has no buckets yet: it is a `Dict` that is not `indexed`.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar
from zlib import crc32

from redproof_server.engine.randomness import RandomSource

V = TypeVar("V")
Table = list[list[bytes] | None]

INITIAL_SIZE = 4
FILL_PERCENT_MIN = 10
EMPTY_VISITS_PER_BUCKET = 10
IDLE = -1

_HASH_MULTIPLIER = 0x9E3779B97F4A7C15
_CURSOR_MASK = 2**64 - 1
_REVERSED_BYTES = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def hash_key(key: bytes, seed: int) -> int:
    """A keyed 32-bit hash that is the same in every process, unlike Python's own."""
    return crc32(key, seed) * _HASH_MULTIPLIER >> 24 & 0xFFFFFFFF


def next_power(size: int) -> int:
    """The smallest power of two that is at least `size`, and no less than the initial size."""
    return max(INITIAL_SIZE, 1 << (size - 1).bit_length())


def next_cursor(cursor: int, mask: int) -> int:
    """The cursor after `cursor`: its reversed bits count up, within `mask` (dict.c dictScan)."""
    cursor |= ~mask & _CURSOR_MASK
    reversed_cursor = int.from_bytes(cursor.to_bytes(8, "little").translate(_REVERSED_BYTES), "big")
    following = (reversed_cursor + 1) & _CURSOR_MASK
    return int.from_bytes(following.to_bytes(8, "little").translate(_REVERSED_BYTES), "big")


class Dict(Generic[V]):
    """A mapping from bytes whose keys lie in the buckets of one table, or of two while it is rehashed.

    `entries` may be read directly where a lookup is to take no rehash step. `tables[1]` is empty unless
    `rehash_index` (the next bucket of `tables[0]` to move) is at least 0.
    """

    __slots__ = ("entries", "indexed", "rehash_index", "resizable", "seed", "tables", "used")

    def __init__(self, seed: int = 0, indexed: bool = True) -> None:
        self.entries: dict[bytes, V] = {}
        self.seed = seed
        self.indexed = indexed
        self.resizable = True
        self.rehash_index = IDLE
        self.tables: tuple[Table, Table] = ([], [])
        self.used = [0, 0]

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, key: bytes) -> bool:
        """Whether `key` is there; moves a bucket as `get` does."""
        if self.rehash_index >= 0:
            self.rehash(1)
        return key in self.entries

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.entries)

    def get(self, key: bytes) -> V | None:
        """The value at `key`; moves a bucket when a rehash is under way (dictFind)."""
        if self.rehash_index >= 0:
            self.rehash(1)
        return self.entries.get(key)

    def set(self, key: bytes, value: V) -> bool:
        """Add or replace; whether the key is new (dictReplace)."""
        if self.rehash_index >= 0:
            self.rehash(1)
        added = key not in self.entries
        if added and self.indexed:
            self._link(key)
        self.entries[key] = value
        return added

    def replace(self, key: bytes, value: V) -> None:
        """Give a key that is there another value (dictSetVal after dictFind)."""
        if self.rehash_index >= 0:
            self.rehash(1)
        self.entries[key] = value

    def pop(self, key: bytes) -> V | None:
        """Take the key out; its value, or None when there is none (dictUnlink)."""
        if self.rehash_index >= 0:
            self.rehash(1)
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
        duplicate: Dict[V] = Dict(self.seed, indexed=False)
        duplicate.entries = dict(self.entries)
        if self.indexed:
            duplicate.index()
        return duplicate

    def index(self) -> None:
        """Give the keys buckets: a compact collection becomes a hash table."""
        self.indexed = True
        for key in self.entries:
            if self.rehash_index >= 0:
                self.rehash(1)
            self._link(key)

    def _reset_tables(self) -> None:
        self.tables = ([], [])
        self.used = [0, 0]
        self.rehash_index = IDLE

    def _link(self, key: bytes) -> None:
        """Put a new key into the newest table (dictAddRaw)."""
        self._expand_if_needed()
        newest = 1 if self.rehash_index >= 0 else 0
        self._insert(key, newest)

    def _insert(self, key: bytes, number: int) -> None:
        table = self.tables[number]
        index = hash_key(key, self.seed) & (len(table) - 1)
        bucket = table[index]
        if bucket is None:
            table[index] = [key]
        else:
            bucket.append(key)
        self.used[number] += 1

    def _unlink(self, key: bytes) -> None:
        for number in (0, 1):
            table = self.tables[number]
            if not table:
                continue
            index = hash_key(key, self.seed) & (len(table) - 1)
            bucket = table[index]
            if bucket is not None and key in bucket:
                bucket.remove(key)
                if not bucket:
                    table[index] = None
                self.used[number] -= 1
                return

    def _expand_if_needed(self) -> None:
        """Grow once there are as many keys as buckets (_dictExpandIfNeeded)."""
        if self.rehash_index >= 0:
            return
        size = len(self.tables[0])
        if not size:
            self.resize(INITIAL_SIZE)
        elif self.used[0] >= size and (self.resizable or self.used[0] // size > 5):
            self.resize(self.used[0] + 1)

    def shrink_if_sparse(self) -> bool:
        """Shrink when less than a tenth of the buckets would be used; whether it did (tryResizeHashTables)."""
        size = len(self.tables[0]) + len(self.tables[1])
        if size <= INITIAL_SIZE or len(self.entries) * 100 // size >= FILL_PERCENT_MIN:
            return False
        if not self.resizable or self.rehash_index >= 0:
            return False
        return self.resize(max(self.used[0], INITIAL_SIZE))

    def resize(self, size: int) -> bool:
        """Start moving to a table of at least `size` buckets (dictExpand)."""
        size = next_power(size)
        if self.rehash_index >= 0 or self.used[0] > size or size == len(self.tables[0]):
            return False
        if not self.tables[0]:
            self.tables = ([None] * size, [])
        else:
            self.tables = (self.tables[0], [None] * size)
            self.rehash_index = 0
        return True

    def rehash(self, buckets: int) -> bool:
        """Move up to `buckets` buckets to the new table; whether more are left (dictRehash)."""
        if self.rehash_index < 0:
            return False
        empty_visits = buckets * EMPTY_VISITS_PER_BUCKET
        old = self.tables[0]
        while buckets and self.used[0]:
            buckets -= 1
            while (bucket := old[self.rehash_index]) is None:
                self.rehash_index += 1
                empty_visits -= 1
                if not empty_visits:
                    return True
            self._move_bucket(bucket)
            old[self.rehash_index] = None
            self.rehash_index += 1
        return not self._finish_rehash()

    def _move_bucket(self, bucket: list[bytes]) -> None:
        for key in bucket:
            self._insert(key, 1)
        self.used[0] -= len(bucket)

    def _finish_rehash(self) -> bool:
        if self.used[0]:
            return False
        self.tables = (self.tables[1], [])
        self.used = [self.used[1], 0]
        self.rehash_index = IDLE
        return True

    def scan(self, cursor: int) -> tuple[int, list[bytes]]:
        """One step of a scan: the next cursor and the keys of the buckets that `cursor` stands for (dictScan).

        Whatever the table does between the steps, a key that is there from cursor 0 to cursor 0 is returned.
        """
        if not self.entries:
            return 0, []
        if self.rehash_index < 0:
            mask = len(self.tables[0]) - 1
            return next_cursor(cursor, mask), list(self.tables[0][cursor & mask] or ())
        small, large = sorted(self.tables, key=len)
        small_mask, large_mask = len(small) - 1, len(large) - 1
        keys = list(small[cursor & small_mask] or ())
        while True:
            keys += large[cursor & large_mask] or ()
            cursor = next_cursor(cursor, large_mask)
            if not cursor & (small_mask ^ large_mask):
                return cursor, keys

    def random_key(self, random: RandomSource) -> bytes:
        """A key from a random bucket that is not empty (dictGetRandomKey); the mapping must hold one."""
        if self.rehash_index >= 0:
            self.rehash(1)
        if not self.indexed:
            return list(self.entries)[random.randrange(len(self.entries))]
        first_index = max(self.rehash_index, 0)
        total = len(self.tables[0]) + len(self.tables[1])
        while True:
            index = random.randrange(first_index, total)
            over = index - len(self.tables[0])
            bucket = self.tables[1][over] if over >= 0 else self.tables[0][index]
            if bucket:
                return bucket[random.randrange(len(bucket))]
