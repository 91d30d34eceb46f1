"""Keys, databases, SORT, OBJECT, DUMP and RESTORE: edges, refusals and their order, and what versions differ in."""

from __future__ import annotations

import pytest
from redproof_model.choice import Choice, Expected, example, observe
from redproof_model.errors import (
    DB_OUT_OF_RANGE,
    NO_SUCH_KEY,
    NOT_INTEGER,
    SAME_OBJECT,
    SYNTAX,
    WRONG_TYPE,
    wrong_arity,
)
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, NULL_ARRAY, OK, Error, Null, Reply, Status, project
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version

NOT_A_C_INT = Error(b"ERR value is out of range, value must between -2147483648 and 2147483647")
NOT_DOUBLE = Error(b"ERR One or more scores can't be converted into double")
BUSY = Error(b"BUSYKEY Target key name already exists.")
PAYLOAD = b"payload 0"
BAD_PAYLOAD = Error(b"ERR DUMP payload version or checksum are wrong")
NX_ALONE = Error(b"ERR NX and XX, GT or LT options at the same time are not compatible")
IN_EXPIRE = Error(b"ERR invalid expire time in expire")
UNKNOWN_FOO = Error(b"ERR Unknown subcommand or wrong number of arguments for 'FOO'. Try OBJECT HELP.")


def arity(name: str) -> Error:
    """The refusal of a wrong number of arguments."""
    return wrong_arity(name).reply


def words(line: str) -> list[bytes]:
    """The words of a command, in which `\\x00` and `""` stand for what they say."""
    unescaped = (word.encode().decode("unicode_escape").encode("latin-1") for word in line.split())
    return [b"" if word == b'""' else word for word in unescaped]


def run(commands: str, version: Version = REDIS_7_0) -> Expected:
    """What the last of the commands, separated by semicolons, is answered.

    `b>` in front makes it another client's. Choices on the way are taken as their examples, and `<payload>` is
    what the example of a DUMP was.
    """
    model = Model(version)
    model.connect("c")
    model.connect("b")
    expected: Expected = 0
    for line in commands.split(";"):
        if isinstance(expected, Choice):
            assert observe(expected, project(example(expected), 2), 2)
        argv = [PAYLOAD if word == b"<payload>" else word for word in words(line)]
        client = "b" if argv[0] == b"b>" else "c"
        expected = model.step(client, argv[client == "b" :], 5000, 5000)
    return expected


def allows(commands: str, reply: Reply, resp: int = 2) -> bool:
    """Whether the last of the commands may be answered so."""
    return observe(run(commands), reply, resp)


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("SET a 1; DEL a a nokey", 1),
        ("SET a 1; EXISTS a a nokey", 2),
        ("SET a 1; TOUCH a nokey a", 2),
        ("TYPE nokey", Status(b"none")),
        ("SADD a 1; TYPE a", Status(b"set")),
        ("RANDOMKEY", NULL),
        ("RENAME nokey nokey", Error(NO_SUCH_KEY)),
        ("SET a 1; RENAME a a", OK),
        ("SET a 1; RENAMENX a a", 0),
        ("SET a 1 PXAT 9999; SET b 2; RENAME a b; PEXPIRETIME b", 9999),
        ("SET a 1; SET b 2 PXAT 9999; RENAME a b; PEXPIRETIME b", -1),
        ("WATCH a; b> SET b 2; b> RENAME b a; MULTI; EXEC", NULL_ARRAY),
        ("SET a 1; WATCH a; b> RENAME a a; MULTI; EXEC", []),
    ],
)
def test_keys(commands: str, expected: Reply) -> None:
    assert allows(commands, expected)


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("COPY a a DB 99 FOO", Error(DB_OUT_OF_RANGE)),
        ("COPY a a FOO DB 99", Error(SYNTAX)),
        ("COPY a a DB", Error(SYNTAX)),
        ("COPY a a DB x", Error(NOT_INTEGER)),
        ("COPY a a", Error(SAME_OBJECT)),
        ("COPY a a DB 1", 0),
        ("SET a 1; SET b 2; COPY a b", 0),
        ("SET a 1 PXAT 9999; SET b 2; COPY a b REPLACE; PEXPIRETIME b", 9999),
        ("SET a 1; COPY a a DB 1; SELECT 1; GET a", b"1"),
        ("MOVE a 0", Error(SAME_OBJECT)),
        ("MOVE a 2147483648", NOT_A_C_INT),
        ("MOVE a 16", Error(DB_OUT_OF_RANGE)),
        ("MOVE a 1", 0),
        ("SET a 1 PXAT 9999; MOVE a 1; SELECT 1; PEXPIRETIME a", 9999),
        ("SET a 1; MOVE a 1; SET a 2; MOVE a 1", 0),
        ("SELECT x", Error(NOT_INTEGER)),
        ("SELECT -1", Error(DB_OUT_OF_RANGE)),
        ("SWAPDB x y", Error(b"ERR invalid first DB index")),
        ("SWAPDB 99 y", Error(b"ERR invalid second DB index")),
        ("SWAPDB 99 2147483648", Error(b"ERR invalid second DB index")),
        ("SWAPDB 99 0", Error(DB_OUT_OF_RANGE)),
        ("SET a 1; SWAPDB 0 1; DBSIZE", 0),
        ("SET a 1; SELECT 1; WATCH a; b> SWAPDB 1 0; MULTI; EXEC", NULL_ARRAY),
        ("WATCH a; b> SWAPDB 1 0; MULTI; EXEC", []),
        ("SET a 1; WATCH a; b> FLUSHALL; MULTI; EXEC", NULL_ARRAY),
        ("WATCH a; b> FLUSHALL; MULTI; EXEC", []),
        ("FLUSHDB NOW", Error(SYNTAX)),
        ("FLUSHDB SYNC SYNC", Error(SYNTAX)),
        ("PING a b", Error(b"ERR wrong number of arguments for 'ping' command")),
        ("MULTI; PING a b; EXEC", [Error(b"ERR wrong number of arguments for 'ping' command")]),
    ],
)
def test_databases(commands: str, expected: Reply) -> None:
    assert allows(commands, expected)


