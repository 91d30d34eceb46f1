"""What each command may answer and what it leaves behind, one module for a group of commands."""

from __future__ import annotations

from redproof_model.commands import (
    bitfield,
    bitmaps,
    counters,
    hash_sampling,
    hashes,
    lcs,
    scan,
    set_operations,
    sets,
    sorted_set_algebra,
    sorted_set_pops,
    sorted_set_ranges,
    sorted_set_sampling,
    sorted_sets,
    strings,
    transactions,
)

TABLES = (
    bitfield.table,
    bitmaps.table,
    counters.table,
    hash_sampling.table,
    hashes.table,
    lcs.table,
    scan.table,
    set_operations.table,
    sets.table,
    sorted_set_algebra.table,
    sorted_set_pops.table,
    sorted_set_ranges.table,
    sorted_set_sampling.table,
    sorted_sets.table,
    strings.table,
    transactions.table,
)
