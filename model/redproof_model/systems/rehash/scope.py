"""How large a dict is looked at, and the sorts that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from redproof_model.kernel.sorts import BitVec, Bool, Int
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import cast, clamp, look_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The bounds of a dict, and the thresholds of dict.c that small scopes must lower to be reached.

    The places of `tracked` keys are followed. In a finite scope they are all there are. For the proof one is enough,
    as no claim is about more than one: it stands for any key, and all `others` are known by their number alone, which
    may change in every way that theirs could. There the sizes of tables are numbers apart from their masks, so that
    integers need not meet bit-vectors; that the two agree is shown in the finite scopes.
    """

    hash_bits: int
    tracked: int
    others: bool = False
    initial_size: int = 4
    """DICT_HT_INITIAL_SIZE, a power of two."""
    visits_max: int = 10
    """Empty buckets that a step visits before it gives up."""
    doubles: bool = False
    """A table grows to twice as many buckets as there are keys at least, instead of one more than there are keys."""
    forced_load: int = 6
    """Keys a bucket with which a table grows although there is a child process (dict_force_resize_ratio)."""
    sparse_ratio: int = 10
    """HASHTABLE_MIN_FILL: a table with more buckets a key than this shrinks."""
    sparse_inclusive: bool = False
    """A table with just so many buckets a key shrinks as well."""
    forced_sparse_ratio: int | None = None
    """Buckets a key with which a table shrinks although there is a child process; None if it never does."""
    stall_ratio: int = 5
    """A child process stops a rehash to a table that is larger by less than this; with 1 none is stopped."""
    shrinking_stall_ratio: int = 5
    """The same of a rehash to a smaller table."""
    masks_buckets: bool = False
    """A step to a smaller table computes no hash, as the number of the old bucket says enough."""
    moves_visited: bool = False
    """An operation moves the bucket of table 0 that it looks into, if that holds keys (_dictBucketRehash)."""
    cron_grows: bool = False
    """The cron job lets a table grow as well that is full (kvstoreTryResizeDicts)."""
    replaces_empty: bool = False
    """A table 0 without keys is replaced at once, with no rehash (_dictResize)."""
    pauses_max: int | None = 1
    """Iterators that are open at a time, None for any number."""

    @property
    def position(self) -> BitVec:
        """The sort of hashes, masks and buckets."""
        return BitVec(self.hash_bits)

    @property
    def index(self) -> BitVec:
        """The sort of `rehashidx`, which may be -1 and one more than a bucket."""
        return BitVec(self.hash_bits + 2, signed=True)

    @property
    def keys(self) -> Int:
        """The sort of counts of keys."""
        return Int(0, None if self.others else self.tracked)

    @property
    def buckets(self) -> Int:
        """The sort of the sizes of tables; 0 is that of a table that is not there."""
        return Int(0, None if self.others else 1 << self.hash_bits)

    @property
    def moved(self) -> dict[str, Any]:
        """The parameter for how many others lie in the bucket that is moved."""
        return {"moved": self.keys} if self.others else {}

    @property
    def met(self) -> dict[str, Any]:
        """The parameters for what a step meets: empty buckets, and in the one that is moved how many others."""
        return {"visited": self.index if self.others else range(self.visits_max + 1)} | self.moved

    @property
    def looked(self) -> dict[str, Any]:
        """The parameters for the step of an operation: also whether it moves the bucket that it looks into."""
        return self.met | ({"own": Bool} if self.moves_visited and self.others else {})

    @property
    def elsewhere(self) -> dict[str, Any]:
        """The parameter for the bucket that an operation on another key looks into."""
        return {"bucket": self.position} if self.moves_visited else {}

    @property
    def allocated(self) -> dict[str, Any]:
        """The parameters for a new table, its mask and its size, where they do not follow from the number of keys."""
        return {"mask": self.position, "buckets": self.buckets} if self.others else {}

    def smallest_table(self, room: Term) -> tuple[Term, Term]:
        """The mask and the size of the smallest table of a finite scope that has `room` buckets (_dictNextExp)."""
        room_max = max(self.tracked * 2 if self.doubles else 0, self.tracked + 1)
        sizes = [max(self.initial_size, 1 << max(least - 1, 0).bit_length()) for least in range(room_max + 1)]
        wanted = clamp(room, 0, room_max)
        return look_up([size - 1 for size in sizes], wanted, self.position), look_up(sizes, wanted, self.buckets)

    def as_index(self, bucket: Term) -> Term:
        """A bucket, to be compared with `rehashidx`."""
        return cast(bucket, self.index)


PROOF: Final = Scope(hash_bits=64, tracked=1, others=True, pauses_max=None)
SMALL: Final = Scope(
    hash_bits=3,
    tracked=3,
    initial_size=1,
    visits_max=2,
    sparse_ratio=2,
    forced_load=2,
    stall_ratio=3,
    shrinking_stall_ratio=3,
)

REDIS_6_0: Final = replace(PROOF, doubles=True, stall_ratio=1)
REDIS_7_2: Final = replace(PROOF, masks_buckets=True)
REDIS_7_4: Final = replace(
    REDIS_7_2,
    forced_load=4,
    sparse_ratio=8,
    sparse_inclusive=True,
    forced_sparse_ratio=32,
    stall_ratio=4,
    shrinking_stall_ratio=32,
    moves_visited=True,
    cron_grows=True,
    replaces_empty=True,
)
SMALL_7_4: Final = replace(
    SMALL,
    sparse_inclusive=True,
    forced_sparse_ratio=4,
    stall_ratio=2,
    shrinking_stall_ratio=4,
    masks_buckets=True,
    moves_visited=True,
    cron_grows=True,
    replaces_empty=True,
)

VERSIONS: Final = {
    ("redis", (6, 0)): REDIS_6_0,
    ("redis", (6, 2)): PROOF,
    ("redis", (7, 0)): PROOF,
    ("redis", (7, 2)): REDIS_7_2,
    ("redis", (7, 4)): REDIS_7_4,
    ("redis", (8, 0)): REDIS_7_4,
    ("redis", (8, 6)): REDIS_7_4,
    ("redict", (7, 3)): REDIS_7_4,
    ("valkey", (7, 2)): REDIS_7_2,
    ("valkey", (8, 0)): REDIS_7_4,
}
"""The form that is proved, with the thresholds of each family and version.

Read in dict.c, and in server.c up to Redis 7.2, of Redis 6.0.16, 6.2.14, 7.0.15, 7.2.6, 7.4.1, 8.0.2 and 8.6.3,
Redict 7.3.6, Valkey 7.2.7 and 8.0.1.
"""
