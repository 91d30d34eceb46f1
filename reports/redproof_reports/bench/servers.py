"""The servers that are measured, each in a process of its own on a loopback port."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from redproof_properties.errors import TargetError, UsageError

_FAKEREDIS = (
    "import sys; from fakeredis import TcpFakeServer; "
    "TcpFakeServer(('127.0.0.1', int(sys.argv[1])), server_type='redis').serve_forever()"
)
_START_TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that takes connections: what it is called, its port and its process."""

    name: str
    port: int
    pid: int


def command_lines() -> dict[str, list[str]]:
    """How each server is started, the port left out as `{port}`. Raises UsageError when redis-server is missing."""
    redis_server = shutil.which("redis-server")
    if redis_server is None:
        raise UsageError("redis-server is not on PATH; Debian has it in the package redis-server")
    return {
        "redis": [redis_server, "--save", "", "--appendonly", "no", "--port", "{port}"],
        "bundled": [sys.executable, "-m", "redproof_server", "--save", "", "--port", "{port}"],
        "fakeredis": [sys.executable, "-c", _FAKEREDIS, "{port}"],
    }


@contextlib.contextmanager
def running(name: str) -> Iterator[RunningServer]:
    """Start a server of `command_lines` and end it after. Raises TargetError when it does not come up."""
    port = _free_port()
    argv = [part.format(port=port) for part in command_lines()[name]]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_port(name, port, process)
        yield RunningServer(name, port, process.pid)
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(name: str, port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise TargetError(f"{name} did not come up on port {port}")
