"""Targets that are processes of ours: started on a unix socket and a loopback port, ended with the run."""

from __future__ import annotations

import os
import secrets
import shlex
import signal
import subprocess
import time
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from redproof_model.reply import Error

from redproof_properties.errors import TargetDied, TargetError, TargetSilent, TargetUnreachable, UsageError
from redproof_properties.targets.address import TcpAddress, UnixAddress, open_socket
from redproof_properties.targets.connection import Connection
from redproof_properties.targets.greeting import ask, expect_pong
from redproof_properties.targets.inquiry import Inquiry
from redproof_properties.targets.lifeline import Lifeline
from redproof_properties.targets.target import Target
from redproof_properties.waiting import READY_WITHIN_MS

LOOPBACK: Final = "127.0.0.1"
PORTS: Final = range(20_000, 30_000)
"""Below the ports that systems give to clients, and far enough down for a cluster bus 10,000 above."""

SOURCE_IS_A_SETTING_SINCE: Final = (7, 0)
PORT_ATTEMPTS: Final = 5
LOG_TAIL_LINES: Final = 30
COLLATION: Final = {"LC_ALL": "C"}
"""What SORT ALPHA compares texts by is up to the environment of a redis-server; here it is their bytes."""
_POLL_S: Final = 0.002
_DYING_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server of ours listens and keeps its files."""

    folder: Path
    port: int

    @property
    def socket_path(self) -> Path:
        """The unix socket, which connections use."""
        return self.folder / "redis.sock"

    @property
    def log_path(self) -> Path:
        """What the server wrote to its standard output and error."""
        return self.folder / "server.log"


class ProcessTarget(Target):
    """A server that `start` starts in a temporary folder; a kind says by which command line."""

    databases = tuple(range(16))

    def __init__(self, spelling: str) -> None:
        super().__init__(spelling)
        self._lifeline: Lifeline | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._place: Place | None = None
        self._log_start_bytes = 0
        self.environment: Mapping[str, str] = COLLATION
        """What the server has in its environment beside what we have."""
        self.configured: Mapping[str, str] = {}
        """Settings that `configure` was told, which win over others."""
        self.host = LOOPBACK
        """The loopback address at which the server listens."""

    @abstractmethod
    def command_line(self, place: Place) -> list[str]:
        """The program and its arguments for a server that listens at `place`."""

    def sentinel_command_line(self, path: Path) -> list[str]:
        """The same program as a sentinel with this file of settings, which connects to others from `host`.

        Raises `UsageError` for a kind of server that has no sentinel, `TargetUnavailable` where the program is missing.
        """
        raise UsageError(f"{self.spelling}: has no sentinel")

    @property
    def place(self) -> Place:
        """Where the server listens and keeps its files."""
        if self._place is None:
            raise UsageError(f"{self.spelling}: not started")
        return self._place

    @property
    def tcp_address(self) -> TcpAddress:
        """The loopback port, beside the unix socket that `address` names."""
        return TcpAddress(self.host, self.place.port)

    @property
    def pid(self) -> int:
        """The server's process; raises `TargetDied` when it ended."""
        if self._process is None:
            raise UsageError(f"{self.spelling}: not started")
        if (status := self._process.poll()) is not None:
            raise self._died(status)
        return self._process.pid

    def start(self) -> None:
        """Start the server and wait until it answers."""
        if self._lifeline is not None:
            raise UsageError(f"{self.spelling}: already started")
        with ExitStack() as undo:
            undo.callback(self.stop)
            self._lifeline = Lifeline()
            self._launch(Place(Path(self._lifeline.folder), _choose_port()))
            self._version = Inquiry(self.spelling, self.connect).identify().version
            undo.pop_all()

    def twin(self) -> Self:
        """Another server with the same command line, not started."""
        made = copy(self)
        made._lifeline = made._process = made._place = made._version = None
        made.configured = {}
        return made

    def configure(self, settings: Mapping[str, str]) -> None:
        """Settings for the next `start` or `restart`, in the place of those told before."""
        self.configured = dict(settings)

    def stop(self) -> None:
        """Kill the server and remove its folder."""
        self.kill()
        self._process = self._place = self._version = None
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None

    def kill(self) -> None:
        """End the server, and children it may have forked, as `kill -9` does."""
        if self._process is None or self._lifeline is None:
            return
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._lifeline.guard(None)

    def restart(self) -> None:
        """Start the server again at the same place, killing it first when it runs."""
        place = self.place
        self.kill()
        self._launch(place)

    def pause(self) -> None:
        """Send SIGSTOP, and wait until the server stands still."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Send SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def diagnose(self) -> TargetError | None:
        """A `TargetDied` with the end of the log when the process ended or is about to."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            if self._answers():
                return None
            try:
                self._process.wait(_DYING_S)
            except subprocess.TimeoutExpired:
                return None
        return self._died(self._process.returncode)

    def _launch(self, place: Place) -> None:
        """Start the process; when another took the port meanwhile, try the next one."""
        for _ in range(PORT_ATTEMPTS):
            self._spawn(place)
            try:
                self._wait_until_ready()
            except TargetDied:
                if "address already in use" not in self._log().lower():
                    raise
                place = Place(place.folder, _choose_port())
            else:
                return
        raise TargetError(f"{self.spelling}: {PORT_ATTEMPTS} loopback ports were taken one after the other")

    def _spawn(self, place: Place) -> None:
        assert self._lifeline is not None
        self._place = place
        self.address = UnixAddress(str(place.socket_path))
        with place.log_path.open("ab") as log:
            self._log_start_bytes = log.tell()
            self._process = subprocess.Popen(
                self.command_line(place),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **self.environment},
            )
        self._lifeline.guard(self._process.pid)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_MS / 1000
        while time.monotonic() < deadline:
            assert self._process is not None
            if (status := self._process.poll()) is not None:
                raise self._died(status)
            if self._listens() and self._has_loaded():
                return
            time.sleep(_POLL_S)
        raise TargetSilent(
            f"{self.spelling}: not ready after {READY_WITHIN_MS} ms; the end of its log:\n{self._log_tail()}"
        )

    def _has_loaded(self) -> bool:
        """Whether the server is done with loading its data; raises what `expect_pong` does if it is ill."""
        with self.connect() as connection:
            reply = ask(connection, "PING")
            if isinstance(reply, Error) and reply.text.startswith(b"LOADING"):
                return False
            expect_pong(connection)
        return True

    def _listens(self) -> bool:
        try:
            open_socket(self.address, self.timeout_ms).close()
        except TargetUnreachable:
            return False
        return True

    def _answers(self) -> bool:
        """Whether the server is alive to its clients; while it dies it may still accept them."""
        try:
            with Connection(open_socket(self.address, self.timeout_ms), self.peer, self.timeout_ms) as probe:
                probe.call("PING")
        except TargetError:
            return False
        return True

    def _died(self, status: int) -> TargetDied:
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"
        return TargetDied(
            f"{self.spelling}: the server's process ended with {how}; the end of its log:\n{self._log_tail()}"
        )

    def _log(self) -> str:
        """What the server logged since it was last started."""
        return self.place.log_path.read_bytes()[self._log_start_bytes :].decode(errors="replace")

    def _log_tail(self) -> str:
        return "\n".join(self._log().splitlines()[-LOG_TAIL_LINES:])


def options_of(settings: Mapping[str, str]) -> list[str]:
    """Settings as options of a command line.

    Each value is read as in a file of settings: words with blanks between, quotes around what has blanks in it.
    """
    return [part for name, value in settings.items() for part in (f"--{name}", *(shlex.split(value) or [value]))]


def source_settings(host: str, number: tuple[int, ...]) -> dict[str, str]:
    """What lets a server of a version connect to others from a host; before 7.0 it does from where it listens."""
    return {"bind-source-addr": host} if number >= SOURCE_IS_A_SETTING_SINCE else {}


def _choose_port() -> int:
    """A port that is probably free; not from `random`, which Hypothesis seeds alike in every run."""
    return secrets.choice(PORTS)
