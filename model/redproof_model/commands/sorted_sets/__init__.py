"""Sorted sets, and what is made of several."""

from __future__ import annotations

from redproof_model.commands.sorted_sets import (
    algebra,
    pops,
    ranges,
    sampling,
    sorted_sets,
)

TABLES = (
    algebra.table,
    pops.table,
    ranges.table,
    sampling.table,
    sorted_sets.table,
)
