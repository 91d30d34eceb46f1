"""Trace validation: simulated runs with parts hidden are accepted, and refused once something observed is false."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redproof_model.kernel.draws import Arguments, InitialStates
from redproof_model.kernel.moves import Move
from redproof_model.kernel.python import StateValues, compile_step
from redproof_model.kernel.sorts import Bool, Int, Value
from redproof_model.kernel.system import System
from redproof_model.kernel.validate import Observation, Validator, validate
from redproof_model.kernel.vocabulary import negate
from redproof_model.systems.psync.scope import PROOF as REPLICATION
from redproof_model.systems.psync.system import psync
from redproof_model.systems.rehash.system import small


class Taken(NamedTuple):
    """A step of a run: the action with all its arguments, and the state after."""

    move: Move
    after: StateValues


class Runs:
    """Random runs of a system."""

    def __init__(self, make: Callable[[], System]) -> None:
        self.system = make()
        self.validator = Validator(self.system)
        self._steps = [compile_step(self.system, action) for action in self.system.actions]

    def run(self, random: Random, length: int) -> tuple[StateValues, list[Taken]]:
        """An initial state and up to so many steps."""
        start = state = InitialStates(self.system, random).draw()
        taken: list[Taken] = []
        while len(taken) < length:
            found = self._step(random, state)
            if found is None:
                break
            taken.append(found)
            state = found.after
        return start, taken

    def _step(self, random: Random, state: StateValues) -> Taken | None:
        for at in random.sample(range(len(self._steps)), len(self._steps)):
            action = self.system.actions[at]
            values = Arguments(self.system, action, random).draw(state)
            after = self._steps[at](state, *values)
            if after is not None:
                given = iter(values)
                arguments = {
                    name: [term.payload if term.op == "const" else next(given)]
                    for name, term in action.arguments.items()
                }
                return Taken(Move(action.name, arguments), after)  # type: ignore[arg-type]
        return None


REPLICAS = Runs(lambda: psync(REPLICATION))
DICTS = Runs(small)


def observed(system: System, state: StateValues, names: Sequence[str]) -> dict[str, Value]:
    """What a state shows of some variables."""
    return {each.name: value for each, value in zip(system.variables, state, strict=True) if each.name in names}


def partly(runs: Runs, taken: Sequence[Taken], random: Random) -> list[Observation]:
    """Some states of a run, of each some variables; of steps in between no more than which they might have been."""
    names = [each.name for each in runs.system.variables]
    observations = []
    first = 0
    while first < len(taken):
        steps = taken[first : first + random.randint(1, 3)]
        moves = [step.move for step in steps]
        moves += [random.choice(taken).move] if random.random() < 0.5 else []
        values = observed(runs.system, steps[-1].after, random.sample(names, random.randint(0, len(names))))
        hides_count = random.random() < 0.5
        observations.append(Observation(values, moves, len(steps), 0 if hides_count else len(steps)))
        first += len(steps)
    return observations


@pytest.mark.parametrize("runs", [REPLICAS, DICTS], ids=["psync", "rehash"])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_a_run_is_accepted_though_parts_of_it_are_hidden(runs: Runs, seed: int) -> None:
    random = Random(seed)
    start, taken = runs.run(random, 12)
    validation = runs.validator.validate(partly(runs, taken, random), [start])
    assert validation.verdict == "holds", "\n".join(validation.lines())
    assert taken[-1].after in validation.possible


@pytest.mark.parametrize("runs", [REPLICAS, DICTS], ids=["psync", "rehash"])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_a_run_with_a_false_observation_is_refused(runs: Runs, seed: int) -> None:
    random = Random(seed)
    start, taken = runs.run(random, 12)
    *before, last = taken
    names = [each.name for each in runs.system.variables]
    known = Observation(observed(runs.system, before[-1].after if before else start, names))
    false = random.choice([each for each in runs.system.variables if each.sort == Bool])
    value = dict(zip(names, last.after, strict=True))[false.name]
    lie = Observation({false.name: not value}, [last.move], most=1, fewest=1)
    observations = [*partly(runs, before, random), known, lie]
    validation = runs.validator.validate(observations, [start])
    assert validation.verdict == "broken"
    assert validation.explained == len(observations) - 1
    (miss,) = validation.near_misses
    assert [name for name, *_ in miss.differences] == [false.name]


def counter() -> System:
    """A number that goes up, or is doubled where a switch is on."""
    system = System("counter")
    system.variable("n", Int(0, None), 0)
    system.variable("on", Bool, False)

    @system.action(by=Int(1, 2))
    def add(old: Any, new: Any, by: Any) -> None:
        new.n = old.n + by

    @system.action()
    def double(old: Any, new: Any) -> None:
        new.require(old.on, old.n > 0)
        new.n = old.n * 2

    @system.action()
    def switch(old: Any, new: Any) -> None:
        new.on = negate(old.on)

    return system


COUNTER = counter()
ACTIONS = ("add", "double", "switch")
OBSERVATIONS = st.lists(
    st.builds(
        lambda n, names, most, fewest: Observation({"n": n}, [Move(name) for name in names], most, min(fewest, most)),
        n=st.integers(0, 9),
        names=st.sets(st.sampled_from(ACTIONS)).map(sorted),
        most=st.integers(0, 3),
        fewest=st.integers(0, 3),
    ),
    max_size=4,
)


@given(observations=OBSERVATIONS)
def test_what_is_possible_is_what_all_runs_together_show(observations: list[Observation]) -> None:
    possible: set[StateValues] = {(0, False)}
    for explained, each in enumerate(observations):
        after = {end for state in possible for end in ends(state, each) if end[0] == each.values["n"]}
        if not after:
            validation = validate(COUNTER, observations, [(0, False)])
            assert validation.verdict == "broken"
            assert (validation.explained, validation.possible) == (explained, frozenset(possible))
            return
        possible = after
    validation = validate(COUNTER, observations, [(0, False)])
    assert validation.verdict == "holds"
    assert validation.possible == frozenset(possible)


def ends(state: StateValues, observation: Observation) -> set[StateValues]:
    """Where the steps that an observation allows may lead, run by run."""
    options = [
        option for move in observation.moves for option in {"add": "12", "double": "d", "switch": "s"}[move.action]
    ]
    runs = [
        run for length in range(observation.fewest, observation.most + 1) for run in product(options, repeat=length)
    ]
    return {end for run in runs if (end := follow(state, run)) is not None}


def follow(state: StateValues, run: Sequence[str]) -> StateValues | None:
    """The state at the end of a run, if it is possible."""
    n, on = state
    for option in run:
        if option == "d" and not (on and n):
            return None
        on = on != (option == "s")
        n = n * 2 if option == "d" else n + int(option) if option in "12" else n
    return n, on


def test_a_failure_tells_the_guard_of_each_action_that_was_near() -> None:
    moves = [Move("double"), Move("add", {"by": [2]})]
    validation = validate(COUNTER, [Observation({"n": 6}, moves, most=1)], [(3, False)])
    assert list(validation.lines()) == [
        "broken: 0 observations are explained",
        "1 states were possible until then:",
        "  n=3  on=false",
        "after no action n is 3, not 6",
        "double is not possible: on",
        "after add(by=2) n is 5, not 6",
    ]


def test_guards_are_told_with_the_arguments_in_them() -> None:
    system = psync()
    start = tuple(0 if each.init is None else each.init for each in system.variables)
    moves = [Move("write", {"node": [1], "size": [9], "byte": [False]}), Move("resume", {"replica": [2]})]
    validation = validate(system, [Observation(moves=moves, most=1, fewest=1)], [start])
    assert [str(miss) for miss in validation.near_misses] == [
        "write(node=1, size=9, byte=false) is not possible: backlog[1]",
        "resume(replica=2) is not possible: (link[2] == continuing)",
    ]


def test_arguments_may_be_terms_of_the_state() -> None:
    s = COUNTER.state
    move = Move("add", {"by": [7 - s.n]})
    assert validate(COUNTER, [Observation({"n": 7}, [move], most=1)], [(5, False)]).verdict == "holds"
    assert validate(COUNTER, [Observation({"n": 7}, [move], most=1)], [(4, False)]).verdict == "broken"


def test_conditions_are_observed_as_well() -> None:
    steps = Observation(moves=[Move("switch"), Move("add")], most=2, condition=COUNTER.state.n > 1)
    assert validate(COUNTER, [steps], [(0, False)]).possible == {(2, False), (2, True), (3, False), (4, False)}


def test_too_many_states_are_no_verdict() -> None:
    moves = [Move("add"), Move("switch")]
    validation = validate(COUNTER, [Observation({"n": 40}, moves, most=50)], [(0, False)], states_max=10)
    assert validation.verdict == "unknown"
    assert "more than 10 states" in "\n".join(validation.lines())


@pytest.mark.parametrize(
    ("observation", "message"),
    [
        (Observation({"m": 1}), "no variable 'm'"),
        (Observation({"n": -1}), "not a value of"),
        (Observation(moves=[Move("halve")], most=1), "no action 'halve'"),
        (Observation(moves=[Move("add", {"size": [1]})], most=1), "no parameter 'size'"),
    ],
)
def test_what_the_system_does_not_have_is_an_error(observation: Observation, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validate(COUNTER, [observation], [(0, False)])


def test_parameters_of_any_number_are_to_be_told() -> None:
    system = psync()
    start = InitialStates(system, Random(0)).draw()
    with pytest.raises(ValueError, match="size may be any of"):
        validate(system, [Observation(moves=[Move("write_without_backlog")], most=1)], [start])


def test_a_trace_begins_somewhere() -> None:
    with pytest.raises(ValueError, match="none is given"):
        validate(COUNTER, [], [])
