"""Delta debugging: the shortest history that still shows a divergence of the same signature."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final, TypeGuard, TypeVar

from redproof_properties.divergence import Divergence
from redproof_properties.grammar import Argument
from redproof_properties.history import Call, Expire, Sleep, Step
from redproof_properties.sending import BLOCKING

_Item = TypeVar("_Item")
Run = Callable[[Sequence[Step]], Divergence | None]

_SIMPLEST: tuple[Argument, ...] = (b"a", b"1", b"0")
_FEW: Final = 12
"""Steps of which each two are tried without: every pair costs a run."""

_MOMENT_MS: Final = 5

_AGAIN: Final = 3
"""How often in vain it is tried again without steps that could not go, where the moment decides what is seen."""


def shrink(divergence: Divergence, run: Run, max_runs: int = 2000) -> Divergence:
    """Give the smallest divergence found by leaving out steps and arguments, at the cost of at most `max_runs` runs.

    `run` executes a history on a fresh server and gives its first divergence. Source: Zeller and Hildebrandt,
    Simplifying and Isolating Failure-Inducing Input, 2002 (ddmin).
    """
    search = _Search(divergence, run, max_runs)
    hangs_on_time = any(map(search.may_take_time, divergence.steps))
    search.drop_steps()
    if hangs_on_time:
        search.wait_for_timeouts()
    search.simplify_arguments()
    search.drop_steps()
    search.drop_pairs()
    if hangs_on_time:
        search.wait_instead()
        search.try_again()
    return search.best


def leave_out(best: Callable[[], Sequence[_Item]], attempt: Callable[[Sequence[_Item]], bool]) -> None:
    """Leave out runs of items of the best so far, long ones first, down to single items, until none can go.

    `attempt` says whether fewer items still do; they are the best then.
    """
    size = max(1, len(best()) // 2)
    while True:
        start = 0
        shrunk = False
        while start < len(best()):
            items = best()
            if attempt([*items[:start], *items[start + size :]]):
                shrunk = True
            else:
                start += size
        if size == 1 and not shrunk:
            return
        size = max(1, size // 2)


class _Search:
    def __init__(self, divergence: Divergence, run: Run, max_runs: int) -> None:
        self.best = divergence
        self._run = run
        self._runs_left = max_runs

    def drop_steps(self) -> None:
        """Leave out steps until none can go."""
        leave_out(lambda: self.best.steps, self._try)

    def drop_pairs(self) -> None:
        """Leave out two steps that undo each other, such as SWAPDB and SELECT, of which none can go alone."""
        while len(self.best.steps) <= _FEW and self._drop_a_pair():
            self.drop_steps()

    def wait_for_timeouts(self) -> None:
        """Wait until a blocked client's time is up, in the place of commands that only took as long."""
        for index in range(len(self.best.steps) - 1):
            step = self.best.steps[index]
            if self._may_block(step) and self._try([*self.best.steps[: index + 1], Expire(step.client)]):
                return

    def wait_instead(self) -> None:
        """Do nothing for a moment in the place of a command that only took as long."""
        for index in reversed(range(len(self.best.steps))):
            if index < len(self.best.steps) and isinstance(self.best.steps[index], Call):
                self._try([*self.best.steps[:index], Sleep(_MOMENT_MS), *self.best.steps[index + 1 :]])

    def may_take_time(self, step: Step) -> bool:
        """Whether what is seen after a step may hang on how long that took."""
        return isinstance(step, Sleep | Expire) or self._may_block(step)

    def try_again(self) -> None:
        """Leave out what could not go because the time of a blocked client or of a key was up sooner, or later."""
        tries_left = _AGAIN
        while tries_left > 0:
            before = self.best
            self.drop_steps()
            tries_left = tries_left - 1 if self.best is before else _AGAIN

    def _may_block(self, step: Step) -> TypeGuard[Call]:
        return self.best.topology is None and isinstance(step, Call) and step.argv[0] in BLOCKING

    def _drop_a_pair(self) -> bool:
        steps = self.best.steps
        return any(
            self._try([*steps[:one], *steps[one + 1 : other], *steps[other + 1 :]])
            for one, other in combinations(range(len(steps)), 2)
        )

    def simplify_arguments(self) -> None:
        """Leave out arguments or replace them by simpler ones, from the last step to the first."""
        for index in reversed(range(len(self.best.steps))):
            improved = True
            while improved and self._runs_left > 0 and index < len(self.best.steps):
                step = self.best.steps[index]
                improved = isinstance(step, Call) and any(
                    self._try([*self.best.steps[:index], simpler, *self.best.steps[index + 1 :]])
                    for simpler in _simpler(step)
                )

    def _try(self, steps: Sequence[Step]) -> bool:
        if not steps or self._runs_left <= 0:
            return False
        self._runs_left -= 1
        seen = self._run(steps)
        if seen is None or seen.signature != self.best.signature or _size(seen) >= _size(self.best):
            return False
        self.best = seen
        return True


def _size(divergence: Divergence) -> tuple[int, int, int]:
    """What shrinking makes smaller: the steps, their arguments, then the bytes."""
    argvs = [step.argv for step in divergence.steps if isinstance(step, Call)]
    octets = sum(_cost(argument) for argv in argvs for argument in argv)
    return len(divergence.steps), sum(map(len, argvs)), octets


def _cost(argument: Argument) -> int:
    if not isinstance(argument, bytes):
        return 1
    rank = _SIMPLEST.index(argument) if argument in _SIMPLEST else 3
    return 8 * len(argument) + rank


def _simpler(step: Call) -> Iterator[Call]:
    for position in range(1, len(step.argv)):
        yield replace(step, argv=step.argv[:position] + step.argv[position + 1 :])
    for position in range(1, len(step.argv)):
        for simplest in _SIMPLEST:
            if step.argv[position] != simplest:
                yield replace(step, argv=(*step.argv[:position], simplest, *step.argv[position + 1 :]))
