"""Which bucket each element lies in, read from the outside: SCAN's cursor counts the buckets (dict.c dictScan).

With COUNT 1 a call ends at the first bucket that holds anything. What it returns lies in that bucket, and the
cursor it gives is the bucket that comes after: the one whose reversed bits count one more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest

from redproof_properties.judged import Judged
from redproof_properties.population import Population
from redproof_properties.script import Script

CURSOR_BITS = 64
FAMILIES = frozenset({"redis", "valkey", "redict"})
"""The servers whose cursor is known to count buckets by their reversed bits."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """A table that is not being rehashed: how many buckets it has, and the bucket of each element."""

    size: int
    of: Mapping[bytes, int]

    def chain_lengths(self, elements: Iterable[bytes] | None = None) -> list[int]:
        """How many elements each bucket holds, in the order of the buckets; of these elements or of all."""
        lengths = [0] * self.size
        for element in self.of if elements is None else elements:
            lengths[self.of[element]] += 1
        return lengths


def need_bucket_cursors(judged: Judged) -> None:
    """Skip the property, with the reason, where cursors may be something else than buckets."""
    if judged.target.version.family not in FAMILIES:
        pytest.skip(f"{judged.target.spelling}: it is not known what the cursors of {judged.target.version} are")


def reverse(number: int, bits: int) -> int:
    """The number whose `bits` binary digits are those of `number` backwards (dict.c rev)."""
    return int(f"{number:0{bits}b}"[::-1], 2)


def bucket_before(cursor: int, bits: int) -> int:
    """The bucket that a scan of 2**bits buckets visited last when it gave this cursor; the last one if it gave 0."""
    if not bits:
        return 0
    return reverse((reverse(cursor, bits) - 1) % (1 << bits), bits)


def locate(script: Script, population: Population, size: int | None = None) -> Buckets:
    """Find the bucket of each element by a scan with COUNT 1 of a table that nothing changes.

    Without a `size` the number of buckets is the power of two above the greatest cursor: too small only if all
    elements lie in every second bucket, which has a chance of 1 in 2**n for n elements.
    """
    pages = list(population.scan([1]))
    found = [element for page in pages for element in page.elements]
    script.require(sorted(found) == sorted(population.present), "each element exactly once, since nothing has changed")
    bits = (size - 1 if size else max(page.cursor for page in pages)).bit_length()
    script.require(all(page.cursor < 1 << bits for page in pages), "cursors below the number of buckets")
    buckets = {element: bucket_before(page.cursor, bits) for page in pages for element in page.elements}
    return Buckets(1 << bits, buckets)
