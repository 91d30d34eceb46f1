"""Targets judged side by side, each in a process of its own.

Ctrl-C ends the run, not the findings: as in `redproof_reports.fuzzing.shards` workers never see the terminal's SIGINT,
which they inherit as ignored; the parent passes it on as SIGTERM, and they hand over what they have.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Final, TypeAlias

from redproof_reports.matrix.evidence import Evidence
from redproof_reports.matrix.judging import Progress, Task, judge_target
from redproof_reports.worker import Worker, deaf

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
        while waiting or any(worker.running for worker in workers):
            running = [worker for worker in workers if worker.running]
            if waiting and len(running) < jobs:
                with deaf():
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


class _Worker(Worker[Progress | Evidence]):
    """The parent's end of a worker process; `evidence` is there once it has ended."""

    def __init__(self, task: Task) -> None:
        super().__init__(_work, task)
        self.task = task
        self.evidence: Evidence | None = None
        self._asked_s = 0.0

    def receive(self) -> Progress | Evidence:
        """The next message; a worker that ends without its findings has failed, unless it was made to end."""
        message = self.next_message()
        if message is None:
            message = Evidence(self.task.column.name, interrupted=self.interrupted)
            message.failure = "" if self.interrupted else self.end_told
        if isinstance(message, Evidence):
            self.evidence = message
            self.running = False
        return message

    def ask_to_stop(self) -> None:
        """Send it SIGTERM, and remember when."""
        self._asked_s = time.monotonic()
        super().ask_to_stop()

    def remind(self) -> None:
        """Ask it again if it was asked to stop and has not for a while."""
        if self.interrupted and time.monotonic() > self._asked_s + _REMIND_S:
            self.ask_to_stop()


def _work(task: Task, channel: Connection) -> None:
    """A worker's whole life."""
    signal.signal(signal.SIGTERM, _raise_interrupt)
    evidence = judge_target(task, channel.send)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel.send(evidence)


def _raise_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
