"""Real servers that replicate with the harness, and links without a server."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator

import pytest
from redproof_model.versions import Version, find_version
from redproof_properties.targets import Connection, Target, parse_target

WAIT_MS = 2_000
SERVERS = (
    "redis",
    pytest.param(
        "local:redis-server",
        marks=pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on PATH"),
    ),
)


@pytest.fixture(scope="package", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Target]:
    """A real server, which sends no PING by itself, and a snapshot at once also when it does so without a file."""
    with parse_target(request.param) as target:
        with target.connect() as client:
            client.call("CONFIG", "SET", "repl-diskless-sync-delay", 0)
            client.call("CONFIG", "SET", "repl-ping-replica-period", 3600)
        yield target


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """A Redis 6.2 of the module's own."""
    with parse_target("redis") as started:
        yield started


@pytest.fixture
def version(target: Target) -> Version:
    """The version of the model that judges it."""
    found = find_version(target.version.family, target.version.number)
    assert found is not None
    return found


@pytest.fixture
def client(server: Target) -> Iterator[Connection]:
    """A client of the server, which is a master without keys, and loads snapshots from a file if it is told nothing."""
    with server.connect() as connected:
        connected.call("CONFIG", "SET", "repl-diskless-load", "disabled")
        connected.call("REPLICAOF", "NO", "ONE")
        connected.call("FLUSHALL")
        yield connected


@pytest.fixture
def ends() -> Iterator[tuple[Connection, socket.socket]]:
    """A connection of the harness, and the other end of it, which the test plays."""
    ours, theirs = socket.socketpair()
    with Connection(ours, "the other end", WAIT_MS) as connection, theirs:
        yield connection, theirs
