"""HyperLogLogs, and the strings that they are."""

from __future__ import annotations

from redproof_properties.grammar import MEMBER as ANY_MEMBER
from redproof_properties.grammar import VALUE, Command, Part, key, many, maybe, one_of, pool, seq, weighted

SKETCH = weighted((9, pool(b"p1", b"p2", b"p3")), (1, key("string")))
ELEMENT = weighted(
    (4, pool(*(b"%d" % number for number in range(40)))),
    (2, pool(b"abc", b"abcdefg", b"abcdefgh", b"abcdefghi", b"", b"\x00", b"\xff" * 9, b"x" * 100)),
    (2, ANY_MEMBER),
)


def _numbered(prefix: bytes, count: int) -> Part:
    return seq(*(pool(prefix + b"%d" % number) for number in range(count)))


# So many that opcodes merge, and that the sparse representation is about as long as it may be.
CROWD = weighted(
    (4, _numbered(b"", 60)), (3, _numbered(b"n", 300)), (1, _numbered(b"", 1200)), (1, _numbered(b"m", 1700))
)
# Strings that look like a HyperLogLog: with opcodes as Redis would not write them, too few or too many registers,
# a count that is kept but wrong, or a header that is not right.
HEADER = b"HYLL\x01\x00\x00\x00"
FRESH = b"\x07\x00\x00\x00\x00\x00\x00\x00"
STALE = b"\x00\x00\x00\x00\x00\x00\x00\x80"
LOOKALIKE = pool(
    HEADER + STALE + b"\x7f\xff",
    HEADER + STALE + b"\x40\x04\x80\x80\x80\x81\x7f\xf5",
    HEADER + STALE + b"\x00\x80\x00\xfc\x3f\x7f\xbb",
    HEADER + STALE + b"\x80\x84\x80\x84\x83\x83\x7f\xf3",
    HEADER + FRESH + b"\x7f\xff",
    HEADER + FRESH,
    HEADER + STALE,
    HEADER + STALE + b"\x7f\x00",
    HEADER + STALE + b"\x7f\xff\x80",
    HEADER + STALE + b"\x7f\xfe\x83",
    HEADER + STALE[1:],
    b"HYLL\x00" + HEADER[5:] + STALE + b"\x00" * 12288,
    b"HYLL\x00" + HEADER[5:] + STALE + b"\x41\x10\x04" * 4096,
    b"HYLL\x00" + HEADER[5:] + STALE + b"\x00" * 12287,
    b"HYLL\x02" + HEADER[5:] + STALE + b"\x7f\xff",
    b"hyll" + HEADER[4:] + STALE + b"\x7f\xff",
)
PLACE = pool(b"4", b"8", b"15", b"16", b"17", b"20", b"30", b"100")
BYTES = pool(b"\x00", b"\x01", b"\x80", b"\x84", b"\xff", b"\x7f\xff", b"\x83\x83", b"\x40\x41")

COMMANDS = (
    Command("PFADD", SKETCH, many(ELEMENT, 0, 4), weight=12),
    Command("PFADD", SKETCH, CROWD, weight=1),
    Command("PFCOUNT", SKETCH, weight=6),
    Command("PFCOUNT", many(SKETCH, 2, 3), weight=4),
    Command("PFMERGE", many(SKETCH, 1, 3), weight=5),
    Command("PFDEBUG", one_of("ENCODING", "DECODE"), SKETCH, weight=4),
    Command("PFDEBUG", one_of("TODENSE", "GETREG", "NOSUCH"), SKETCH, maybe(VALUE, 0.1), weight=1),
    Command("SET", SKETCH, LOOKALIKE, weight=3),
    Command("SET", SKETCH, VALUE, weight=1),
    Command("SETRANGE", SKETCH, PLACE, BYTES, weight=2),
    Command("APPEND", SKETCH, BYTES, weight=1),
    Command("GET", SKETCH, weight=4),
    Command("STRLEN", SKETCH, weight=2),
    Command("OBJECT", "ENCODING", SKETCH, weight=3),
    Command("COPY", SKETCH, SKETCH, maybe("REPLACE"), weight=2),
    Command("DEL", SKETCH, weight=1),
)
