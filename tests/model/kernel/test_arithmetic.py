"""The keyspace's arithmetic: its lemmas proved and seen to hold, its mutants noticed, its differences in the model."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_model.choice import Choice
from redproof_model.kernel.parts import Lemma
from redproof_model.kernel.prove.prove import prove
from redproof_model.kernel.python import compile_function
from redproof_model.kernel.sorts import BitVec, Int, Sort, values_of
from redproof_model.kernel.system import System
from redproof_model.keyspace.model import Model
from redproof_model.reply import OK, Error, Reply
from redproof_model.systems.arithmetic.bitfield import OVERFLOW, bitfield, signed_incrby, unsigned_incrby
from redproof_model.systems.arithmetic.counters import counters
from redproof_model.systems.arithmetic.expiry import expiry
from redproof_model.systems.arithmetic.long_long import LLONG_MAX, LLONG_MIN
from redproof_model.systems.arithmetic.positions import positions
from redproof_model.systems.arithmetic.ranges import byte_range, element_at, element_range, ranges
from redproof_model.systems.crc16 import crc16, crc16_system, key_slot
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version

SYSTEMS = (ranges(), counters(), expiry(), bitfield(), positions(), crc16_system())
LEMMAS = [pytest.param(lemma, id=f"{system.name}-{lemma.name}") for system in SYSTEMS for lemma in system.lemmas]
INT64 = st.integers(LLONG_MIN, LLONG_MAX)
PAGE = Path(__file__).parents[3] / "docs" / "arithmetic.md"
NOW_MS = 1_700_000_000_000

BOTH = (REDIS_6_2, REDIS_7_0)
INVALID_EXPIRE_6_2 = Error(b"ERR invalid expire time in expire")
INVALID_EXPIRE_7_0 = Error(b"ERR invalid expire time in 'expire' command")
DECREMENT_OVERFLOW = Error(b"ERR decrement would overflow")

DIFFERENCES: list[tuple[str, Sequence[Version], list[str], list[Reply]]] = [
    ("getrange_differs", BOTH, ["SET k hello", "GETRANGE k -100 -50"], [OK, b"h"]),
    ("decrby_differs_in_6_2", [REDIS_6_2], ["SET k 5", f"DECRBY k {LLONG_MIN}"], [OK, LLONG_MIN + 5]),
    ("decrby_differs_in_7_0", [REDIS_7_0], ["SET k -5", f"DECRBY k {LLONG_MIN}"], [OK, DECREMENT_OVERFLOW]),
    ("expire_differs", [REDIS_6_2], ["SET k v", "EXPIRE k -9223372036854776"], [OK, INVALID_EXPIRE_6_2]),
    ("expire_differs", [REDIS_7_0], ["SET k v", "EXPIRE k -9223372036854776"], [OK, INVALID_EXPIRE_7_0]),
    ("restore_differs", BOTH, ["SET s v", "DUMP s", f"RESTORE k {LLONG_MAX} seen", "EXISTS k"], [OK, b"seen", OK, 0]),
    ("lpos_rank_differs", BOTH, ["RPUSH k a b a", f"LPOS k a RANK {LLONG_MIN} COUNT 1"], [3, [2, 0]]),
    ("lpos_count_differs", BOTH, ["RPUSH k a b a", f"LPOS k a RANK {LLONG_MIN}"], [3, 2]),
    ("signed_set_differs", BOTH, [f"BITFIELD k OVERFLOW SAT SET i8 0 {LLONG_MIN} GET i8 0"], [[0, 127]]),
    ("unsigned_set_differs", BOTH, ["BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0"], [[0, 255]]),
    ("offset_differs", BOTH, [f"BITFIELD k SET u8 #{2**61} 255 GET u8 0"], [[0, 255]]),
]
"""Where Redis departs from mathematics, by the lemma that says so: versions, commands, and the replies to them."""

_POWERS = (st.integers(0, 64), st.sampled_from([1, -1]), st.integers(-2, 2))


def edge_values(sort: Sort) -> st.SearchStrategy[int]:
    """Values of a sort, most of them near 0, an end or a power of two, where overflows happen."""
    if isinstance(sort, Int):
        return st.integers(sort.low, sort.high)
    if not isinstance(sort, BitVec):
        return st.sampled_from(list(values_of(sort)))
    powers = st.builds(lambda power, sign, off: sort.wrap(sign * 2**power + off), *_POWERS)
    small = st.integers(max(sort.low, -70), min(sort.high, 70))
    return st.one_of(small, powers, st.integers(sort.low, sort.high))


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_lemmas_are_proved(system: System) -> None:
    outcomes = list(prove(system))
    assert {outcome.claim for outcome in outcomes} == {lemma.name for lemma in system.lemmas}
    assert [(outcome.claim, outcome.reason) for outcome in outcomes if outcome.verdict != "proved"] == []


@pytest.mark.parametrize("lemma", LEMMAS)
@given(data=st.data())
def test_lemma_holds_at_edges(lemma: Lemma, data: st.DataObject) -> None:
    values = [data.draw(edge_values(variable.sort), str(variable)) for variable in lemma.variables]
    assert compile_function(lemma.variables, [lemma.term])(*values)


@pytest.mark.parametrize(("lemma", "versions", "lines", "replies"), DIFFERENCES, ids=[row[0] for row in DIFFERENCES])
def test_difference_is_in_the_model(
    lemma: str, versions: Sequence[Version], lines: list[str], replies: list[Reply]
) -> None:
    for version in versions:
        model = Model(version)
        model.connect("A")
        assert [replied(model, line) for line in lines] == replies


def replied(model: Model, line: str) -> Reply:
    """The model's reply to a command, `seen` where it leaves a choice."""
    expected = model.step("A", line.encode().split(), NOW_MS, NOW_MS)
    if not isinstance(expected, Choice):
        return expected
    assert expected.observe(b"seen", 2)
    return b"seen"


