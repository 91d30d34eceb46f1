"""Breadth-first search: every reachable state once, level by level, with all claims checked on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from redproof_model.kernel.explore.initial import initial_states
from redproof_model.kernel.explore.liveness import judge_leads
from redproof_model.kernel.explore.packing import Packing
from redproof_model.kernel.explore.results import Exploration, Progress, Violation, Witness
from redproof_model.kernel.explore.successors import Held, Moved, Step, Successors
from redproof_model.kernel.explore.traces import Packed, Pathfinder, chunks, extended, state_at
from redproof_model.kernel.explore.visited import Visited, Words, joined
from redproof_model.kernel.parts import Claim
from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import constant
from redproof_model.kernel.trace import Trace

MEMORY_BYTES_MAX: Final = 4 * 2**30
_BATCH: Final = 2**16
"""Successors that are looked up at once."""

_ALIVE: Final = Claim("no_deadlock", constant(True, Bool), "Some action is always possible.")


class _StoppedError(Exception):
    """The search ends before all is visited; the text says why."""


@dataclass(slots=True)
class _Finding:
    """In how many states or steps something was found, and where first: the level, the state, the step from there."""

    count: int = 0
    level: int = 0
    state: Packed = ()
    step: Step | None = None

    def add(self, level: int, words: Words, which: Any, step: Step | None = None) -> None:
        """Count the states of the level in which it was found."""
        count = int(np.count_nonzero(which))
        if count and not self.count:
            self.level, self.state, self.step = level, state_at(words, int(np.argmax(which))), step
        self.count += count


class Search:
    """A search under way: what has been visited, found and counted."""

    def __init__(
        self,
        system: System,
        *,
        states_max: int | None = None,
        memory_bytes_max: int = MEMORY_BYTES_MAX,
        stop_at_first: bool = False,
        states_expected: int = 0,
    ) -> None:
        self.system = system
        self.packing = Packing(system)
        kinds = {"invariant": system.invariants, "always": system.properties, "sometimes": system.witnesses}
        self.watched = [(kind, claim) for kind, claims in kinds.items() for claim in claims]
        self.successors = Successors(system, self.packing, [claim.term for _, claim in self.watched])
        self.states_max = states_max
        self.memory_bytes_max = memory_bytes_max
        self.stop_at_first = stop_at_first
        self.visited = Visited(states_expected)
        self.levels: list[Words] = []
        self.next: list[Words] = []
        self.candidates: list[Words] = []
        self.offered = 0
        self.expanded = 0
        """How many states of the last level have been expanded."""
        self.firings: Counter[str] = Counter()
        self.in_states = [_Finding() for _ in (*self.watched, _ALIVE)]
        self.deadlocks = self.in_states[-1]
        self.in_steps: dict[tuple[str, str], tuple[Claim, _Finding]] = {}
        self.memory_bytes = 0

    def run(self, progress: Callable[[Progress], None]) -> None:
        """Visit every state. Raises _StoppedError."""
        for words in initial_states(self.system, self.packing):
            self._offer(words)
        self._look_up()
        while self.next:
            self.levels.append(joined(self.next))
            self.next, self.expanded = [], 0
            for chunk in chunks(self.levels[-1]):
                self._expand(chunk)
                self.expanded += len(chunk[0])
                progress(self._progress())
                if self.stop_at_first and self.broken:
                    raise _StoppedError("a claim is broken")
            self._look_up()

    def _progress(self) -> Progress:
        left = len(self.levels[-1][0]) - self.expanded
        frontier = left + sum(len(words[0]) for words in self.next)
        return Progress(self.visited.count, self.firings.total(), len(self.levels) - 1, frontier)

    @property
    def broken(self) -> bool:
        """Whether any claim was broken so far."""
        states = zip(self.watched, self.in_states, strict=False)
        return any(finding.count and kind != "sometimes" for (kind, _), finding in states) or bool(self.in_steps)

    def _expand(self, words: Words) -> None:
        for moved in self.successors.expand(words, lambda number, held: self._watch(number, words, held)):
            self.firings[moved.step.action.name] += moved.count
            self._offer(self._checked(words, moved) if moved.held else moved.after)

    def _watch(self, number: int, words: Words, held: Held) -> None:
        """Take note of the states in which a claim is broken or a witness seen, or, after all those, of deadlocks."""
        finding = self.in_states[number]
        if number < len(self.watched) and self.watched[number][0] == "sometimes":
            if not finding.count:
                finding.add(len(self.levels) - 1, words, np.broadcast_to(held, len(words[0])))
        elif not np.all(held):
            finding.add(len(self.levels) - 1, words, ~np.broadcast_to(held, len(words[0])))

    def _checked(self, words: Words, moved: Moved) -> Words:
        """The states after that are within their ranges, with the claims about the step checked."""
        if all(map(np.all, moved.held)):
            return moved.after
        before = words if moved.index is None else tuple(word.take(moved.index) for word in words)
        for number, (claim, held) in enumerate(zip(moved.step.claims, moved.held, strict=True)):
            broken = ~np.broadcast_to(held, moved.count)
            if broken.any():
                kind = "range" if number < moved.step.ranges else "every_step"
                _, finding = self.in_steps.setdefault((kind, claim.name), (claim, _Finding()))
                finding.add(len(self.levels) - 1, before, broken, moved.step)
        inside = moved.within()
        return tuple(word[inside] for word in moved.after)

    def _offer(self, words: Words) -> None:
        """Take states as candidates for new ones."""
        self.candidates.append(words)
        self.offered += len(words[0])
        if self.offered >= _BATCH:
            self._look_up()

    def _look_up(self) -> None:
        """Add the candidates that are new to the next level."""
        if not self.offered:
            return
        words = joined(self.candidates)
        self.candidates, self.offered = [], 0
        self._account(len(words[0]))
        new = self.visited.add(words)
        if len(new[0]):
            self.next.append(new)
        if self.states_max is not None and self.visited.count > self.states_max:
            raise _StoppedError(f"more than {self.states_max:,} states")

    def _account(self, more: int) -> None:
        states = (self.visited.count + more) * 8 * self.packing.words
        needed = states + self.visited.nbytes_with(more)
        if needed > self.memory_bytes_max:
            raise _StoppedError(f"more than {self.memory_bytes_max:,} bytes of memory would be needed")
        self.memory_bytes = max(self.memory_bytes, needed)

    def end(self, judged: bool) -> None:
        """Make a level of what has been found of the next, and check the claims on all states not yet expanded."""
        if judged and self.levels:
            self._watch_all(tuple(word[self.expanded :] for word in self.levels[-1]))
        if self.next:
            self.levels.append(joined(self.next))
            if judged:
                self._watch_all(self.levels[-1])

    def _watch_all(self, words: Words) -> None:
        for chunk in chunks(words):
            for number, held in enumerate(self.successors.watch(chunk)):
                self._watch(number, chunk, held)


def explore(
    system: System,
    *,
    states_max: int | None = None,
    memory_bytes_max: int = MEMORY_BYTES_MAX,
    stop_at_first: bool = False,
    deadlocks_allowed: bool = True,
    states_expected: int = 0,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Exploration:
    """Visit every reachable state of a system of finite scope and check all its claims.

    It ends before that, and says why, once there are more than `states_max` states, when it would need more memory
    than `memory_bytes_max`, when interrupted from the keyboard, and, with `stop_at_first`, once a claim is broken.
    It is faster when told how many states to expect.
    Raises ValueError when the scope has no bounds.
    """
    search = Search(
        system,
        states_max=states_max,
        memory_bytes_max=memory_bytes_max,
        stop_at_first=stop_at_first,
        states_expected=states_expected,
    )
    stopped, interrupted = "", False
    try:
        search.run(progress)
    except _StoppedError as reason:
        stopped = str(reason)
    except KeyboardInterrupt:
        stopped, interrupted = "interrupted", True
    search.end(judged=bool(stopped) and not interrupted and not (stop_at_first and search.broken))
    return _Report(search, deadlocks_allowed).exploration(stopped, interrupted)


class _Report:
    """What a search has found, with its traces."""

    def __init__(self, search: Search, deadlocks_allowed: bool) -> None:
        self._search = search
        self._deadlocks_allowed = deadlocks_allowed
        findings = [*search.in_states, *(finding for _, finding in search.in_steps.values())]
        seen = [finding for finding in findings if finding.count]
        finder = Pathfinder(search.system, search.packing, search.levels)
        traces = finder.traces([(finding.level, finding.state) for finding in seen])
        self._traces = {id(finding): trace for finding, trace in zip(seen, traces, strict=True)}

    def exploration(self, stopped: str, interrupted: bool) -> Exploration:
        """All of it; leads-to claims are judged only if every state was reached."""
        search, system = self._search, self._search.system
        violations = list(self._violations())
        if not stopped:
            violations += judge_leads(system, search.packing, search.levels)
        sizes = [len(level[0]) for level in search.levels]
        states = sum(sizes)
        return Exploration(
            system=system,
            states=states,
            transitions=search.firings.total(),
            levels=sizes,
            firings={action.name: search.firings[action.name] for action in system.concrete_actions},
            deadlocks=search.deadlocks.count,
            deadlock=self._trace(search.deadlocks),
            violations=violations,
            witnesses=[
                Witness(claim, self._trace(finding))
                for (kind, claim), finding in zip(search.watched, search.in_states, strict=False)
                if kind == "sometimes"
            ],
            unjudged=system.leads if stopped else (),
            stopped=stopped,
            interrupted=interrupted,
            bits=search.packing.bits,
            words=search.packing.words,
            memory_bytes=search.memory_bytes,
            collision_probability=0.0 if search.packing.is_exact else states * (states - 1) / 2**65,
        )

    def _violations(self) -> Iterable[Violation]:
        search = self._search
        for (kind, claim), finding in zip(search.watched, search.in_states, strict=False):
            if finding.count and kind != "sometimes":
                yield Violation(kind, claim, finding.count, self._traces[id(finding)])
        for (kind, _), (claim, finding) in search.in_steps.items():
            assert finding.step is not None
            trace = extended(self._traces[id(finding)], finding.step.action)
            yield Violation(kind, claim, finding.count, trace)
        if search.deadlocks.count and not self._deadlocks_allowed:
            yield Violation("deadlock", _ALIVE, search.deadlocks.count, self._traces[id(search.deadlocks)])

    def _trace(self, finding: _Finding) -> Trace | None:
        return self._traces.get(id(finding))
