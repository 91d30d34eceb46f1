"""What concerns a client: its connection, its user, its messages and its transaction."""

from __future__ import annotations

from redproof_model.commands.clients import (
    acl,
    clients,
    connections,
    pubsub,
    transactions,
)

TABLES = (
    acl.table,
    clients.table,
    connections.table,
    pubsub.table,
    transactions.table,
)
