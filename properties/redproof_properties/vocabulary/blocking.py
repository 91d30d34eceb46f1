"""Commands that wait for a list, a sorted set or entries of a stream, and what brings what they wait for."""

from __future__ import annotations

from redproof_properties.grammar import FLOAT, Command, counted, key, many, maybe, pool, seq, weighted
from redproof_properties.vocabulary.lists import ELEMENT, END, LIST, LMPOP_COUNT
from redproof_properties.vocabulary.sorted_sets import ALGEBRA, MEMBER, ODD_POPS, PAIRS, POPS, SCORE, ZSET
from redproof_properties.vocabulary.streams import CONSUMER, FIELDS, GROUP, NEXT_ID, READ_FROM

# A time-out long enough for no history to see its end, or so short that it is up soon.
TIMEOUT = weighted(
    (8, pool(b"0", b"100", b"1e3", b"0x64")),
    (2, pool(b"0.001", b"0.0001", b"0.002", b"0.0105", b"1e-2", b"0.00099")),
    (1, pool(b"-1", b"-0.0001", b"-1e-9", b"9223372036854775", b"9223372036854776", b"9.3e15", b"-inf", b"1e4000")),
    (1, FLOAT),
)
# Of sorted sets; versions differ in which texts are no number.
WAIT_S = weighted(
    (8, pool(b"0", b"100", b"100.5", b"0x64")),
    (1, pool(b"0.001", b"0.0001", b"0.002")),
    (1, pool(b"-1", b"-0", b"inf", b"nan", b"1e400", b"1e17", b"9223372036854775807", b"x", b"", b" 100", b"100\x00")),
)
SOURCE = key("list")
# The same in milliseconds.
BLOCK_MS = seq(
    "BLOCK",
    weighted(
        (8, pool(b"0", b"100000")),
        (2, pool(b"1", b"2", b"10")),
        (1, pool(b"-1", b"1.5", b"x", b"9223372036854775807", b"9223372036854775808")),
    ),
)
STREAM = weighted((5, pool(b"x1")), (1, key("stream")))
AWAITED = weighted((8, pool(b"$")), (2, READ_FROM), (1, pool(b"+", b">")))
AWAITED_OF_GROUP = weighted((12, pool(b">")), (1, pool(b"0", b"$")))
UP_TO = maybe(seq("COUNT", pool(b"1", b"2", b"0")), 0.3)
OF_GROUP = seq("GROUP", GROUP, CONSUMER)

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
    # sorted sets
    Command("BZPOPMIN", many(ZSET, 1, 3), WAIT_S, weight=1),
    Command("BZPOPMAX", many(ZSET, 1, 3), WAIT_S, weight=1),
    Command("BZMPOP", WAIT_S, POPS, weight=1),
    Command("BZMPOP", WAIT_S, ODD_POPS, weight=1),
    Command("ZADD", ZSET, PAIRS, weight=5),
    Command("ZINCRBY", ZSET, SCORE, MEMBER, weight=1),
    Command("ZUNIONSTORE", ZSET, ALGEBRA, weight=1),
    Command("ZRANGESTORE", ZSET, ZSET, "0", "-1", weight=1),
    Command("DEL", ZSET, weight=1),
    Command("RENAME", ZSET, ZSET, weight=1),
    # streams
    Command("XREAD", BLOCK_MS, UP_TO, "STREAMS", STREAM, AWAITED, weight=3),
    Command("XREAD", UP_TO, BLOCK_MS, "STREAMS", STREAM, STREAM, AWAITED, AWAITED, weight=1),
    Command(
        "XREADGROUP", OF_GROUP, BLOCK_MS, UP_TO, maybe("NOACK", 0.2), "STREAMS", STREAM, AWAITED_OF_GROUP, weight=6
    ),
    Command("XREADGROUP", OF_GROUP, BLOCK_MS, "STREAMS", STREAM, STREAM, AWAITED_OF_GROUP, AWAITED_OF_GROUP, weight=2),
    Command("XADD", STREAM, weighted((2, pool(b"*")), (1, NEXT_ID)), FIELDS, weight=5),
    Command("XADD", STREAM, "MAXLEN", pool(b"0", b"1"), "*", FIELDS, weight=1),
    Command("XDEL", STREAM, READ_FROM, weight=1),
    Command("XSETID", STREAM, pool(b"99999999999999-0", b"1-8"), weight=1),
    Command("XGROUP", "CREATE", STREAM, GROUP, pool(b"$", b"$", b"0"), "MKSTREAM", weight=5),
    Command("XGROUP", "DESTROY", STREAM, GROUP, weight=1),
    Command("XGROUP", "SETID", STREAM, GROUP, pool(b"0", b"$"), weight=1),
    Command("DEL", STREAM, weight=1),
    Command("SET", STREAM, "text", weight=1),
    Command("RENAME", STREAM, STREAM),
    Command("COPY", STREAM, STREAM, maybe("REPLACE"), weight=1),
    Command("MOVE", STREAM, pool(b"0", b"1"), weight=1),
    Command("PEXPIRE", STREAM, pool(b"1", b"3", b"100000"), weight=1),
    Command("XINFO", "CONSUMERS", STREAM, GROUP, weight=1),
    Command("XPENDING", STREAM, GROUP, weight=1),
)
