"""How many elements registers stand for, after Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog
sketches", arXiv:1702.01284, in doubles and in the order in which Redis computes (`hyperloglog.c` hllCount).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import floor, inf, pow, sqrt
from typing import Final

from redproof_model.hyperloglog.murmur import INDEX_BITS

REGISTERS: Final = 1 << INDEX_BITS

_RANKS: Final = 64 - INDEX_BITS
_ALPHA: Final = 0.721347520444481703680
"""1 / (2 ln 2)."""


def estimate(registers: Mapping[int, int]) -> int:
    """The number of elements, from the registers that are not 0."""
    counts = Counter(registers.values())
    m = float(REGISTERS)
    z = m * _tau((m - counts[_RANKS + 1]) / m)
    for rank in range(_RANKS, 0, -1):
        z = (z + counts[rank]) * 0.5
    z += m * _sigma((REGISTERS - len(registers)) / m)
    return _nearest(_ALPHA * m * m / z)


def _nearest(number: float) -> int:
    """Round half away from zero, as C's llroundl."""
    whole = floor(number)
    return whole + (number - whole >= 0.5)


def _sigma(x: float) -> float:
    if x == 1:
        return inf
    y, z, before = 1.0, x, None
    while z != before:
        x *= x
        before = z
        z += x * y
        y += y
    return z


def _tau(x: float) -> float:
    if x in (0, 1):
        return 0.0
    y, z, before = 1.0, 1 - x, None
    while z != before:
        x = sqrt(x)
        before = z
        y *= 0.5
        z -= pow(1 - x, 2) * y
    return z / 3
