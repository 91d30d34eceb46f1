"""A difference of any kind between two servers is seen and named; equal data are equal however they came about."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import pytest
from redproof_model.reply import NULL, OK, Error
from redproof_properties.errors import TargetUnavailable
from redproof_properties.replication.data.dataset import (
    Content,
    Dataset,
    Interval,
    KeyId,
    digest,
    read_dataset,
)
from redproof_properties.replication.data.differences import differences
from redproof_properties.targets import Connection, parse_target
from redproof_properties.waiting import wait_until

FAR_S = 33_177_117_420
Command = Sequence[bytes | str | int]

LIBRARY = "#!lua name=one\nredis.register_function('f', function() return 1 end)"
CONTENT: tuple[Command, ...] = (
    ("SET", "text", "value"),
    ("SET", "number", 10),
    ("SET", "mortal", "value"),
    ("EXPIREAT", "mortal", FAR_S),
    ("RPUSH", "list", "a", "b"),
    ("SADD", "set", "a", "b"),
    ("HSET", "hash", "f", "v", "g", "w"),
    ("ZADD", "zset", 1, "a", 2, "b"),
    ("XADD", "stream", "1-1", "f", "v"),
    ("XADD", "stream", "2-1", "f", "v"),
    ("XGROUP", "CREATE", "stream", "group", 0),
    ("XREADGROUP", "GROUP", "group", "alice", "COUNT", 1, "STREAMS", "stream", ">"),
    ("XCLAIM", "stream", "group", "alice", 0, "1-1", "TIME", 1_000, "RETRYCOUNT", 1),
    ("SELECT", 3),
    ("SET", "elsewhere", "value"),
    ("SELECT", 0),
)

PLANTED: dict[str, tuple[tuple[Command, ...], str]] = {
    "value of a string": ((("SET", "text", "other"),), "key text of database 0: string: value and other"),
    "byte of a string": ((("SETRANGE", "text", 4, "\0"),), 'string: value and "valu\\x00"'),
    "missing key": ((("DEL", "number"),), "key number of database 0: is in one only: 10 and nothing"),
    "further key": ((("SET", "new", "1"),), "key new of database 0: is in one only: nothing and 1"),
    "empty string": ((("SETRANGE", "text", 0, ""), ("SET", "text", "")), "string: value and"),
    "database": ((("MOVE", "number", 1),), "key number of database 1"),
    "other database": ((("SELECT", 3), ("SET", "elsewhere", "x")), "key elsewhere of database 3: string: value and x"),
    "type": ((("DEL", "number"), ("RPUSH", "number", 10)), "key number of database 0: type: string and list"),
    "order of a list": ((("LPUSH", "list", "b"), ("RPOP", "list")), "list: (a b) and (b a)"),
    "member of a set": ((("SREM", "set", "a"),), "set: (a b) and (b)"),
    "value of a field": ((("HSET", "hash", "f", "x"),), "hash: ((f v) (g w)) and ((f x) (g w))"),
    "field": ((("HDEL", "hash", "g"),), "hash: ((f v) (g w)) and ((f v))"),
    "score": ((("ZADD", "zset", "1.5", "a"),), "zset: ((a 1) (b 2)) and ((a 1.5) (b 2))"),
    "time to live": ((("EXPIREAT", "mortal", FAR_S - 1),), "key mortal of database 0: expires: "),
    "no time to live": ((("PERSIST", "mortal"),), "and nothing"),
    "a time to live": ((("EXPIREAT", "text", FAR_S),), "key text of database 0: expires: nothing and"),
    "entry": ((("XADD", "stream", "3-1", "f", "v"),), "(3-1 (f v))"),
    "last ID": ((("XSETID", "stream", "9-9"),), "(last-generated-id 9-9)"),
    "group": ((("XGROUP", "CREATE", "stream", "second", 0),), "(name second)"),
    "last delivered": ((("XGROUP", "SETID", "stream", "group", "2-1"),), "(last-delivered-id 2-1)"),
    "pending entry": ((("XACK", "stream", "group", "1-1"),), "(pel-count 0)"),
    "owner": ((("XCLAIM", "stream", "group", "bob", 0, "1-1", "TIME", 1_000, "RETRYCOUNT", 1),), "(name bob)"),
    "delivery count": ((("XCLAIM", "stream", "group", "alice", 0, "1-1", "TIME", 1_000, "RETRYCOUNT", 7),), "1000 7"),
    "delivery time": ((("XCLAIM", "stream", "group", "alice", 0, "1-1", "TIME", 2_000, "RETRYCOUNT", 1),), "2000 1"),
    "function": ((("FUNCTION", "DELETE", "one"),), "library one: function: "),
    "code of a function": (
        (("FUNCTION", "LOAD", "REPLACE", LIBRARY.replace("1 end", "2 end")),),
        "library one: function: ",
    ),
}
"""What is done to one of two equal servers, and what the comparison must say."""


@pytest.fixture(scope="module", params=["redis", "local:redis-server"])
def servers(request: pytest.FixtureRequest) -> Iterator[tuple[Connection, Connection]]:
    with ExitStack() as stack:
        targets = [stack.enter_context(parse_target(request.param)) for _ in range(2)]
        one, other = (stack.enter_context(target.connect()) for target in targets)
        yield one, other


@pytest.fixture
def equal(servers: tuple[Connection, Connection]) -> tuple[Connection, Connection]:
    for connection in servers:
        connection.call("FLUSHALL")
        connection.call("FUNCTION", "FLUSH")
        send(connection, CONTENT)
        connection.call("FUNCTION", "LOAD", LIBRARY)
    return servers


def send(connection: Connection, commands: Sequence[Command]) -> None:
    for command in commands:
        reply = connection.call(*command)
        assert not isinstance(reply, Error), (command, reply)
    connection.call("SELECT", 0)


def test_equal_data_are_equal(equal: tuple[Connection, Connection]) -> None:
    one, other = map(read_dataset, equal)
    assert differences(one, other) == []
    assert len(one.keys) == 9
    digests = {digest(connection) for connection in equal}
    assert len(digests) == 1
    assert None not in digests


@pytest.mark.parametrize("planted", PLANTED)
def test_a_difference_is_seen_and_named(equal: tuple[Connection, Connection], planted: str) -> None:
    one, other = equal
    commands, said = PLANTED[planted]
    if commands[0][0] == "FUNCTION" and isinstance(one.call("FUNCTION", "LIST"), Error):
        pytest.skip("Redis 6.2 has no functions")
    send(other, commands)
    assert said in "\n".join(map(str, differences(read_dataset(one), read_dataset(other))))


def test_data_that_came_about_otherwise_are_equal(equal: tuple[Connection, Connection]) -> None:
    _, other = equal
    send(
        other,
        [
            ("DEL", "set", "hash", "zset"),
            *(("SADD", "set", member) for member in "zba"),
            ("SREM", "set", "z"),
            ("HSET", "hash", "g", "w", "f", "v", "long", "x" * 100),
            ("HDEL", "hash", "long"),
            ("ZADD", "zset", 2, "b", 1, "a"),
        ],
    )
    assert other.call("OBJECT", "ENCODING", "hash") == b"hashtable"
    assert differences(read_dataset(equal[0]), read_dataset(other)) == []


def test_reading_leaves_the_connection_in_database_0(equal: tuple[Connection, Connection]) -> None:
    read_dataset(equal[0])
    assert equal[0].call("GET", "text") == b"value"


def test_an_expired_key_is_left_out(equal: tuple[Connection, Connection]) -> None:
    one, other = equal
    for connection in equal:
        assert connection.call("DEBUG", "SET-ACTIVE-EXPIRE", 0) == OK
    try:
        one.call("SET", "gone", "x", "PX", 1)
        other.call("SET", "gone", "x", "PX", 1)
        assert wait_until(lambda: other.call("GET", "gone") == NULL), "it has expired there, and so it has at the first"
        assert differences(read_dataset(one), read_dataset(other)) == []
    finally:
        for connection in equal:
            connection.call("DEBUG", "SET-ACTIVE-EXPIRE", 1)


def test_fields_that_expire_are_read_where_they_can() -> None:
    try:
        with parse_target("suite:trixie/redis") as target, target.connect() as connection:
            connection.call("HSET", "hash", "f", "v", "g", "w")
            connection.call("HPEXPIREAT", "hash", FAR_S * 1000, "FIELDS", 1, "f")
            connection.call("DEBUG", "SET-ACTIVE-EXPIRE", 0)
            connection.call("HSET", "gone", "f", "v")
            connection.call("HPEXPIRE", "gone", 1, "FIELDS", 1, "f")
            assert wait_until(lambda: connection.call("HGETALL", "gone") == [])
            assert connection.call("EXISTS", "gone") == 1
            (content,) = read_dataset(connection).keys.values()
    except TargetUnavailable as error:
        pytest.skip(str(error))
    assert content.fields_expire == {b"f": Interval(FAR_S * 1000, FAR_S * 1000)}


def dataset(**changes: object) -> Dataset:
    """A dataset that holds one hash, read at 1,000 ms."""
    content = Content(b"hash", ((b"f", b"v"), (b"g", b"w")))
    return Dataset({KeyId(0, b"h"): replace(content, **changes)}, {}, Interval(900, 1_000))  # type: ignore[arg-type]


EMPTY = Dataset({}, {}, Interval(900, 1_000))


@pytest.mark.parametrize(
    ("one", "other", "slack_ms", "what"),
    [
        (dataset(), dataset(), 0, None),
        (dataset(expires=Interval(5_000, 5_000)), dataset(expires=Interval(5_001, 5_001)), 0, "expires"),
        (dataset(expires=Interval(5_000, 5_010)), dataset(expires=Interval(5_010, 5_020)), 0, None),
        (dataset(expires=Interval(5_000, 5_000)), dataset(expires=Interval(5_009, 5_009)), 9, None),
        (dataset(expires=Interval(5_000, 5_000)), dataset(expires=Interval(5_010, 5_010)), 9, "expires"),
        (dataset(expires=Interval(1_000, 1_000)), EMPTY, 0, None),
        (dataset(expires=Interval(1_001, 1_001)), EMPTY, 0, "is in one only"),
        (dataset(), EMPTY, 0, "is in one only"),
        (dataset(fields_expire={b"f": Interval(5_000, 5_000)}), dataset(), 0, "field expires"),
        (dataset(fields_expire={b"f": Interval(900, 900)}), dataset(value=((b"g", b"w"),)), 0, None),
        (dataset(fields_expire={b"f": Interval(9_000, 9_000)}), dataset(value=((b"g", b"w"),)), 0, "hash"),
        (dataset(fields_expire=dict.fromkeys((b"f", b"g"), Interval(900, 900))), EMPTY, 0, None),
        (dataset(fields_expire={b"f": Interval(900, 900)}), EMPTY, 0, "is in one only"),
    ],
)
def test_times_are_compared_as_far_as_they_are_known(
    one: Dataset, other: Dataset, slack_ms: int, what: str | None
) -> None:
    for left, right in ((one, other), (other, one)):
        found = differences(left, right, slack_ms)
        assert (found[0].what if found else None) == what


def test_a_stream_is_read_without_what_a_version_does_not_replicate(servers: tuple[Connection, Connection]) -> None:
    connection, _ = servers
    read: Callable[..., Dataset] = read_dataset
    connection.call("FLUSHALL")
    send(connection, [("XADD", "s", "1-1", "f", "v"), ("XGROUP", "CREATE", "s", "g", 0)])
    (content,) = read(connection, {b"last-generated-id"}).keys.values()
    assert "last-generated-id" not in str(content.value)
    assert "last-delivered-id" in str(content.value)
