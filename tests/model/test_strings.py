"""Strings and counters: which refusal comes first, what becomes of an expiry, and how a value is encoded."""

from __future__ import annotations

import pytest
from redproof_model.choice import Expected
from redproof_model.errors import NOT_FLOAT, NOT_INTEGER, OVERFLOW, SYNTAX, WRONG_TYPE
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.values import String
from redproof_model.reply import NULL, OK, Error, Reply
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version

NOW_MS = 1_000_000
TOO_LONG = b"ERR string exceeds maximum allowed size (proto-max-bulk-len)"


def run(version: Version, *commands: list[bytes]) -> tuple[Model, Expected]:
    """A model after these commands, and what it expects of the last."""
    model = Model(version)
    model.connect("c")
    expected: Expected = 0
    for argv in commands:
        expected = model.step("c", argv, NOW_MS, NOW_MS + 1)
    return model, expected


def script(text: str) -> list[list[bytes]]:
    """Commands separated by semicolons; `""` is the empty string."""
    return [[b"" if word == '""' else word.encode() for word in line.split()] for line in text.split(";")]


@pytest.mark.parametrize(
    ("commands", "in_6_2", "in_7_0"),
    [
        ("SET s a; SET s b NX GET", Error(SYNTAX), b"a"),
        ("SET s a; SET s b NX GET; GET s", b"a", b"a"),
        ("SET s a GET NX; GET s", NULL, b"a"),
        ("SET s a XX GET", NULL, NULL),
        ("HSET h f v; SET h a XX GET", Error(WRONG_TYPE), Error(WRONG_TYPE)),
        ("HSET h f v; SET h a NX GET", Error(SYNTAX), Error(WRONG_TYPE)),
        ("HSET h f v; SET h a NX", NULL, NULL),
        ("HSET h f v; SETNX h a", 0, 0),
        ("SET s a EX 10 EX 20 XX XX; GET s", NULL, NULL),
        ("SET s a NX XX", Error(SYNTAX), Error(SYNTAX)),
        ("SET s a EX", Error(SYNTAX), Error(SYNTAX)),
        ("SET s a EX 10 PX 10", Error(SYNTAX), Error(SYNTAX)),
        ("SET s a PERSIST", Error(SYNTAX), Error(SYNTAX)),
        ("GETEX s KEEPTTL", Error(SYNTAX), Error(SYNTAX)),
        (
            "SET s a EX 0",
            Error(b"ERR invalid expire time in set"),
            Error(b"ERR invalid expire time in 'set' command"),
        ),
        (
            "SETEX s 9223372036854775807 a",
            Error(b"ERR invalid expire time in setex"),
            Error(b"ERR invalid expire time in 'setex' command"),
        ),
        (
            "PSETEX s 9223372036854775807 a",
            Error(b"ERR invalid expire time in psetex"),
            Error(b"ERR invalid expire time in 'psetex' command"),
        ),
        ("SET s a PXAT 9223372036854775807", OK, OK),
        ("GETEX s EX 0", NULL, NULL),
        (
            "SET s a; GETEX s EX 0",
            Error(b"ERR invalid expire time in getex"),
            Error(b"ERR invalid expire time in 'getex' command"),
        ),
        (
            "MSET s a t",
            Error(b"ERR wrong number of arguments for MSET"),
            Error(b"ERR wrong number of arguments for 'mset' command"),
        ),
        (
            "MSETNX s a t",
            Error(b"ERR wrong number of arguments for MSET"),
            Error(b"ERR wrong number of arguments for 'msetnx' command"),
        ),
        ("SET n 5; DECRBY n -9223372036854775808", -9223372036854775803, Error(b"ERR decrement would overflow")),
        ("SET n -1; DECRBY n -9223372036854775808", Error(OVERFLOW), Error(b"ERR decrement would overflow")),
        ("STRALGO LCS STRINGS ab b", b"b", Error(b"ERR unknown command 'STRALGO', with args beginning with: "
                                                 b"'LCS' 'STRINGS' 'ab' 'b' ")),
    ],
)  # fmt: skip
def test_versions(commands: str, in_6_2: Reply, in_7_0: Reply) -> None:
    assert run(REDIS_6_2, *script(commands))[1] == in_6_2
    assert run(REDIS_7_0, *script(commands))[1] == in_7_0


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("SET s hello; GETRANGE s -100 -50", b"h"),
        ("SET s hello; GETRANGE s -2 -4", b""),
        ("SET s hello; SUBSTR s -3 100", b"llo"),
        ("GETRANGE s x 0", Error(NOT_INTEGER)),
        ('APPEND s ""; SETRANGE s 5 ""; MGET s t', [b"", NULL]),
        ('SETRANGE s 5 ""; EXISTS s', 0),
        ("SETRANGE s 2 ab; GET s", b"\0\0ab"),
        ("HSET h f v; SETRANGE h -1 a", Error(b"ERR offset is out of range")),
        ("SETRANGE s 536870912 a", Error(TOO_LONG)),
        ("SETRANGE s 9223372036854775807 a", Error(TOO_LONG)),
        ("SET s a; SETRANGE s 536870912 a", Error(TOO_LONG)),
        ("HSET h f v; MGET h h", [NULL, NULL]),
        ("MSETNX s a s b; GET s", b"b"),
        ("SET t x; MSETNX s a t b; GET s", NULL),
        ("SET s 9223372036854775807; INCR s", Error(OVERFLOW)),
        ("SET s -9223372036854775808; INCRBY s 9223372036854775807", -1),
        ("SET s 1.0; INCR s", Error(NOT_INTEGER)),
        ("HSET h f v; INCRBY h x", Error(NOT_INTEGER)),
        ("HSET h f v; INCRBYFLOAT h x", Error(WRONG_TYPE)),
        ("SET s x; INCRBYFLOAT s inf", Error(NOT_FLOAT)),
        ("INCRBYFLOAT s inf", Error(b"ERR increment would produce NaN or Infinity")),
        ("SET s inf; INCRBYFLOAT s -inf", Error(b"ERR increment would produce NaN or Infinity")),
        ("SET s 10.5; INCRBYFLOAT s 0.1", b"10.6"),
    ],
)
def test_replies(commands: str, expected: Reply) -> None:
    assert run(REDIS_6_2, *script(commands))[1] == expected
    assert run(REDIS_7_0, *script(commands))[1] == expected


