"""Transactions."""

from __future__ import annotations

from redproof_properties.grammar import ANY_KEY, VALUE, Command, key, many, maybe, pool

# Over before the transaction ends, if anything is waited for in between.
SHORTLY_MS = pool(b"1", b"2", b"3")

COMMANDS = (
    Command("MULTI", weight=6),
    Command("EXEC"),
    Command("EXEC", maybe(pool(b"now")), weight=1),
    Command("DISCARD", weight=1),
    Command("WATCH", many(ANY_KEY, 1, 3), weight=6),
    Command("WATCH", key("string")),
    Command("UNWATCH", weight=1),
    Command("PSETEX", key("string"), SHORTLY_MS, VALUE),
)
