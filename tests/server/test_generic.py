"""Keys and databases: what is not in a reply to the command itself."""

from collections.abc import Callable

import pytest
from redproof_server.engine.client import Client
from redproof_server.engine.server import Server
from redproof_server.protocol.fast import encode_request

Send = Callable[..., bytes]
Events = Callable[..., list[str]]
Encoding = Callable[[str], str]
Connect = Callable[[], Client]

# DUMP of the string 12345 by redis-server 6.2.14.
PAYLOAD = bytes.fromhex("00c1393009004d66bbebc77a6b08")


@pytest.mark.parametrize("look", ["EXISTS k", "TYPE k", "TTL k", "OBJECT ENCODING k", "SCAN 0 TYPE string", "KEYS *"])
def test_idle_time_does_not_end_with_a_look(server: Server, send: Send, look: str) -> None:
    send("SET k v")
    server.now_ms += 5000
    send(look)
    assert send("OBJECT IDLETIME k") == b":5\r\n"


@pytest.mark.parametrize("access", ["TOUCH k", "GET k", "STRLEN k", "SET k w", "RENAME k j", "APPEND k w"])
def test_idle_time_begins_anew_with_each_access(server: Server, send: Send, access: str) -> None:
    send("SET k v")
    server.now_ms += 5000
    send(access)
    assert send("OBJECT IDLETIME " + ("j" if access.endswith("j") else "k")) == b":0\r\n"


def test_idle_time_goes_with_the_key_from_database_to_database(server: Server, send: Send) -> None:
    send("SET k v")
    server.now_ms += 5000
    assert send("SWAPDB 0 1", "SELECT 1", "OBJECT IDLETIME k").endswith(b":5\r\n")


@pytest.mark.parametrize(("idle", "shown"), [(100, {}), (2000, {"6.2": 8388608}), (2**63 - 1, {None: 16777214})])
def test_restored_keys_look_as_idle_as_they_are_said_to_be(
    send: Send, connect: Connect, server: Server, version: str, idle: int, shown: dict[str | None, int]
) -> None:
    request = [b"RESTORE", b"k", b"0", PAYLOAD, b"IDLETIME", b"%d" % idle]
    server.receive(connect(), encode_request(request), server.now_ms)
    assert send("OBJECT IDLETIME k") == b":%d\r\n" % shown.get(version, shown.get(None, idle))


def test_uses_are_counted_under_the_policies_that_want_them(server: Server, send: Send) -> None:
    assert send("SET k v", "OBJECT FREQ k").startswith(b"+OK\r\n-ERR An LFU maxmemory policy is not selected")
    send("CONFIG SET maxmemory-policy allkeys-lfu", "SET j v")
    assert send("OBJECT FREQ j") == b":5\r\n"
    send(*["GET j"] * 200)
    used = int(send("OBJECT FREQ j")[1:])
    assert used > 5
    server.now_ms += 3 * 60_000
    assert int(send("OBJECT FREQ j")[1:]) == used - 3
    assert send("OBJECT IDLETIME j").startswith(b"-ERR An LFU maxmemory policy is selected")


@pytest.mark.parametrize(
    "lines",
    [
        ["SELECT 1", "RPUSH l a", "SWAPDB 0 1"],
        ["RPUSH m a", "RENAME m l"],
        ["RPUSH m a", "COPY m l"],
        ["RPUSH m a", "SORT m ALPHA STORE l"],
        ["SELECT 1", "RPUSH l a", "MOVE l 0"],
    ],
)
def test_a_list_that_comes_to_a_key_serves_who_waits_for_it(send: Send, connect: Connect, lines: list[str]) -> None:
    waiting = connect()
    send("BLPOP l 0", client=waiting)
    send(*lines)
    assert waiting.take_output() == b"*2\r\n$1\r\nl\r\n$1\r\na\r\n"


def test_sorting_a_sorted_set_leaves_it_a_skiplist(send: Send, encoding: Encoding) -> None:
    send("ZADD z 1 2", "SORT z")
    assert encoding("z") == "skiplist"


def test_new_keys_are_told_of_from_7_0_on(events: Events, send: Send, version: str) -> None:
    reply = send("CONFIG SET notify-keyspace-events Kn")
    assert reply.startswith(b"+OK" if version == "7.0" else b"-ERR Invalid argument")
    if version == "7.0":
        assert events("SET k v", "SET k w", "RENAME k l") == ["k new", "l new"]


@pytest.mark.parametrize(
    ("line", "published", "changes"),
    [
        ("DEL l k x", ["l del", "k del"], 2),
        ("RENAME l k", ["l rename_from", "k rename_to"], 1),
        ("RENAMENX l k", [], 0),
        ("MOVE l 1", ["l move_from"], 1),
        ("COPY l n", ["n copy_to"], 1),
        ("SORT l STORE k", ["k sortstore"], 3),
        ("SORT l LIMIT 9 9 STORE k", ["k del"], 1),
        ("EXPIRE l 100", ["l expire"], 1),
        ("EXPIRE l -1", ["l del"], 1),
        ("PERSIST l", [], 0),
        ("TYPE x", ["x keymiss"], 0),
        ("OBJECT ENCODING x", [], 0),
        ("FLUSHDB", [], 2),
    ],
)
def test_keys_publish_what_happened_and_changes_are_counted(
    server: Server, events: Events, line: str, published: list[str], changes: int
) -> None:
    events("RPUSH l 3 1 2", "SET k v")
    before = server.dirty
    assert events(line) == published
    assert server.dirty - before == changes


def test_a_scan_for_keys_of_no_type_finds_those_that_expired(server: Server, send: Send) -> None:
    send("SET k v PX 10", "SET j v")
    server.now_ms += 11
    assert send("SCAN 0 TYPE none") == b"*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n"
    assert send("SCAN 0") == b"*2\r\n$1\r\n0\r\n*1\r\n$1\r\nj\r\n"
