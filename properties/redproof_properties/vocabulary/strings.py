"""Strings: whole, by ranges of bytes, as numbers, and what two have in common."""

from __future__ import annotations

from redproof_properties.grammar import (
    AT_MS,
    AT_S,
    FLOAT,
    NUMBER,
    TTL_MS,
    TTL_S,
    VALUE,
    Command,
    counted,
    integer,
    many,
    maybe,
    one_of,
    options,
    pool,
    seq,
    weighted,
)
from redproof_properties.grammar import key as key_of

STRING = key_of("string")
PAIRS = many(seq(STRING, VALUE), 1, 3)

# Never a number between those that make a short string and those that are refused: it would make a huge one.
OFFSET = weighted((8, integer(0, 12)), (1, pool(b"43", b"44", b"45", b"64")), (1, pool(b"-1", b"536870912")))
DIGITS = pool(b"0", b"1", b"5", b"-", b".", b"e", b"", b"00000000")
INCREMENT = weighted((3, integer(-20, 20)), (1, NUMBER))
DECIMAL = weighted(
    (2, FLOAT),
    (1, pool(b"0.1", b"0.2", b"-0.3", b"1.25", b"10.5", b"-1e-18", b"5e-18", b"6e-18", b"0x1.8p-3", b"1e19")),
    (1, pool(b"18446744073709551615", b"-9007199254740993", b"1e4932", b"-1e4932", b"1e-4950", b"1e5000")),
    (1, pool(b"0x", b"0x.8", b"0X1P4", b"1e", b"+.5", b"00012", b"1_0", b"1\x00", b"9" * 60)),
)
RANGE_INDEX = weighted((9, integer(-8, 8)), (1, pool(b"-100", b"-50", b"100", b"43")))

LIFETIME = one_of(seq("EX", TTL_S), seq("PX", TTL_MS), seq("EXAT", AT_S), seq("PXAT", AT_MS))
CONDITION = weighted((3, "NX"), (3, "XX"), (2, seq("IFEQ", VALUE)))
# The digests of "", "a" and "foo".
DIGEST = pool(
    b"2d06800538d394c2", b"e6c632b61e964e1f", b"AB6E5F64077E7D8A", b"ab6e5f64077e7d8a", b"0" * 16, b"0" * 15, b"g" * 16,
)  # fmt: skip
COMPARISON = weighted(
    (3, seq(one_of("IFEQ", "IFNE"), VALUE)), (3, seq(one_of("IFDEQ", "IFDNE"), DIGEST)), (1, seq("IFEQ", DIGEST))
)
SET_OPTIONS = options(weighted((3, LIFETIME), (2, "KEEPTTL"), (1, "PERSIST")), CONDITION, "GET")
ANY_OPTIONS = many(one_of(LIFETIME, "KEEPTTL", "PERSIST", CONDITION, "GET", "EX", "PXAT", "IFEQ", "nonsense"), 1, 3)

TEXT = pool(
    b"ohmytext", b"mynewtext", b"", b"a", b"abab", b"bababa", b"abcbdab", b"bdcaba", b"\x00\r\n\xff\x80", b"xaxbxcx",
)  # fmt: skip
LCS_OPTIONS = options("IDX", "LEN", seq("MINMATCHLEN", weighted((3, integer(-1, 4)), (1, NUMBER))), "WITHMATCHLEN")
LCS_SOURCE = weighted((4, seq("KEYS", STRING, STRING)), (4, seq("STRINGS", TEXT, TEXT)), (1, "KEYS"), (1, "STRINGS"))

COMMANDS = (
    Command("SET", STRING, VALUE, weight=3),
    Command("SET", STRING, TEXT, weight=1),
    Command("SET", STRING, VALUE, SET_OPTIONS, weight=5),
    Command("SET", STRING, VALUE, "KEEPTTL", weight=1),
    Command("SET", STRING, VALUE, ANY_OPTIONS),
    Command("SET", STRING, VALUE, "IFEQ", VALUE, weight=1),
    Command("SET", STRING, VALUE, COMPARISON, maybe(one_of(CONDITION, COMPARISON, "GET", LIFETIME)), weight=1),
    Command("DELIFEQ", STRING, VALUE, weight=1),
    Command("DELEX", STRING, maybe(COMPARISON, 0.8), weight=1),
    Command("DIGEST", STRING, weight=1),
    Command("SETNX", STRING, VALUE),
    Command("SETEX", STRING, TTL_S, VALUE),
    Command("PSETEX", STRING, TTL_MS, VALUE),
    Command("GET", STRING),
    Command("GETSET", STRING, VALUE),
    Command("GETDEL", STRING),
    Command("GETEX", STRING, maybe(weighted((4, LIFETIME), (2, "PERSIST"), (1, "KEEPTTL"), (1, "NX"))), weight=3),
    Command("GETEX", STRING, ANY_OPTIONS, weight=1),
    Command("MGET", many(STRING, 1, 4)),
    Command("MSET", PAIRS),
    Command("MSET", PAIRS, STRING, weight=1),
    Command("MSETNX", PAIRS),
    Command("MSETNX", PAIRS, STRING, weight=1),
    Command("MSETEX", counted(seq(STRING, VALUE), 1, 3), options(maybe(LIFETIME), CONDITION), weight=1),
    Command("MSETEX", counted(seq(STRING, VALUE), 1, 3), ANY_OPTIONS, weight=1),
    Command("TTL", STRING, weight=3),
    Command("PTTL", STRING, weight=1),
    Command("STRLEN", STRING),
    Command("APPEND", STRING, one_of(VALUE, DIGITS)),
    Command("SETRANGE", STRING, OFFSET, one_of(VALUE, DIGITS)),
    Command("GETRANGE", STRING, RANGE_INDEX, RANGE_INDEX),
    Command("SUBSTR", STRING, RANGE_INDEX, RANGE_INDEX, weight=1),
    Command("INCR", STRING),
    Command("DECR", STRING),
    Command("INCRBY", STRING, INCREMENT),
    Command("DECRBY", STRING, INCREMENT),
    Command("INCRBYFLOAT", STRING, DECIMAL, weight=3),
    Command("LCS", STRING, STRING, LCS_OPTIONS),
    Command("LCS", STRING, STRING, LCS_OPTIONS, one_of("MINMATCHLEN", "KEYS", LCS_SOURCE), weight=1),
    Command("STRALGO", "LCS", LCS_OPTIONS, LCS_SOURCE, LCS_OPTIONS),
    Command("STRALGO", one_of("LCS", "nonsense"), LCS_OPTIONS, maybe(LCS_SOURCE), maybe(LCS_SOURCE), weight=1),
)