@pytest.mark.parametrize(
    ("commands", "encoding"),
    [
        ([[b"SET", b"s", b"1"]], "int"),
        ([[b"SET", b"s", b"-9223372036854775808"]], "int"),
        ([[b"SET", b"s", b"9223372036854775808"]], "embstr"),
        ([[b"SET", b"s", b"01"]], "embstr"),
        ([[b"SET", b"s", b"a" * 44]], "embstr"),
        ([[b"SET", b"s", b"a" * 45]], "raw"),
        ([[b"APPEND", b"s", b"1"]], "int"),
        ([[b"SET", b"s", b"1"], [b"APPEND", b"s", b""]], "raw"),
        ([[b"SET", b"s", b"1"], [b"APPEND", b"s", b"1"], [b"INCR", b"s"]], "int"),
        ([[b"SET", b"s", b"1"], [b"SETRANGE", b"s", b"0", b""]], "int"),
        ([[b"SETRANGE", b"s", b"0", b"1"]], "raw"),
        ([[b"INCRBYFLOAT", b"s", b"1"]], "embstr"),
        ([[b"INCRBYFLOAT", b"s", b"1e60"]], "raw"),
        ([[b"SETBIT", b"s", b"0", b"0"]], "raw"),
        ([[b"SET", b"t", b"1"], [b"BITOP", b"NOT", b"s", b"t"]], "raw"),
        ([[b"SET", b"s", b"1"], [b"BITFIELD", b"s", b"GET", b"u8", b"0"]], "int"),
        ([[b"SET", b"s", b"1"], [b"BITFIELD", b"s", b"SET", b"u8", b"0", b"49"]], "raw"),
    ],
)
def test_encoding(commands: list[list[bytes]], encoding: str) -> None:
    value = run(REDIS_7_0, *commands)[0].worlds[0].databases[0].values[b"s"]
    assert isinstance(value, String)
    assert value.encoding_name(REDIS_7_0.longest_embstr) == encoding


@pytest.mark.parametrize(
    ("commands", "expires"),
    [
        ("SET s a EX 10", (NOW_MS + 10_000, NOW_MS + 10_001)),
        ("SET s a PXAT 2000000", (2_000_000, 2_000_000)),
        ("SET s a EXAT 2000; SET s b KEEPTTL", (2_000_000, 2_000_000)),
        ("SET s a EXAT 2000; SET s b", None),
        ("SET s a EXAT 2000; GETSET s b", None),
        ("SET s a EXAT 2000; MSET s b", None),
        ("SET s 1 EXAT 2000; INCR s", (2_000_000, 2_000_000)),
        ("SET s 1 EXAT 2000; INCRBYFLOAT s 1", (2_000_000, 2_000_000)),
        ("SET s 1 EXAT 2000; APPEND s 1", (2_000_000, 2_000_000)),
        ("SET s 1 EXAT 2000; BITOP NOT s s", None),
        ("SET s 1 EXAT 2000; GETEX s", (2_000_000, 2_000_000)),
        ("SET s 1 EXAT 2000; GETEX s PERSIST", None),
        ("SET s 1; GETEX s PX 5", (NOW_MS + 5, NOW_MS + 6)),
        ("SET s 1; GETEX s PXAT 1000001", (NOW_MS, NOW_MS + 1)),
    ],
)
def test_expiry(commands: str, expires: tuple[int, int] | None) -> None:
    assert run(REDIS_7_0, *script(commands))[0].worlds[0].databases[0].expires.get(b"s") == expires


@pytest.mark.parametrize(
    "commands",
    [
        "SET s a PXAT 1; GET s",
        "SET s a; GETEX s EXAT 1; GET s",
        "SET s a; GETDEL s; GET s",
    ],
)
def test_a_time_in_the_past_leaves_no_key(commands: str) -> None:
    assert run(REDIS_7_0, *script(commands))[1] == NULL


def test_a_key_set_with_a_time_in_the_past_is_gone_within_a_transaction() -> None:
    assert run(REDIS_7_0, *script("MULTI; SET s a PXAT 1; GET s; EXEC"))[1] == [OK, NULL]
