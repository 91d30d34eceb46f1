"""The commands, a module per group; importing this package fills the command table."""

from redproof_server.commands import (
    connection,
    databases,
    debug,
    expiry,
    generic,
    info,
    list_moves,
    lists,
    scan,
    settings,
    strings,
    transactions,
)

__all__ = [
    "connection",
    "databases",
    "debug",
    "expiry",
    "generic",
    "info",
    "list_moves",
    "lists",
    "scan",
    "settings",
    "strings",
    "transactions",
]
