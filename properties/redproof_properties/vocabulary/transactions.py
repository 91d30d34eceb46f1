"""Transactions."""

from __future__ import annotations

from redproof_properties.grammar import ANY_KEY, Command, many

COMMANDS = (
    Command("MULTI"),
    Command("EXEC"),
    Command("DISCARD", weight=1),
    Command("WATCH", many(ANY_KEY, 1, 2)),
    Command("UNWATCH", weight=1),
)
