"""Hashes, and fields that expire."""

from __future__ import annotations

from redproof_model.commands.hashes import (
    expiry,
    expiry_times,
    expiry_values,
    hashes,
    sampling,
)

TABLES = (
    expiry.table,
    expiry_times.table,
    expiry_values.table,
    hashes.table,
    sampling.table,
)
