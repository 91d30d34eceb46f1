"""Lists, with the commands that wait for one."""

from __future__ import annotations

from redproof_model.commands.lists import (
    ends,
    lists,
)

TABLES = (
    ends.table,
    lists.table,
)
