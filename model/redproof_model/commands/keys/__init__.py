"""Keys whatever they hold, and the databases that they are in."""

from __future__ import annotations

from redproof_model.commands.keys import (
    databases,
    dump,
    expire,
    keys,
    objects,
    scan,
    sort,
)

TABLES = (
    databases.table,
    dump.table,
    expire.table,
    keys.table,
    objects.table,
    scan.table,
    sort.table,
)
