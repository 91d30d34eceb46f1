"""A process of ours that works for this one and tells it how far it is: the parent's end.

It inherits that SIGINT is ignored where it is started while that is so; the parent passes Ctrl-C on as SIGTERM.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

Message = TypeVar("Message")


class Worker(Generic[Message]):
    """A process that runs `work(task, channel)`; `running` until it has handed over its last message."""

    def __init__(self, work: Callable[[Any, Connection], None], task: object) -> None:
        context = get_context("spawn")
        self.channel, theirs = context.Pipe(duplex=False)
        self.running = True
        self.interrupted = False
        self._process: BaseProcess = context.Process(target=work, args=(task, theirs))
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
        """How a worker ended that ended without a word."""
        return f"a worker ended with exit code {self._process.exitcode}"

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
