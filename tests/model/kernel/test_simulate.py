"""Random walks: they are repeatable and fair, see what is there, and what they find broken they show in few steps."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from redproof_model.kernel.draws import NoInitialStateError, draw_of
from redproof_model.kernel.simulate import WALK_STEPS, Broken, Simulator
from redproof_model.kernel.sorts import BitVec, Bool, Enum, Int, Sort, Value, holds_value
from redproof_model.kernel.system import ANY, System

COLOUR = Enum("Colour", ("red", "green", "blue"))
WORD = BitVec(64)


def counter(high: int = 9) -> System:
    """A number that goes up and down between 0 and `high`."""
    system = System("counter")
    system.variable("n", Int(0, high), init=0)

    @system.action(by=range(1, 3))
    def add(old: Any, new: Any, by: int) -> None:
        new.require(old.n + by <= high)
        new.n = old.n + by

    @system.action()
    def reset(old: Any, new: Any) -> None:
        new.require(old.n > 0)
        new.n = 0

    return system


def cell(sort: Sort = WORD) -> System:
    """One variable that takes any value."""
    system = System("cell")
    system.variable("x", sort, init=ANY)
    system.variable("last", sort, init=ANY)

    @system.action(value=sort)
    def write(old: Any, new: Any, value: Any) -> None:
        new.last = old.x
        new.x = value

    return system


def broken(system: System, seed: int = 1) -> Broken:
    found = Simulator(system, seed).walk(10_000)
    assert found is not None
    return found


@pytest.mark.parametrize("system", [counter(), cell()], ids=["counter", "cell"])
def test_a_seed_gives_the_same_walks(system: System) -> None:
    first, second, other = (Simulator(system, seed) for seed in (1, 1, 2))
    for simulator in (first, second, other):
        assert simulator.walk(500) is None
    assert (first.fired, first.states) == (second.fired, second.states)
    assert (first.fired, first.states) != (other.fired, other.states)


def test_it_takes_as_many_steps_as_asked_in_walks_that_end() -> None:
    simulator = Simulator(counter(), 1)
    assert simulator.walk(2 * WALK_STEPS + 1) is None
    assert (simulator.steps, simulator.walks) == (2 * WALK_STEPS + 1, 3)
    simulator.walk(5)
    assert (simulator.steps, simulator.walks) == (2 * WALK_STEPS + 6, 4)


def test_each_possible_action_is_as_likely() -> None:
    """From 0 there are two actions of three, and both lead to where all three are possible."""
    system = System("fork")
    system.variable("n", Int(0, 3), init=0)

    @system.action(to=range(1, 4))
    def go(old: Any, new: Any, to: int) -> None:
        new.require(old.n != to)
        new.n = to

    simulator = Simulator(system, 1)
    simulator.walk(30_000)
    assert all(abs(fired - 10_000) < 500 for fired in simulator.fired)


def test_witnesses_are_seen_with_the_steps_to_them() -> None:
    system = counter()
    system.sometimes(lambda s: s.n == 0)

    @system.sometimes
    def high(s: Any) -> Any:
        return s.n == 9

    @system.sometimes
    def higher(s: Any) -> Any:
        return s.n > 9

    simulator = Simulator(system, 1)
    simulator.walk(10_000)
    assert set(simulator.witnessed) == {"<lambda>", "high"}
    assert simulator.witnessed["<lambda>"] == 0
    assert 5 <= simulator.witnessed["high"] <= WALK_STEPS


@pytest.mark.parametrize("declare", ["invariant", "always"])
def test_a_broken_claim_is_shown_in_few_steps(declare: str) -> None:
    system = counter()

    @getattr(system, declare)  # type: ignore[untyped-decorator]
    def stays_small(s: Any) -> Any:
        """It stays small."""
        return s.n < 8

    for seed in range(20):
        found = broken(system, seed)
        assert (found.claim.name, found.claim.sentence) == ("stays_small", "It stays small.")
        assert found.trace.states[0] == (0,)
        assert found.trace.states[-1][0] >= 8
        assert set(found.trace.actions) <= {"add(by=1)", "add(by=2)"}


def test_a_broken_initial_state_is_a_trace_without_a_step() -> None:
    system = counter()
    system.invariant(lambda s: s.n > 0)
    found = broken(system)
    assert (len(found.trace), found.trace.states) == (0, [(0,)])


def test_a_broken_step_is_the_last_of_its_trace() -> None:
    system = counter()

    @system.every_step
    def falls_by_little(old: Any, new: Any) -> Any:
        return new.n + 5 >= old.n

    found = broken(system)
    assert found.claim.name == "falls_by_little"
    assert found.trace.actions[-1] == "reset"
    assert "reset" not in found.trace.actions[:-1]
    assert found.trace.states[-2][0] >= 6


@pytest.mark.parametrize("checked", [True, False])
def test_a_range_that_is_left_is_broken_with_or_without_checks(checked: bool) -> None:
    system = System("tally")
    system.variable("n", Int(0, 3), init=0)

    @system.action(by=Int(1, 2))
    def add(old: Any, new: Any, by: Any) -> None:
        new.n = old.n + by

    found = Simulator(system, 1, checked=checked).walk(100)
    assert found is not None
    assert (found.claim.name, found.claim.sentence) == ("range of n", "n stays within Int(0..3)")
    assert found.trace.states[-1][0] > 3
    assert [*found.trace.changes()][-1][1][0][2] == str(found.trace.states[-1][0])


def test_without_checks_claims_are_not_looked_at() -> None:
    system = counter()
    system.always(lambda s: s.n < 8)
    system.sometimes(lambda s: s.n < 8)
    simulator = Simulator(system, 1, checked=False)
    assert simulator.walk(1_000) is None
    assert (simulator.steps, simulator.witnessed) == (1_000, {})


def test_dead_ends_are_counted_and_walks_of_them_alone_end() -> None:
    system = System("well")
    system.variable("n", Int(0, 3), init=0)

    @system.action()
    def fall(old: Any, new: Any) -> None:
        new.require(old.n < 3)
        new.n = old.n + 1

    simulator = Simulator(system, 1)
    simulator.walk(30)
    assert (simulator.steps, simulator.walks, simulator.dead_ends) == (30, 10, 9)
    system.init(lambda s: s.n == 0)
    still = System("still")
    still.variable("n", Int(0, 3), init=3)
    still.action()(lambda old, new: new.require(old.n < 3))
    simulator = Simulator(still, 1)
    assert simulator.walk(50) is None
    assert (simulator.steps, simulator.dead_ends) == (0, 50)


def test_initial_states_are_drawn_until_the_predicates_hold() -> None:
    system = cell(Int(0, 1000))
    system.init(lambda s: s.x < s.last)
    system.invariant(lambda s: s.x < 1001)
    simulator = Simulator(system, 1)
    starts = {simulator._initial.draw() for _ in range(200)}
    assert all(x < last for x, last in starts)
    assert len(starts) > 100


def test_initial_states_that_are_not_found_are_an_error() -> None:
    system = cell()
    system.init(lambda s: s.x * 3 == 1_234_567)
    with pytest.raises(NoInitialStateError, match="cell: none of 10,000 drawn states is an initial one"):
        Simulator(system, 1).walk(1)


@pytest.mark.parametrize(
    "sort",
    [
        Bool,
        COLOUR,
        Int(-3, 3),
        Int(0, 10**6),
        Int(None, -5),
        Int(5, None),
        Int(),
        BitVec(3),
        WORD,
        BitVec(64, signed=True),
    ],
    ids=str,
)
def test_what_is_drawn_is_of_its_sort_and_near_its_edges(sort: Sort) -> None:
    draw = draw_of(sort, [], Random(1))
    drawn: Counter[Value] = Counter(draw(()) for _ in range(3_000))
    assert all(holds_value(sort, value) for value in drawn)
    ends = [getattr(sort, "low", None), getattr(sort, "high", None)]
    assert all(drawn[end] for end in ends if end is not None)


def test_values_of_the_state_are_drawn_again() -> None:
    system = cell()
    system.sometimes(lambda s: s.x == s.last)
    simulator = Simulator(system, 1)
    simulator.walk(100)
    assert simulator.witnessed


def test_parameters_are_drawn_with_regard_to_their_guards() -> None:
    """Of 2^64 values 64 are powers of two, and the action is never possible at the end."""
    system = System("powers")
    system.variable("x", WORD, init=0)
    system.variable("count", Int(0, 3), init=0)

    @system.action(power=WORD, other=WORD)
    def choose(old: Any, new: Any, power: Any, other: Any) -> None:
        new.require(power & (power - 1) == 0, power != 0, old.count < 3, other <= power)
        new.x = power
        new.count = old.count + 1

    simulator = Simulator(system, 1)
    simulator.walk(300)
    assert simulator.steps == 300
    assert simulator.dead_ends < 110
    assert len(simulator.states) > 30
