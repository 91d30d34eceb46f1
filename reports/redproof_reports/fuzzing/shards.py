"""All shards of a campaign side by side, each in a process of its own with a server of its own.

Ctrl-C ends the campaign, not the findings: the processes are asked to stop and hand over what they have. They and their
servers never see the terminal's SIGINT, which they inherit as ignored; the parent passes it on as SIGTERM. A process
that is lost is started again, and goes on where its shard was.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import wait
from typing import Final

from redproof_properties.errors import RedproofError, UsageError

from redproof_reports.fuzzing.shard import Message, Shard, Tally, work
from redproof_reports.worker import Worker, deaf

LOST_IN_A_ROW_MAX: Final = 3
"""A shard is given up when so many of its processes were lost and none of them finished a history."""


def run_shards(shards: Sequence[Shard], progress: Callable[[Sequence[Tally]], None]) -> list[Tally]:
    """Run each shard in a process and give their tallies; `progress` is called with those so far.

    Raises the UsageError or TargetError of a shard that could not begin. A shard that fails later has a `failure`.
    """
    runners: list[_Runner] = []

    def interrupt(_signal: int, _frame: object) -> None:
        for runner in runners:
            runner.interrupt()

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        runners += map(_Runner, shards)
        signal.signal(signal.SIGINT, interrupt)
        while running := [runner for runner in runners if runner.worker.running]:
            ready = wait([runner.worker.channel for runner in running])
            for runner in running:
                if runner.worker.channel in ready:
                    runner.receive()
            progress([runner.tally for runner in runners])
    finally:
        for runner in runners:
            runner.worker.end()
        signal.signal(signal.SIGINT, before)
    return [runner.tally for runner in runners]


class _Runner:
    """A shard, the process that is at it, and what it has told last."""

    def __init__(self, shard: Shard) -> None:
        self.tally = Tally()
        self._shard = shard
        self._ends_s = None if shard.seconds is None else time.monotonic() + shard.seconds
        self._lost = 0
        self._histories_before = 0
        self._interrupted = False
        self._lost_notes: list[str] = []
        self.worker = Worker[Message](work, shard)

    def interrupt(self) -> None:
        """Ask the process to stop and hand over; the second time end it."""
        self._interrupted = True
        self.worker.interrupt()

    def receive(self) -> None:
        """Take the next message. Raises what ended a shard that had not begun."""
        message = self.worker.next_message()
        if message is None:
            self._replace()
        elif isinstance(message, RedproofError):
            self.worker.running = False
            if isinstance(message, UsageError) or not self.tally.histories:
                raise message
            self._give_up(str(message))
        else:
            self.tally = message
            self.tally.notes = [*message.notes, *self._lost_notes]
            self.worker.running = message.findings is None

    def _replace(self) -> None:
        """Go on with the shard of a process that ended without a word."""
        if self._interrupted:
            self._give_up("")
            return
        histories = self._shard.ledger.read().histories
        self._lost = 1 if histories > self._histories_before else self._lost + 1
        self._histories_before = histories
        told = f"{self.worker.end_told} in shard {self._shard.number} after {histories:,} histories"
        if self._lost >= LOST_IN_A_ROW_MAX:
            self._give_up(f"{told}, and {self._lost} in a row got no further")
            return
        self._lost_notes.append(f"{told}; another went on from there")
        self.tally.notes = [*self.tally.notes, self._lost_notes[-1]]
        self.worker.end()
        left_s = None if self._ends_s is None else max(0.0, self._ends_s - time.monotonic())
        with deaf():
            self.worker = Worker[Message](work, replace(self._shard, seconds=left_s))

    def _give_up(self, failure: str) -> None:
        """End with what is on disk."""
        self.tally.failure = failure
        self.tally.findings = self._shard.ledger.read()
        self.tally.findings.interrupted = self._interrupted
        self.tally.count(self.tally.findings)
