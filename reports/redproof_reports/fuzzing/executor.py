"""All shards of a campaign on an executor of `concurrent.futures`, which may be a cluster of machines.

A shard is judged stretch after stretch, wherever there is room, and what a stretch has found is kept here at its end.
Ctrl-C lets the stretches that have begun end, a second one gives them up; --resume goes on with either.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from redproof_properties.errors import RedproofError, TargetError

from redproof_reports.fuzzing.shard import Shard, Tally
from redproof_reports.fuzzing.stretch import STRETCH_S, judge_stretch

_LOOK_S: Final = 0.5
"""How often Ctrl-C and the time limit are looked at."""
_GRACE_S: Final = 60.0
"""How long after the end of its time a stretch may take to shrink what it found."""


@dataclass(frozen=True, slots=True)
class Machines:
    """Where stretches are judged, and the error by which the executor says that it has tried often enough."""

    executor: Executor
    lost: type[Exception]


def run_on(machines: Machines, shards: Sequence[Shard], progress: Callable[[Sequence[Tally]], None]) -> list[Tally]:
    """Judge each shard on these machines and give their tallies; `progress` is called with those so far.

    Raises the UsageError or TargetError of a shard that could not begin. A shard that fails later has a `failure`.
    """
    stages = [_Stage(shard, machines) for shard in shards]
    with _interrupts() as interrupts:
        running = {stage.submit(): stage for stage in stages}
        while running and len(interrupts) < 2:
            done, _ = wait(running, _LOOK_S, FIRST_COMPLETED)
            for future in done:
                stage = running.pop(future)
                stage.receive(future)
                if not stage.is_over and not interrupts:
                    running[stage.submit()] = stage
            for future in [each for each, stage in running.items() if stage.is_overdue]:
                running.pop(future).give_up("the cluster did not end its last stretch", future)
            progress([stage.tally for stage in stages])
        for future, stage in running.items():
            stage.give_up("", future)
        if interrupts:
            for stage in stages:
                stage.findings.interrupted = True
    return [stage.tally for stage in stages]


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """The times that Ctrl-C was pressed."""
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


class _Stage:
    """How far a shard is, and when it is to end."""

    def __init__(self, shard: Shard, machines: Machines) -> None:
        self.findings = shard.ledger.read()
        self.tally = Tally()
        self._shard = shard
        self._machines = machines
        self._ends_s = float("inf") if shard.seconds is None else time.monotonic() + shard.seconds

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        enough = self._shard.commands is not None and self.findings.commands >= self._shard.commands
        return bool(self.tally.failure) or enough or time.monotonic() >= self._ends_s

    @property
    def is_overdue(self) -> bool:
        """Whether a stretch goes on that should have ended long ago: the machine that has it may be gone for good."""
        return time.monotonic() >= self._ends_s + _GRACE_S

    def submit(self) -> Future[Tally]:
        """Let the next stretch be judged."""
        seconds = min(STRETCH_S, max(0.0, self._ends_s - time.monotonic()))
        return self._machines.executor.submit(judge_stretch, self._shard, self.findings, seconds)

    def receive(self, future: Future[Tally]) -> None:
        """Keep what a stretch has come to. Raises what ended a shard that had not begun."""
        try:
            self.tally = future.result()
        except RedproofError as error:
            if not self.findings.histories:
                raise
            self.give_up(str(error), future)
            return
        except self._machines.lost as error:
            self.give_up(f"shard {self._shard.number} has lost its machines: {error}", future)
            return
        except CancelledError as error:
            raise TargetError(f"the executor has dropped shard {self._shard.number}: is its cluster gone?") from error
        told = self.tally.findings
        assert told is not None
        ledger = self._shard.ledger
        for signature, divergence in told.divergences.items():
            if signature not in self.findings.divergences:
                ledger.keep(divergence)
        ledger.write(told)
        self.findings = told

    def give_up(self, failure: str, future: Future[Tally]) -> None:
        """End with what is kept here."""
        future.cancel()
        self.tally.failure = failure
        self.tally.findings = self.findings
        self.tally.count(self.findings)
