"""Commands that wait for a list, and what makes lists appear for those who wait."""

from __future__ import annotations

from redproof_properties.grammar import FLOAT, Command, counted, key, many, maybe, pool, seq, weighted
from redproof_properties.vocabulary.lists import ELEMENT, END, LIST, LMPOP_COUNT

# A time-out long enough for no history to see its end, or so short that it is up soon.
TIMEOUT = weighted(
    (8, pool(b"0", b"100", b"1e3", b"0x64")),
    (2, pool(b"0.001", b"0.0001", b"0.002", b"0.0105", b"1e-2", b"0.00099")),
    (1, pool(b"-1", b"-0.0001", b"-1e-9", b"9223372036854775", b"9223372036854776", b"9.3e15", b"-inf", b"1e4000")),
    (1, FLOAT),
)
SOURCE = key("list")

COMMANDS = (
    Command("BLPOP", many(LIST, 1, 3), TIMEOUT),
    Command("BRPOP", many(LIST, 1, 3), TIMEOUT),
    Command("BLMOVE", SOURCE, LIST, END, END, TIMEOUT, weight=3),
    Command("BRPOPLPUSH", SOURCE, LIST, TIMEOUT),
    Command("BLMPOP", TIMEOUT, counted(LIST, 1, 3), END, maybe(LMPOP_COUNT)),
    Command("BLMPOP", TIMEOUT, counted(LIST, 1, 2), END, seq(LMPOP_COUNT, ELEMENT), weight=1),
    Command("RPUSH", LIST, many(ELEMENT, 1, 3), weight=5),
    Command("DEL", LIST),
    Command("RENAME", LIST, LIST),
    Command("COPY", LIST, LIST, maybe("REPLACE")),
    Command("MOVE", LIST, pool(b"0", b"1")),
    Command("SWAPDB", pool(b"0", b"1"), pool(b"0", b"1")),
    Command("SORT", LIST, "ALPHA", "STORE", LIST),
    Command("SELECT", pool(b"0", b"0", b"1")),
    Command("FLUSHALL", weight=1),
)
