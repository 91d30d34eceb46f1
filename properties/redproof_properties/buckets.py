"""Which bucket each element lies in, read from the outside: SCAN's cursor counts the buckets (dict.c dictScan).

With COUNT 1 a call ends at the first bucket that holds anything. What it returns lies in that bucket, and the
cursor it gives is the bucket that comes after: the one whose reversed bits count one more.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def need_bucket_cursors(judged: Judged) -> None:
    """Skip the property, with the reason, where cursors may be something else than buckets."""
    if judged.target.version.family not in FAMILIES:
        pytest.skip(f"{judged.target.spelling}: it is not known what the cursors of {judged.target.version} are")


def reverse(number: int, bits: int) -> int:
    """The number whose `bits` binary digits are those of `number` backwards (dict.c rev)."""
    return int(f"{number:0{bits}b}"[::-1], 2)


def bucket_before(cursor: int, bits: int) -> int:
    """The bucket that a scan of 2**bits buckets visited last when it gave this cursor; the last one if it gave 0."""
    return reverse((reverse(cursor, bits) - 1) % (1 << bits), bits)


def locate(script: Script, population: Population, size: int) -> Buckets:
    """Find the bucket of each element of the only table, of so many buckets, by a scan with COUNT 1.

    The calls for all cursors that there may be are sent at once; then those are followed that a scan would make.
    """
    pages = population.pages(range(size))
    of: dict[bytes, int] = {}
    cursor, visited = 0, 0
    while visited < size:
        page = pages[cursor]
        script.require(page.cursor < size, "cursors below the number of buckets")
        script.require(not of.keys() & set(page.elements), "each element exactly once, since nothing has changed")
        cursor = page.cursor
        bucket = bucket_before(cursor, (size - 1).bit_length())
        of |= dict.fromkeys(page.elements, bucket)
        visited += 1
        if not cursor:
            break
    script.require(of.keys() == population.present.keys(), "each element exactly once, since nothing has changed")
    return Buckets(size, of)