@pytest.mark.parametrize(
    ("commands", "in_6_2", "in_7_0"),
    [
        ("EXPIRE a 10 NX", arity("expire"), 0),
        ("PEXPIRE a 1 NX GT", arity("pexpire"), NX_ALONE),
        ("PEXPIREAT a x FOO", arity("pexpireat"), Error(b"ERR Unsupported option FOO")),
        ("EXPIRE a 9223372036854776", IN_EXPIRE, Error(b"ERR invalid expire time in 'expire' command")),
        ("OBJECT FOO a", UNKNOWN_FOO, Error(b"ERR unknown subcommand 'FOO'. Try OBJECT HELP.")),
        ("OBJECT FREQ", Error(UNKNOWN_FOO.text.replace(b"FOO", b"FREQ")), arity("object|freq")),
        ("OBJECT", arity("object"), arity("object")),
        ("HSET h a 1; OBJECT ENCODING h", b"ziplist", b"listpack"),
    ],
)
def test_versions(commands: str, in_6_2: Reply, in_7_0: Reply) -> None:
    assert run(commands, REDIS_6_2) == in_6_2
    assert run(commands, REDIS_7_0) == in_7_0


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("RPUSH l 3 1 2; SORT l", [b"1", b"2", b"3"]),
        ("RPUSH l 3 1 2; SORT l DESC LIMIT 1 1", [b"2"]),
        ("RPUSH l 3 1 2; SORT l LIMIT -1 0", []),
        ("RPUSH l 3 1 2; SORT l LIMIT 5 9", []),
        ("RPUSH l 3 1 2; SORT l BY nosort DESC", [b"2", b"1", b"3"]),
        ("RPUSH l 3 1 2; SORT l BY nosort BY w*", [b"3", b"1", b"2"]),
        ("RPUSH l 10 9; SORT l ALPHA", [b"10", b"9"]),
        ("RPUSH l 1 2; MSET w1 5 w2 4; SORT l BY w* GET # GET w* GET nostar", [b"2", b"4", NULL, b"1", b"5", NULL]),
        ("RPUSH l 1 2; MSET w1 0; SORT l BY w*", [b"1", b"2"]),
        ("RPUSH l 1 2; HSET h1 f 9; SORT l BY h*->f DESC GET h*->f", [b"9", NULL]),
        ("RPUSH l 1; SORT l GET x*->y", [NULL]),
        ("RPUSH l a; SORT l", NOT_DOUBLE),
        ("RPUSH l a; SORT l STORE d", NOT_DOUBLE),
        ("RPUSH l \\x20 1; SORT l", NOT_DOUBLE),
        ("ZADD z 1 a 2 b 3 c; SORT z BY nosort DESC LIMIT 0 2", [b"c", b"b"]),
        ("ZADD z 1 5; SORT z BY nosort; OBJECT ENCODING z", b"skiplist"),
        ("SADD s 3 1 2; SORT s BY nosort DESC", [b"1", b"2", b"3"]),
        ("SADD s c a b; SORT s BY nosort STORE d; LRANGE d 0 -1", [b"a", b"b", b"c"]),
        ("SORT nokey", []),
        ("SET d 1; SORT nokey STORE d", 0),
        ("SET d 1; SORT nokey STORE d; EXISTS d", 0),
        ("RPUSH l 1; SORT l STORE d GET nosuch*; LRANGE d 0 -1", [b""]),
        ("SET s 1; SORT s", Error(WRONG_TYPE)),
        ("SET s 1; SORT s FOO", Error(SYNTAX)),
        ("SORT s LIMIT x 1 FOO", Error(NOT_INTEGER)),
        ("SORT s LIMIT 1", Error(SYNTAX)),
        ("SORT_RO s STORE d", Error(SYNTAX)),
    ],
)
def test_sort(commands: str, expected: Reply) -> None:
    assert allows(commands, expected)


