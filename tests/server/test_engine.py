"""The engine without a socket: dispatch, transactions, blocking, expiry and events, with a clock of our own."""

from collections.abc import Iterator
from random import Random

import pytest
from redproof_server import commands
from redproof_server.engine.client import Client
from redproof_server.engine.server import Server
from redproof_server.engine.versions import REDIS_62, REDIS_70, VERSIONS, Version
from redproof_server.protocol.fast import encode_request

START_MS = 1_000_000
assert commands.__all__, "importing the commands fills the table"


def new_server(version: Version = REDIS_70, **settings: str) -> Server:
    """A server with a fixed seed and clock; settings are spelled with underscores."""
    named = {name.replace("_", "-"): value for name, value in settings.items()}
    return Server(version, Random(1), START_MS, named)


@pytest.fixture(params=sorted(VERSIONS))
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of each version."""
    server = new_server(VERSIONS[request.param])
    yield server
    assert not server.blocking.ready


def connect(server: Server) -> Client:
    return server.connect(b"127.0.0.1:1", server.now_ms)


def send(client: Client, *lines: str) -> bytes:
    """Send commands in one batch, words divided by blanks; the bytes answered."""
    data = b"".join(encode_request(line.encode().split()) for line in lines)
    client.server.receive(client, data, client.server.now_ms)
    return client.take_output() if client.output else b""


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    assert send(connect(server), "SET a 1", "INCR a", "GET a", "GET b") == b"+OK\r\n:2\r\n$1\r\n2\r\n$-1\r\n"


def test_resp3_spells_its_own_null(server: Server) -> None:
    client = connect(server)
    assert send(client, "HELLO 3").startswith(b"%7\r\n")
    assert send(client, "GET b") == b"_\r\n"


@pytest.mark.parametrize(
    ("version", "text"),
    [
        (REDIS_62, b"-ERR unknown command `FOO`, with args beginning with: `a`, `b`, \r\n"),
        (REDIS_70, b"-ERR unknown command 'FOO', with args beginning with: 'a' 'b' \r\n"),
    ],
)
def test_unknown_commands_are_refused_in_the_version_s_words(version: Version, text: bytes) -> None:
    assert send(connect(new_server(version)), "FOO a b") == text


def test_nothing_runs_before_authentication() -> None:
    client = connect(new_server(requirepass="secret"))
    assert send(client, "GET a", "AUTH wrong", "AUTH secret", "GET a").split(b"\r\n") == [
        b"-NOAUTH Authentication required.",
        b"-WRONGPASS invalid username-password pair or user is disabled.",
        b"+OK",
        b"$-1",
        b"",
    ]


@pytest.mark.parametrize(
    ("version", "reply"), [(REDIS_62, b"-NOAUTH Authentication required.\r\n"), (REDIS_70, b"+RESET\r\n")]
)
def test_who_is_not_authenticated_may_reset_from_7_0_on(version: Version, reply: bytes) -> None:
    """As redis-server 6.2.14 and 7.0.15 answer."""
    client = connect(new_server(version, requirepass="secret"))
    assert send(client, "RESET") == reply


def test_a_refused_command_aborts_its_transaction(server: Server) -> None:
    client = connect(server)
    assert send(client, "MULTI", "SET a 1", "GET", "EXEC").endswith(
        b"-EXECABORT Transaction discarded because of previous errors.\r\n"
    )
    assert send(client, "GET a") == b"$-1\r\n"


def test_exec_fails_once_a_watched_key_was_changed(server: Server) -> None:
    first, second = connect(server), connect(server)
    send(first, "WATCH a", "MULTI", "GET a")
    send(second, "SET a 1")
    assert send(first, "EXEC") == b"*-1\r\n"
    assert send(first, "WATCH a", "MULTI", "GET a", "EXEC").endswith(b"*1\r\n$1\r\n1\r\n")


def test_exec_fails_once_a_watched_key_has_expired(server: Server) -> None:
    client = connect(server)
    send(client, "SET a 1 PX 10", "WATCH a", "MULTI", "GET a")
    server.now_ms += 11
    assert send(client, "EXEC") == b"*-1\r\n"


def test_blocked_clients_are_served_in_the_order_they_blocked(server: Server) -> None:
    waiting = [connect(server) for _ in range(3)]
    for client in waiting:
        assert send(client, "BLPOP l 0", "PING") == b""
    assert send(connect(server), "LPUSH l a b") == b":2\r\n"
    assert server.take_writers() == waiting[:2]
    assert waiting[0].take_output() == b"*2\r\n$1\r\nl\r\n$1\r\nb\r\n+PONG\r\n"
    assert waiting[1].take_output() == b"*2\r\n$1\r\nl\r\n$1\r\na\r\n+PONG\r\n"
    assert waiting[2].wait is not None


def test_a_transaction_serves_blocked_clients_only_at_its_end(server: Server) -> None:
    waiting = connect(server)
    send(waiting, "BLPOP l 0")
    reply = send(connect(server), "MULTI", "LPUSH l a", "DEL l", "LPUSH l b c", "EXEC")
    assert reply.endswith(b"*3\r\n:1\r\n:1\r\n:2\r\n")
    assert waiting.take_output() == b"*2\r\n$1\r\nl\r\n$1\r\nc\r\n"


def test_a_wait_ends_once_its_deadline_is_past(server: Server) -> None:
    client = connect(server)
    send(client, "BLPOP l 0.1")
    server.expire_waits(START_MS + 100)
    assert client.wait is not None
    server.expire_waits(START_MS + 101)
    assert client.take_output() == b"*-1\r\n"
    assert not server.databases[0].blocked


def test_a_client_that_leaves_while_blocked_is_forgotten(server: Server) -> None:
    client = connect(server)
    send(client, "BLPOP l m l 0")
    server.disconnect(client)
    assert send(connect(server), "LPUSH l a") == b":1\r\n"
    assert not server.databases[0].blocked


def test_keys_expire_once_their_time_is_past(server: Server) -> None:
    client = connect(server)
    send(client, "SET a 1 PX 10")
    server.now_ms += 10
    assert send(client, "GET a") == b"$1\r\n1\r\n"
    server.now_ms += 1
    assert send(client, "DBSIZE", "GET a", "DBSIZE") == b":1\r\n$-1\r\n:0\r\n"


def test_the_cron_expires_keys_that_nobody_asks_for(server: Server) -> None:
    client = connect(server)
    send(client, *(f"SET key:{number} v PX 10" for number in range(100)))
    server.cron(START_MS + 11)
    assert len(server.databases[0].keys) < 20


def test_keyspace_events_reach_subscribers(server: Server) -> None:
    listener, writer = connect(server), connect(server)
    server.pubsub.subscribe_pattern(listener, b"__key*__:*")
    send(writer, "CONFIG SET notify-keyspace-events KE$", "SET a 1", "LPUSH b 1")
    assert listener.take_output().count(b"pmessage") == 2


def test_debug_sleep_holds_up_everything_behind_it() -> None:
    server = new_server(enable_debug_command="yes")
    client = connect(server)
    assert send(client, "DEBUG SLEEP 0.5", "PING") == b"+OK\r\n"
    assert server.sleep_ms == 500
    server.resume(START_MS + 500)
    assert client.take_output() == b"+PONG\r\n"


def test_a_protocol_error_is_answered_and_closes() -> None:
    client = connect(new_server())
    client.server.receive(client, encode_request([b"PING"]) + b"*1\r\n:1\r\n" + encode_request([b"PING"]), START_MS)
    assert client.take_output() == b"+PONG\r\n-ERR Protocol error: expected '$', got ':'\r\n"
    assert client.closing
