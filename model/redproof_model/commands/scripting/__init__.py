"""Scripts, and the functions of libraries."""

from __future__ import annotations

from redproof_model.commands.scripting import (
    functions,
    scripts,
)

TABLES = (
    functions.table,
    scripts.table,
)
