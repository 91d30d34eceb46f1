"""Random systems over the whole vocabulary, random states of them, and their text: what readings are held together by.

Terms are drawn as recipes, functions of what an action is given, because a system builds its actions more than once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from hypothesis import strategies as st
from redproof_model.kernel.parts import Domain
from redproof_model.kernel.python import StateValues
from redproof_model.kernel.sorts import BitVec, Bool, BoolSort, Enum, Int, Sort, Value, values_of
from redproof_model.kernel.state import State
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term, lift
from redproof_model.kernel.vocabulary import (
    all_of,
    any_of,
    cast,
    choose,
    clamp,
    count,
    distinct,
    implies,
    ite,
    look_up,
    maximum,
    minimum,
    negate,
    reverse,
    same,
    value_of,
    wrap,
)

COLOUR = Enum("Colour", ("red", "green", "blue"))
SMALL: tuple[Sort, ...] = (
    Bool,
    COLOUR,
    Int(0, 3),
    Int(-2, 2),
    Int(5, 9),
    BitVec(1),
    BitVec(2),
    BitVec(3),
    BitVec(3, signed=True),
)
"""Sorts of few values, for systems whose reachable states are counted one by one."""

WIDE: tuple[Sort, ...] = (
    *SMALL,
    Int(-1000, 1_000_000),
    Int(0, 2**40),
    BitVec(8),
    BitVec(13),
    BitVec(32, signed=True),
    BitVec(64),
    BitVec(64, signed=True),
)
"""Sorts up to a word of 64 bits, for single steps from random states."""

UNBOUNDED: tuple[Sort, ...] = (*WIDE, Int(), Int(0, None), Int(None, 7))

_STATES_MAX = 1500
_DEPTH = 2
_BOOLEANS = st.booleans()


@dataclass(frozen=True)
class Scope:
    """What a recipe may read: the state's variables, its arrays with their sizes, and parameters, by sort."""

    variables: Mapping[str, Sort]
    arrays: Mapping[str, tuple[int, Sort]]
    parameters: Mapping[str, Sort]


Recipe: TypeAlias = Callable[[State, Mapping[str, Any]], Term]
Rule: TypeAlias = tuple[tuple[Sort, ...], Callable[..., Term]]


def _bool_rules(sorts: Iterable[Sort]) -> list[Rule]:
    rules: list[Rule] = [
        ((Bool,), negate),
        ((Bool, Bool), all_of),
        ((Bool, Bool, Bool), any_of),
        ((Bool, Bool), implies),
        ((Bool, Bool), same),
        ((Bool, Bool, Bool), ite),
        ((Int(),), lambda index: look_up((True, False, False, True), clamp(index, 0, 3), Bool)),
    ]
    for sort in sorts:
        rules.append(((sort, sort), lambda a, b: a == b))
        rules.append(((sort, sort, sort), distinct))
        if isinstance(sort, Int | BitVec):
            rules += [((sort, sort), lambda a, b: a < b), ((sort, sort), lambda a, b: a >= b)]
    return rules


