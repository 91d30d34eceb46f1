"""Positions as whole numbers whose bits halve the world in turn, by longitude and by latitude (`geohash.c`).

A cell of step n is one of 4**n equal ones; its n bits of longitude stand at odd places, those of latitude at
even ones. Sorted sets keep positions as cells of step 26, which are 52 bits and so exact as scores.
"""

from __future__ import annotations

from typing import Final, NamedTuple

FINEST_STEP: Final = 26
LONGITUDE_MAX: Final = 180.0
LATITUDE_MAX: Final = 85.05112878
"""The world ends where the Mercator projection makes it square."""

_WORD: Final = 2**64 - 1
_HALF_WORD: Final = 2**32 - 1
_LATITUDE_BITS: Final = 0x5555555555555555
_LONGITUDE_BITS: Final = 0xAAAAAAAAAAAAAAAA
_SPREAD: Final = tuple(
    (1 << shift, sum(((1 << (1 << shift)) - 1) << at for at in range(0, 64, 2 << shift))) for shift in range(5)
)
"""How far the upper half of each group of bits goes, and the mask of what stays, for groups of 2 to 32 bits."""

_ALPHABET: Final = b"0123456789bcdefghjkmnpqrstuvwxyz"


class Cell(NamedTuple):
    """One of the 4**step cells of the world."""

    bits: int
    step: int


class Area(NamedTuple):
    """What a cell covers, in degrees."""

    west: float
    east: float
    south: float
    north: float


def encode(longitude: float, latitude: float, step: int, latitude_max: float = LATITUDE_MAX) -> Cell:
    """The cell of a position in degrees, with the world ending at `latitude_max` (`geohash.c` geohashEncode).

    A position on the upper edge of the world is in a cell beyond it, whose bits are more than 2 * step.
    """
    y = (latitude + latitude_max) / (latitude_max + latitude_max) * (1 << step)
    x = (longitude + LONGITUDE_MAX) / (LONGITUDE_MAX + LONGITUDE_MAX) * (1 << step)
    return Cell(_spread(int(y)) | _spread(int(x)) << 1, step)


def decode(cell: Cell) -> Area:
    """What a cell covers (`geohash.c` geohashDecode); one with more bits than its step may be out of this world."""
    y, x = _gather(cell.bits), _gather(cell.bits >> 1)
    return Area(
        west=_edge(x, cell.step, LONGITUDE_MAX),
        east=_edge(x + 1 & _HALF_WORD, cell.step, LONGITUDE_MAX),
        south=_edge(y, cell.step, LATITUDE_MAX),
        north=_edge(y + 1 & _HALF_WORD, cell.step, LATITUDE_MAX),
    )


def _edge(number: int, step: int, limit: float) -> float:
    return -limit + number / (1 << step) * (limit + limit)


def position(score: float) -> tuple[float, float]:
    """Longitude and latitude, in degrees, of the middle of the cell that a score stands for (`geo.c` decodeGeohash)."""
    area = decode(Cell(_to_word(score), FINEST_STEP))
    return (
        _within((area.west + area.east) / 2, LONGITUDE_MAX),
        _within((area.south + area.north) / 2, LATITUDE_MAX),
    )


def _to_word(score: float) -> int:
    """A score as the unsigned number that C makes of it; what has no room in one, as x86-64 converts it."""
    if not -(2.0**63) <= score < 2.0**64:
        return 1 << 63 if score < 0 else 0
    return int(score) & _WORD


def _within(degrees: float, limit: float) -> float:
    return min(max(degrees, -limit), limit)


def score_of(longitude: float, latitude: float) -> int:
    """The score that stands for a position in degrees (`geo.c` geoaddCommand)."""
    return encode(longitude, latitude, FINEST_STEP).bits


def text_of(score: float) -> bytes:
    """The usual geohash of a position, of 11 characters, for a world that ends at the poles (`geo.c` geohashCommand).

    52 bits are enough for ten characters and two bits more; the last character is always 0.
    """
    bits = encode(*position(score), FINEST_STEP, latitude_max=90.0).bits
    return bytes(_ALPHABET[bits >> 2 * FINEST_STEP - 5 * at & 31] for at in range(1, 11)) + _ALPHABET[:1]


def scores(cell: Cell) -> tuple[float, float]:
    """The scores of all that is in a cell: from the first on, and less than the second (`geo.c` scoresOfGeoHashBox)."""
    shift = 2 * (FINEST_STEP - cell.step)
    return float(cell.bits << shift & _WORD), float(cell.bits + 1 << shift & _WORD)


def neighbour(cell: Cell, eastward: int, northward: int) -> Cell:
    """The cell next to one, a step of -1, 0 or 1 each way; the world is a torus (`geohash.c` geohash_move_x, _y)."""
    mask = (1 << 2 * cell.step) - 1
    east = _moved(cell.bits & _LONGITUDE_BITS, eastward, _LONGITUDE_BITS & mask, _LATITUDE_BITS & mask)
    north = _moved(cell.bits & _LATITUDE_BITS, northward, _LATITUDE_BITS & mask, _LONGITUDE_BITS & mask)
    return Cell(east | north, cell.step)


def _moved(bits: int, direction: int, own: int, gaps: int) -> int:
    """Add `direction` to the number of which `bits` are every second bit, by filling the gaps between them."""
    if direction == 0:
        return bits
    return (bits + gaps + 1 if direction > 0 else (bits | gaps) - gaps - 1) & own


def _spread(number: int) -> int:
    """Put a 0 over each bit of a 32-bit number (`geohash.c` interleave64)."""
    for distance, mask in reversed(_SPREAD):
        number = (number | number << distance) & mask
    return number


def _gather(word: int) -> int:
    """The number that the even bits of a word make (`geohash.c` deinterleave64)."""
    number = word & _LATITUDE_BITS
    for distance, mask in _SPREAD[1:]:
        number = (number | number >> distance // 2) & mask
    return (number | number >> 16) & _HALF_WORD
