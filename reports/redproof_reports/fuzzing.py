"""Bulk campaigns in worker processes, each with a server of its own.

Ctrl-C ends the campaign, not the findings: workers are asked to stop and hand over what they have. They and their
servers never see the terminal's SIGINT, which they inherit as ignored; the parent passes it on as SIGTERM.
"""

from __future__ import annotations

import signal
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Final, TypeAlias

from redproof_properties.campaign import Findings, run_campaign
from redproof_properties.comparison import Comparison
from redproof_properties.errors import RedproofError, UsageError
from redproof_properties.generate import CLIENT_NAMES, Generator
from redproof_properties.judge import Judge
from redproof_properties.judged import model_version
from redproof_properties.targets import parse_target
from redproof_properties.unsupported import has_commands, unsupported_commands

from redproof_reports.worker import Worker

PROGRESS_EVERY_S: Final = 0.2
SEEDS_OF_A_JOB: Final = 1 << 32
"""Histories are numbered from the seed on; each job has this many numbers for its own."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one worker is to judge."""

    target: str
    allow_flush: bool
    groups: tuple[str, ...]
    clients: int
    resp: int
    pauses: bool
    length: int
    commands: int
    seed: int
    comparison: Comparison
    judge_as: str | None

    def split(self, jobs: int) -> list[Task]:
        """The same for several workers, each with its share of the commands and seeds that no other has."""
        share = -(-self.commands // jobs)
        return [replace(self, commands=share, seed=self.seed + job * SEEDS_OF_A_JOB) for job in range(jobs)]


@dataclass(slots=True)
class Tally:
    """How far a worker is."""

    commands: int = 0
    histories: int = 0
    signatures: set[str] = field(default_factory=set)
    server: str = ""
    model: str = ""
    notes: list[str] = field(default_factory=list)
    """What people should know of how the target is judged."""
    unsupported: tuple[str, ...] = ()
    """Commands that the target does not have although its version does."""
    findings: Findings | None = None
    """What it found, when it has ended."""


class WorkerLost(RedproofError):  # noqa: N818  (named by what happened, as the failures of targets)
    """A worker process ended without handing over its findings."""


_Message: TypeAlias = Tally | RedproofError


def run_tasks(tasks: Sequence[Task], progress: Callable[[Sequence[Tally]], None]) -> list[Tally]:
    """Run each task in a process and give their tallies; `progress` is called with those so far.

    Raises the UsageError or TargetError that ended a worker, and WorkerLost.
    """
    sigint = signal.signal(signal.SIGINT, signal.SIG_IGN)
    workers: list[_Worker] = []

    def interrupt(_signal: int, _frame: object) -> None:
        for worker in workers:
            worker.interrupt()

    try:
        workers += map(_Worker, tasks)
        signal.signal(signal.SIGINT, interrupt)
        while running := [worker for worker in workers if worker.running]:
            ready = wait([worker.channel for worker in running])
            for worker in running:
                if worker.channel in ready:
                    worker.receive()
            progress([worker.tally for worker in workers])
    finally:
        for worker in workers:
            worker.end()
        signal.signal(signal.SIGINT, sigint)
    return [worker.tally for worker in workers]


class _Worker(Worker[_Message]):
    """The parent's end of a worker process, and what it has told last."""

    def __init__(self, task: Task) -> None:
        super().__init__(_work, task)
        self.tally = Tally()

    def receive(self) -> None:
        """Take the next message. Raises what ended the worker, and WorkerLost when it said nothing."""
        message = self.next_message()
        if message is None:
            if not self.interrupted:
                raise WorkerLost(self.end_told)
            self.tally.findings = Findings(interrupted=True)
        elif isinstance(message, RedproofError):
            self.running = False
            raise message
        else:
            self.tally = message
            self.running = message.findings is None


def _work(task: Task, channel: Connection) -> None:
    """A worker's whole life."""
    signal.signal(signal.SIGTERM, _raise_interrupt)
    tally = Tally()
    try:
        _judge(task, tally, channel)
    except KeyboardInterrupt:
        tally.findings = tally.findings or Findings(tally.commands, tally.histories, interrupted=True)
    except RedproofError as error:
        channel.send(error)
        return
    channel.send(tally)


def _raise_interrupt(_signal: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _judge(task: Task, tally: Tally, channel: Connection) -> None:
    due = time.monotonic()

    def report(findings: Findings) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + PROGRESS_EVERY_S
            tally.commands, tally.histories = findings.commands, findings.histories
            tally.signatures = set(findings.divergences)
            channel.send(tally)

    with parse_target(task.target, allow_flush=task.allow_flush) as target:
        with warnings.catch_warnings(record=True) as caught:
            version = model_version(target, task.judge_as)
        tally.notes = [str(warning.message) for warning in caught]
        tally.server, tally.model = str(target.version), version.name
        tally.unsupported = unsupported_commands(target, version, task.groups)
        if not has_commands(task.groups, tally.unsupported):
            raise UsageError(f"{target.spelling} has no command of {', '.join(task.groups)}")
        generator = Generator(task.groups, task.clients, pauses=task.pauses, without=tally.unsupported)
        protocols = dict.fromkeys(CLIENT_NAMES, task.resp)
        with Judge(target, version, protocols, task.comparison) as judge:
            findings = run_campaign(judge, generator, task.seed, task.commands, task.length, report)
            for divergence in findings.divergences.values():
                divergence.target, divergence.server, divergence.model = target.spelling, tally.server, tally.model
            tally.commands, tally.histories = findings.commands, findings.histories
            tally.signatures = set(findings.divergences)
            tally.findings = findings
