"""Trace validation: whether what was observed of something real is a behaviour of a system.

A trace is a sequence of observations. Each tells what is known of the state at a moment, which need not be all of it,
and what may have happened since the one before: which actions, how often, and as much of their arguments as is known.
The set of states that are possible is taken along, as a subset construction does. Where it becomes empty the trace is
no behaviour of the system. (Cirstea, Kuppe, Loillier and Merz, "Validating Traces of Distributed Programs Against
TLA+ Specifications", 2024.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from redproof_model.kernel.moves import Choice, Instance, Move
from redproof_model.kernel.python import StateValues, compile_predicate
from redproof_model.kernel.sorts import Value, holds_value, show_value
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.trace import shown
from redproof_model.kernel.vocabulary import all_of

STATES_MAX: Final = 100_000
"""How many states may be met between two observations."""

_SHOWN_MAX: Final = 3

Judgement: TypeAlias = Literal["holds", "broken", "unknown"]


@dataclass(frozen=True, slots=True)
class Observation:
    """What was known at a moment: the `values` of variables or cells, by their names, and a `condition` on the state.

    Since the observation before, or since the start, between `fewest` and `most` steps were taken, each one of `moves`.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    moves: Sequence[Move] = ()
    most: int = 0
    fewest: int = 0
    condition: Term = field(default_factory=all_of)


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An action that was looked at and why it does not explain an observation.

    Either `guards` do not hold in the last possible `state`, or the state after differs from what was observed in
    `differences`: name, value in the state, and value observed. An empty action is that nothing happened.
    """

    action: str
    state: StateValues
    guards: Sequence[str] = ()
    differences: Sequence[tuple[str, str, str]] = ()

    def __str__(self) -> str:
        if self.guards:
            return f"{self.action} is not possible: {'; '.join(self.guards)}"
        differing = "; ".join(f"{name} is {value}, not {wanted}" for name, value, wanted in self.differences)
        return f"after {self.action or 'no action'} {differing or 'the condition is not met'}"


@dataclass(frozen=True, slots=True)
class Validation:
    """Whether a trace is a behaviour: it `holds`, is `broken`, or is `unknown` as too many states were possible.

    `explained` counts the observations that can be so, and `possible` are the states after the last of them. Of the
    next one, if there is one, `near_misses` tell why none of its actions explains it, and `reason` what is not known.
    """

    system: System
    verdict: Judgement
    explained: int
    possible: frozenset[StateValues]
    near_misses: Sequence[NearMiss] = ()
    reason: str = ""

    def lines(self) -> Iterator[str]:
        """The verdict as text, with the last states that were possible where it does not hold."""
        yield f"{self.verdict}: {self.explained} observations are explained {self.reason}".rstrip()
        if self.verdict == "holds":
            return
        yield f"{len(self.possible)} states were possible until then:"
        yield from ("  " + "  ".join(shown(self.system, state)) for state in sorted(self.possible)[:_SHOWN_MAX])
        yield from map(str, self.near_misses)


class _TooManyError(Exception):
    """More states are possible than may be looked at."""


def validate(
    system: System,
    observations: Sequence[Observation],
    initial: Iterable[StateValues],
    *,
    states_max: int = STATES_MAX,
) -> Validation:
    """Whether the observations can be made, one after the other, in a behaviour that begins in one of these states.

    See `Validator` for what is unknown, and for what is raised.
    """
    return Validator(system, states_max=states_max).validate(observations, initial)


class Validator:
    """A system to hold several traces against: each action is compiled once."""

    def __init__(self, system: System, *, states_max: int = STATES_MAX) -> None:
        self.system = system
        self._states_max = states_max
        self._choice = Choice(system)
        self._places = {each.name: at for at, each in enumerate(system.variables)}

    def validate(self, observations: Sequence[Observation], initial: Iterable[StateValues]) -> Validation:
        """Whether the observations can be made in a behaviour that begins in one of these states.

        It is unknown as soon as more than `states_max` states are met between two of them. Raises ValueError for a
        name that is none of the system's, a value that its sort lacks, a parameter whose values are neither few nor
        given, and without any state to begin in.
        """
        possible = frozenset(initial)
        if not possible:
            raise ValueError(f"{self.system.name}: a trace begins in some state, and none is given")
        for explained, observation in enumerate(observations):
            try:
                after = self._after(possible, observation)
            except _TooManyError:
                reason = f"(more than {self._states_max:,} states were met on the way to the next one)"
                return Validation(self.system, "unknown", explained, possible, reason=reason)
            if not after:
                misses = list(self._near_misses(possible, observation))
                return Validation(self.system, "broken", explained, possible, misses)
            possible = after
        return Validation(self.system, "holds", len(observations), possible)

    def _after(self, possible: frozenset[StateValues], observation: Observation) -> frozenset[StateValues]:
        """The states that are possible when this has been observed. Raises _TooManyError."""
        instances = self._instances(observation)
        matches = self._matches(observation)
        layer = possible
        reached = set(layer) if observation.fewest == 0 else set()
        for step in range(1, observation.most + 1):
            layer = self._layer(layer, instances)
            # Where any number of steps will do, whoever was met before has nothing new to come.
            layer = layer - reached
            if step >= observation.fewest:
                reached |= layer
            if not layer or len(reached) > self._states_max:
                break
        if len(reached) > self._states_max:
            raise _TooManyError
        return frozenset(state for state in reached if matches(state))

    def _layer(self, states: Iterable[StateValues], instances: Sequence[Instance]) -> frozenset[StateValues]:
        found: set[StateValues] = set()
        for state in states:
            for instance in instances:
                found.update(after for _, after in instance.successors(state))
            if len(found) > self._states_max:
                raise _TooManyError
        return frozenset(found)

    def _instances(self, observation: Observation) -> Sequence[Instance]:
        return [instance for move in observation.moves for instance in self._choice.instances(move)]

    def _matches(self, observation: Observation) -> _Match:
        for name, value in observation.values.items():
            if name not in self._places:
                raise ValueError(f"{self.system.name}: there is no variable {name!r} to be observed")
            sort = self.system.sorts[name]
            if not holds_value(sort, value):
                raise ValueError(
                    f"{self.system.name}: {name} was observed as {value!r}, which is not a value of {sort}"
                )
        return _Match(self.system, observation)

    def _near_misses(self, possible: frozenset[StateValues], observation: Observation) -> Iterator[NearMiss]:
        """Why none of the actions explains what was observed: the guards that fail, or what differs after it."""
        match = self._matches(observation)
        states = sorted(possible)
        if observation.fewest == 0:
            nearest = min(states, key=lambda state: len(match.differences(state)))
            yield NearMiss("", nearest, differences=match.differences(nearest))
        for instance in self._instances(observation):
            yield from self._misses_of(instance, states, match)

    def _misses_of(self, instance: Instance, states: Sequence[StateValues], match: _Match) -> Iterator[NearMiss]:
        """The nearest miss of an action that is possible in some of these states, else of one that is not."""
        taken = [(label, state, after) for state in states for label, after in instance.successors(state)]
        if taken:
            label, state, after = min(taken, key=lambda found: len(match.differences(found[2])))
            yield NearMiss(label, state, differences=match.differences(after))
            return
        refused = [(label, state, guards) for state in states for label, guards in instance.refusals(state)]
        if refused:
            label, state, guards = min(refused, key=lambda found: len(found[2]))
            yield NearMiss(label, state, guards)


class _Match:
    """Whether a state is as was observed."""

    def __init__(self, system: System, observation: Observation) -> None:
        places = {each.name: at for at, each in enumerate(system.variables)}
        self._wanted = [(places[name], value) for name, value in observation.values.items()]
        self._condition = compile_predicate(system, observation.condition)
        self._system = system

    def __call__(self, state: StateValues) -> bool:
        return all(state[at] == value for at, value in self._wanted) and self._condition(state)

    def differences(self, state: StateValues) -> Sequence[tuple[str, str, str]]:
        """The variables that differ from what was observed, with both values as text."""
        differing = [(self._system.variables[at], state[at], value) for at, value in self._wanted if state[at] != value]
        return [
            (each.name, show_value(each.sort, found), show_value(each.sort, wanted))
            for each, found, wanted in differing
        ]
