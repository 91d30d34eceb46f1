"""Positions, which are sorted sets."""

from __future__ import annotations

from redproof_model.commands.geo import (
    geo,
    search,
)

TABLES = (
    geo.table,
    search.table,
)
