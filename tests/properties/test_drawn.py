"""What is drawn in bulk is what the grammar says, each example as often as it is likely."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from redproof_properties.drawing import drawer
from redproof_properties.generate import BLOCK, Generator
from redproof_properties.grammar import (
    ODD_INTEGERS,
    Argument,
    Command,
    PartLike,
    counted,
    integer,
    many,
    maybe,
    one_of,
    options,
    pool,
    seq,
    weighted,
)
from redproof_properties.history import Call
from redproof_properties.vocabulary import GROUPS

_DRAWN = 20_000
_SOUND = 0.5
"""No flaw: neither is an argument missing nor is there one more."""
A, B, C = pool(b"a"), pool(b"b"), pool(b"c")
SHARES: list[tuple[str, PartLike, dict[str, Fraction]]] = [
    ("weights", weighted((3, A), (1, pool(b"b", b"c"))), {"a": Fraction(3, 4), "b": Fraction(1, 8)}),
    ("nested", one_of(A, one_of(B, C)), {"a": Fraction(1, 2), "c": Fraction(1, 4)}),
    ("keyword", seq("GET", A), {"GET a": Fraction(9, 10), "get a": Fraction(1, 10)}),
    ("maybe", seq(maybe(A, 0.3), B), {"a b": Fraction(3, 10), "b": Fraction(7, 10)}),
    ("many", many(pool(b"a", b"b"), 1, 2), {"a": Fraction(1, 4), "a b": Fraction(1, 8)}),
    ("many in a row", many(seq(A, B), 0, 1), {"": Fraction(1, 2), "a b": Fraction(1, 2)}),
    ("counted", counted(A, 0, 1), {"1 a": Fraction(9, 20) + Fraction(1, 100), "2 a": Fraction(1, 100)}),
    ("one option", options(A), {"a": Fraction(3, 5), "": Fraction(2, 5)}),
    ("two options", options(A, B), {"": Fraction(9, 25), "a": Fraction(6, 25), "b a": Fraction(2, 25)}),
    ("integer", integer(0, 1), {"0": Fraction(9, 20), "+1": Fraction(1, 10 * len(ODD_INTEGERS))}),
    ("wide integer", integer(0, 999), {"7": Fraction(9, 10_000), "+1": Fraction(1, 10 * len(ODD_INTEGERS))}),
    ("a row too long for a table", seq(*[pool(b"a", b"b")] * 12), {"a " * 11 + "a": Fraction(1, 2**12)}),
]


def _drawn(part: PartLike) -> Counter[str]:
    draw, chance = drawer(Command("X", part)), Random(1).random
    return Counter(_text(draw(chance, _SOUND)[1:]) for _ in range(_DRAWN))


def _text(arguments: list[Argument]) -> str:
    return b" ".join(part for part in arguments if isinstance(part, bytes)).decode("latin-1")


@pytest.mark.parametrize(("part", "shares"), [row[1:] for row in SHARES], ids=[row[0] for row in SHARES])
def test_each_example_is_drawn_as_often_as_it_is_likely(part: PartLike, shares: dict[str, Fraction]) -> None:
    drawn = _drawn(part)
    for text, share in shares.items():
        deviation = (_DRAWN * share * (1 - share)) ** 0.5
        assert abs(drawn[text] - _DRAWN * share) < 4 * deviation, (text, drawn)


def test_flaws_take_an_argument_away_or_add_one() -> None:
    draw, chance = drawer(Command("X", "1", "2")), Random(1).random
    argvs = [draw(chance, flaw) for flaw in (0.005, 0.015, 0.5)]
    assert argvs == [[b"X", b"1"], [b"X", b"1", b"2", b"extra"], [b"X", b"1", b"2"]]


def test_a_name_is_never_taken_away() -> None:
    assert drawer(Command("X"))(Random(1).random, 0.005) == [b"X"]


def test_every_command_of_every_group_is_drawn() -> None:
    generator = Generator()
    histories = (generator.fresh(seed, 100) for seed in range(0, 200 * BLOCK, BLOCK + 1))
    names = {step.name for history in histories for step in history if isinstance(step, Call)}
    assert {row.name for rows in GROUPS.values() for row in rows} <= names
