"""Lists: what they publish, and how waiting clients are served."""

from collections.abc import Callable

import pytest
from redproof_server.engine.client import Client
from redproof_server.engine.server import Server

Send = Callable[..., bytes]
Events = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("command", "published"),
    [
        ("LPUSH l c", ["l lpush"]),
        ("RPUSHX m c", []),
        ("LSET l 0 x", ["l lset"]),
        ("LINSERT l AFTER x y", []),
        ("LINSERT l AFTER a y", ["l linsert"]),
        ("LREM l 0 x", []),
        ("LREM l 1 b", ["l lrem"]),
        ("LTRIM l 0 -1", ["l ltrim"]),
        ("LTRIM l 5 6", ["l ltrim", "l del"]),
        ("LPOP l", ["l lpop"]),
        ("LPOP l 0", []),
        ("RPOP l 9", ["l rpop", "l del"]),
        ("LMOVE l m LEFT RIGHT", ["m rpush", "l lpop"]),
        ("RPOPLPUSH l l", ["l lpush", "l rpop"]),
        ("LRANGE m 0 -1", ["m keymiss"]),
    ],
)
def test_lists_publish_what_happened(events: Events, command: str, published: list[str]) -> None:
    events("RPUSH l a b")
    assert events(command) == published


@pytest.mark.parametrize("element", ["a", "b", "c", "d", "e"])
def test_lists_are_read_from_either_end(send: Send, element: str) -> None:
    send("RPUSH l a b c d e")
    index = "abcde".index(element)
    for position in (index, index - 5):
        assert send(f"LRANGE l {position} {position}") == b"*1\r\n$1\r\n%b\r\n" % element.encode()


def test_a_move_wakes_the_client_that_waits_for_its_destination(
    server: Server, connect: Callable[[], Client], events: Events, send: Send
) -> None:
    mover, taker = connect(), connect()
    send("BLMOVE a b LEFT RIGHT 0", client=mover)
    send("BLPOP b 0", client=taker)
    assert events("RPUSH a x") == ["a rpush", "b rpush", "a lpop", "a del", "b lpop", "b del"]
    assert mover.take_output() == b"$1\r\nx\r\n"
    assert taker.take_output() == b"*2\r\n$1\r\nb\r\n$1\r\nx\r\n"
    assert not server.databases[0].keys.entries


def test_a_move_to_another_type_leaves_the_element_to_the_next_client(
    connect: Callable[[], Client], send: Send
) -> None:
    mover, taker = connect(), connect()
    send("SET s x", "BLMOVE a s LEFT RIGHT 0", client=mover)
    send("BLPOP a 0", client=taker)
    send("RPUSH a x")
    assert mover.take_output().startswith(b"-WRONGTYPE")
    assert taker.take_output() == b"*2\r\n$1\r\na\r\n$1\r\nx\r\n"


def test_a_move_that_times_out_answers_an_array(server: Server, connect: Callable[[], Client], send: Send) -> None:
    mover = connect()
    send("BLMOVE a b LEFT RIGHT 0.01", client=mover)
    server.expire_waits(server.now_ms + 11)
    assert mover.take_output() == b"*-1\r\n"
    assert send("MULTI", "BLMOVE a b LEFT RIGHT 0.01", "EXEC").endswith(b"*1\r\n$-1\r\n")


@pytest.mark.parametrize(("version", "first_served"), [("6.2", 1), ("7.0", 0)])
def test_versions_differ_in_the_place_of_a_client_that_waits_for_another_type(
    connect: Callable[[], Client], send: Send, first_served: int
) -> None:
    of_zset, of_list, second_of_list, second_of_zset = (connect() for _ in range(4))
    send("BZPOPMIN k 0", client=of_zset)
    send("BLPOP k 0", client=of_list)
    send("BLPOP k 0", client=second_of_list)
    send("BZPOPMIN k 0", client=second_of_zset)
    send("RPUSH k a", "ZADD k 1 a")
    assert of_list.output
    assert not second_of_list.output
    assert [bool(client.output) for client in (of_zset, second_of_zset)].index(True) == first_served


def test_the_longest_wait_fits(connect: Callable[[], Client], send: Send) -> None:
    assert send("BLPOP l 9223372036854775", client=connect()) == b""
    assert send("BLPOP l 9223372036854776").startswith(b"-ERR timeout is negative")
    assert send("BLPOP l 1e400").startswith(b"-ERR timeout is negative")
    assert send("BLPOP l 1e5000").startswith(b"-ERR timeout is not a float or out of range")
