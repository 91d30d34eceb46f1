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
    strings.table,
    transactions.table,
)
