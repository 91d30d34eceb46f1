"""The parts of a transition system as its readings see them: variables, actions and claims."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from redproof_model.kernel.sorts import Int, Sort, Value, show_value, values_of
from redproof_model.kernel.state import State
from redproof_model.kernel.terms import Term, constant, variable
from redproof_model.kernel.vocabulary import all_of

Domain: TypeAlias = Sort | range
StateFunction: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable, or one cell of an array; `init` is None where it may begin with any value."""

    name: str
    sort: Sort
    init: Value | None
    rigid: bool
    term: Term
    array: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Something said of every state, of some state, of every step or of all values: a name, a term and its sentence."""

    name: str
    term: Term
    sentence: str


@dataclass(frozen=True, slots=True)
class Lemma(Claim):
    """A claim about all values of its own variables."""

    variables: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class LeadsTo:
    """Whenever `trigger` holds, `goal` holds then or later, if the fair actions are not neglected.

    With a `measure`, a number that is at least 0 while the goal is awaited, the claim can be proved: no action
    makes it greater, and the `helpful` action, which is then possible, makes it smaller or reaches the goal. It is
    possible with these `arguments`, if they are given: a solver then need not find any.
    """

    name: str
    trigger: Term
    goal: Term
    sentence: str
    measure: Term | None
    helpful: str | None
    arguments: Mapping[str, Term]


@dataclass(frozen=True, slots=True)
class Action:
    """An action with its finite parameters fixed: where it is possible, and what it assigns to which variable.

    `arguments` are its parameters: constants, and variables for what is left open. `after` is the whole state after.
    """

    name: str
    arguments: Mapping[str, Term]
    guard: Term
    updates: Mapping[str, Term]
    fair: bool
    before: State = field(repr=False)
    after: State = field(repr=False)

    @property
    def parameters(self) -> tuple[Term, ...]:
        """The variables that stand for what is left open."""
        return tuple(term for term in self.arguments.values() if term.op == "var")

    def label(self, values: Sequence[Value] = ()) -> str:
        """The name with its arguments, those left open by these values, or by their names when none are given."""
        return labelled(self.name, self.arguments, values)


def labelled(name: str, arguments: Mapping[str, Term], values: Sequence[Value] = ()) -> str:
    """A name with its arguments, those left open by these values, or by their names when none are given."""
    given = iter(values)
    texts = []
    for key, term in arguments.items():
        value = term.payload if term.op == "const" else next(given, None)
        texts.append(key if value is None else f"{key}={show_value(term.sort, value)}")  # type: ignore[arg-type]
    return f"{name}({', '.join(texts)})" if texts else name


def choices_of(name: str, domain: Domain, every_value: bool) -> Iterable[Term]:
    """The constants that a parameter may be, or the variable that stands for it."""
    if isinstance(domain, range):
        return (constant(value, Int()) for value in domain)
    if every_value:
        return (constant(value, domain) for value in values_of(domain))
    return (variable(name, domain),)


def within(term: Term, sort: Sort) -> Term:
    """Whether a value of a term is one of the sort, as far as integers are concerned."""
    if not isinstance(sort, Int):
        return all_of()
    low = True if sort.low is None else term >= sort.low
    return all_of(low, True if sort.high is None else term <= sort.high)
