"""Sets."""

from __future__ import annotations

from redproof_properties.grammar import MEMBER, NUMBER, Command, counted, key, many, maybe, one_of, pool, seq, weighted
from redproof_properties.vocabulary.hashes import SAMPLE_COUNT, SCAN_CURSOR, SCAN_REST

SET = key("set")
NUMBERS = pool(
    *(b"%d" % number for number in range(12)), b"-1", b"-20", b"9223372036854775807", b"-9223372036854775808"
)
WORD = pool(b"a")
WORDS = pool(b"a", b"b", b"", b"01", b"-0", b"m\x00\r\n", b"9223372036854775808")
ELEMENT = weighted((6, NUMBERS), (2, WORD), (1, WORDS), (1, MEMBER))
# Mostly numbers, with a word now and then that can go again: intsets, and hash tables that hold numbers alone.
ELEMENTS = weighted(
    (5, many(NUMBERS, 1, 8)),
    (3, seq(many(NUMBERS, 1, 8), WORD)),
    (2, WORD),
    (1, many(MEMBER, 1, 3)),
    (1, pool(b"x" * 64, b"x" * 65)),
)
# With a few other numbers just below, at or above the 512 that an intset may hold.
MANY_NUMBERS = seq(*(pool(b"%d" % number) for number in range(5, 515)))
# The same for the 128 members, of up to 64 bytes, that a listpack may hold.
MANY_WORDS = seq(*(pool(b"w%d" % number) for number in range(122)), many(NUMBERS, 1, 8))
SETS = weighted((1, many(SET, 1, 1)), (3, many(SET, 2, 2)), (2, many(SET, 3, 5)))
LIMIT = seq("LIMIT", weighted((4, pool(b"0", b"1", b"2", b"100")), (1, NUMBER)))

COMMANDS = (
    Command("SADD", SET, weighted((97, ELEMENTS), (1, MANY_NUMBERS), (2, MANY_WORDS)), weight=8),
    Command("SREM", SET, many(ELEMENT, 1, 4), weight=3),
    Command("SREM", SET, many(WORDS, 12, 24), weight=2),
    Command("SREM", SET, many(ELEMENT, 20, 60), weight=1),
    Command("SISMEMBER", SET, ELEMENT),
    Command("SMISMEMBER", SET, many(ELEMENT, 1, 3)),
    Command("SCARD", SET),
    Command("SMEMBERS", SET, weight=3),
    Command("SMOVE", SET, SET, ELEMENT, weight=3),
    Command("SPOP", SET, maybe(seq(SAMPLE_COUNT, maybe(NUMBERS, 0.05))), weight=4),
    # Nearly all of a set: what stays becomes a new set.
    Command("SPOP", SET, pool(*(b"%d" % count for count in range(4, 11))), weight=2),
    Command("SRANDMEMBER", SET, maybe(seq(SAMPLE_COUNT, maybe(NUMBERS, 0.05))), weight=4),
    Command("SINTER", SETS, weight=3),
    Command("SINTERSTORE", SET, SETS),
    Command("SINTERCARD", counted(SET, 1, 4), maybe(one_of(LIMIT, LIMIT, seq(LIMIT, LIMIT), "LIMIT", NUMBERS), 0.4)),
    Command("SINTERCARD", NUMBER, SETS, weight=1),
    Command("SUNION", SETS, weight=3),
    Command("SUNIONSTORE", SET, SETS),
    Command("SDIFF", SETS, weight=3),
    Command("SDIFFSTORE", SET, SETS),
    Command("SSCAN", SET, SCAN_CURSOR, SCAN_REST, weight=3),
    Command("OBJECT", "ENCODING", SET, weight=3),
)
