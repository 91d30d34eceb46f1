"""Drawings of a dict's two tables: a rehash half-way, and a call of SCAN that meets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from redproof_reports.drawing.states import HASHES, Dict, calls_over, dict_in_the_middle
from redproof_reports.drawing.svg import Drawing

_WIDTH: Final = 480
_COLUMNS: Final = (30, 262)
"""Where the two tables begin; that leaves room for three keys in each bucket."""

_TOP: Final = 62
_PITCH: Final = 30
_ROW: Final = 24
_LABEL: Final = 32
_KEY: Final = 52
_BUCKET: Final = 3 * _KEY
_BASE: Final = 17
"""From the upper edge of a row to the base line of its text."""

_NAMES: Final = "abcdefgh"

Bucket: TypeAlias = tuple[int, int]
"""The number of a table and of a bucket in it."""


def dict_rehashing() -> str:
    """A dict half-way from 4 buckets to 8."""
    shown = dict_in_the_middle()
    drawing = _tables(
        shown,
        "A dict in the middle of a rehash",
        "Table 0 has 4 buckets. Those below rehashidx, which is 2, are empty: their keys have moved to table 1, which "
        "has 8 buckets. A key that was added meanwhile is there too.",
        {},
    )
    y = _TOP + _PITCH * len(shown.tables[0].buckets) + _BASE
    drawing.text(_COLUMNS[0], y, f"rehashidx = {shown.rehashidx}", "accent")
    drawing.text(_COLUMNS[0], y + 22, "dashed: moved", "words faint")
    drawing.arrow(6, _COLUMNS[0] - 5, _TOP + _PITCH * shown.rehashidx + _ROW // 2)
    return drawing.svg()


def scan_call() -> str:
    """A call of SCAN over the same dict, with a cursor that stands where the rehash does."""
    shown = dict_in_the_middle()
    call = next(call for call in calls_over(shown) if call.given == shown.rehashidx)
    small, large = (table.mask for table in shown.tables)
    visits = [(0, call.given & small), *((1, cursor & large) for cursor in call.visiting)]
    drawing = _tables(
        shown,
        "A call of SCAN that meets two tables",
        "The call visits one bucket of the smaller table, and then those of the larger that it is split into.",
        {bucket: number for number, bucket in enumerate(visits, 1)},
    )
    y = _TOP + _PITCH * len(shown.tables[0].buckets) + _BASE
    digits = large.bit_length()
    drawing.parts(_COLUMNS[0], y, [("given the cursor ", "words"), (_bits(call.given, digits), "accent")])
    drawing.parts(_COLUMNS[0], y + 22, [("gives the cursor ", "words"), (_bits(call.gives, digits), "accent")])
    return drawing.svg()


def _tables(shown: Dict, title: str, description: str, visits: Mapping[Bucket, int]) -> Drawing:
    """A drawing of both tables, the buckets that are visited marked with when that is."""
    drawing = Drawing(_WIDTH, _TOP + _PITCH * len(shown.tables[1].buckets) + 10, title, description)
    for number, (x, table) in enumerate(zip(_COLUMNS, shown.tables, strict=True)):
        digits = table.mask.bit_length()
        drawing.text(x, 24, f"table {number}", "words title")
        drawing.text(x, 44, f"{table.mask + 1} buckets, mask {_bits(table.mask, digits)}", "words faint")
        for bucket, keys in enumerate(table.buckets):
            y = _TOP + _PITCH * bucket
            visit = visits.get((number, bucket))
            moved = number == 0 and bucket < shown.rehashidx
            drawing.text(x, y + _BASE, _bits(bucket, digits))
            drawing.box(x + _LABEL, y, _BUCKET, _ROW, "visited" if visit else "gone" if moved else "box")
            _draw_keys(drawing, x + _LABEL, y, keys, digits)
            if visit:
                drawing.text(x + _LABEL + _BUCKET + 8, y + _BASE, str(visit), "accent")
    return drawing


def _draw_keys(drawing: Drawing, x: int, y: int, keys: Sequence[int], digits: int) -> None:
    """Write the keys of a bucket with the low bits of their hashes, those that do not choose the bucket fainter."""
    for place, key in enumerate(keys):
        low = _bits(HASHES[key], 3)
        parts = [(f"{_NAMES[key]} ", "title"), (low[:-digits], "faint"), (low[-digits:], "")]
        drawing.parts(x + 7 + (_KEY - 1) * place, y + _BASE, [part for part in parts if part[0]])


def _bits(number: int, digits: int) -> str:
    """The low bits of a number."""
    return f"{number & (1 << digits) - 1:0{digits}b}"
