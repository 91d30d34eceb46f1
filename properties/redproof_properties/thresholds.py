"""When a dict of Redis is resized and how far a step of its rehash goes: facts by version, with their source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pytest

from redproof_properties.judged import Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The limits of one version, in buckets, elements and percent."""

    initial_size: int
    """The buckets of the first table (dict.h DICT_HT_INITIAL_SIZE)."""
    force_ratio: int
    """With a child process a table grows once its elements per bucket, rounded down, exceed this, and a rehash goes
    on if one table is at least this many times the other (dict.c dict_force_resize_ratio)."""
    min_fill_percent: int
    """A table that is less full than this shrinks (server.h HASHTABLE_MIN_FILL)."""
    empty_visits: int
    """A step of the rehash ends after so many empty buckets (dict.c dictRehash)."""

    def table_size(self, elements: int) -> int:
        """The smallest power of two that is at least `elements` and the initial size (dict.c _dictNextPower)."""
        return max(self.initial_size, 1 << (elements - 1).bit_length())

    def fullest(self, size: int, child: bool = False) -> int:
        """How many elements a table can hold before it must grow for the next one (dict.c _dictExpandIfNeeded)."""
        return (self.force_ratio + 1) * size if child else size

    def grown_size(self, used: int) -> int:
        """The buckets of the table that one of `used` elements grows to (dict.c _dictExpandIfNeeded)."""
        return self.table_size(used + 1)

    def sparsest(self, size: int) -> int:
        """The fewest elements with which a table does not shrink (server.c htNeedsResize)."""
        return -(-size * self.min_fill_percent // 100)

    def shrunk_size(self, used: int) -> int:
        """The buckets of the table that one of `used` elements shrinks to (dict.c dictResize)."""
        return self.table_size(used)


_REDIS_6_2 = Thresholds(initial_size=4, force_ratio=5, min_fill_percent=10, empty_visits=10)

THRESHOLDS: Final = {("redis", (6, 2)): _REDIS_6_2, ("redis", (7, 0)): _REDIS_6_2}
"""By family and version; between Redis 6.2 and 7.0 nothing of this has changed."""


def thresholds_of(judged: Judged) -> Thresholds:
    """The thresholds of a target's version; skips the property, with the reason, where they are not known."""
    version = judged.target.version
    known = THRESHOLDS.get((version.family, version.number[:2]))
    if known is None:
        pytest.skip(f"{judged.target.spelling}: the thresholds of {version} are not known")
    return known
