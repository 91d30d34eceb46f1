"""A server of each version without a socket, what its clients are answered and what it publishes.

A test of one version sets it: `@pytest.mark.parametrize("version", ["6.2"])`.
"""

from collections.abc import Callable, Iterator
from random import Random

import pytest
from network import Network
from redproof_server import commands
from redproof_server.engine.client import Client
from redproof_server.engine.files import FileRead
from redproof_server.engine.server import Server
from redproof_server.engine.versions import VERSIONS
from redproof_server.protocol.fast import encode_request

START_MS = 1_000_000
assert commands.__all__, "importing the commands fills the table"


@pytest.fixture(params=sorted(VERSIONS))
def version(request: pytest.FixtureRequest) -> str:
    """The name of the emulated version."""
    name: str = request.param
    return name


@pytest.fixture
def server(version: str) -> Iterator[Server]:
    """A server that publishes all keyspace events; its clock stands still."""
    server = Server(VERSIONS[version], Random(1), START_MS, {"notify-keyspace-events": "KAm"})
    yield server
    assert not server.blocking.ready


@pytest.fixture
def network() -> Network:
    """An empty network of servers without sockets."""
    return Network()


@pytest.fixture
def disk() -> dict[str, bytes]:
    """The files that there are, by path."""
    return {}


@pytest.fixture
def see_to_files(server: Server, disk: dict[str, bytes]) -> Callable[..., None]:
    """Does with files what the server asks for, as the shell would; nothing can be written if there is a `problem`."""

    def see_to_files(problem: str | None = None) -> None:
        effects = server.saving.effects
        while effects:
            effect = effects.pop(0)
            if isinstance(effect, FileRead):
                effect.done(disk.get(effect.path))
            elif problem is not None:
                effect.done(problem)
            elif not effect.is_cancelled:
                disk[effect.path] = b"".join(effect.pieces)
                effect.done(None)
            server.resume(server.now_ms)

    return see_to_files


@pytest.fixture
def connect(server: Server) -> Callable[[], Client]:
    """Makes another client."""
    return lambda: server.connect(b"127.0.0.1:1", server.now_ms)


@pytest.fixture
def send(server: Server, connect: Callable[[], Client]) -> Callable[..., bytes]:
    """Sends commands in one batch, words divided by blanks, from the first client or from `client`."""
    first = connect()

    def send(*lines: str, client: Client = first) -> bytes:
        data = b"".join(encode_request(line.encode().split()) for line in lines)
        server.receive(client, data, server.now_ms)
        return client.take_output() if client.output else b""

    return send


@pytest.fixture
def ask(server: Server, connect: Callable[[], Client]) -> Callable[..., bytes]:
    """Sends one request, whose words may hold blanks, from the first client or from `client`."""
    first = connect()

    def ask(*words: str | bytes, client: Client = first) -> bytes:
        request = [word.encode() if isinstance(word, str) else word for word in words]
        server.receive(client, encode_request(request), server.now_ms)
        return client.take_output() if client.output else b""

    return ask


@pytest.fixture
def events(server: Server, connect: Callable[[], Client], send: Callable[..., bytes]) -> Callable[..., list[str]]:
    """Sends commands and gives the keyspace events that they caused, as "key event"."""
    listener = connect()
    server.pubsub.subscribe_pattern(listener, b"__keyspace@0__:*")

    def events(*lines: str) -> list[str]:
        listener.output.clear()
        send(*lines)
        messages = [message.split(b"\r\n") for message in listener.output]
        return [f"{parts[6].partition(b':')[2].decode()} {parts[8].decode()}" for parts in messages]

    return events


@pytest.fixture
def encoding(send: Callable[..., bytes]) -> Callable[[str], str]:
    """Gives the encoding of the value at a key."""
    return lambda key: send(f"OBJECT ENCODING {key}").split(b"\r\n")[1].decode()
