"""Strings: one or many, compared, as numbers, as bits, and what two have in common."""

from __future__ import annotations

from redproof_model.commands.strings import (
    bitfield,
    bitmaps,
    comparing,
    counters,
    lcs,
    many,
    strings,
)

TABLES = (
    bitfield.table,
    bitmaps.table,
    comparing.table,
    counters.table,
    lcs.table,
    many.table,
    strings.table,
)