def test_what_compares_as_equal_comes_in_any_order() -> None:
    commands = "RPUSH l 1 2 3 4; MSET w3 x w4 a; SORT l BY w* ALPHA LIMIT 1 2"
    assert allows(commands, [b"2", b"4"])
    assert allows(commands, [b"1", b"4"])
    assert not allows(commands, [b"3", b"4"])
    assert not allows(commands, [b"4", b"3"])


def test_each_order_in_which_it_may_be_stored_goes_on() -> None:
    commands = "RPUSH l 1 2; SORT l BY w* ALPHA STORE d; LRANGE d 0 -1"
    assert allows(commands, [b"1", b"2"])
    assert allows(commands, [b"2", b"1"])
    assert not allows(commands, [b"1", b"1"])


def test_an_old_range_error_spares_only_integers_in_lists() -> None:
    assert allows("SADD s 1 2; SORT s", NOT_DOUBLE)
    assert run("RPUSH l 1 2; SORT l") == [b"1", b"2"]


def test_a_null_of_sort_is_that_of_the_protocol() -> None:
    assert allows("SADD s a b; SORT s BY nosort GET # GET no*", [b"b", Null.RESP3, b"a", Null.RESP3], 3)


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("OBJECT ENCODING nokey", NULL),
        ("SET a 12; OBJECT REFCOUNT a", 2147483647),
        ("SET a 12; COPY a b; OBJECT REFCOUNT b", 1),
        ("SET a 12; COPY a b; INCR b; OBJECT REFCOUNT b", 2147483647),
        ("SET a 10000; OBJECT REFCOUNT a", 1),
        ("OBJECT FREQ nokey", NULL),
    ],
)
def test_object(commands: str, expected: Reply) -> None:
    assert run(commands) == expected


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("SET a 1; DUMP a; RESTORE a x <payload>", BUSY),
        ("SET a 1; DUMP a; RESTORE a x <payload> FOO", Error(SYNTAX)),
        ("SET a 1; DUMP a; RESTORE b x forged", Error(NOT_INTEGER)),
        ("SET a 1; DUMP a; RESTORE b -1 forged", Error(b"ERR Invalid TTL value, must be >= 0")),
        ("SET a 1; DUMP a; RESTORE b 0 forged", BAD_PAYLOAD),
        ("SET a 1; DUMP a; RESTORE b 0 <payload> FREQ 1 IDLETIME 1", Error(SYNTAX)),
        ("SET a 1; DUMP a; RESTORE b 0 <payload> FREQ 256", Error(b"ERR Invalid FREQ value, must be >= 0 and <= 255")),
        ("SET a 1; DUMP a; RESTORE b 0 <payload> IDLETIME -1", Error(b"ERR Invalid IDLETIME value, must be >= 0")),
        ("SET a 1; DUMP a; DEL a; RESTORE b 0 <payload>; GET b", b"1"),
        ("SET a 1; DUMP a; RESTORE a 5000 <payload> REPLACE ABSTTL; EXISTS a", 0),
        ("SET a 1; DUMP a; RESTORE b 9223372036854775807 <payload>; EXISTS b", 0),
        ("SET a 1; DUMP a; WATCH b; RESTORE b 1 <payload> ABSTTL; MULTI; EXEC", []),
        ("SET a 1; APPEND a 2; DUMP a; RESTORE b 0 <payload>; OBJECT ENCODING b", b"int"),
        ("SADD a x 1; SREM a x; DUMP a; RESTORE b 0 <payload>; OBJECT ENCODING b", b"intset"),
        ("ZADD a 1 m; SORT a ALPHA; DUMP a; RESTORE b 0 <payload>; OBJECT ENCODING b", b"listpack"),
    ],
)
def test_restore(commands: str, expected: Reply) -> None:
    assert run(commands) == expected


def test_a_payload_stands_for_one_value() -> None:
    assert allows("SET a 1; SET b 1; DUMP a; DUMP b", PAYLOAD)
    assert not allows("SET a 1; SET b 2; DUMP a; DUMP b", PAYLOAD)
