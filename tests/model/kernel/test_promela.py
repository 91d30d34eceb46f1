"""What is exported as Promela, and that SPIN counts the same states where it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from breadth_first import breadth_first, initial
from hypothesis import HealthCheck, given, note, settings
from redproof_model.kernel.explore import explore
from redproof_model.kernel.promela import to_promela
from redproof_model.kernel.sorts import BitVec, Bool, Int
from redproof_model.kernel.state import State
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import cast, clamp, ite, look_up, reverse, value_of, wrap
from redproof_model.systems import SYSTEMS
from redproof_reports.bench import spin
from systems_strategy import described, systems

SCOPES = (
    ("scan", "small"),
    ("election", "three"),
    ("configuration", "three"),
    ("failover", "lagging"),
    ("lock", "small"),
)
needs_spin = pytest.mark.skipif(bool(spin.missing()), reason=f"{spin.missing()} not installed")


def lamp() -> System:
    system = System("lamp")
    system.variable("lit", Bool, init=False)
    system.variable("level", Int(-2, 5), init=-1)

    @system.action(by=range(1, 3))
    def turn(old: State, new: Any, by: int) -> None:
        new.require(old.level + by <= 5)
        new.level, new.lit = old.level + by, old.level > 0

    @system.invariant
    def bounded(s: State) -> Any:
        return s.level <= 5

    return system


def test_an_action_is_one_step_in_which_values_are_computed_first() -> None:
    lines = to_promela(lamp(), [(False, -1)]).splitlines()
    assert lines[:2] == ["unsigned v0_lit : 1 = 0;", "unsigned v1_level : 3 = 1;"]
    guard, *statements = next(line for line in lines if line.startswith("::")).split("; ")
    assert guard == ":: d_step { (((v1_level + -2) + 1) <= 5)"
    values, updates, checks = statements[:3], statements[-3:-1], statements[-1]
    assert values == ["t0 = (v1_level + -2)", "t1 = (t0 + 1)", "t2 = (0 < t0)"]
    assert updates == ["v1_level = t1 - -2", "v0_lit = t2"]
    assert checks == "assert(1) }"


def test_without_assertions_there_are_steps_alone() -> None:
    assert "assert" not in to_promela(lamp(), [(False, -1)], asserted=False)


@pytest.mark.parametrize("sort", [BitVec(32), BitVec(64), Int(0, 2**31), Int(-(2**31) - 1, 0), Int(0, None)])
def test_variables_that_c_cannot_hold_are_refused(sort: BitVec | Int) -> None:
    system = System("wide")
    system.variable("n", sort, init=0)
    with pytest.raises(ValueError, match=r"n of sort .* takes more than 31 bits in Promela"):
        to_promela(system, [(0,)])


def test_numbers_that_may_overflow_are_refused() -> None:
    system = System("square")
    system.variable("n", Int(0, 2**20), init=0)
    system.action()(_squares)
    with pytest.raises(ValueError, match=r"mul\(n, n\) of sort .* may not fit the int of Promela"):
        to_promela(system, [(0,)])


def _squares(old: State, new: Any) -> None:
    new.n = clamp(old.n * old.n, 0, 9)


def test_a_system_must_begin_somewhere() -> None:
    with pytest.raises(ValueError, match="lamp has no initial state"):
        to_promela(lamp(), [])


def bits() -> System:
    """Every operation that C has not, or has otherwise, on negative numbers too."""
    system = System("bits")
    system.variable("a", BitVec(4), ANY)
    system.variable("b", BitVec(4, signed=True), ANY)
    system.variable("n", Int(-7, 7), init=-7)

    @system.action()
    def shift(old: State, new: Any) -> None:
        new.a, new.b = reverse(old.a) << (old.a & 7), old.b >> cast(old.a, BitVec(4, signed=True))

    @system.action()
    def divide(old: State, new: Any) -> None:
        new.n = old.n // 3 + old.n % 4
        new.b = wrap(old.n * 5, BitVec(4, signed=True))

    @system.action(by=range(1, 4))
    def look(old: State, new: Any, by: int) -> None:
        new.require(old.n < value_of(old.b) * by)
        new.n = look_up((-7, 3, 3, 0, 7), clamp(old.n + by, 0, 4), Int(-7, 7))
        new.a = ite(old.n > 0, -old.a, ~old.a)

    return system


@needs_spin
@pytest.mark.parametrize(
    "system",
    [lamp(), bits(), *(SYSTEMS[name].scopes[scope]() for name, scope in SCOPES)],
    ids=lambda system: str(system.name),
)
def test_spin_counts_the_same_states(system: System, tmp_path: Path) -> None:
    begins = initial(system)
    counted = spin.count(spin.verifier(to_promela(system, begins), tmp_path), hash_bits=18)
    found = explore(system)
    assert counted.states - (len(begins) > 1) == found.states
    assert counted.errors == len(found.violations) == 0


@needs_spin
def test_spin_sees_a_broken_claim(tmp_path: Path) -> None:
    system = lamp()
    system.always(_dark)
    assert spin.count(spin.verifier(to_promela(system, [(False, -1)]), tmp_path), hash_bits=18).errors == 1


def _dark(s: State) -> Term:
    dark: Term = s.level < 3
    return dark


@needs_spin
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(system=systems())
def test_spin_counts_the_states_of_random_systems(system: System, tmp_path: Path) -> None:
    note(described(system))
    reached = breadth_first(system)
    if not reached.distance or reached.outside:
        return
    promela = to_promela(system, initial(system), asserted=False)
    note(promela)
    counted = spin.count(spin.verifier(promela, tmp_path), hash_bits=18)
    assert counted.states - (len(initial(system)) > 1) == len(reached.distance)
