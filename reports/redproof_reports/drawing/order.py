"""A drawing of the order in which SCAN's cursor visits buckets, in tables of two sizes next to each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redproof_model.systems.scan.cursor import NEXT_CURSOR

from redproof_reports.drawing.svg import Drawing

_WIDTH: Final = 480
_SMALL: Final = 0b11
_LARGE: Final = 0b111
_COLUMNS: Final = {_SMALL: 104, _LARGE: 228}
_BACKWARDS: Final = 408
"""The middle of the column in which the cursors are read backwards."""

_BUCKET: Final = 112
_TOP: Final = 42
_PITCH: Final = 32
_BASE: Final = 21
"""From the upper edge of a bucket to the base line of its text."""

_VISITED: Final = 3
"""How many buckets of the larger table have been visited."""


def cursor_order() -> str:
    """The buckets of tables of 4 and 8 in the order of the cursor, which is in the middle."""
    cursors = list(visits(_LARGE))
    drawing = Drawing(
        _WIDTH,
        _TOP + _PITCH * len(cursors) + 14,
        "The order in which the cursor visits buckets",
        "From top to bottom, each bucket of a table of 4 lies next to the two of a table of 8 that it is split into. "
        "Their numbers, with the bits read backwards, count up. A line is the cursor: what lies above it was returned.",
    )
    for mask, x in _COLUMNS.items():
        drawing.text(x, 24, f"table of {mask + 1}", "words title")
        _draw_buckets(drawing, mask, x)
    drawing.text(_BACKWARDS, 24, "read backwards", "words title", "middle")
    for place, cursor in enumerate(cursors):
        y = _TOP + _PITCH * place + _BASE
        drawing.text(_BACKWARDS, y, f"{cursor:03b}"[::-1], "faint", "middle")
    y = _TOP + _PITCH * _VISITED
    drawing.rule(14, _WIDTH - 14, y)
    drawing.text(16, y - 10, "returned", "words faint")
    drawing.text(16, y + _BASE, f"{cursors[_VISITED]:03b}", "accent")
    drawing.text(16, y + _BASE + 20, "cursor", "words accent")
    return drawing.svg()


def visits(mask: int) -> Iterator[int]:
    """The cursors of a scan of a table with this mask, each the bucket that it visits."""
    cursor = 0
    while True:
        yield cursor
        cursor = NEXT_CURSOR.compiled(cursor, mask)
        if not cursor:
            return


def _draw_buckets(drawing: Drawing, mask: int, x: int) -> None:
    """Draw the buckets of a table from top to bottom, and shade what lies before the cursor."""
    height = _PITCH * (_LARGE + 1) // (mask + 1)
    drawing.box(x, _TOP, _BUCKET, _PITCH * _VISITED, "shade", radius=0)
    for place, bucket in enumerate(visits(mask)):
        y = _TOP + height * place
        drawing.box(x, y, _BUCKET, height, "edge", radius=0)
        drawing.text(x + _BUCKET // 2, y + _BASE, f"{bucket:0{mask.bit_length()}b}", anchor="middle")
