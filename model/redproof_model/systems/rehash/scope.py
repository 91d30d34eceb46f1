"""How large a dict is looked at, and the sorts that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from redproof_model.kernel.sorts import BitVec, Int
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
    fill_percent_min: int = 10
    """HASHTABLE_MIN_FILL: a table with fewer keys for 100 buckets shrinks."""
    force_ratio: int = 5
    """dict_force_resize_ratio: a table with more keys a bucket grows although there is a child process."""
    stall_ratio: int = 5
    """dict_force_resize_ratio again: a child process stops a rehash between tables whose sizes differ by less."""
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
    def met(self) -> dict[str, Any]:
        """The parameters for what a step meets: empty buckets, and in the one that is moved how many others."""
        if self.others:
            return {"visited": self.index, "moved": self.keys}
        return {"visited": range(self.visits_max + 1)}

    @property
    def allocated(self) -> dict[str, Any]:
        """The parameters for a new table, its mask and its size, where they do not follow from the number of keys."""
        return {"mask": self.position, "buckets": self.buckets} if self.others else {}

    def smallest_table(self, room: Term) -> tuple[Term, Term]:
        """The mask and the size of the smallest table of a finite scope that has `room` buckets (_dictNextExp)."""
        sizes = [max(self.initial_size, 1 << max(least - 1, 0).bit_length()) for least in range(self.tracked + 2)]
        wanted = clamp(room, 0, self.tracked + 1)
        return look_up([size - 1 for size in sizes], wanted, self.position), look_up(sizes, wanted, self.buckets)

    def as_index(self, bucket: Term) -> Term:
        """A bucket, to be compared with `rehashidx`."""
        return cast(bucket, self.index)


PROOF: Final = Scope(hash_bits=64, tracked=1, others=True, pauses_max=None)
SMALL: Final = Scope(
    hash_bits=3, tracked=3, initial_size=1, visits_max=2, fill_percent_min=40, force_ratio=1, stall_ratio=3
)

VERSIONS: Final = {("redis", (6, 2)): PROOF, ("redis", (7, 0)): PROOF}
"""The form that is proved, with the thresholds of each family and version; from Redis 6.2 to 7.0 none has changed."""
