"""Targets judged side by side, each in a process of its own.

Ctrl-C ends the run, not the findings: as in `redproof_reports.fuzzing` workers never see the terminal's SIGINT,
which they inherit as ignored; the parent passes it on as SIGTERM, and they hand over what they have.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final, TypeAlias

from redproof_reports.matrix.evidence import Evidence
from redproof_reports.matrix.judging import Progress, Task, judge_target

Show: TypeAlias = Callable[[Task, Progress | Evidence], None]
_POLL_S: Final = 0.5
_REMIND_S: Final = 5.0
"""After how long a worker that was asked to stop is asked again: what is raised in a callback of the garbage
collector, as Hypothesis has one, is lost."""


def judge_targets(tasks: Sequence[Task], jobs: int, show: Show) -> list[Evidence]:
    """The evidence for each task, in their order, `jobs` at a time; `show` is told of all progress and of each end."""
    workers: list[_Worker] = []
    waiting = deque(tasks)

    def interrupt(_signal: int, _frame: object) -> None:
        waiting.clear()
        for worker in workers:
            worker.interrupt()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        while waiting or any(worker.evidence is None for worker in workers):
            running = [worker for worker in workers if worker.evidence is None]
            if waiting and len(running) < jobs:
                with _deaf():
                    workers.append(_Worker(waiting.popleft()))
                continue
            ready = wait([worker.channel for worker in running], _POLL_S)
            for worker in running:
                if worker.channel in ready:
                    show(worker.task, worker.receive())
                else:
                    worker.remind()
    finally:
        for worker in workers:
            worker.end()
        signal.signal(signal.SIGINT, before)
    found = {worker.task: worker.evidence for worker in workers}
    return [found.get(task) or Evidence(task.column.name, interrupted=True) for task in tasks]


@contextmanager
def _deaf() -> Iterator[None]:
    """What is started now inherits that SIGINT is ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Worker:
    """The parent's end of a worker process; `evidence` is there once it has ended."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.evidence: Evidence | None = None
        context = get_context("spawn")
        self.channel, theirs = context.Pipe(duplex=False)
        self._interrupted = False
        self._asked_s = 0.0
        self._process: BaseProcess = context.Process(target=_work, args=(task, theirs))
        self._process.start()
        theirs.close()

    def receive(self) -> Progress | Evidence:
        """The next message; a worker that ends without its findings has failed, unless it was made to end."""
        try:
            message: Progress | Evidence = self.channel.recv()
        except EOFError:
            self._process.join()
            message = Evidence(self.task.column.name, interrupted=self._interrupted)
            if not self._interrupted:
                message.failure = f"a worker ended with exit code {self._process.exitcode}"
        if isinstance(message, Evidence):
            self.evidence = message
        return message

    def interrupt(self) -> None:
        """Ask it to stop and hand over; the second time end it."""
        if self._interrupted:
            self._process.kill()
        else:
            self._ask()

    def remind(self) -> None:
        """Ask it again if it was asked to stop and has not for a while."""
        if self._interrupted and time.monotonic() > self._asked_s + _REMIND_S:
            self._ask()

    def _ask(self) -> None:
        self._interrupted = True
        self._asked_s = time.monotonic()
        self._process.terminate()

    def end(self) -> None:
        """Leave no process behind."""
        if self.evidence is None:
            self._process.terminate()
        self._process.join()
        self.channel.close()


def _work(task: Task, channel: Connection) -> None:
    """A worker's whole life."""
    signal.signal(signal.SIGTERM, _raise_interrupt)
    evidence = judge_target(task, channel.send)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel.send(evidence)


def _raise_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
