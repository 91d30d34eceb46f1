"""Houdini: of many candidates for invariants, the largest part that is inductive.

It is unique: a candidate falls when a step from a state in which all that are left hold leads to one in which it does
not, and no other choice could have saved it (Flanagan and Leino, "Houdini, an Annotation Assistant for ESC/Java",
2001).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import TypeAlias

from redproof_model.kernel.parts import Claim, Variable
from redproof_model.kernel.prove.condition import Condition, Kind, kept_by
from redproof_model.kernel.prove.prove import Outcome, decide
from redproof_model.kernel.prove.solver import DEFAULT, Z3, Limits, Solver
from redproof_model.kernel.python import StateValues, compile_predicate
from redproof_model.kernel.sorts import BoolSort, Enum, Int
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, literals
from redproof_model.kernel.vocabulary import all_of, implies, negate

_Candidate: TypeAlias = tuple[Claim, Callable[[StateValues], bool]]


def houdini(
    system: System,
    candidates: Iterable[Claim],
    states: Iterable[StateValues] = (),
    *,
    limits: Limits = DEFAULT,
    jobs: int | None = None,
    solver: Solver = Z3,
) -> list[Claim]:
    """The candidates that hold in the initial states and that every action keeps, all of them together.

    The system's own invariants are taken for inductive. `states` are some that are reached, to tell candidates that
    fail there without a solver. A candidate of which the solver does not know is dropped.
    """

    def ask(goals: Iterable[Sequence[Claim]]) -> list[Outcome]:
        asked = (condition for each in goals for condition in _inductive(system, [claim for claim, _ in left], each))
        return list(decide(asked, limits=limits, jobs=jobs, solver=solver))

    left = _holding([(claim, compile_predicate(system, claim.term)) for claim in candidates], states)
    while left:
        outcomes = ask([[claim for claim, _ in left]])
        found = [each.counterexample.states[-1] for each in outcomes if each.counterexample is not None]
        fallen = len(left) - len(left := _holding(left, found))
        if fallen:
            continue
        if all(each.verdict == "proved" for each in outcomes):
            break
        # The solver does not know of all of them at once: it may of each.
        doubtful = {each.claim for each in ask([claim] for claim, _ in left) if each.verdict != "proved"}
        if not doubtful:
            break
        left = [(claim, holds) for claim, holds in left if claim.name not in doubtful]
    return [claim for claim, _ in left]


def _holding(candidates: Sequence[_Candidate], states: Iterable[StateValues]) -> list[_Candidate]:
    """The candidates that hold in all the states."""
    left = list(candidates)
    for state in states:
        left = [(claim, holds) for claim, holds in left if holds(state)]
    return left


def _inductive(system: System, assumed: Iterable[Claim], goals: Sequence[Claim]) -> Iterator[Condition]:
    """That the goals hold at the start, and after every action before which all that is assumed holds."""
    name = goals[0].name if len(goals) == 1 else "candidates"
    goal = Claim(name, all_of(claim.term for claim in goals), "")
    before = tuple(claim.term for claim in (*system.invariants, *assumed))
    yield Condition(system, Kind.INIT, goal.name, goal.sentence, (system.initial,), goal.term)
    for action in system.actions:
        yield from kept_by(system, action, before, [goal])


def templates(system: System) -> list[Claim]:
    """Candidates of common forms: a variable stays as it began, two are ordered, one literal implies another."""
    terms = (*_constant(system.variables), *_ordered(system.variables), *_implied(system.variables))
    return [Claim(repr(term), term, "") for term in {each.number: each for each in terms}.values() if term.args]


def _constant(variables: Iterable[Variable]) -> Iterator[Term]:
    return (each.term == each.init for each in variables if each.init is not None and not each.rigid)


def _ordered(variables: Iterable[Variable]) -> Iterator[Term]:
    """Equality of variables of one sort, and order between numbers."""
    for one, other in combinations(variables, 2):
        integers = isinstance(one.sort, Int) and isinstance(other.sort, Int)
        if integers or one.sort == other.sort:
            yield one.term == other.term
            if not isinstance(one.sort, BoolSort | Enum):
                yield from (
                    one.term <= other.term,
                    other.term <= one.term,
                    one.term < other.term,
                    other.term < one.term,
                )


def _implied(variables: Iterable[Variable]) -> Iterator[Term]:
    """That a literal of one variable implies a literal of another."""
    for one, other in combinations(variables, 2):
        for condition, conclusion in product(_literals(one), _literals(other)):
            yield implies(condition, conclusion)


def _literals(each: Variable) -> list[Term]:
    """What a truth value or the member of an enumeration may be, and may not be."""
    match each.sort:
        case BoolSort():
            return [each.term, negate(each.term)]
        case Enum():
            equalities = [each.term == member for member in literals(each.sort)]
            return [*equalities, *map(negate, equalities)]
        case _:
            return []
