"""The explorer is held to a search written by hand, on random systems and on one whose count is known."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from breadth_first import Reached, breadth_first, breaking_steps, holding, leads_to_fails
from hypothesis import assume, given, note
from redproof_model.kernel.explore import Progress, explore
from redproof_model.kernel.python import compile_predicate, compile_step
from redproof_model.kernel.sorts import BitVec, Bool, Int
from redproof_model.kernel.state import State
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.trace import Trace
from redproof_model.kernel.vocabulary import all_of, any_of, negate, same
from systems_strategy import described, systems


def is_behaviour(trace: Trace, reached: Reached) -> bool:
    """Whether a trace begins in an initial state and goes on by steps of the system, within ranges."""
    steps = {(label, before, after) for label, _, before, after in reached.steps}
    moves = zip(trace.actions, trace.states, trace.states[1:], strict=False)
    return reached.distance[trace.states[0]] == 0 and all(move in steps for move in moves)


@given(systems())
def test_counts_are_those_of_the_search_by_hand(system: System) -> None:
    note(described(system))
    reached, found = breadth_first(system), explore(system)
    levels = Counter(reached.distance.values())
    names = {action.name for action in system.concrete_actions}
    assert found.complete
    assert list(found.levels) == [levels[distance] for distance in sorted(levels)]
    assert found.states == len(reached.distance)
    assert found.firings == {name: reached.firings(name) for name in names}
    assert found.transitions == sum(map(reached.firings, names))


@given(systems())
def test_claims_about_states_are_judged_and_traces_are_shortest(system: System) -> None:
    note(described(system))
    reached, found = breadth_first(system), explore(system)
    violations = {each.claim.name: each for each in found.violations if each.kind in ("invariant", "always")}
    for claim in (*system.invariants, *system.properties):
        broken = holding(system, negate(claim.term), reached)
        assert (claim.name in violations) == bool(broken)
        if broken:
            violation = violations[claim.name]
            assert (violation.count, len(violation.trace)) == (len(broken), broken[0])
            assert is_behaviour(violation.trace, reached)
            assert not compile_predicate(system, claim.term)(violation.trace.states[-1])
    for witness in found.witnesses:
        distances = holding(system, witness.claim.term, reached)
        assert ([] if witness.trace is None else [len(witness.trace)]) == distances[:1]


@given(systems())
def test_deadlocks_and_claims_about_steps_are_judged(system: System) -> None:
    note(described(system))
    reached, found = breadth_first(system), explore(system, deadlocks_allowed=False)
    possible = [compile_predicate(system, action.guard) for action in system.concrete_actions]
    dead = sorted(at for state, at in reached.distance.items() if not any(guard(state) for guard in possible))
    assert found.deadlocks == len(dead)
    assert [len(each.trace) for each in found.violations if each.kind == "deadlock"] == dead[:1]
    steps = {each.claim.name: (each.count, len(each.trace)) for each in found.violations if each.kind == "every_step"}
    broken = breaking_steps(system, reached)
    assert steps == {name: (len(distances), distances[0] + 1) for name, distances in broken.items()}
    left = [each for each in found.violations if each.kind == "range"]
    assert bool(left) == bool(reached.outside)
    for violation in left:
        *_, before, after = violation.trace.states
        assert is_behaviour(Trace(system, violation.trace.states[:-1], violation.trace.actions[:-1]), reached)
        action = next(each for each in system.concrete_actions if each.label() == violation.trace.actions[-1])
        with pytest.raises(ValueError, match="stays within"):
            compile_step(system, action)(before)
        assert len(after) == len(before)


@given(systems())
def test_leads_to_is_judged_and_its_lasso_is_fair(system: System) -> None:
    note(described(system))
    reached, found = breadth_first(system), explore(system)
    assume(len(reached.distance) <= 300)
    violations = {each.claim.name: each for each in found.violations if each.kind == "leads_to"}
    for lead in system.leads:
        assert (lead.name in violations) == leads_to_fails(system, lead, reached)
    for lead in system.leads:
        if lead.name in violations:
            trace = violations[lead.name].trace
            assert is_behaviour(trace, reached)
            assert_fair_lasso(system, trace)
            waits = compile_predicate(system, lead.goal), compile_predicate(system, lead.trigger)
            goals = [waits[0](state) for state in trace.states]
            assert any(waits[1](state) and not any(goals[at:]) for at, state in enumerate(trace.states))


def assert_fair_lasso(system: System, trace: Trace) -> None:
    """The loop closes, and takes each fair action or passes a state where that has no step within ranges."""
    reached = breadth_first(system)
    assert trace.loop_start is not None
    assert trace.states[trace.loop_start] == trace.states[-1]
    loop, taken = trace.states[trace.loop_start :], trace.actions[trace.loop_start :]
    for name in {action.name for action in system.concrete_actions if action.fair}:
        possible = {before for _, each, before, _ in reached.steps if each == name}
        passed = any(state not in possible for state in loop)
        assert passed or any(label.split("(")[0] == name for label in taken)


def river() -> System:
    """The farmer with wolf, goat and cabbage: ten states are safe, and the shortest crossing takes seven trips."""
    system = System("river", source="Alcuin, Propositiones ad acuendos juvenes, 18")
    for name in ("farmer", "wolf", "goat", "cabbage"):
        system.variable(name, Bool, init=False)

    @system.action(cargo=range(4))
    def cross(old: State, new: Any, cargo: int) -> None:
        name = ("farmer", "wolf", "goat", "cabbage")[cargo]
        new.require(same(old.farmer, getattr(old, name)))
        new.farmer = negate(old.farmer)
        setattr(new, name, negate(old.farmer))
        for eater, eaten in (("wolf", "goat"), ("goat", "cabbage")):
            watched = same(getattr(new, eaten), new.farmer)
            new.require(any_of(watched, negate(same(getattr(new, eater), getattr(new, eaten)))))

    @system.sometimes
    def all_across(s: State) -> Term:
        return all_of(s.farmer, s.wolf, s.goat, s.cabbage)

    return system


def test_the_river_is_crossed_in_seven_trips() -> None:
    found = explore(river())
    assert (found.states, found.depth, found.words) == (10, 7, 1)
    [witness] = found.witnesses
    assert witness.trace is not None
    assert len(witness.trace) == 7
    assert found.holds
    assert not found.unseen


def hanoi(disks: int) -> System:
    """The towers of Hanoi: 3^n states, 3(3^n - 1) / 2 undirected moves, and 2^n - 1 moves to the end."""
    system = System("hanoi")
    system.array("peg", disks, Int(0, 2), init=0)

    @system.action(disk=range(disks), to=range(3))
    def move(old: State, new: Any, disk: int, to: int) -> None:
        smaller = [old.peg[each] for each in range(disk)]
        new.require(old.peg[disk] != to)
        new.require(*(all_of(each != old.peg[disk], each != to) for each in smaller))
        new.peg[disk] = to

    @system.sometimes
    def moved(s: State) -> Term:
        return all_of(each == 2 for each in s.peg)

    return system


def hanoi_by_hand(disks: int) -> list[int]:
    """The sizes of the levels, counted on tuples without any term."""
    level, seen, sizes = {(0,) * disks}, {(0,) * disks}, []
    while level:
        sizes.append(len(level))
        level = {
            (*pegs[:disk], to, *pegs[disk + 1 :])
            for pegs in level
            for disk in range(disks)
            for to in range(3)
            if not {pegs[disk], to} & set(pegs[:disk]) and to != pegs[disk]
        } - seen
        seen |= level
    return sizes


def test_the_towers_of_hanoi_are_counted() -> None:
    found = explore(hanoi(9))
    assert list(found.levels) == hanoi_by_hand(9)
    assert (found.states, found.transitions) == (3**9, 3 * (3**9 - 1))
    [witness] = found.witnesses
    assert witness.trace is not None
    assert len(witness.trace) == 2**9 - 1


@pytest.mark.parametrize("width", [20, 32])
def test_states_of_several_words_are_counted_by_fingerprints(width: int) -> None:
    """Three counters that wrap around: together they need more than a word."""
    system = System("counters")
    for name in "abc":
        system.variable(name, BitVec(width), init=BitVec(width).high - 1)

    @system.action()
    def step_a(old: State, new: Any) -> None:
        new.require(old.a != 20)
        new.a = old.a + 1

    @system.action()
    def step_b(old: State, new: Any) -> None:
        new.require(old.b != 30)
        new.b = old.b + 1

    @system.action()
    def step_c(old: State, new: Any) -> None:
        new.require(old.c != 40)
        new.c = old.c + 1

    found = explore(system)
    assert (found.states, found.depth, found.deadlocks) == (23 * 33 * 43, 22 + 32 + 42, 1)
    assert (found.bits, found.words) == (3 * width, 1 if width == 20 else 2)
    assert found.collision_probability == (0.0 if width == 20 else pytest.approx(2.9e-11, rel=0.1))


def counter(high: int = 1_000_000) -> System:
    system = System("counter")
    system.variable("n", Int(0, high), init=0)

    @system.action(by=range(1, 3))
    def add(old: State, new: Any, by: int) -> None:
        new.require(old.n + by <= high)
        new.n = old.n + by

    @system.always
    def small(s: State) -> Any:
        return s.n < 40

    @system.leads_to()
    def ends(s: State) -> tuple[bool, Term]:
        """It comes to its end."""
        return True, s.n == high

    return system


def test_a_bound_of_states_stops_the_search() -> None:
    found = explore(counter(), states_max=100)
    assert not found.complete
    assert not found.holds
    assert found.stopped == "more than 100 states"
    assert found.states == sum(found.levels) == 101
    assert [(each.claim.name, each.count) for each in found.violations] == [("small", 61)], "all found are checked"
    assert [lead.name for lead in found.unjudged] == ["ends"]


def test_a_bound_of_memory_stops_the_search() -> None:
    found = explore(hanoi(12), memory_bytes_max=2**20)
    assert found.stopped == "more than 1,048,576 bytes of memory would be needed"
    assert 0 < found.memory_bytes <= 2**20
    assert 0 < found.states < 3**12


def test_the_first_broken_claim_stops_the_search_if_asked() -> None:
    found = explore(counter(), stop_at_first=True)
    assert found.stopped == "a claim is broken"
    [violation] = found.violations
    assert len(violation.trace) == 20
    assert violation.trace.states[-1] == (40,)


def test_an_interrupt_gives_what_was_found() -> None:
    def interrupt(progress: Progress) -> None:
        if progress.depth == 30:
            raise KeyboardInterrupt

    found = explore(counter(), progress=interrupt)
    assert (found.interrupted, found.stopped, found.complete) == (True, "interrupted", False)
    assert found.states == 1 + 2 * 30
    assert [each.claim.name for each in found.violations] == ["small"]


def test_progress_is_told() -> None:
    told: list[Progress] = []
    found = explore(hanoi(6), progress=told.append)
    assert [each.depth for each in told] == list(range(found.depth + 1))
    assert told[-1] == Progress(found.states, found.transitions, found.depth, 0)


def test_too_many_initial_states_are_refused() -> None:
    system = System("open")
    system.constant("h", BitVec(64), ANY)
    with pytest.raises(ValueError, match=r"h may begin in 18,446,744,073,709,551,616 ways: give them initial values"):
        explore(system)


def test_no_initial_state_is_not_a_success() -> None:
    system = System("void")
    system.variable("n", Int(0, 3), init=0)
    system.init(lambda s: s.n == 1)
    assert not explore(system).holds


def test_unfair_actions_need_not_happen() -> None:
    """What is not fair may be neglected for ever, as stuttering is a step in TLA+."""
    [violation] = [each for each in explore(counter(3)).violations if each.kind == "leads_to"]
    assert violation.trace.loop_start == len(violation.trace) == 0
