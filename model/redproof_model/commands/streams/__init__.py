"""Streams, and their groups of consumers."""

from __future__ import annotations

from redproof_model.commands.streams import (
    claim_ids,
    claim_range,
    groups,
    info,
    pending,
    reads,
    references,
    streams,
)

TABLES = (
    claim_ids.table,
    claim_range.table,
    groups.table,
    info.table,
    pending.table,
    reads.table,
    references.table,
    streams.table,
)
