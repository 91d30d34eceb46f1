"""Values drawn at random, with a bias to those where mistakes are made: edges, and what the state holds already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Final, TypeAlias

from redproof_model.kernel.parts import Action, Variable
from redproof_model.kernel.python import StateValues, compile_function, compile_predicate, post_order
from redproof_model.kernel.sorts import BoolSort, Enum, Sort, Value
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of

Draw: TypeAlias = Callable[[Sequence[Value]], Value]
"""Draws a value where a state, or as much as is known of one, is so."""

_INITIAL_TRIES: Final = 10_000
_VALUE_TRIES: Final = 100
_BITS_FAR: Final = 64
"""Integers without a bound are drawn from so many bits."""

_FEW: Final = 8
"""So many values, or fewer, are all as likely."""

_FROM_STATE, _FROM_EDGES = 0.4, 0.7
"""Up to where in 0..1 values are taken from the state, and then from the edges."""


class NoInitialStateError(ValueError):
    """No initial state was found by drawing."""


class InitialStates:
    """Initial states of a system: what is left open is drawn, and drawn again where the system's predicates fail."""

    def __init__(self, system: System, random: Random) -> None:
        self._system = system
        self._allowed = compile_predicate(system, all_of(system.initial_predicates))
        self._draws = [
            None if each.init is not None else draw_of(each.sort, system.variables[:at], random)
            for at, each in enumerate(system.variables)
        ]

    def draw(self) -> StateValues:
        """One of them. Raises NoInitialStateError."""
        for _ in range(_INITIAL_TRIES):
            values: list[Value] = []
            for each, draw in zip(self._system.variables, self._draws, strict=True):
                values.append(draw(values) if draw is not None else each.init)  # type: ignore[arg-type]
            state = tuple(values)
            if self._allowed(state):
                return state
        raise NoInitialStateError(
            f"{self._system.name}: none of {_INITIAL_TRIES:,} drawn states is an initial one; its predicates are too "
            "narrow to be met by chance: give the variables initial values, or sorts with fewer of them"
        )


class Arguments:
    """Values for the open parameters of an action, drawn with regard to what its guard says of each by itself."""

    def __init__(self, system: System, action: Action, random: Random) -> None:
        guard = action.guard
        parts = [(part, _variables(part)) for part in (guard.args if guard.op == "and" else (guard,))]
        numbers = {each.number for each in action.parameters}
        closed = all_of(part for part, variables in parts if not variables & numbers)
        self.is_possible = compile_predicate(system, closed)
        """Whether that part of the guard holds which no parameter is in."""
        self._draws = [(draw_of(each.sort, system.variables, random), _own(parts, each)) for each in action.parameters]

    def draw(self, state: StateValues) -> tuple[Value, ...]:
        """A value for each; the guard as a whole may not hold for them."""
        return tuple([_fitting(draw, fits, state) for draw, fits in self._draws])


def _variables(term: Term) -> set[int]:
    """The numbers of the variables in a term."""
    return {each.number for each in post_order([term]) if each.op == "var"}


def _own(parts: Iterable[tuple[Term, set[int]]], parameter: Term) -> Callable[[Value], bool]:
    """Whether those parts of a guard hold in which a parameter is the only variable."""
    own = all_of(part for part, variables in parts if variables == {parameter.number})
    fits: Callable[[Value], bool] = compile_function([parameter], [own])
    return fits


def _fitting(draw: Draw, fits: Callable[[Value], bool], state: StateValues) -> Value:
    value = draw(state)
    for _ in range(_VALUE_TRIES):
        if fits(value):
            break
        value = draw(state)
    return value


def draw_of(sort: Sort, known: Sequence[Variable], random: Random) -> Draw:
    """What draws a value of a sort; `known` are the variables, from the first on, whose values a state tells."""
    chance = random.random
    match sort:
        case BoolSort():
            return lambda state: chance() < 0.5
        case Enum():
            return lambda state: int(chance() * len(sort.members))
    low = sort.low if sort.low is not None else min(0, sort.high or 0) - (1 << _BITS_FAR)
    high = sort.high if sort.high is not None else max(0, sort.low or 0) + (1 << _BITS_FAR)
    if high - low < _FEW:
        return lambda state: low + int(chance() * (high - low + 1))
    edges = _edges(low, high)
    places = [at for at, each in enumerate(known) if each.sort == sort]

    def draw(state: Sequence[Value]) -> Value:
        kind = chance()
        if kind < _FROM_STATE and places:
            return state[places[int(chance() * len(places))]]
        if kind < _FROM_EDGES:
            return edges[int(chance() * len(edges))]
        return random.randint(low, high)

    return draw


def _edges(low: int, high: int) -> Sequence[int]:
    """Both ends, zero, and powers of two with their neighbours, as far as they lie between."""
    powers = [sign << bit for bit in range(_BITS_FAR) for sign in (1, -1)]
    near = {end + step for end in (low, high, 0, *powers) for step in (-1, 0, 1)}
    return sorted(value for value in near if low <= value <= high)
