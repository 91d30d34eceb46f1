"""What each command may answer and what it leaves behind, a folder for each kind of value or concern."""

from __future__ import annotations

from redproof_model.commands import (
    clients,
    geo,
    hashes,
    hyperloglog,
    keys,
    lists,
    replication,
    scripting,
    sets,
    sorted_sets,
    streams,
    strings,
)

TABLES = (
    *clients.TABLES,
    *geo.TABLES,
    *hashes.TABLES,
    hyperloglog.table,
    *keys.TABLES,
    *lists.TABLES,
    replication.table,
    *scripting.TABLES,
    *sets.TABLES,
    *sorted_sets.TABLES,
    *streams.TABLES,
    *strings.TABLES,
)
