"""A process of ours that works for this one and tells it how far it is: the parent's end.

It inherits that SIGINT is ignored where it is started while that is so; the parent passes Ctrl-C on as SIGTERM. What it
writes to its standard error, before any code of ours runs in it too, is kept, and passed on when it has ended.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.resource_tracker import ensure_running
from tempfile import TemporaryFile
from typing import IO, Any, Final, Generic, TypeVar

Message = TypeVar("Message")
_STDERR: Final = 2


class Worker(Generic[Message]):
    """A process that runs `work(task, channel)`; `running` until it has handed over its last message."""

    def __init__(self, work: Callable[[Any, Connection], None], task: object) -> None:
        context = get_context("spawn")
        self.channel, theirs = context.Pipe(duplex=False)
        self.running = True
        self.interrupted = False
        self._process: BaseProcess = context.Process(target=work, args=(task, theirs))
        self._said: IO[bytes] = TemporaryFile()  # noqa: SIM115 - `end` closes it
        # It outlives workers, and is not to write where they do.
        ensure_running()
        with _stderr_into(self._said):
            self._process.start()
        theirs.close()

    def next_message(self) -> Message | None:
        """What it tells next; None if it has ended without a word."""
        try:
            message: Message = self.channel.recv()
        except EOFError:
            self.running = False
            self._process.join()
            return None
        return message

    @property
    def end_told(self) -> str:
        """How a worker ended that ended without a word, and what it wrote last to its standard error."""
        said = self._read_said().split("\n")[-1]
        return f"a worker ended with exit code {self._process.exitcode}{f' ({said})' if said else ''}"

    def interrupt(self) -> None:
        """Ask it to stop and hand over; the second time end it."""
        if self.interrupted:
            self._process.kill()
        else:
            self.ask_to_stop()

    def ask_to_stop(self) -> None:
        """Send it SIGTERM."""
        self.interrupted = True
        self._process.terminate()

    def end(self) -> None:
        """Leave no process behind."""
        if self.running:
            self._process.terminate()
        self._process.join()
        self.channel.close()
        if not self._said.closed and (said := self._read_said()):
            print(said, file=sys.stderr)
        self._said.close()

    def _read_said(self) -> str:
        self._said.seek(0)
        return self._said.read().decode(errors="replace").strip()


@contextmanager
def _stderr_into(file: IO[bytes]) -> Iterator[None]:
    """What is started now has the file as its standard error."""
    before = os.dup(_STDERR)
    os.dup2(file.fileno(), _STDERR)
    try:
        yield
    finally:
        os.dup2(before, _STDERR)
        os.close(before)


@contextmanager
def deaf() -> Iterator[None]:
    """What is started now inherits that SIGINT is ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