def test_every_difference_is_in_the_model_and_documented() -> None:
    names = {lemma.name for system in SYSTEMS for lemma in system.lemmas if "_differs" in lemma.name}
    assert names == {row[0] for row in DIFFERENCES}
    assert names == set(re.findall(r"^\| `(\w+_differs\w*)`", PAGE.read_text(), re.MULTILINE))


@given(st.integers(0, 9), st.integers(-12, 12), st.integers(-12, 12))
def test_ranges_are_those_of_a_walk(length: int, start: int, end: int) -> None:
    def place(index: int) -> int:
        return index + length if index < 0 else index

    wanted = [at for at in range(length) if place(start) <= at <= place(end)]
    first, past = element_range.compiled(length, start, end)
    assert list(range(first, past)) == wanted
    first, past = byte_range.compiled(length, start, end)
    clamped = length > 0 and place(end) < 0 and (start == 0 or start <= end)
    assert list(range(first, past)) == ([0] if clamped else wanted)
    found, position = element_at.compiled(length, start)
    assert found == (0 <= place(start) < length)
    assert not found or position == place(start)


@given(st.sampled_from(range(len(OVERFLOW.members))), st.integers(1, 64), st.booleans(), INT64, INT64)
def test_incrby_is_that_of_integers(mode: int, bits: int, is_signed: bool, low_bits: int, increment: int) -> None:
    bits = min(bits, 64 if is_signed else 63)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if is_signed else (0, 2**bits - 1)
    old = (low_bits - low) % 2**bits + low
    exact = old + increment
    results: Sequence[int] = ((exact - low) % 2**bits + low, min(max(exact, low), high), exact)
    fails, new = (signed_incrby if is_signed else unsigned_incrby).compiled(old, increment, bits, mode)
    assert fails == (OVERFLOW.members[mode] == "FAIL" and not low <= exact <= high)
    assert fails or new == results[mode]


@given(st.binary())
def test_crc_is_that_of_another_implementation(data: bytes) -> None:
    assert crc16(data) == binascii.crc_hqx(data, 0)


def test_crc_has_its_check_value() -> None:
    assert crc16(b"123456789") == 0x31C3


@pytest.mark.parametrize(
    ("key", "slot"),
    [
        (b"", 0),
        (b"foo", 12182),
        (b"{user1000}.x", 3443),
        (b"{user1000}.y", 3443),
        (b"foo{}{bar}", 8363),
        (b"foo{{bar}}zap", 4015),
    ],
)
def test_slot_is_that_of_a_real_cluster(key: bytes, slot: int) -> None:
    assert key_slot(key) == slot
