"""Steps of which part is known: an action by its name, and some of its arguments, as values or as terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Final, TypeAlias

from redproof_model.kernel.parts import Action
from redproof_model.kernel.prove.renaming import Renaming
from redproof_model.kernel.python import StateValues, Step, Writer, compile_function, compile_step, post_order
from redproof_model.kernel.sorts import BoolSort, Enum, Sort, Value, holds_value, show_value, values_of
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, constant, lift

Argument: TypeAlias = Value | Term

_VALUES_MAX: Final = 256
"""A parameter of which nothing is known may have so many values, which are all tried."""


@dataclass(frozen=True, slots=True)
class Move:
    """An action that may have been taken, and for some of its parameters the arguments that they may have had.

    An argument is a value, or a term of the state before: `{"size": [observed - s.offset[0]]}`. A value that the sort
    of a parameter lacks is none it has had.
    """

    action: str
    arguments: Mapping[str, Sequence[Argument]] = field(default_factory=dict)


class Choice:
    """The actions of a system, compiled when they are first asked for."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._compiled: dict[int, Step] = {}

    def instances(self, move: Move) -> Iterator[Instance]:
        """The actions that a move may have been. Raises ValueError for an action or a parameter that is not there."""
        found = [(at, action) for at, action in enumerate(self._system.actions) if action.name == move.action]
        if not found:
            raise ValueError(f"{self._system.name}: there is no action {move.action!r}")
        for name in move.arguments:
            if name not in found[0][1].arguments:
                raise ValueError(f"{self._system.name}: {move.action} has no parameter {name!r}")
        for at, action in found:
            if self._is_meant(action, move):
                if at not in self._compiled:
                    self._compiled[at] = compile_step(self._system, action)
                yield Instance(self._system, action, self._compiled[at], move)

    @staticmethod
    def _is_meant(action: Action, move: Move) -> bool:
        """Whether the parameters that have a range have values that they may have had."""
        fixed = {name: term.payload for name, term in action.arguments.items() if term.op == "const"}
        return all(value in move.arguments[name] for name, value in fixed.items() if name in move.arguments)


class Instance:
    """An action whose open parameters have the arguments of a move."""

    def __init__(self, system: System, action: Action, step: Step, move: Move) -> None:
        self._system = system
        self._action = action
        self._step = step
        self._move = move
        self._known_guards: dict[tuple[Value, ...], Sequence[tuple[str, Callable[..., bool]]]] = {}

    def successors(self, state: StateValues) -> Iterator[tuple[str, StateValues]]:
        """The steps that are possible in a state: with arguments, and the state after."""
        for values in self._arguments(state):
            after = self._step(state, *values)
            if after is not None:
                yield self._action.label(values), after

    def refusals(self, state: StateValues) -> Iterator[tuple[str, Sequence[str]]]:
        """The steps that are not possible in a state, with the parts of the guard that fail, as text."""
        for values in self._arguments(state):
            failing = [text for text, holds in self._guards(values) if not holds(*state)]
            if failing:
                yield self._action.label(values), failing

    def _arguments(self, state: StateValues) -> Iterator[tuple[Value, ...]]:
        return product(*(choose(state) for choose in self._choices))

    @cached_property
    def _choices(self) -> Sequence[Callable[[StateValues], Sequence[Value]]]:
        named = {name: term for name, term in self._action.arguments.items() if term.op == "var"}
        return [self._choice(name, term.sort) for name, term in named.items()]

    def _choice(self, name: str, sort: Sort) -> Callable[[StateValues], Sequence[Value]]:
        """What gives the arguments that a parameter may have had in a state."""
        if name not in self._move.arguments:
            everything = _few_values(f"{self._action.name}: {name}", sort)
            return lambda state: everything
        variables = [each.term for each in self._system.variables]
        given = [lift(each, sort) if isinstance(each, Term) else each for each in self._move.arguments[name]]
        values = [each for each in given if not isinstance(each, Term)]
        computed = [compile_function(variables, [each]) for each in given if isinstance(each, Term)]
        return lambda state: list(
            dict.fromkeys(
                value for value in (*values, *(each(*state) for each in computed)) if holds_value(sort, value)
            )
        )

    def _guards(self, values: tuple[Value, ...]) -> Sequence[tuple[str, Callable[..., bool]]]:
        """The parts of the guard for these arguments, as text and compiled."""
        if values not in self._known_guards:
            variables = [each.term for each in self._system.variables]
            parameters = self._action.parameters
            given = {str(one.payload): constant(value, one.sort) for one, value in zip(parameters, values, strict=True)}
            guard = Renaming(given)(self._action.guard)
            parts = guard.args if guard.op == "and" else (guard,)
            self._known_guards[values] = [(_text(part), compile_function(variables, [part])) for part in parts]
        return self._known_guards[values]


def _text(term: Term) -> str:
    """A term as people read it; parts that are too deep are named and told apart."""
    names = {str(each.payload): str(each.payload) for each in post_order([term]) if each.op == "var"}
    writer = Writer(names, [], indent="", literal=lambda each: show_value(each.sort, each.payload))  # type: ignore[arg-type]
    text = writer.expression(term)
    return " where ".join([text, *reversed(writer.lines)])


def _few_values(name: str, sort: Sort) -> Sequence[Value]:
    """All values of a sort. Raises ValueError where they are too many to be tried."""
    if not isinstance(sort, BoolSort | Enum) and (
        sort.low is None or sort.high is None or sort.high - sort.low >= _VALUES_MAX
    ):
        raise ValueError(f"{name} may be any of {sort}: tell which arguments it may have had")
    return list(values_of(sort))
