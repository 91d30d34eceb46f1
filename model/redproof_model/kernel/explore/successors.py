"""The numpy reading of a system: conditions and successors of many states at once, from code compiled per system."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np

from redproof_model.kernel.explore.assuming import assuming
from redproof_model.kernel.explore.columns import Writer
from redproof_model.kernel.explore.packing import Packing
from redproof_model.kernel.explore.visited import Words
from redproof_model.kernel.parts import Action, Claim
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term

Held: TypeAlias = Any
"""Whether something holds in each of some states: an array, or a Python bool for all of them."""

_NAME: Final = re.compile(r"\bt\d+\b")
"""The names that a writer gives to arrays."""


@dataclass(frozen=True, slots=True)
class Step:
    """An action with what is left to check of its claims, of which the first `ranges` are those of ranges."""

    action: Action
    number: int
    values: Sequence[Term]
    claims: Sequence[Claim]
    ranges: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Actions with the same guard, compiled together, as they often have much in common.

    `move` takes states in which they are possible, and gives for each of them the states after and whether its claims
    held.
    """

    guard: Term
    steps: Sequence[Step]
    move: Callable[..., Iterable[tuple[Words, Sequence[Held]]]]


@dataclass(frozen=True, slots=True)
class Moved:
    """What an action made of the states in which its guard holds: the states after, and whether its claims held.

    `index` tells which states those were; it is None where they are all.
    """

    step: Step
    index: Any
    after: Words
    held: Sequence[Held]

    @property
    def count(self) -> int:
        """How many steps these are."""
        return len(self.after[0])

    def within(self) -> Any:
        """Which of the states after lie within the ranges of their variables."""
        inside = np.ones(self.count, dtype=bool)
        for held in self.held[: self.step.ranges]:
            inside &= held
        return inside


class Successors:
    """The steps of a system, and `watched` conditions that are told of each state on the way."""

    def __init__(self, system: System, packing: Packing, watched: Sequence[Term] = ()) -> None:
        steps: dict[int, list[Step]] = {}
        for number, action in enumerate(system.concrete_actions):
            if action.guard.op != "const" or action.guard.payload:
                steps.setdefault(action.guard.number, []).append(_step(system, action, number))
        self._groups = [_group(packing, each) for each in steps.values()]
        self._watched = len(watched)
        self._conditions = compile_conditions(packing, [*watched, *(group.guard for group in self._groups)])

    def watch(self, words: Words) -> Iterator[Held]:
        """Whether each watched condition holds in each of the states."""
        conditions = self._conditions(*words)
        return (next(conditions) for _ in range(self._watched))

    def expand(self, words: Words, watch: Callable[[int, Held], None] = lambda number, held: None) -> Iterator[Moved]:
        """Every step from the states; `watch` is told of each watched condition first, and last whether any step is."""
        conditions = self._conditions(*words)
        for number in range(self._watched):
            watch(number, next(conditions))
        possible = np.zeros(len(words[0]), dtype=bool)
        for group, guard in zip(self._groups, conditions, strict=True):
            index = None if guard is True else guard.nonzero()[0]
            if index is None or index.size:
                possible |= guard
                before = words if index is None else tuple(word.take(index) for word in words)
                for step, (after, held) in zip(group.steps, group.move(*before), strict=True):
                    yield Moved(step, index, after, held)
        watch(self._watched, possible)


def compile_conditions(packing: Packing, terms: Sequence[Term]) -> Callable[..., Iterator[Held]]:
    """A generator function of states that tells of each term, one by one, whether it holds."""
    writer = Writer(packing, terms)
    for term in terms:
        text = writer.expression(term)
        writer.lines.append(f"yield {text}")
    return _function(writer, [*writer.lines, "return", "yield"])


def _step(system: System, action: Action, number: int) -> Step:
    """What an action assigns and what is claimed of it, as they are where its guard holds."""
    values = assuming(action.guard, action.updates.values())
    ranges = _simplified(action, system.range_claims(action))
    claims = [*ranges, *_simplified(action, system.step_claims(action))]
    return Step(action, number, values, claims, len(ranges))


def _group(packing: Packing, steps: Sequence[Step]) -> _Group:
    """Compile actions with the same guard to one generator function."""
    roots = [[*step.values, *(claim.term for claim in step.claims)] for step in steps]
    writer = Writer(packing, [root for each in roots for root in each])
    for step in steps:
        after = writer.store(dict(zip(step.action.updates, step.values, strict=True)))
        held = ", ".join(writer.expression(claim.term) for claim in step.claims)
        writer.lines.append(f"yield {after}, [{held}]")
    return _Group(steps[0].action.guard, steps, _function(writer, writer.lines))


def _simplified(action: Action, claims: Sequence[Claim]) -> list[Claim]:
    """The claims that do not hold of the action already by their form."""
    terms = assuming(action.guard, (claim.term for claim in claims))
    return [replace(claim, term=term) for claim, term in zip(claims, terms, strict=True) if not _is_true(term)]


def _is_true(term: Term) -> bool:
    return term.op == "const" and term.payload is True


def _function(writer: Writer, lines: Sequence[str]) -> Callable[..., Any]:
    source = "\n    ".join([f"def compiled({writer.words}):", *_released(lines)])
    namespace = dict(writer.globals)
    exec(source, namespace)
    compiled: Callable[..., Any] = namespace["compiled"]
    return compiled


def _released(lines: Sequence[str]) -> Iterator[str]:
    """The statements, with each array let go after its last use, so that the next takes its place in the cache."""
    last = {name: number for number, line in enumerate(lines) for name in _NAME.findall(line)}
    ends: defaultdict[int, list[str]] = defaultdict(list)
    for name, number in last.items():
        ends[number].append(name)
    for number, line in enumerate(lines):
        yield f"{line}; del {', '.join(ends[number])}" if number in ends else line
