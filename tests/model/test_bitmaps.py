"""Bitmaps and bit fields: ranges, offsets at the edge, overflow, and what counts as a change."""

from __future__ import annotations

import pytest
from redproof_model.choice import Expected
from redproof_model.errors import NOT_INTEGER, SYNTAX, WRONG_TYPE
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, NULL_ARRAY, Error, Reply
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version

BIT_OFFSET = Error(b"ERR bit offset is not an integer or out of range")
BAD_TYPE = Error(
    b"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
)  # fmt: skip
READ_ONLY = Error(b"ERR BITFIELD_RO only supports the GET subcommand")


def run(version: Version, commands: str, client: str = "c") -> Expected:
    """What the last of the commands, separated by semicolons, is answered; `b>` in front makes it another client's."""
    model = Model(version)
    model.connect("c")
    model.connect("b")
    expected: Expected = 0
    for line in commands.split(";"):
        words = line.split()
        name = words.pop(0)[0] if words[0] == "b>" else client
        expected = model.step(name, [word.encode().decode("unicode_escape").encode("latin-1") for word in words], 0, 0)
    return expected


@pytest.mark.parametrize(
    ("commands", "in_6_2", "in_7_0"),
    [
        (r"SET s \xf0\x0f; BITCOUNT s 2 9 BIT", Error(SYNTAX), 2),
        (r"SET s \xf0\x0f; BITCOUNT s -1 -2 nonsense", Error(SYNTAX), 0),
        (r"SET s \xf0\x0f; BITCOUNT s 0 -1 nonsense", Error(SYNTAX), Error(SYNTAX)),
        (r"SET s \xf0\x0f; BITPOS s 1 4 -1 BIT", Error(SYNTAX), 12),
        (r"SET s \xf0\x0f; BITPOS s 1 x 0 nonsense", Error(SYNTAX), Error(NOT_INTEGER)),
        (r"SET s \xf0\x0f; BITPOS s 1 0 x nonsense", Error(SYNTAX), Error(SYNTAX)),
        ("SETBIT s 7 0; WATCH s; b> SETBIT s 7 0; MULTI; GET s; EXEC", NULL_ARRAY, [b"\0"]),
        ("SETBIT s 7 0; WATCH s; b> SETBIT s 8 0; MULTI; EXEC", NULL_ARRAY, NULL_ARRAY),
        ("SETBIT s 7 0; WATCH s; b> BITFIELD s SET u8 0 0; MULTI; EXEC", NULL_ARRAY, []),
        ("WATCH s; b> BITFIELD s OVERFLOW FAIL SET u8 0 256; MULTI; STRLEN s; EXEC", NULL_ARRAY, [1]),
    ],
)
def test_versions(commands: str, in_6_2: Reply, in_7_0: Reply) -> None:
    assert run(REDIS_6_2, commands) == in_6_2
    assert run(REDIS_7_0, commands) == in_7_0


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("BITCOUNT s x", 0),
        ("BITPOS s 0 x", 0),
        ("BITPOS s 1", -1),
        (r"SET s \xff\xff; BITPOS s 0", 16),
        (r"SET s \xff\xff; BITPOS s 0 0", 16),
        (r"SET s \xff\xff; BITPOS s 0 0 -1", -1),
        (r"SET s \xff\xff; BITPOS s 0 2", -1),
        ("SETRANGE s 0 a; SETBIT s 4294967295 2", Error(b"ERR bit is not an integer or out of range")),
        ("SETBIT s 4294967296 0", BIT_OFFSET),
        ("GETBIT s 4294967295", 0),
        ("GETBIT s #1", BIT_OFFSET),
        ("HSET h f v; BITOP NOT d h h", Error(b"ERR BITOP NOT must be called with a single source key.")),
        ("HSET h f v; BITOP AND d s h", Error(WRONG_TYPE)),
        ("SET d x; BITOP OR d s t; GET d", NULL),
        (r"SET s \xff\xff; SET t \x0f; BITOP AND s s t; GET s", b"\x0f\0"),
    ],
)
def test_bits(commands: str, expected: Reply) -> None:
    assert run(REDIS_6_2, commands) == expected
    assert run(REDIS_7_0, commands) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", []),
        ("GET u8 0 GET i8 1000", [0, 0]),
        ("SET u8 7 255 GET u16 0 GET i8 7", [0, 510, -1]),
        ("SET u4 #1 15 GET u8 0", [0, 15]),
        ("INCRBY u2 0 5", [1]),
        ("INCRBY i2 0 5", [1]),
        ("OVERFLOW SAT INCRBY u2 0 5 INCRBY u2 0 -9", [3, 0]),
        ("OVERFLOW FAIL INCRBY u2 0 5 GET u2 0", [NULL, 0]),
        ("OVERFLOW SAT SET u8 0 -1 GET u8 0", [0, 255]),
        ("OVERFLOW SAT SET i8 0 -9223372036854775680 GET i8 0", [0, -128]),
        ("OVERFLOW SAT SET i8 0 -9223372036854775681 GET i8 0", [0, 127]),
        ("OVERFLOW SAT INCRBY i8 0 -9223372036854775808", [-128]),
        ("SET u4 #4611686018427387904 15 GET u8 0", [0, 240]),
        ("SET u4 #4611686018427387905 15 GET u8 0", [0, 15]),
        ("GET u63 0 GET i64 0 GET u64 0", BAD_TYPE),
        ("GET u8 # GET u64 0", BIT_OFFSET),
        ("GET u8 0 SET u8 0", Error(SYNTAX)),
        ("OVERFLOW none", Error(b"ERR Invalid OVERFLOW type specified")),
        ("SET u8 0 x nonsense", Error(NOT_INTEGER)),
    ],
)
def test_bitfield(arguments: str, expected: Reply) -> None:
    assert run(REDIS_6_2, f"BITFIELD s {arguments}") == expected
    assert run(REDIS_7_0, f"BITFIELD s {arguments}") == expected


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("HSET h f v; BITFIELD_RO h SET u8 0 1", READ_ONLY),
        ("HSET h f v; BITFIELD_RO h GET u8 0", Error(WRONG_TYPE)),
        ("SET s A; BITFIELD_RO s OVERFLOW SAT GET u8 0", [65]),
        ("BITFIELD s OVERFLOW FAIL SET u8 100 256; STRLEN s", 14),
    ],
)
def test_bitfield_and_its_key(commands: str, expected: Reply) -> None:
    assert run(REDIS_7_0, commands) == expected
