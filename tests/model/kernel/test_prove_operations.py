"""Every operation, on values at the ends of its sorts and some between, is to the solver what it is to Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, product
from random import Random

import pytest
from redproof_model.kernel.prove.smtlib import script
from redproof_model.kernel.prove.solver import CVC5, DEFAULT, Z3, Solver, ask
from redproof_model.kernel.python import compile_function
from redproof_model.kernel.sorts import BitVec, Bool, Enum, Int, Sort, Value, values_of
from redproof_model.kernel.terms import Term, constant, lift, literals, variable
from redproof_model.kernel.vocabulary import (
    all_of,
    any_of,
    cast,
    clamp,
    implies,
    ite,
    look_up,
    negate,
    reverse,
    same,
    value_of,
    wrap,
)

INTEGERS = (Int(-5, 7), Int(3, 9), Int(-9, -2), Int(0, 255), Int(-(2**40), 2**40))
UNBOUNDED = (Int(-5, 7), Int(), Int(2, None), Int(None, -2))
BITS = (BitVec(1), BitVec(1, signed=True), BitVec(3), BitVec(3, signed=True), BitVec(64), BitVec(64, signed=True))
COLOUR = Enum("Colour", ("red", "green", "blue"))
ENTRIES = (7, -1, 300, 0, 5, 5)

Operation = Callable[[Term, Term], Term]
Case = tuple[Operation, Sort, Sort]


def integer_cases(sorts: tuple[Int, ...]) -> Iterator[Case]:
    two: list[Operation] = [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a == b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: ite(a < b, a, b),
        lambda a, b: a // clamp(b, 1, 4),
        lambda a, b: a % clamp(b, 1, 4),
    ]
    one: list[Operation] = [
        lambda a, _: -a,
        lambda a, _: a // 3,
        lambda a, _: a % 3,
        lambda a, _: clamp(a, -3, 4),
        lambda a, _: clamp(a, None, 4),
        lambda a, _: clamp(a, 5, None),
        lambda a, _: look_up(ENTRIES, clamp(a, 0, 5), Int(-1, 300)),
        lambda a, _: look_up(ENTRIES, clamp(a, 2, 4), Int(-1, 300)),
        lambda a, _: look_up((True, False, False, True), clamp(a, 0, 3), Bool),
    ]
    yield from product(two, sorts, sorts)
    yield from ((operation, sort, sort) for operation, sort in product(one, sorts))


def bits_cases(sort: BitVec) -> Iterator[Case]:
    operations: list[Operation] = [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a & b,
        lambda a, b: a | b,
        lambda a, b: a ^ b,
        lambda a, b: a << b,
        lambda a, b: a >> b,
        lambda a, b: a == b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: ite(a < b, a, b),
        lambda a, b: a >> lift(min(2, sort.high), sort),
        lambda a, b: -a,
        lambda a, b: ~a,
        lambda a, b: reverse(a),
        lambda a, b: value_of(a) - value_of(b),
        lambda a, b: value_of(a) // 3,
    ]
    if not sort.signed:
        operations += [lambda a, b: a // max(1, sort.high // 3), lambda a, b: a % max(1, sort.high // 3)]
    if sort == BitVec(3):
        operations.append(lambda a, b: look_up((*ENTRIES, 9, 9), a, Int(-1, 300)))
    yield from ((operation, sort, sort) for operation in operations)
    yield from ((lambda a, _, to=to: cast(a, to), sort, sort) for to in BITS)
    yield from ((lambda a, _, to=to: wrap(value_of(a) + 1, to), sort, sort) for to in BITS)


def meeting_cases() -> Iterator[Case]:
    """Where integers without bounds become bits, and bits become such integers."""
    yield from ((lambda a, _, to=to: wrap(a, to), sort, sort) for sort, to in product(UNBOUNDED, BITS))
    yield from ((lambda a, b: value_of(a) * b, sort, Int()) for sort in BITS)
    yield from ((lambda a, b: b < value_of(a), sort, Int()) for sort in BITS)


def truth_cases() -> Iterator[Case]:
    operations: list[Operation] = [all_of, any_of, implies, same, lambda a, b: negate(a), lambda a, b: ite(a, b, True)]
    yield from ((operation, Bool, Bool) for operation in operations)
    yield (lambda a, b: a == b), COLOUR, COLOUR
    yield (lambda a, b: ite(a == b, a, lift(2, COLOUR))), COLOUR, COLOUR


def samples(sort: Sort, random: Random) -> list[Value]:
    """All values of a small sort, else those at its ends and one between."""
    if not isinstance(sort, Int | BitVec):
        return list(values_of(sort))
    low = sort.low if sort.low is not None else (sort.high or 0) - 2**70
    high = sort.high if sort.high is not None else low + 2**71
    return list(range(low, high + 1)) if high - low < 8 else [low, high, random.randint(low, high)]


def statements(cases: Iterator[Case]) -> Iterator[tuple[list[Term], Term]]:
    """For each case and values: that two variables have them, and that the result is the one in Python."""
    random = Random(0)
    for number, (operation, *sorts) in enumerate(cases):
        choices = list(product(*(samples(sort, random) for sort in sorts)))
        for at, given in enumerate(random.sample(choices, min(len(choices), 6))):
            names = [variable(f"{letter}{number}.{at}", sort) for letter, sort in zip("ab", sorts, strict=True)]
            result = operation(*names)
            value = compile_function(names, [result])(*given)
            expected = constant(value, Int() if isinstance(result.sort, Int) else result.sort)
            yield [name == value for name, value in zip(names, given, strict=True)], result == expected


@pytest.mark.parametrize("solver", [Z3, CVC5], ids=lambda solver: solver.name)
@pytest.mark.parametrize(
    ("cases", "logic"),
    [
        (lambda: integer_cases(INTEGERS), "QF_NIA"),
        (lambda: integer_cases(UNBOUNDED), "QF_NIA"),
        (lambda: chain.from_iterable(map(bits_cases, BITS)), "QF_BV"),
        (truth_cases, "QF_LIA"),
        (lambda: chain(integer_cases(INTEGERS), truth_cases(), bits_cases(BITS[0])), "QF_BV"),
        (lambda: chain(integer_cases(UNBOUNDED), meeting_cases()), "QF_BVNIA"),
    ],
    ids=["integers", "unbounded integers", "bits", "truths", "integers as bits", "unbounded integers and bits"],
)
def test_operations_are_those_of_python(cases: Callable[[], Iterator[Case]], logic: str, solver: Solver) -> None:
    known, results = zip(*statements(cases()), strict=True)
    fixed = [equation for equations in known for equation in equations]
    scripts = {"sat": script([*fixed, *results]), "unsat": script([*fixed, negate(all_of(results))])}
    assert f"(set-logic {logic})" in scripts["sat"]
    asked = ((name, text, "true") for name, text in scripts.items())
    assert {name: answer.reason or answer.verdict for name, answer in ask(asked, solver, DEFAULT, jobs=2)} == {
        "sat": "sat",
        "unsat": "unsat",
    }


@pytest.mark.parametrize("aside", [[], [variable("byte", BitVec(8)) < 7]], ids=["integers", "bits"])
@pytest.mark.parametrize("sort", [Int(-5, 7), Int(0, 255), Int(0, 256), Int(-4, 3), Int(-9, -2)], ids=str)
def test_variables_are_of_their_sorts(sort: Int, aside: list[Term]) -> None:
    number, any_number = variable("number", sort), variable("any_number", Int(-1000, 1000))
    assert sort.low is not None
    assert sort.high is not None
    ends = {sort.low - 1: "unsat", sort.low: "sat", sort.high: "sat", sort.high + 1: "unsat"}
    asked = [(end, script([number == any_number, any_number == end, *aside]), "true") for end in ends]
    assert {end: answer.verdict for end, answer in ask(asked, Z3, DEFAULT, jobs=2)} == ends


@pytest.mark.parametrize("aside", [[], [variable("byte", BitVec(8)) < 7]], ids=["integers", "bits"])
def test_members_of_enumerations_are_those_there_are(aside: list[Term]) -> None:
    colour, members = variable("colour", COLOUR), literals(COLOUR)
    none = [colour != member for member in members]
    asked = [("none", script([*none, *aside]), "true"), ("one", script([*none[:-1], *aside]), "true")]
    assert {name: answer.verdict for name, answer in ask(asked, Z3, DEFAULT, jobs=2)} == {"none": "unsat", "one": "sat"}
