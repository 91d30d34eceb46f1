"""Hashes."""

from __future__ import annotations

from redproof_properties.grammar import (
    FLOAT,
    MEMBER,
    NUMBER,
    PATTERN,
    SEEN_CURSOR,
    VALUE,
    Command,
    many,
    maybe,
    one_of,
    options,
    pool,
    seq,
    weighted,
)
from redproof_properties.grammar import key as key_of

HASH = key_of("hash")
FIELD = weighted((9, pool(b"a", b"b", b"c", b"d", b"1", b"2", b"-4", b"", b"01", b"m\x00\r\n")), (1, MEMBER))
LONG = pool(b"w" * 65)
PAIRS = many(seq(FIELD, VALUE), 1, 3)
# With a few other fields just below, at or above the 512 that a compact hash may hold.
MANY_PAIRS = seq(*(pool(b"%d" % number) for number in range(2 * 510)))
SOME_PAIRS = weighted((99, PAIRS), (1, MANY_PAIRS))

# No large negative number that any form of a command accepts: the reply would have that many members.
SAMPLE_COUNT = weighted(
    (6, pool(*(b"%d" % count for count in range(-6, 13)))),
    (1, pool(b"100", b"-100", b"2000", b"-2000")),
    (1, pool(b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808", b"4611686018427387904")),
    (1, pool(b"x", b"", b"00", b"-0", b"+1", b" 1", b"1.0", b"1\x00")),
)
HUGE_COUNT = pool(b"4611686018427387903", b"4611686018427387904", b"9223372036854775807")
SCAN_CURSOR = weighted(
    (4, pool(b"0")),
    (4, SEEN_CURSOR),
    (1, pool(b"1", b"-1", b"+1", b"x", b"", b" 0", b"0x", b"18446744073709551615", b"18446744073709551616")),
)
MATCHING = seq("MATCH", PATTERN)
COUNTED = seq("COUNT", weighted((6, pool(b"1", b"2", b"10", b"1000")), (1, NUMBER)))
ODD_SCAN_REST = one_of("MATCH", "COUNT", "NOVALUES", "NOSCORES", seq("TYPE", pool(b"hash")), seq("COUNT", NUMBER))
SCAN_REST = weighted((9, options(MATCHING, COUNTED)), (1, ODD_SCAN_REST))

COMMANDS = (
    Command("HSET", HASH, SOME_PAIRS, weight=6),
    Command("HSET", HASH, FIELD, maybe(VALUE), maybe(FIELD), weight=1),
    Command("HMSET", HASH, PAIRS),
    Command("HMSET", HASH, FIELD, maybe(VALUE), maybe(FIELD), weight=1),
    Command("HSETNX", HASH, FIELD, VALUE),
    Command("HSETNX", HASH, FIELD, LONG, weight=1),
    Command("HGET", HASH, FIELD),
    Command("HMGET", HASH, many(FIELD, 1, 3)),
    Command("HGETALL", HASH),
    Command("HKEYS", HASH, weight=1),
    Command("HVALS", HASH, weight=1),
    Command("HLEN", HASH),
    Command("HEXISTS", HASH, FIELD),
    Command("HSTRLEN", HASH, FIELD),
    Command("HDEL", HASH, many(FIELD, 1, 4), weight=3),
    Command("HDEL", HASH, many(one_of(FIELD, MEMBER), 30, 90), weight=1),
    Command("HINCRBY", HASH, FIELD, NUMBER, weight=3),
    Command("HINCRBYFLOAT", HASH, FIELD, FLOAT, weight=3),
    Command("HRANDFIELD", HASH, maybe(seq(SAMPLE_COUNT, maybe("WITHVALUES"))), weight=3),
    Command("HRANDFIELD", HASH, HUGE_COUNT, "WITHVALUES", maybe("WITHVALUES", 0.1), weight=1),
    Command("HRANDFIELD", HASH, SAMPLE_COUNT, VALUE, weight=1),
    Command("HSCAN", HASH, SCAN_CURSOR, SCAN_REST, weight=3),
    Command("HSCAN", HASH, SCAN_CURSOR, options(MATCHING, COUNTED, "NOVALUES"), weight=2),
    Command("OBJECT", "ENCODING", HASH, weight=3),
)
