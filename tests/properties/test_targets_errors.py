"""Whatever answers at an address, a target says clearly what was wrong, and never waits for ever."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from redproof_properties.encoding import encode_command
from redproof_properties.errors import (
    ProtocolError,
    TargetClosed,
    TargetError,
    TargetLoginRefused,
    TargetSilent,
    TargetUnreachable,
)
from redproof_properties.targets import Target, parse_target

TIMEOUT_MS = 1_000
"""A listener answers within this on a busy machine, too; only tests of one that does not answer wait for so long."""

Behaviour = Callable[[socket.socket], object]


@contextmanager
def listener(behave: Behaviour) -> Iterator[str]:
    """A server on loopback that treats each client as `behave` says, in one thread; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        finished = threading.Event()

        def serve() -> None:
            while not finished.is_set():
                client, _ = server.accept()
                with client:
                    client.settimeout(10)
                    if not finished.is_set():
                        behave(client)

        thread = threading.Thread(target=serve)
        thread.start()
        host, port = server.getsockname()
        try:
            yield f"redis://{host}:{port}"
        finally:
            finished.set()
            socket.create_connection((host, port)).close()
            thread.join()


def answers(reply: bytes) -> Behaviour:
    def behave(client: socket.socket) -> None:
        while client.recv(4096):
            client.sendall(reply)

    return behave


def answers_then_closes(reply: bytes) -> Behaviour:
    def behave(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(reply)

    return behave


def quick(url: str) -> Target:
    target = parse_target(url)
    target.timeout_ms = TIMEOUT_MS
    return target


@pytest.mark.parametrize(
    ("behave", "error", "message"),
    [
        pytest.param(
            answers(b"HTTP/1.1 400 Bad Request\r\n\r\n"), ProtocolError, "not a RESP server.*HTTP/1.1 400", id="http"
        ),
        pytest.param(answers(b"SSH-2.0-OpenSSH_9.2\r\n"), ProtocolError, "not a RESP server.*SSH-2.0", id="ssh"),
        pytest.param(answers(b"\x15\x03\x01\x00\x02\x02\x16"), ProtocolError, "does it want TLS", id="tls"),
        pytest.param(answers(b"+HELLO\r\n"), TargetError, "PING was answered with HELLO", id="no-pong"),
        pytest.param(
            answers(b"-LOADING Redis is loading the dataset in memory\r\n"), TargetError, "LOADING", id="loading"
        ),
        pytest.param(
            answers(b"-NOAUTH Authentication required.\r\n"),
            TargetLoginRefused,
            "NOAUTH.*redis://user:password@",
            id="no-password",
        ),
        pytest.param(answers(b""), TargetSilent, f"no reply within {TIMEOUT_MS} ms", id="silent"),
        pytest.param(
            answers(b"$100\r\nPO"), TargetSilent, "in the middle of a reply: 8 bytes", id="stops-inside-a-reply"
        ),
        pytest.param(lambda _: None, TargetClosed, "closed the connection", id="closes-at-once"),
        pytest.param(
            answers_then_closes(b"+PO"), TargetClosed, "in the middle of a reply, after 3 bytes", id="closes-inside"
        ),
    ],
)
def test_a_server_that_is_no_redis_is_named_for_what_it_does(
    behave: Behaviour, error: type[TargetError], message: str
) -> None:
    with listener(behave) as url:
        with pytest.raises(error, match=message) as caught:
            quick(url).start()
        assert url in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "reply",
    [
        b"-WRONGPASS invalid username-password pair or user is disabled.\r\n",
        b"-ERR AUTH <password> called without any password configured for the default user.\r\n",
        b"-NOAUTH Authentication required.\r\n",
    ],
)
@pytest.mark.parametrize("resp", [2, 3])
def test_a_refused_password_is_not_shown(reply: bytes, resp: int) -> None:
    with listener(answers(reply)) as url:
        target = quick(url.replace("//", "//someone:secret@"))
        with pytest.raises(TargetLoginRefused, match="the server refused us") as caught:
            target.connect(resp)
    assert "secret" not in str(caught.value)
    assert "secret" not in target.spelling


def test_a_server_without_resp3_is_told_apart_from_a_refused_password() -> None:
    with (
        listener(answers(b"-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n")) as url,
        pytest.raises(TargetError, match="no RESP3"),
    ):
        quick(url).connect(3)


def test_a_server_that_takes_no_more_bytes_is_silent() -> None:
    command = encode_command([b"SET", b"key", bytes(1 << 25)])
    given_up = threading.Event()
    with listener(lambda client: bool(given_up.wait(10))) as url, quick(url).connect() as connection:
        try:
            with pytest.raises(TargetSilent, match="took no bytes"):
                connection.send(command)
        finally:
            given_up.set()


def test_another_protocol_is_named_when_resp3_was_asked_for_first() -> None:
    with listener(answers(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as url:
        with pytest.raises(ProtocolError, match="not a RESP server") as caught:
            quick(url).connect(3)
        assert url in str(caught.value)


def test_nobody_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(TargetUnreachable, match=f"127.0.0.1:{port}.*Is a server running there"):
        parse_target(f"redis://127.0.0.1:{port}").start()


@pytest.mark.parametrize("url", ["unix:///no/such/socket", f"unix:///{'long/' * 40}", "redis://no.such.host.invalid"])
def test_an_address_that_cannot_be_is_unreachable(url: str) -> None:
    with pytest.raises(TargetUnreachable, match=url):
        parse_target(url).start()
