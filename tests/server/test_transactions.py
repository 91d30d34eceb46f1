"""Transactions: refusals, and what makes EXEC fail."""

from collections.abc import Callable

import pytest
from redproof_server.engine.client import Client
from redproof_server.engine.server import Server

Send = Callable[..., bytes]

ABORTED = b"-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n"


@pytest.mark.parametrize("before", [[], ["MULTI", "SET a 1"]])
def test_a_refused_exec_ends_the_transaction_begun_or_not(send: Send, before: list[str]) -> None:
    send("WATCH a", *before)
    assert send("EXEC now") == ABORTED
    send("SET a 2", "MULTI", "GET a")
    assert send("EXEC") == b"*1\r\n$1\r\n2\r\n"


def test_nested_multi_and_watch_do_not_abort(send: Send) -> None:
    reply = send("MULTI", "MULTI", "WATCH a", "PING", "EXEC")
    assert reply.startswith(b"+OK\r\n-ERR MULTI calls can not be nested\r\n-ERR WATCH inside MULTI is not allowed\r\n")
    assert reply.endswith(b"*1\r\n+PONG\r\n")


def test_unwatch_forgets_a_change_and_inside_a_transaction_comes_too_late(
    connect: Callable[[], Client], send: Send
) -> None:
    other = connect()
    send("WATCH a")
    send("SET a 1", client=other)
    assert send("UNWATCH", "MULTI", "PING", "EXEC").endswith(b"*1\r\n+PONG\r\n")
    send("WATCH a")
    send("SET a 2", client=other)
    assert send("MULTI", "UNWATCH", "EXEC").endswith(b"*-1\r\n")
    assert send("MULTI", "PING", "EXEC").endswith(b"*1\r\n+PONG\r\n")


def test_versions_differ_in_a_watched_key_that_had_expired_already(server: Server, send: Send, version: str) -> None:
    send("SET a 1 PX 10")
    server.now_ms += 11
    reply = send("WATCH a", "MULTI", "PING", "EXEC")
    assert reply.endswith(b"*-1\r\n" if version == "6.2" else b"*1\r\n+PONG\r\n")


def test_a_pop_by_a_waiting_client_does_not_fail_another_s_exec_once_more(
    connect: Callable[[], Client], send: Send
) -> None:
    waiting, watching = connect(), connect()
    send("BLPOP l 0", client=waiting)
    send("RPUSH l a")
    assert send("WATCH l", "MULTI", "LLEN l", "EXEC", client=watching).endswith(b"*1\r\n:0\r\n")


def test_what_a_transaction_publishes_to_its_own_client_is_among_the_replies(send: Send) -> None:
    send("HELLO 3")
    replies = send("MULTI", "SUBSCRIBE a", "PUBLISH a x", "EXEC").partition(b"*2\r\n")[2]
    assert replies == (b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n:1\r\n")


@pytest.mark.parametrize(
    ("lines", "replies"),
    [
        (["MULTI", "PING", "CLIENT REPLY SKIP", "EXEC", "GET a"], b"+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+PONG\r\n"),
        (["CLIENT REPLY SKIP", "RESET", "PING"], b"+PONG\r\n"),
        (["CLIENT REPLY OFF", "RESET", "PING"], b"+RESET\r\n+PONG\r\n"),
        (["CLIENT REPLY SKIP", "SUBSCRIBE a", "PING"], b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n+PONG\r\n"),
    ],
)
def test_a_skipped_reply_is_that_of_one_command_alone(send: Send, lines: list[str], replies: bytes) -> None:
    send("HELLO 3")
    assert send(*lines) == replies
