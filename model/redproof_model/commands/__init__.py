"""What each command may answer and what it leaves behind, one module for a group of commands."""

from __future__ import annotations

from redproof_model.commands import (
    hash_sampling,
    hashes,
    scan,
    set_operations,
    sets,
    strings,
    transactions,
)

TABLES = (
    hash_sampling.table,
    hashes.table,
    scan.table,
    set_operations.table,
    sets.table,
    strings.table,
    transactions.table,
)
