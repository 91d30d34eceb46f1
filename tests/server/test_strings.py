"""Strings, counters and bitmaps: encodings, events, counts of changes and what long double arithmetic gives."""

from collections.abc import Callable

import pytest
from redproof_server.engine.server import Server
from redproof_server.protocol.long_double import add, format_long_double, parse_long_double

Send = Callable[..., bytes]
Events = Callable[..., list[str]]
Encoding = Callable[[str], str]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["SET k 12"], "int"),
        (["SET k 012"], "embstr"),
        (["APPEND k 12"], "int"),
        (["SET k 1", "APPEND k 2"], "raw"),
        (["SETRANGE k 0 12"], "raw"),
        (["SETBIT k 0 1"], "raw"),
        (["SET k 1.5", "INCRBYFLOAT k 1.5"], "embstr"),
        (["SET k 1.5", "INCRBYFLOAT k 1.5", "INCR k"], "int"),
        (["SET k " + "a" * 44], "embstr"),
        (["SET k " + "a" * 45], "raw"),
        (["SET j 1", "APPEND j 2", "COPY j k"], "raw"),
    ],
)
def test_encoding_tells_how_the_string_came_about(send: Send, encoding: Encoding, lines: list[str], name: str) -> None:
    send(*lines)
    assert encoding("k") == name


def test_small_integers_are_shared_until_copied(send: Send) -> None:
    send("SET a 9999", "SET b 10000", "COPY a c")
    assert send("OBJECT REFCOUNT a", "OBJECT REFCOUNT b", "OBJECT REFCOUNT c") == b":2147483647\r\n:1\r\n:1\r\n"
    send("DECR c")
    assert send("OBJECT REFCOUNT c") == b":2147483647\r\n"


@pytest.mark.parametrize(
    ("first", "second", "total"),
    [
        (b"0.1", b"0.2", b"0.3"),
        (b"9223372036854775807", b"1", b"9223372036854775808"),
        (b"18446744073709551615", b"2", b"18446744073709551616"),
        (b"-1e-18", b"0", b"0"),
        (b"15e-18", b"0", b"0.00000000000000002"),
        (b"0x1p-1", b"+.5", b"1"),
        (b"1e20", b"-1e20", b"0"),
        (b"3.0e3", b"-0", b"3000"),
    ],
)
def test_long_doubles_round_to_64_bits_and_show_17_decimals(first: bytes, second: bytes, total: bytes) -> None:
    augend, addend = parse_long_double(first), parse_long_double(second)
    assert augend is not None
    assert addend is not None
    assert format_long_double(add(augend, addend)) == total


@pytest.mark.parametrize("text", [b"", b" 1", b"1 ", b"nan", b"0x", b"1e", b"1e5000", b"1e-5000", b"1\0", b"9" * 5120])
def test_what_is_no_long_double_is_refused(text: bytes) -> None:
    assert parse_long_double(text) is None


def test_long_doubles_reach_beyond_doubles_and_python_s_limit_of_digits() -> None:
    number = parse_long_double(b"1" + b"0" * 4900)
    assert number is not None
    assert len(format_long_double(number)) == 4901
    assert parse_long_double(b"1e-4950") is not None
    infinity = parse_long_double(b"-inf")
    assert infinity is not None
    assert not add(infinity, number).is_finite


def test_a_bit_that_stays_is_a_change_in_6_2_alone(server: Server, send: Send, version: str) -> None:
    send("SETBIT k 7 0", "SETBIT k 7 0", "BITFIELD k SET u8 0 0")
    assert server.dirty == {"6.2": 3, "7.0": 1}[version]


def test_a_field_that_overflows_still_makes_the_string_grow(send: Send) -> None:
    assert send("BITFIELD k OVERFLOW FAIL INCRBY u2 16 9", "STRLEN k") == b"*1\r\n$-1\r\n:3\r\n"


def test_set_on_a_key_that_expired_does_not_keep_its_time(server: Server, send: Send) -> None:
    send("SET k v PX 10")
    server.now_ms += 11
    assert send("SET k w KEEPTTL", "PTTL k") == b"+OK\r\n:-1\r\n"


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("SETEX k 10 v", ["k set", "k expire"]),
        ("SET k v EX 10 KEEPTTL", []),
        ("MSET k 1 j 2", ["k set", "j set"]),
        ("MSETNX j 1 k 2", []),
        ("GETEX k EX 10", ["k expire"]),
        ("GETEX k EXAT 1", ["k del"]),
        ("GETEX k PERSIST", []),
        ("GETDEL k", ["k del"]),
        ("GETDEL j", ["j keymiss"]),
        ("APPEND j 1", ["j append"]),
        ("SETRANGE j 1 a", ["j setrange"]),
        ("INCRBYFLOAT k 1", ["k incrbyfloat"]),
        ("DECR k", ["k incrby"]),
        ("BITOP NOT j k", ["j set"]),
        ("BITOP AND k j j", ["j keymiss", "j keymiss", "k del"]),
        ("BITFIELD j SET u8 0 1 INCRBY u8 0 1", ["j setbit"]),
    ],
)
def test_strings_publish_what_happened(events: Events, line: str, published: list[str]) -> None:
    events("SET k 7")
    assert events(line) == published


def test_the_longest_string_is_refused_by_its_offset(send: Send) -> None:
    assert send("SETRANGE k 536870911 ab").startswith(b"-ERR string exceeds maximum allowed size")
    assert send("SETBIT k 4294967296 1").startswith(b"-ERR bit offset is not an integer")
    assert send("EXISTS k") == b":0\r\n"


@pytest.mark.parametrize("version", ["7.0"])
def test_common_subsequences_of_long_strings_take_no_table_of_their_product(send: Send) -> None:
    send("SET a " + "ab" * 5000, "SET b " + "ba" * 5000)
    assert send("LCS a b LEN") == b":9999\r\n"
    send("SET a " + "ab" * 6000, "SET b " + "ba" * 6000)
    assert b"transient memory for LCS exceeds" in send("LCS a b LEN")
