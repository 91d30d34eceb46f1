"""How large a hashtable is looked at, and the sorts that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from redproof_model.kernel.parts import Domain
from redproof_model.kernel.sorts import BitVec, Enum
from redproof_model.kernel.terms import Term, literals
from redproof_model.kernel.vocabulary import cast

_WIDENING_BITS: Final = 13
"""Enough for a number of buckets times 7 times 500 with a sign."""

POLICY: Final = Enum("Policy", ("ALLOW", "AVOID"))
"""hashtableResizePolicy: AVOID while there is a child process. FORBID is set in the child alone."""

ALLOW, AVOID = literals(POLICY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The bounds of a hashtable, and the numbers of hashtable.c that small scopes must lower to be reached.

    The places of `tracked` keys are followed. In a finite scope they are all there are. For the proof one is enough,
    as no claim is about more than one: it stands for any key, and all `others` are known by their number alone, which
    may change in every way that theirs could.
    """

    hash_bits: int
    tag_bits: int
    """How many of the highest bits of a hash are stored with the entry (highBits)."""
    tracked: int
    keys_max: int
    """More keys than this find no memory."""
    others: bool = False
    entries_per_bucket: int = 7
    bucket_factor: int = 5
    bucket_divisor_log2: int = 5
    """BUCKET_FACTOR and BUCKET_DIVISOR: a new table has n * factor / 2^divisor_log2 buckets for n entries."""
    max_fill_percent: tuple[int, int] = (100, 500)
    """MAX_FILL_PERCENT_SOFT and _HARD: a table that would be fuller grows, for ALLOW and AVOID."""
    min_fill_percent: tuple[int, int] = (13, 3)
    """MIN_FILL_PERCENT_SOFT and _HARD: a table that is no fuller shrinks."""
    fast_forwards: bool = True
    """Whether a table 1 that is too full ends the rehash at once; since Valkey 9.0 it is filled on (pull 2465)."""
    pauses_max: int | None = 1
    """Iterators that are open at a time, None for any number."""

    @property
    def position(self) -> BitVec:
        """The sort of hashes, buckets and numbers of buckets."""
        return BitVec(self.hash_bits)

    @property
    def tag(self) -> BitVec:
        """The sort of the stored bits of a hash."""
        return BitVec(self.tag_bits)

    @property
    def number(self) -> BitVec:
        """The sort of `rehash_idx` and of counts of keys."""
        return BitVec(self.hash_bits + 2, signed=True)

    @property
    def companions(self) -> Domain:
        """The domain of the number of others in the chain that is moved."""
        return self.number if self.others else range(1)

    @property
    def size_max(self) -> int:
        """The number of buckets of a table made for as many keys as there can be."""
        least = -(-self.keys_max * self.bucket_factor >> self.bucket_divisor_log2)
        return 1 << (least - 1).bit_length()

    def wide(self, number: Term) -> Term:
        """A number as one that can be computed with and does not wrap around."""
        return cast(number, BitVec(self.hash_bits + _WIDENING_BITS, signed=True))

    def capacity(self, size: Term) -> Term:
        """How many entries the buckets of a table hold without child buckets."""
        return self.wide(size) * self.entries_per_bucket

    def high_bits(self, hash: Term) -> Term:
        """What is stored of a hash, the bits that do not choose the bucket (highBits)."""
        return cast(hash >> (self.hash_bits - self.tag_bits), self.tag)


PROOF: Final = Scope(hash_bits=64, tag_bits=8, tracked=1, keys_max=1 << 59, others=True, pauses_max=None)
SMALL: Final = Scope(
    hash_bits=3,
    tag_bits=1,
    tracked=3,
    keys_max=3,
    entries_per_bucket=1,
    bucket_factor=1,
    bucket_divisor_log2=0,
    max_fill_percent=(100, 200),
    min_fill_percent=(40, 20),
)
FILLING: Final = replace(SMALL, fast_forwards=False)
