"""How large a dict is looked at, and the sorts that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from redproof_model.kernel.sorts import BitVec
from redproof_model.kernel.system import Domain
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import cast

_WIDENING_BITS: Final = 9
"""Enough for a size times 100 with a sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The bounds of a dict, and the thresholds of dict.c that small scopes must lower to be reached.

    The places of `tracked` keys are followed. In a finite scope they are all there are. For the proof one is enough,
    as no claim is about more than one: it stands for any key, and all `others` are known by their number alone, which
    may change in every way that theirs could.
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
    def number(self) -> BitVec:
        """The sort of `rehashidx` and of counts of keys."""
        return BitVec(self.hash_bits + 2, signed=True)

    @property
    def visits(self) -> Domain:
        """The domain of the number of empty buckets that a step visits."""
        return self.number if self.others else range(self.visits_max + 1)

    @property
    def companions(self) -> Domain:
        """The domain of the number of others in the bucket that is moved."""
        return self.number if self.others else range(1)

    def wide(self, number: Term) -> Term:
        """A number as one that can be computed with and does not wrap around."""
        return cast(number, BitVec(self.hash_bits + _WIDENING_BITS, signed=True))

    def size(self, mask: Term) -> Term:
        """The number of buckets of a table."""
        return self.wide(mask) + 1

    @property
    def keys_max(self) -> int:
        """More keys than this find no memory."""
        return 1 << (self.hash_bits - 1)


PROOF: Final = Scope(hash_bits=64, tracked=1, others=True, pauses_max=None)
SMALL: Final = Scope(
    hash_bits=3, tracked=3, initial_size=1, visits_max=2, fill_percent_min=40, force_ratio=1, stall_ratio=3
)
LARGE: Final = replace(SMALL, tracked=4)
