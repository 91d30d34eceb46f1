"""Terms: one object for equal terms, no truth value, intervals that hold, and errors that say what to write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_model.kernel.python import compile_function
from redproof_model.kernel.sorts import BitVec, Bool, Enum, Int, holds_value, values_of
from redproof_model.kernel.terms import Term, constant, literals, variable
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

X, Y = variable("x", Int(-3, 5)), variable("y", Int(1, 4))
P, Q = variable("p", Bool), variable("q", Bool)
B, S = variable("b", BitVec(4)), variable("s", BitVec(4, signed=True))
COLOUR = Enum("Colour", ("RED", "GREEN"))
shade = variable("shade", COLOUR)


def test_equal_terms_are_one_object() -> None:
    assert X + 1 is X + 1
    assert all_of(P, Q) is all_of(P, all_of(P, Q))
    assert (X == Y) is (Y == X)
    assert variable("x", Int(-3, 5)) is X
    assert variable("x", Int(-3, 6)) is not X
    assert constant(1, Int()) is not constant(True, Bool)


@pytest.mark.parametrize("ask", [lambda: bool(X == 3), lambda: X < Y < 3, lambda: X or Y, lambda: not P])
def test_terms_have_no_truth_value(ask: Any) -> None:
    with pytest.raises(TypeError, match=r"no truth value.*write ite.*all_of.*any_of.*negate"):
        ask()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: X & 1, "takes bit-vectors"),
        (lambda: P & Q, "see all_of"),
        (lambda: P + 1, "takes numbers"),
        (lambda: B + X, r"see cast, wrap and value_of"),
        (lambda: B + S, r"see cast, wrap and value_of"),
        (lambda: B == 16, r"16 is not a value of BitVec\(4\)"),
        (lambda: B == -1, r"-1 is not a value of BitVec\(4\)"),
        (lambda: X == True, r"True is not a value of Int"),  # noqa: E712
        (lambda: X // Y - X // X, "known to be positive"),
        (lambda: S % 3, "value_of"),
        (lambda: cast(X, BitVec(3)), "takes a bit-vector"),
        (lambda: wrap(B, BitVec(3)), "see cast"),
        (lambda: value_of(X), "takes a bit-vector"),
        (lambda: clamp(B, 0, 1), "takes an integer"),
        (lambda: look_up([1, 2], X, Int()), "see clamp"),
        (lambda: all_of(X), "where Bool is wanted"),
        (lambda: X + "1", "neither a term nor a value"),
        (lambda: shade < 1, "takes numbers"),
        (lambda: constant(2, COLOUR), "2 is not a value of Colour"),
    ],
)
def test_errors_say_what_to_write(build: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        build()


def test_comparisons_are_decided_where_intervals_are_apart() -> None:
    assert (X < 6).payload is True
    assert (X <= 5).payload is True
    assert (X > 5).payload is False
    assert (X >= 6).payload is False
    assert (X == 9).payload is False
    assert [term.op for term in (X < 5, X <= 4, X > 4, X >= 5, X == 5)] == ["lt", "le", "lt", "le", "eq"]


@pytest.mark.parametrize(
    ("term", "low", "high"),
    [
        (X + Y, -2, 9),
        (X - Y, -7, 4),
        (X * Y, -12, 20),
        (-X, -5, 3),
        (X // Y, -3, 5),
        (X % Y, 0, 3),
        (ite(P, X, Y), -3, 5),
        (value_of(S), -8, 7),
        (count(P, Q), 0, 2),
        (clamp(X, 0, 2), 0, 2),
        (clamp(X, None, 2), -3, 2),
        (clamp(X, 1, None), 1, 5),
        (clamp(X, None, -7), -7, -7),
        (clamp(X, 9, None), 9, 9),
        (variable("n", Int(0, None)) * Y, 0, None),
        (variable("n", Int(0, None)) // Y, 0, None),
        (variable("z", Int()) % Y, 0, 3),
        (X // variable("d", Int(2, None)), -2, 2),
    ],
)
def test_intervals(term: Term, low: int | None, high: int | None) -> None:
    assert term.sort == Int(low, high)


@given(x=st.integers(-3, 5), y=st.integers(1, 4), data=st.data())
def test_no_value_leaves_its_interval(x: int, y: int, data: st.DataObject) -> None:
    operations: list[Any] = [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: -a,
        lambda a, b: a // Y,
        lambda a, b: a % Y,
        minimum,
        maximum,
        lambda a, b: ite(a < b, a, b),
        lambda a, b: clamp(a, -1, 2),
        lambda a, b: clamp(a, None, 2),
        lambda a, b: clamp(a, 9, None),
    ]
    terms: list[Term] = [X, Y]
    for _ in range(4):
        chosen = data.draw(st.sampled_from(operations))
        terms.append(chosen(data.draw(st.sampled_from(terms)), data.draw(st.sampled_from(terms))))
    values = compile_function([X, Y], terms)(x, y)
    assert all(holds_value(term.sort, value) for term, value in zip(terms, values, strict=True))


@given(b=st.integers(0, 15), s=st.integers(-8, 7), by=st.integers(0, 15))
def test_bit_vectors_wrap_around(b: int, s: int, by: int) -> None:
    results = [B + by, B - by, B * by, ~B, B << by, B >> by, S + 5, -S, S >> 1, S << 1]
    expected = [
        *((b + by) % 16, (b - by) % 16, b * by % 16, 15 - b, b << by & 15, b >> by),
        *((s + 13) % 16 - 8, (-s + 8) % 16 - 8, s >> 1, (2 * s + 8) % 16 - 8),
    ]
    assert compile_function([B, S], results)(b, s) == tuple(expected)


def test_reverse_and_casts() -> None:
    run = compile_function([B, S], [reverse(B), cast(S, BitVec(8)), cast(B, BitVec(2)), reverse(S)])
    assert run(0b0010, -1) == (0b0100, 255, 0b10, -1)
    assert run(0b1011, -8) == (0b1101, 248, 0b11, 1)


@given(p=st.booleans(), q=st.booleans())
def test_truth_functions(p: bool, q: bool) -> None:
    results = [all_of(P, Q), any_of(P, Q), negate(P), implies(P, Q), same(P, Q), ite(P, Q, False), cast(P, BitVec(3))]
    run = compile_function([P, Q], results)
    assert run(p, q) == (p and q, p or q, not p, q or not p, p == q, p and q, int(p))


def test_choose_takes_the_first_case() -> None:
    run = compile_function([X], [choose((X < 0, 7), (X < 3, 8), otherwise=9)])
    assert [run(x) for x in (-1, 0, 3)] == [7, 8, 9]


def test_enumerations() -> None:
    red, green = literals(COLOUR)
    run = compile_function([shade], [shade == red, shade == green, ite(shade == red, green, red)])
    assert [run(value) for value in values_of(COLOUR)] == [(True, False, 1), (False, True, 0)]


def test_distinct_and_look_up() -> None:
    run = compile_function([X, Y], [distinct(X, Y, constant(0, Int())), look_up([5, 6, 7, 8, 9], Y, Int())])
    assert run(2, 1) == (True, 6)
    assert run(0, 4) == (False, 9)
