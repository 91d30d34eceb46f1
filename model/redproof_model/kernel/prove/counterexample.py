"""What a solver found, as a trace: read from its answer, and held to the Python reading before anyone sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from redproof_model.kernel.parts import Action
from redproof_model.kernel.prove.condition import Condition
from redproof_model.kernel.prove.smtlib import free_variables
from redproof_model.kernel.prove.unrolling import name_at, takes
from redproof_model.kernel.python import StateValues, compile_function
from redproof_model.kernel.sorts import BitVec, BoolSort, Enum, Int, Sort, Value, holds_value
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.trace import Trace
from redproof_model.kernel.vocabulary import all_of

Values: TypeAlias = Mapping[str, Value]
"""The values of variables by their names."""

_TOKEN: Final = re.compile(r'\|[^|]*\||"[^"]*"|[()]|[^\s()|"]+')


class UnconfirmedError(Exception):
    """The solver's values do not do in Python what the solver says that they do."""


def read_values(text: str, variables: Sequence[Term]) -> Values:
    """The values of the variables from a solver's answer to `get-value` for them, in their order, by their names.

    Raises UnconfirmedError if the answer cannot be read, or names a value that the sort lacks.
    """
    if not variables:
        return {}
    try:
        pairs = next(_expressions(_TOKEN.findall(text)))
        values = [_value(each.sort, written) for each, (_, written) in zip(variables, pairs, strict=True)]
    except (ValueError, StopIteration, IndexError) as error:
        raise UnconfirmedError(f"the solver's values cannot be read: {text[:200]!r}") from error
    for each, value in zip(variables, values, strict=True):
        if not holds_value(each.sort, value):
            raise UnconfirmedError(f"the solver gives {each!r} the value {value!r}, which {each.sort} lacks")
    return {str(each.payload): value for each, value in zip(variables, values, strict=True)}


def _expressions(tokens: Sequence[str]) -> Iterator[Any]:
    """S-expressions as nested lists, each as soon as it is closed."""
    stack: list[list[Any]] = [[]]
    for token in tokens:
        if token == "(":
            stack.append([])
            continue
        done = stack.pop() if token == ")" else token
        stack[-1].append(done)
        if len(stack) == 1:
            yield stack[0].pop()


def _value(sort: Sort, written: Any) -> Value:
    match sort, written:
        case BoolSort(), ("true" | "false"):
            return bool(written == "true")
        case Int() | Enum(), str() if not written.startswith("#"):
            return int(written)
        case Int(), ["-", str(number)]:
            return -int(number)
        case _, str() if written.startswith("#"):
            radix, digit_width = (16, 4) if written[1] == "x" else (2, 1)
            digits = written[2:]
            signed = isinstance(sort, Int) or (isinstance(sort, BitVec) and sort.signed)
            return BitVec(digit_width * len(digits), signed).wrap(int(digits, radix))
    raise ValueError(f"{written!r} is no value of {sort}")


def confirmed(condition: Condition, values: Values) -> Trace:
    """The run that these values make up, if Python agrees that all that was asserted is so of it.

    Raises UnconfirmedError if it does not.
    """
    if condition.never is not None:
        raise UnconfirmedError("that no parameters will do cannot be tried")
    if not _evaluate(all_of(condition.asserted), values):
        wrong = next(term for term in condition.asserted if not _evaluate(term, values))
        raise UnconfirmedError(f"Python finds that the solver's values do not satisfy {wrong!r}")
    system = condition.system
    states, labels = [_state(system, values)], []
    for step in range(condition.steps):
        action = condition.action or _chosen(system, values, step)
        following, label = _taken(system, action, states[-1], values, step)
        _agree(system, following, values, step + 1)
        states.append(following)
        labels.append(label)
    return Trace(system, states, labels)


def _evaluate(term: Term, values: Values) -> bool:
    variables = free_variables([term])
    return bool(compile_function(variables, [term])(*(values[str(each.payload)] for each in variables)))


def _state(system: System, values: Values) -> StateValues:
    """The first state; a variable that was of no concern gets a value of its sort."""
    return tuple(values.get(each.name, some_value(each.sort)) for each in system.variables)


def some_value(sort: Sort) -> Value:
    """Some value of the sort: 0 or false if it is one."""
    if not isinstance(sort, Int):
        return False if isinstance(sort, BoolSort) else 0
    return next(value for value in (0, sort.low, sort.high) if value is not None and holds_value(sort, value))


def _chosen(system: System, values: Values, step: int) -> Action:
    """An action that the solver takes; there is one, as that was asserted."""
    return next(action for action in system.actions if values[str(takes(action, step).payload)])


def _taken(system: System, action: Action, state: StateValues, values: Values, step: int) -> tuple[StateValues, str]:
    """The state after a step, even if it leaves the ranges of variables, and the label of the step."""
    given = tuple(values.get(name_at(str(each.payload), step), some_value(each.sort)) for each in action.parameters)
    variables = [*(each.term for each in system.variables), *action.parameters]
    results = [action.updates.get(each.name, each.term) for each in system.variables]
    following = compile_function(variables, results)(*state, *given)
    return (following if len(results) > 1 else (following,)), action.label(given)


def _agree(system: System, state: StateValues, values: Values, step: int) -> None:
    """Raises UnconfirmedError unless the state with this number is the one that the solver tells."""
    for each, value in zip(system.variables, state, strict=True):
        if not each.rigid and values.get(name_at(each.name, step), value) != value:
            raise UnconfirmedError(f"Python finds another value of {each.name} after step {step} than the solver")
