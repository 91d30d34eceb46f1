"""Transactions."""

from __future__ import annotations

from redproof_properties.grammar import ANY_KEY, Command, many, maybe, pool

COMMANDS = (
    Command("MULTI", weight=6),
    Command("EXEC"),
    Command("EXEC", maybe(pool(b"now")), weight=1),
    Command("DISCARD", weight=1),
    Command("WATCH", many(ANY_KEY, 1, 3), weight=6),
    Command("UNWATCH", weight=1),
)
