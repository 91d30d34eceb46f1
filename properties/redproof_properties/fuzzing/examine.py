"""From a divergence that a campaign met to the one that it keeps: smallest, and with how often it comes again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final, Protocol

from redproof_properties.divergence import MISSING, Divergence
from redproof_properties.errors import ProtocolError, TargetError
from redproof_properties.history import FIRST_CLIENT, Call, History
from redproof_properties.shrink import Run, shrink

EMPTY: Final = Call(FIRST_CLIENT, (b"FLUSHALL",))
"""What stands between two histories."""
_MAX_RUNS: Final = 2000
_MAX_RUNS_WAITING: Final = 40
"""Where a reply is missing each run of shrinking may wait for it as long as the target's time-out.

Each further divergence of that kind is given half of the runs of the one before: a server that does not answer many
commands would otherwise keep a campaign waiting for hours. The same goes for the time of shrinking where the server is
started anew for each run.
"""
SHRINKING_S: Final = 60.0
_ATTEMPTS: Final = 5
_ATTEMPTS_LEAST: Final = 2
_ATTEMPTS_WITHIN_S: Final = 5.0


def recover(failure: TargetError, revive: Callable[[], None] | None) -> None:
    """Let the server take another history: start it anew, but not for a reply that is no RESP, which ends connections.

    Raises the failure where it cannot be started.
    """
    if isinstance(failure, ProtocolError):
        return
    if revive is None:
        raise failure
    revive()


class Judging(Protocol):
    """Judges histories, as `Judge` does: `commands_judged` in all."""

    commands_judged: int

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        """The first divergence of each history, one after the other."""

    def run_alone(self, history: History) -> Divergence | None:
        """The first divergence of a history of which nothing that was before plays a part."""


class Examiner:
    """Runs divergent histories again, on a server that is started anew where it may have ended or hang.

    `revive` starts it anew; without it, a server that does not answer ends the examination with a TargetError.
    `stepwise` judges one command at a time, which tells at which one a server stopped answering. A missing reply is
    shrunk for at most `shrinking_s` seconds.
    """

    def __init__(
        self,
        judge: Judging,
        stepwise: Judging | None = None,
        revive: Callable[[], None] | None = None,
        shrinking_s: float = SHRINKING_S,
    ) -> None:
        self._shrinking_s = shrinking_s
        self._judge = judge
        self._stepwise = stepwise
        self._revive = revive
        self._unanswered = 0

    def locate(self, divergence: Divergence, before: History, history: History, after: History) -> Divergence:
        """The same divergence at the command to which it belongs, where that shows when it is run again.

        A missing reply does not tell what ended the server: that may be a later command of its history or one of the
        history `after` it, which were sent already, or one of the history `before`, after its last reply.
        """
        if divergence.kind != MISSING or self._stepwise is None:
            return divergence
        run = self._runner(self._stepwise, doubtful=True)
        suspects = (history, [*history, EMPTY, *after], [*before, EMPTY, *history])
        for steps in suspects:
            seen = run(steps)
            if seen is not None and seen.kind == MISSING:
                return seen
        return replace(divergence, steps=[*before, EMPTY, *history, EMPTY, *after])

    def examine(self, divergence: Divergence) -> Divergence:
        """The smallest divergence found with the same signature, with how often its steps show it again."""
        waiting = divergence.kind == MISSING
        judge = self._stepwise if waiting and self._stepwise is not None else self._judge
        run = self._runner(judge, doubtful=waiting)
        if not waiting:
            smallest, attempts = shrink(divergence, run, _MAX_RUNS), _ATTEMPTS
        elif self._revive is not None:
            ends_s = time.monotonic() + self._shrinking_s / 2**self._unanswered
            smallest, attempts = shrink(divergence, _until(ends_s, run), _MAX_RUNS), _ATTEMPTS
        else:
            max_runs = _MAX_RUNS_WAITING >> self._unanswered
            smallest, attempts = shrink(divergence, run, max_runs), min(max_runs, _ATTEMPTS)
        self._unanswered += waiting
        reproduced, attempts = _attempts(smallest, run, attempts)
        return replace(smallest, seed=divergence.seed, reproduced=reproduced, attempts=attempts)

    def _runner(self, judge: Judging, doubtful: bool) -> Run:
        """Runs histories alone; `doubtful` says that the server may not answer any more."""

        def run(history: History) -> Divergence | None:
            nonlocal doubtful
            if doubtful and self._revive is not None:
                self._revive()
            try:
                seen = judge.run_alone(history)
            except TargetError as failure:
                recover(failure, self._revive)
                seen = judge.run_alone(history)
            doubtful = seen is not None and seen.kind == MISSING
            return seen

        return run


def _until(ends_s: float, run: Run) -> Run:
    """The same up to a monotonic time, from which on nothing is found."""
    return lambda history: run(history) if time.monotonic() < ends_s else None


def _attempts(divergence: Divergence, run: Run, attempts: int) -> tuple[int, int]:
    """In how many of how many runs of its steps the divergence comes again; fewer runs where each takes long."""
    started = time.monotonic()
    reproduced = 0
    for attempt in range(1, attempts + 1):
        seen = run(divergence.steps)
        reproduced += seen is not None and seen.signature == divergence.signature
        if attempt >= _ATTEMPTS_LEAST and time.monotonic() - started > _ATTEMPTS_WITHIN_S:
            return reproduced, attempt
    return reproduced, attempts
