"""Shortest traces without stored parents: from a state back through the levels, each time to one that leads to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

from redproof_model.kernel.explore.packing import Packing
from redproof_model.kernel.explore.successors import Moved, Step, Successors
from redproof_model.kernel.explore.visited import Words
from redproof_model.kernel.parts import Action
from redproof_model.kernel.python import StateValues, compile_function
from redproof_model.kernel.system import System
from redproof_model.kernel.trace import Trace

Packed: TypeAlias = tuple[int, ...]
CHUNK: Final = 2**16
"""States that are computed with at once: few enough that what is computed of them stays in the cache."""


def chunks(words: Words) -> Iterator[Words]:
    """States in chunks."""
    for first in range(0, len(words[0]), CHUNK):
        yield tuple(word[first : first + CHUNK] for word in words)


def state_at(words: Words, index: int) -> Packed:
    """One of the states."""
    return tuple(int(word[index]) for word in words)


@dataclass(slots=True)
class Path:
    """The way to a state of a level, put together backwards."""

    level: int
    states: list[Packed]
    steps: list[Step] = field(default_factory=list)


class Pathfinder:
    """Finds the ways to states through the levels of an exploration, which are its states by their distance."""

    def __init__(self, system: System, packing: Packing, levels: Sequence[Words]) -> None:
        self._system = system
        self._packing = packing
        self._levels = levels
        self._successors = Successors(system, packing)

    def traces(self, found: Sequence[tuple[int, Packed]]) -> list[Trace]:
        """A shortest trace to each of these states, given with the level it is of."""
        paths = [Path(level, [state]) for level, state in found]
        for level in range(max((path.level for path in paths), default=0) - 1, -1, -1):
            pending = [path for path in paths if path.level > level]
            parents = self._parents(level, {path.states[-1] for path in pending})
            for path in pending:
                state, step = parents[path.states[-1]]
                path.states.append(state)
                path.steps.append(step)
        return [self._trace(path) for path in paths]

    def _parents(self, level: int, wanted: set[Packed]) -> dict[Packed, tuple[Packed, Step]]:
        """A state of the level that leads to each of the wanted ones, and by which step."""
        parents: dict[Packed, tuple[Packed, Step]] = {}
        for chunk in chunks(self._levels[level]):
            for moved in self._successors.expand(chunk):
                for at in hits(moved, wanted - parents.keys()):
                    index = at if moved.index is None else int(moved.index[at])
                    parents[state_at(moved.after, at)] = state_at(chunk, index), moved.step
            if len(parents) == len(wanted):
                break
        return parents

    def _trace(self, path: Path) -> Trace:
        states = [self._packing.unpack(words) for words in reversed(path.states)]
        return Trace(self._system, states, [step.action.label() for step in reversed(path.steps)])


def hits(moved: Moved, wanted: set[Packed]) -> list[int]:
    """Which of the states after are wanted."""
    if not wanted:
        return []
    first: Any = np.isin(moved.after[0], np.array([state[0] for state in wanted], dtype=np.uint64))
    if not first.any():
        return []
    inside = moved.within()
    return [at for at in np.flatnonzero(first & inside).tolist() if state_at(moved.after, at) in wanted]


def extended(trace: Trace, action: Action) -> Trace:
    """A trace with one step more, which may leave the ranges of variables."""
    variables = [each.term for each in trace.system.variables]
    after = [action.updates.get(each.name, each.term) for each in trace.system.variables]
    # The first variable twice, as a single result would not be a tuple.
    values: StateValues = compile_function(variables, [after[0], *after])(*trace.states[-1])[1:]
    return Trace(trace.system, [*trace.states, values], [*trace.actions, action.label()])