def _int_rules(sorts: Iterable[Sort]) -> list[Rule]:
    i = Int()
    rules: list[Rule] = [
        ((i, i), lambda a, b: a + b),
        ((i, i), lambda a, b: a - b),
        ((i, i), lambda a, b: a * b),
        ((i,), lambda a: -a),
        ((i,), lambda a: a // 3),
        ((i, i), lambda a, b: a // clamp(b, 1, 4)),
        ((i,), lambda a: a % 5),
        ((i, i), lambda a, b: a % clamp(b, 2, 300)),
        ((i, i), minimum),
        ((i, i), maximum),
        ((i,), lambda a: clamp(a, -3, 4)),
        ((Bool, i, i), ite),
        ((Bool, Bool, i, i, i), lambda c, d, x, y, z: choose((c, x), (d, y), otherwise=z)),
        ((Bool, Bool, Bool), count),
        ((i,), lambda index: look_up((7, -1, 300, 0), clamp(index, 0, 3), Int(-1, 300))),
    ]
    return rules + [((sort,), value_of) for sort in sorts if isinstance(sort, BitVec)]


def _bits_rules(sort: BitVec, sorts: Iterable[Sort]) -> list[Rule]:
    two = (sort, sort)
    rules: list[Rule] = [
        (two, lambda a, b: a + b),
        (two, lambda a, b: a - b),
        (two, lambda a, b: a * b),
        (two, lambda a, b: a & b),
        (two, lambda a, b: a | b),
        (two, lambda a, b: a ^ b),
        (two, lambda a, b: a << b),
        (two, lambda a, b: a >> b),
        ((sort,), lambda a: -a),
        ((sort,), lambda a: ~a),
        ((sort,), lambda a: a << lift(min(1, sort.high), sort)),
        ((sort,), reverse),
        ((Bool, sort, sort), ite),
        ((Int(),), lambda number: wrap(number, sort)),
    ]
    if not sort.signed:
        divisor = max(1, sort.high - 1)
        rules += [((sort,), lambda a: a // divisor), ((sort,), lambda a: a % divisor)]
    return rules + [((other,), lambda a: cast(a, sort)) for other in sorts if isinstance(other, BitVec)]


def _enum_rules(sort: Enum) -> list[Rule]:
    positions = tuple(reversed(range(len(sort.members))))
    return [
        ((Bool, sort, sort), ite),
        ((Int(),), lambda index: look_up(positions, clamp(index, 0, len(positions) - 1), sort)),
    ]


def _rules(sort: Sort, scope: Scope) -> list[Rule]:
    """Ways to build a term of `sort`: the sorts of what it is built from, and how."""
    known = dict.fromkeys([*scope.variables.values(), *scope.parameters.values(), BitVec(3)])
    match sort:
        case BoolSort():
            return _bool_rules([*known, Int()])
        case Int():
            return _int_rules(known)
        case BitVec():
            return _bits_rules(sort, known)
        case Enum():
            return _enum_rules(sort)


def _fits(sort: Sort, wanted: Sort) -> bool:
    return sort == wanted or (isinstance(sort, Int) and isinstance(wanted, Int))


def _pick(draw: st.DrawFn, options: Sequence[Any]) -> Any:
    """One of the options. Drawing a number is much faster than making a strategy for them."""
    return options[draw(_below(len(options)))]


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


def _leaf(draw: st.DrawFn, sort: Sort, scope: Scope) -> Recipe:
    """What is read of the state, or a parameter; at times a literal, which says little where it is a condition."""
    read = [name for name, each in scope.variables.items() if _fits(each, sort)]
    given = [name for name, each in scope.parameters.items() if _fits(each, sort)]
    if not read + given or _pick(draw, range(4)) == 3:
        value = draw(values(Int(-3, 5) if isinstance(sort, Int) else sort))
        return lambda state, parameters: lift(value, Int() if isinstance(sort, Int) else sort)
    name = _pick(draw, read + given)
    if name in scope.variables:
        return lambda state, parameters: getattr(state, name)
    return lambda state, parameters: lift(parameters[name], scope.parameters[name])


def _recipe(draw: st.DrawFn, sort: Sort, scope: Scope, depth: int = _DEPTH) -> Recipe:
    """A recipe for a term of `sort`, an integer of whatever interval if that is an integer's."""
    if depth == 0 or (depth < _DEPTH and _pick(draw, range(4)) == 3):
        return _leaf(draw, sort, scope)
    arrays = [(name, size) for name, (size, each) in scope.arrays.items() if _fits(each, sort)]
    if bool(arrays) and draw(_BOOLEANS):
        name, size = _pick(draw, arrays)
        index = _recipe(draw, Int(), scope, depth - 1)
        return lambda state, given: getattr(state, name)[clamp(index(state, given), 0, size - 1)]
    sorts, build = _pick(draw, _rules(sort, scope))
    parts = [_recipe(draw, each, scope, depth - 1) for each in sorts]
    return lambda state, given: build(*(part(state, given) for part in parts))


@cache
def values(sort: Sort) -> st.SearchStrategy[Value]:
    """The values of a sort, those near its bounds more often."""
    match sort:
        case BoolSort():
            return st.booleans()
        case Enum():
            return st.integers(0, len(sort.members) - 1)
        case Int() | BitVec():
            return st.integers(sort.low, sort.high)


def states_of(system: System) -> st.SearchStrategy[StateValues]:
    """Random states of a system, reachable or not."""
    return st.tuples(*(values(each.sort) for each in system.variables))


def size_of(sort: Sort) -> int:
    """The number of values of a small sort."""
    return len(list(values_of(sort)))


@st.composite
def systems(draw: st.DrawFn, sorts: Sequence[Sort] = SMALL, parameters: bool = True) -> System:
    """A system with variables of these sorts, an array at times, actions, and claims of every kind.

    With SMALL sorts it has some thousand states at most, so that every initial value may be left open. Assignments may
    leave the range of their variable. With `parameters` actions have some, of ranges and of small sorts.
    """
    system = System("random")
    scope = _variables(draw, system, sorts)
    if draw(_BOOLEANS):
        predicate = _recipe(draw, Bool, scope)
        system.init(lambda s: predicate(s, {}))
    for number in range(_pick(draw, range(1, 4))):
        _declare_action(draw, system, scope, f"act{number}", parameters)
    _declare_claims(draw, system, scope)
    return system


def _variables(draw: st.DrawFn, system: System, sorts: Sequence[Sort]) -> Scope:
    budget = _STATES_MAX
    variables: dict[str, Sort] = {}
    arrays: dict[str, tuple[int, Sort]] = {}

    def affordable(cells: int) -> list[Sort]:
        return [sort for sort in sorts if sort not in SMALL or size_of(sort) ** cells <= budget]

    def begin(sort: Sort) -> Value | None:
        return draw(values(sort)) if sort not in SMALL or draw(_BOOLEANS) else ANY

    for name in "vwxy"[: _pick(draw, range(1, 5))]:
        if not (choices := affordable(1)):
            break
        variables[name] = sort = _pick(draw, choices)
        budget //= size_of(sort) if sort in SMALL else 1
        (system.constant if _pick(draw, range(6)) == 0 else system.variable)(name, sort, begin(sort))
    size = _pick(draw, range(2, 4))
    choices = affordable(size)
    if bool(choices) and draw(_BOOLEANS):
        arrays["cells"] = (size, _pick(draw, choices))
        system.array("cells", *arrays["cells"], begin(arrays["cells"][1]))
    return Scope(variables, arrays, {})


_DOMAINS: tuple[Domain, ...] = (range(2), range(1, 4), Bool, Int(-1, 1), BitVec(2), COLOUR)


def _declare_action(draw: st.DrawFn, system: System, scope: Scope, name: str, parameters: bool) -> None:
    names = _pick(draw, ("", "", "p", "pq")) if parameters else ""
    domains = {key: _pick(draw, _DOMAINS) for key in names}
    inner = Scope(scope.variables, scope.arrays, {k: Int() if isinstance(d, range) else d for k, d in domains.items()})
    guard = _recipe(draw, Bool, inner)
    rigid = {each.name for each in system.variables if each.rigid}
    assigned = [name for name in [*scope.variables, *scope.arrays] if name not in rigid and draw(_BOOLEANS)]
    steps = [_assignment(draw, inner, name) for name in assigned]

    def action(old: State, new: Any, **given: Any) -> None:
        new.require(guard(old, given))
        for step in steps:
            step(old, new, given)

    action.__name__ = name
    system.action(fair=draw(_BOOLEANS), **domains)(action)


def _assignment(draw: st.DrawFn, scope: Scope, name: str) -> Callable[[State, Any, Mapping[str, Any]], None]:
    """An assignment to a variable or to a cell, from the state before or from what has been assigned so far."""
    size, sort = scope.arrays.get(name) or (0, scope.variables[name])
    value, index = _recipe(draw, sort, scope), _recipe(draw, Int(), scope, 1)
    from_new, may_leave = draw(_BOOLEANS), _pick(draw, range(5)) == 0

    def step(old: State, new: Any, given: Mapping[str, Any]) -> None:
        term = value(new if from_new else old, given)
        if isinstance(sort, Int) and not may_leave:
            term = clamp(term, sort.low, sort.high)
        if size:
            getattr(new, name)[clamp(index(old, given), 0, size - 1)] = term
        else:
            setattr(new, name, term)

    return step


def _declare_claims(draw: st.DrawFn, system: System, scope: Scope) -> None:
    for declare in (system.invariant, system.always, system.sometimes):
        recipe = _recipe(draw, Bool, scope)
        declare(_named(declare.__name__, lambda s, recipe=recipe: recipe(s, {})))
    before, after = _recipe(draw, Bool, scope), _recipe(draw, Bool, scope)
    system.every_step(_named("step", lambda s, t: implies(before(s, {}), after(t, {}))))
    trigger, goal = _recipe(draw, Bool, scope), _recipe(draw, Bool, scope)
    system.leads_to()(_named("leads_to", lambda s: (trigger(s, {}), goal(s, {}))))


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    function.__name__ = f"claim_{name}"
    return function


def described(system: System) -> str:
    """A system as text, for the report of a failing example."""
    lines = [f"{each.name}: {each.sort} = {each.init} {'rigid' * each.rigid}" for each in system.variables]
    lines += [f"init {term!r}" for term in system.initial_predicates]
    for action in system.concrete_actions:
        updates = ", ".join(f"{name} := {term!r}" for name, term in action.updates.items())
        lines.append(f"{'fair ' * action.fair}{action.label()}: {action.guard!r} -> {updates}")
    claims = [*system.invariants, *system.properties, *system.witnesses]
    lines += [f"{claim.name}: {claim.term!r}" for claim in claims]
    return "\n".join(lines + [f"{lead.name}: {lead.trigger!r} ~> {lead.goal!r}" for lead in system.leads])
