"""Hashes: when they convert, in which order they answer, and which refusal comes first."""

from __future__ import annotations

import pytest
from redproof_model.choice import Choice, Expected, observe
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.values import Hash
from redproof_model.reply import Error, Map, Reply
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version

LONG = b"w" * 65
SHORT = b"w" * 64
RANGE = b"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"


def run(version: Version, *commands: list[bytes], resp: int = 2) -> tuple[Model, Expected]:
    """A model after these commands, and what it expects of the last."""
    model = Model(version)
    model.connect("c", resp)
    expected: Expected = 0
    for argv in commands:
        expected = model.step("c", argv, 0, 0)
    return model, expected


def encoding(model: Model) -> str:
    """The encoding of the hash at `h`."""
    value = model.worlds[0].databases[0].values[b"h"]
    assert isinstance(value, Hash)
    return value.encoding


def line(text: str) -> list[bytes]:
    return text.encode().split()


def pairs(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(2 * count)]


@pytest.mark.parametrize(
    ("version", "commands", "expected"),
    [
        (REDIS_6_2, [line("HSET h f v")], "ziplist"),
        (REDIS_7_0, [line("HSET h f v")], "listpack"),
        (REDIS_7_0, [[b"HSET", b"h", b"f", SHORT]], "listpack"),
        (REDIS_7_0, [[b"HSET", b"h", b"f", LONG]], "hashtable"),
        (REDIS_7_0, [[b"HSET", b"h", LONG, b"v"]], "hashtable"),
        (REDIS_7_0, [[b"HSET", b"h", b"f", LONG], line("HSET h f v")], "hashtable"),
        (REDIS_7_0, [[b"HSET", b"h", *pairs(512)]], "listpack"),
        (REDIS_7_0, [[b"HSET", b"h", *pairs(512)], line("HSET h 0 x")], "listpack"),
        (REDIS_7_0, [[b"HSET", b"h", *pairs(512)], line("HINCRBY h f 1")], "hashtable"),
        (REDIS_7_0, [[b"HSET", b"h", *pairs(513)], [b"HDEL", b"h", *pairs(500)]], "hashtable"),
        (REDIS_6_2, [line("HSET h f v"), [b"HSETNX", b"h", b"f", LONG]], "hashtable"),
        (REDIS_7_0, [line("HSET h f v"), [b"HSETNX", b"h", b"f", LONG]], "listpack"),
        (REDIS_6_2, [[b"HINCRBY", b"h", LONG, b"1"]], "ziplist"),
        (REDIS_7_0, [[b"HINCRBY", b"h", LONG, b"1"]], "hashtable"),
        (REDIS_6_2, [line("HINCRBYFLOAT h f 1e100")], "ziplist"),
        (REDIS_7_0, [line("HINCRBYFLOAT h f 1e100")], "hashtable"),
    ],
)
def test_a_hash_converts_once_a_field_is_long_or_the_fields_are_many(
    version: Version, commands: list[list[bytes]], expected: str
) -> None:
    assert encoding(run(version, *commands)[0]) == expected


def test_a_compact_hash_answers_in_the_order_of_insertion() -> None:
    commands = [line("HSET h b 1 a 2 c 3"), line("HDEL h b"), line("HSET h a 4 b 5")]
    assert run(REDIS_7_0, *commands, line("HGETALL h"))[1] == Map([(b"a", b"4"), (b"c", b"3"), (b"b", b"5")])
    assert run(REDIS_7_0, *commands, line("HVALS h"))[1] == [b"4", b"3", b"5"]


def test_a_hash_table_answers_in_any_order() -> None:
    _, expected = run(REDIS_7_0, [b"HSET", b"h", b"b", b"1", b"a", LONG], line("HKEYS h"))
    assert isinstance(expected, Choice)
    assert expected.observe([b"a", b"b"], 2)


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("HSET s f v g", b"ERR wrong number of arguments for 'hset' command"),
        ("HINCRBY s f x", b"ERR value is not an integer or out of range"),
        ("HINCRBY h f 9223372036854775807", b"ERR hash value is not an integer"),
        ("HINCRBY h n 9223372036854775807", b"ERR increment or decrement would overflow"),
        ("HINCRBYFLOAT s f inf", b"ERR value is NaN or Infinity"),
        ("HINCRBYFLOAT h f 1", b"ERR hash value is not a float"),
        ("HINCRBYFLOAT h i 1", b"ERR increment would produce NaN or Infinity"),
        ("HRANDFIELD s x y", b"ERR value is not an integer or out of range"),
        ("HRANDFIELD s -9223372036854775808 y", RANGE),
        ("HRANDFIELD s 4611686018427387904 y", b"ERR syntax error"),
        ("HRANDFIELD s 4611686018427387904 WITHVALUES", b"ERR value is out of range"),
        ("HRANDFIELD s -4611686018427387904 WITHVALUES", b"ERR value is out of range"),
        ("HRANDFIELD s 4611686018427387903 WITHVALUES x", b"ERR syntax error"),
        ("HRANDFIELD s 0", b"WRONGTYPE Operation against a key holding the wrong kind of value"),
        ("HSCAN s x", b"ERR invalid cursor"),
    ],
)
def test_the_first_refusal(command: str, text: bytes) -> None:
    assert run(REDIS_7_0, line("SET s x"), line("HSET h f x n 1 i inf"), line(command))[1] == Error(text)


@pytest.mark.parametrize(
    ("command", "resp", "reply", "allowed"),
    [
        ("HRANDFIELD h", 2, b"b", True),
        ("HRANDFIELD h", 2, b"x", False),
        ("HRANDFIELD h 6", 2, [b"d", b"a", b"c", b"b", b"f", b"e"], True),
        ("HRANDFIELD h 6", 2, [b"a", b"d", b"c", b"b", b"f", b"e"], False),
        ("HRANDFIELD h 2", 2, [b"d", b"f"], True),
        ("HRANDFIELD h 2", 2, [b"f", b"d"], False),
        ("HRANDFIELD h 3", 2, [b"f", b"e", b"d"], True),
        ("HRANDFIELD h 3", 2, [b"f", b"f", b"d"], False),
        ("HRANDFIELD h -3", 2, [b"f", b"f", b"d"], True),
        ("HRANDFIELD h -3", 2, [b"f", b"f"], False),
        ("HRANDFIELD h 2 WITHVALUES", 2, [b"d", b"1", b"f", b"5"], True),
        ("HRANDFIELD h 2 WITHVALUES", 2, [b"d", b"1", b"f", b"4"], False),
        ("HRANDFIELD h 2 WITHVALUES", 3, [[b"d", b"1"], [b"f", b"5"]], True),
        ("HRANDFIELD h 2 WITHVALUES", 3, [b"d", b"1", b"f", b"5"], False),
    ],
)
def test_random_fields_come_in_order_unless_they_went_through_a_hash_table(
    command: str, resp: int, reply: Reply, allowed: bool
) -> None:
    _, expected = run(REDIS_7_0, line("HSET h d 1 a 2 c 3 b 4 f 5 e 6"), line(command), resp=resp)
    assert observe(expected, reply, resp) is allowed
