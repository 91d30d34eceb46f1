"""Bulk runs: many histories on one target, each divergence shrunk once and counted after."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from math import ceil
from typing import Protocol

from redproof_properties.divergence import MISSING, Divergence, unanswered
from redproof_properties.errors import ProtocolError, TargetError
from redproof_properties.fuzzing.examine import EMPTY, SHRINKING_S, Examiner, Judging, recover
from redproof_properties.fuzzing.findings import Findings
from redproof_properties.fuzzing.source import Drawn, Source
from redproof_properties.generate import Generator
from redproof_properties.history import History

_REMEMBERED = 4
"""Histories that may still be asked for: the one that is judged, that before it, and those that were sent ahead."""


class Observer(Protocol):
    """Hears of a campaign while it runs."""

    def progress(self, findings: Findings) -> None:
        """Another history is finished."""

    def met(self, divergence: Divergence) -> None:
        """A new divergence, as it was met; it is examined next."""

    def kept(self, divergence: Divergence) -> None:
        """The same divergence after it was examined."""


class Silence:
    """Tells nobody."""

    def progress(self, findings: Findings) -> None:
        """Nothing is told."""

    def met(self, divergence: Divergence) -> None:
        """Nothing is told."""

    def kept(self, divergence: Divergence) -> None:
        """Nothing is told."""


class Campaign:
    """Judges the histories of a source one after the other and keeps each divergence once.

    With `revive`, which starts the target anew, a server that ends or does not answer ends only the history that it
    was at; that is kept as a divergence, which is shrunk for at most `shrinking_s` seconds. `findings` are those of an
    earlier run to be gone on with.
    """

    def __init__(
        self,
        judge: Judging,
        source: Source,
        *,
        stepwise: Judging | None = None,
        revive: Callable[[], None] | None = None,
        observer: Observer | None = None,
        findings: Findings | None = None,
        shrinking_s: float = SHRINKING_S,
    ) -> None:
        self.findings = findings or Findings()
        self._judge = judge
        self._source = source
        self._revive = revive
        self._examiner = Examiner(judge, stepwise, revive, shrinking_s)
        self._observer = observer or Silence()
        self._given: deque[tuple[int, History]] = deque(maxlen=_REMEMBERED)

    def run(self, commands: int = sys.maxsize, is_over: Callable[[Findings], bool] = lambda findings: False) -> None:
        """Go on until so many commands have been judged in all, or until `is_over` after a history, or Ctrl-C.

        Raises TargetError when the target cannot go on.
        """
        judged_before = self.findings.commands - self._judge.commands_judged
        try:
            while self.findings.commands < commands:
                if self._advance(judged_before, commands, is_over):
                    return
        except KeyboardInterrupt:
            self.findings.interrupted = True

    def _advance(self, judged_before: int, commands: int, is_over: Callable[[Findings], bool]) -> bool:
        """Judge histories up to so many commands, or to where the target must be started anew; True when it is over."""
        findings = self.findings
        began_with = findings.histories
        number_of_histories = ceil((commands - findings.commands) / self._source.length)
        try:
            for divergence in self._judge.run_all(self._next(number_of_histories)):
                findings.histories += 1
                if divergence is not None:
                    self._enter(divergence, findings.histories - 1)
                findings.commands = judged_before + self._judge.commands_judged
                self._observer.progress(findings)
                if is_over(findings):
                    return True
                if divergence is not None and divergence.kind == MISSING and self._revive is not None:
                    self._revive()
                    return False
        except TargetError as error:
            may_go_on = self._revive is not None or isinstance(error, ProtocolError)
            if not may_go_on or findings.histories == began_with:
                raise
            self._blame(error)
            recover(error, self._revive)
        return False

    def _next(self, number_of_histories: int) -> Iterator[History]:
        first = self.findings.histories
        for number, history in enumerate(islice(self._source.histories(first), number_of_histories), first):
            self._given.append((number, history))
            yield history

    def _enter(self, divergence: Divergence, number: int) -> None:
        """Keep what the history of this number has shown."""
        self._source.diverged(number)
        before, history, after = (self._history(each) for each in (number - 1, number, number + 1))
        divergence = self._examiner.locate(divergence, before, history, after)
        divergence.seed = str(self._source.seed_of(number))
        signature = divergence.signature
        self.findings.occurrences[signature] += 1
        if signature not in self.findings.divergences:
            self.findings.divergences[signature] = divergence
            self._observer.met(divergence)
            kept = self._examiner.examine(divergence)
            self.findings.divergences[signature] = kept
            self._observer.kept(kept)

    def _blame(self, error: TargetError) -> None:
        """Keep that the server did not take the first command after the last finished history."""
        number = self.findings.histories - 1
        self._enter(unanswered("FLUSHALL", "a reply", error, [*self._history(number), EMPTY]), number)

    def _history(self, number: int) -> History:
        """One of the last histories; empty for one that there was not."""
        return next((history for given, history in self._given if given == number), ())


def run_campaign(
    judge: Judging,
    generator: Generator,
    seed: int,
    commands: int,
    history_length: int = 100,
    max_divergences: int = sys.maxsize,
) -> Findings:
    """Judge at least `commands` commands in histories of `history_length`, drawn from `seed`.

    History number n has the seed `seed + n`, so `commands=1` with that seed runs it alone. Ctrl-C ends the
    campaign with what it has found so far, and so does the last of `max_divergences` different divergences.
    Raises TargetError when the target cannot go on.
    """
    campaign = Campaign(judge, Drawn(generator, seed, history_length))
    campaign.run(commands, lambda findings: len(findings.divergences) >= max_divergences)
    return campaign.findings
