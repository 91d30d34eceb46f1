"""Sets, and what is made of several."""

from __future__ import annotations

from redproof_model.commands.sets import (
    operations,
    sets,
)

TABLES = (
    operations.table,
    sets.table,
)
