"""Hashes whose fields expire, but not while a history lasts."""

from __future__ import annotations

from redproof_properties.grammar import (
    NUMBER,
    VALUE,
    Command,
    counted,
    key,
    many,
    maybe,
    one_of,
    options,
    pool,
    seq,
    weighted,
)

HASH = weighted((18, pool(b"f1", b"f2")), (1, key("string")), (1, pool(b"nokey")))
FIELD = weighted((9, pool(b"a", b"b", b"c", b"d", b"e", b"1", b"", b"FIELDS")), (1, pool(b"q" * 64, b"q" * 65)))
# No time that comes while a history lasts.
ODD_TIME = pool(
    b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808", b"9223372036854775", b"9223372036854776",
    b"4294967296", b"-7", b"x", b"", b"1.0", b"00", b"+100", b" 100",
)  # fmt: skip
IN_S = weighted((8, pool(b"100", b"1000", b"10000")), (1, pool(b"0", b"-1", b"70368744177")), (1, ODD_TIME))
IN_MS = weighted((8, pool(b"100000", b"1000000")), (1, pool(b"0", b"-1", b"70368744177663")), (1, ODD_TIME))
AT_S = weighted((6, pool(b"33177117420", b"9999999999", b"33177117421")), (2, pool(b"0", b"1", b"1000")), (1, ODD_TIME))
AT_MS = weighted(
    (8, pool(b"33177117420000", b"33177117420499", b"33177117420500", b"33177117419501", b"9999999999999")),
    (2, pool(b"0", b"1", b"1000", b"70368744177663", b"70368744177664")),
    (1, ODD_TIME),
)
CONDITION = one_of("NX", "XX", "GT", "LT")
CONDITIONS = weighted((3, maybe(CONDITION, 0.5)), (1, many(one_of(CONDITION, "FOO"), 1, 2)))
COUNTED = counted(FIELD, 1, 3)
FIELDS = weighted(
    (12, seq("FIELDS", COUNTED)), (1, seq("FIELDS", NUMBER, FIELD)), (1, seq("FOO", COUNTED)), (1, COUNTED)
)
PAIRS = weighted(
    (12, seq("FIELDS", counted(seq(FIELD, VALUE), 1, 3))),
    (1, seq("FIELDS", COUNTED)),
    (1, many(one_of(FIELD, VALUE), 2, 4)),
)
TIME = one_of(seq("EX", IN_S), seq("PX", IN_MS), seq("EXAT", AT_S), seq("PXAT", AT_MS))
GETEX = weighted((6, TIME), (3, "PERSIST"), (1, many(one_of(TIME, "PERSIST", "KEEPTTL", "EX", "FOO"), 1, 2)))
SETEX = weighted(
    (6, options(one_of("FNX", "FXX"), weighted((3, TIME), (1, "KEEPTTL")))),
    (2, many(one_of(TIME, "KEEPTTL", "FNX", "FXX", "NX", "XX", "PX", "FOO", "PERSIST"), 1, 3)),
)

COMMANDS = (
    Command("HSET", HASH, many(seq(FIELD, VALUE), 1, 4), weight=10),
    Command("HEXPIRE", HASH, IN_S, CONDITIONS, FIELDS, weight=4),
    Command("HPEXPIRE", HASH, IN_MS, CONDITIONS, FIELDS, weight=3),
    # fields that do expire while the history lasts
    Command("HPEXPIRE", HASH, pool(b"1", b"2", b"4"), maybe(CONDITION, 0.2), FIELDS, weight=1),
    Command("HSETEX", HASH, "PX", pool(b"1", b"3"), PAIRS, weight=1),
    Command("HEXPIREAT", HASH, AT_S, CONDITIONS, FIELDS, weight=3),
    Command("HPEXPIREAT", HASH, AT_MS, CONDITIONS, FIELDS, weight=6),
    Command("HTTL", HASH, FIELDS, weight=4),
    Command("HPTTL", HASH, FIELDS, weight=3),
    Command("HEXPIRETIME", HASH, FIELDS, weight=3),
    Command("HPEXPIRETIME", HASH, FIELDS, weight=3),
    Command("HPERSIST", HASH, FIELDS, weight=4),
    Command("HGETEX", HASH, maybe(GETEX, 0.8), FIELDS, weight=6),
    Command("HSETEX", HASH, SETEX, PAIRS, weight=8),
    Command("HGETDEL", HASH, FIELDS, weight=2),
    Command("HDEL", HASH, many(FIELD, 1, 3), weight=2),
    Command("HSETNX", HASH, FIELD, VALUE, weight=2),
    Command("HINCRBY", HASH, FIELD, pool(b"1", b"-5"), weight=2),
    Command("HINCRBYFLOAT", HASH, FIELD, pool(b"1.5", b"-5"), weight=1),
    Command("HLEN", HASH, weight=2),
    Command("HMGET", HASH, many(FIELD, 1, 3), weight=1),
    Command("HGETALL", HASH, weight=4),
    Command("HKEYS", HASH, weight=2),
    Command("HVALS", HASH, weight=1),
    Command("HRANDFIELD", HASH, pool(b"1", b"2", b"10", b"-3"), maybe("WITHVALUES"), weight=2),
    Command("HSCAN", HASH, "0", weight=2),
    Command("OBJECT", "ENCODING", HASH, weight=4),
    Command("COPY", HASH, HASH, maybe("REPLACE"), weight=2),
    Command("RENAME", HASH, HASH, weight=1),
    Command("EXISTS", HASH, weight=2),
    Command("DEL", HASH, weight=1),
)
