"""Subscriptions and messages; QUIT and RESET, which end all that a connection is subscribed to."""

from __future__ import annotations

from redproof_properties.grammar import Command, many, maybe, pool

# Few and short, so that what one client publishes reaches another, also by several patterns at once.
CHANNEL = pool(b"c1", b"c2", b"c1", b"c2", b"news", b"", b"c\x00\r\n")
PATTERN = pool(b"c*", b"c?", b"*", b"c[12]", b"c1", b"n*s", b"", b"[")
MESSAGE = pool(b"hello", b"", b"\x00\r\n\xff", b"1", b"m" * 100)

COMMANDS = (
    Command("SUBSCRIBE", many(CHANNEL, 1, 3), weight=4),
    Command("PSUBSCRIBE", many(PATTERN, 1, 3), weight=4),
    Command("SSUBSCRIBE", many(CHANNEL, 1, 3)),
    Command("UNSUBSCRIBE", many(CHANNEL, 0, 2)),
    Command("PUNSUBSCRIBE", many(PATTERN, 0, 2)),
    Command("SUNSUBSCRIBE", many(CHANNEL, 0, 2), weight=1),
    Command("PUBLISH", CHANNEL, MESSAGE, weight=16),
    Command("SPUBLISH", CHANNEL, MESSAGE, weight=4),
    Command("PUBSUB", "CHANNELS", maybe(PATTERN)),
    Command("PUBSUB", "NUMSUB", many(CHANNEL, 0, 3)),
    Command("PUBSUB", "NUMPAT"),
    Command("PUBSUB", "SHARDCHANNELS", maybe(PATTERN), weight=1),
    Command("PUBSUB", "SHARDNUMSUB", many(CHANNEL, 0, 2), weight=1),
    Command("PUBSUB", pool(b"HELP", b"WHAT", b""), weight=1),
    Command("PING", maybe(MESSAGE)),
    Command("RESET", weight=1),
    Command("QUIT", weight=1),
)
