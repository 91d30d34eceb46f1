"""Strings as arrays of bits and of integers of any width."""

from __future__ import annotations

from redproof_properties.grammar import NUMBER, VALUE, Command, integer, many, maybe, one_of, pool, seq, weighted
from redproof_properties.grammar import key as key_of

STRING = key_of("string")
BITS = pool(b"\xff\xff\xff", b"\x00\x00\x00", b"\xff\xf0\x00", b"\x00\x0f\xff", b"\x01", b"\x80", b"\xfe", b"", b"\x00")

# Never an offset between those that make a short string and those that are refused: it would make a huge one.
REFUSED_OFFSET = pool(
    b"4294967296", b"9223372036854775807", b"-1", b"9223372036854775808", b"x", b"", b"01", b"+1", b"1\x00"
)
WRITE_OFFSET = weighted((8, pool(*(b"%d" % bit for bit in range(40)))), (1, pool(b"351", b"352")), (1, REFUSED_OFFSET))
READ_OFFSET = weighted((8, integer(0, 40)), (1, pool(b"2147483648", b"4294967295")), (1, REFUSED_OFFSET))
BIT = weighted((8, pool(b"0", b"1")), (1, pool(b"2", b"-1", b"01", b"x")))
INDEX = weighted((9, integer(-30, 30)), (1, pool(b"-100", b"100", b"-8", b"8", b"16")))
UNIT = weighted((4, "BIT"), (4, "BYTE"), (1, "BITS"))

TYPE = weighted(
    (4, pool(b"u8", b"i8", b"u4", b"i5", b"u1", b"i1", b"u2", b"i2")),
    (2, pool(b"i64", b"u63", b"i63", b"u16", b"i16", b"u32", b"i33", b"u7")),
    (1, pool(b"u64", b"i65", b"u0", b"i0", b"U8", b"i", b"8", b"", b"i08", b"u8\x00z", b"x8", b"i-1")),
)
FIELD_OFFSET = weighted(
    (6, WRITE_OFFSET),
    (3, pool(b"#0", b"#1", b"#2", b"#5")),
    (1, pool(b"#", b"#-1", b"#x", b"#01", b"##1", b"#4611686018427387904", b"#9223372036854775807", b"#67108864000")),
)
AMOUNT = weighted(
    (4, integer(-10, 10)),
    (2, pool(b"127", b"128", b"-128", b"-129", b"255", b"256", b"15", b"16", b"65536", b"-65536")),
    (1, NUMBER),
)
GET = seq("GET", TYPE, weighted((4, FIELD_OFFSET), (1, READ_OFFSET)))
OVERFLOW = seq("OVERFLOW", weighted((3, "WRAP"), (3, "SAT"), (3, "FAIL"), (1, "NONE")))
WRITE = seq(maybe(OVERFLOW), one_of("SET", "INCRBY"), TYPE, FIELD_OFFSET, AMOUNT)
FLAW = one_of("GET", seq("SET", TYPE, FIELD_OFFSET), seq("INCRBY", TYPE), "OVERFLOW", "nonsense", OVERFLOW)

COMMANDS = (
    Command("SET", STRING, BITS),
    Command("APPEND", STRING, BITS, weight=1),
    Command("SETBIT", STRING, WRITE_OFFSET, BIT, weight=3),
    Command("GETBIT", STRING, READ_OFFSET),
    Command("BITCOUNT", STRING),
    Command("BITCOUNT", STRING, INDEX, INDEX, maybe(UNIT), weight=3),
    Command("BITCOUNT", STRING, INDEX, weight=1),
    Command("BITPOS", STRING, BIT, maybe(seq(INDEX, maybe(seq(INDEX, maybe(UNIT))))), weight=4),
    Command("BITOP", one_of("AND", "OR", "XOR", "NOT"), STRING, many(STRING, 1, 3), weight=3),
    Command("BITOP", one_of("DIFF", "DIFF1", "ANDOR", "ONE"), STRING, many(STRING, 1, 4), weight=1),
    Command("BITOP", "NOT", STRING, STRING),
    Command("BITOP", VALUE, STRING, STRING, weight=1),
    Command("BITFIELD", STRING, many(one_of(GET, WRITE, WRITE), 1, 3), weight=5),
    Command("BITFIELD", STRING, many(one_of(GET, WRITE), 0, 2), FLAW, weight=1),
    Command("BITFIELD_RO", STRING, many(one_of(GET, GET, OVERFLOW), 0, 3)),
    Command("BITFIELD_RO", STRING, GET, one_of(WRITE, FLAW), weight=1),
)
