"""The numpy reading is held to the Python reading: same conditions and same successors, from random states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from redproof_model.kernel.explore.packing import EXACT_BITS_MAX, Packing
from redproof_model.kernel.explore.successors import Successors
from redproof_model.kernel.explore.visited import Visited, hashes_of
from redproof_model.kernel.python import StateValues, compile_predicate, compile_step
from redproof_model.kernel.sorts import BitVec, Int, Sort
from redproof_model.kernel.system import System
from systems_strategy import SMALL, WIDE, described, states_of, systems


def python_steps(system: System, states: Sequence[StateValues]) -> tuple[Counter[tuple[str, StateValues]], int]:
    """Every step that stays in range, by label and state after, and how many leave it."""
    found: Counter[tuple[str, StateValues]] = Counter()
    outside = 0
    for action in system.concrete_actions:
        step = compile_step(system, action)
        for state in states:
            try:
                after = step(state)
            except ValueError:
                outside += 1
            else:
                if after is not None:
                    found[action.label(), after] += 1
    return found, outside


def words_of(packing: Packing, states: Sequence[StateValues]) -> tuple[np.ndarray, ...]:
    return tuple(np.array(column, dtype=np.uint64) for column in zip(*map(packing.pack, states), strict=True))


@pytest.mark.parametrize("sorts", [SMALL, WIDE], ids=["small", "wide"])
@given(data=st.data())
def test_successors_are_those_of_python(sorts: Sequence[Sort], data: st.DataObject) -> None:
    system = data.draw(systems(sorts))
    note(described(system))
    states = data.draw(st.lists(states_of(system), min_size=1, max_size=20))
    packing = Packing(system)
    words = words_of(packing, states)
    found: Counter[tuple[str, StateValues]] = Counter()
    outside = 0
    for moved in Successors(system, packing).expand(words):
        inside = moved.within()
        outside += int(np.count_nonzero(~inside))
        for after in zip(*(word[inside].tolist() for word in moved.after), strict=True):
            found[moved.step.action.label(), packing.unpack(after)] += 1
    assert (found, outside) == python_steps(system, states)
    assert words_of(packing, states)[0].tolist() == words[0].tolist(), "the states before were written to"


@given(data=st.data())
def test_conditions_are_those_of_python(data: st.DataObject) -> None:
    system = data.draw(systems(WIDE))
    note(described(system))
    states = data.draw(st.lists(states_of(system), min_size=1, max_size=20))
    packing = Packing(system)
    claims = [claim.term for claim in (*system.invariants, *system.properties, *system.witnesses)]
    watched = Successors(system, packing, claims).watch(words_of(packing, states))
    for term, held in zip(claims, watched, strict=True):
        expected = [compile_predicate(system, term)(state) for state in states]
        assert np.broadcast_to(held, len(states)).tolist() == expected


@given(data=st.data())
def test_a_state_survives_packing(data: st.DataObject) -> None:
    system = data.draw(systems(WIDE))
    state = data.draw(states_of(system))
    packing = Packing(system)
    assert packing.unpack(packing.pack(state)) == state
    assert len(packing.pack(state)) == packing.words
    assert all(field.shift + field.bits <= 64 for field in packing.fields.values())
    taken = Counter((f.word, bit) for f in packing.fields.values() for bit in range(f.shift, f.shift + f.bits))
    assert set(taken.values()) == {1}, "two variables share a bit"


def test_small_variables_lie_within_bytes_unless_that_takes_a_word_more() -> None:
    roomy, full = System("roomy"), System("full")
    roomy.array("cells", 8, BitVec(5), init=0)
    full.array("cells", 12, BitVec(5), init=0)
    assert Packing(roomy).words == Packing(full).words == 1
    assert {field.lane.size for field in Packing(roomy).fields.values()} == {1}
    assert {field.lane.size for field in Packing(full).fields.values()} > {1}


def test_a_word_used_whole_has_a_fingerprint() -> None:
    for width in (EXACT_BITS_MAX, 64):
        system = System("one")
        system.variable("bits", BitVec(width), init=0)
        assert Packing(system).is_exact == (width <= EXACT_BITS_MAX)
        assert Packing(system).words == 1 + (width > EXACT_BITS_MAX)


def test_values_without_end_are_refused() -> None:
    system = System("endless")
    system.variable("n", Int(0, None), init=0)
    with pytest.raises(ValueError, match=r"n ranges over Int.* without end: explore a bounded scope"):
        Packing(system)
    wide = System("wide")
    wide.variable("bits", BitVec(65), init=0)
    with pytest.raises(ValueError, match=r"bits of sort .* takes more than 64 bits"):
        Packing(wide)


@given(st.lists(st.lists(st.integers(0, 500), max_size=400), max_size=20), st.sampled_from([1, 2**20, 2**52 + 1]))
def test_the_set_of_states_is_a_set(batches: list[list[int]], factor: int) -> None:
    for words in (1, 2):
        visited, seen = Visited(), set[int]()
        for batch in batches:
            keys = np.array(batch, dtype=np.uint64) * np.uint64(factor)
            new = visited.add((keys,) * words)
            assert {tuple(word.tolist()) for word in new} == {tuple(new[0].tolist())}
            assert sorted(new[0].tolist()) == sorted(set(keys.tolist()) - seen)
            seen.update(keys.tolist())
            assert visited.count == len(seen)


@pytest.mark.parametrize("words", [1, 2])
def test_the_set_of_states_grows_as_needed(words: int) -> None:
    keys = np.random.default_rng(7).integers(0, 2**63, 300_000, dtype=np.uint64)
    visited, ample = Visited(), Visited(expected=len(keys))
    before = visited.nbytes, ample.nbytes
    for batch in np.array_split(keys, 30):
        assert len(visited.add((batch,) * words)[0]) == len(ample.add((batch,) * words)[0]) == len(batch)
    assert sum(len(visited.add((batch,) * words)[0]) for batch in np.array_split(keys, 30)) == 0
    assert visited.nbytes == ample.nbytes == before[1] > before[0]


def test_states_that_crowd_at_the_end_of_the_table_make_it_longer() -> None:
    """Hashes that all want the last place of a table, and so many of them that there is no place after it."""
    hashes = np.uint64(2**64 - 1) - np.arange(5000, dtype=np.uint64)
    words = hashes * np.uint64(pow(0x9E3779B97F4A7C15, -1, 2**64)) - np.uint64(1)
    visited = Visited()
    small = visited.nbytes
    assert len(visited.add((words,))[0]) == 5000
    assert len(visited.add((words,))[0]) == 0
    assert visited.nbytes > small


def test_fingerprints_tell_words_apart_that_differ_little() -> None:
    numbers = np.arange(200, dtype=np.uint64)
    for scale in (0, 20, 56):
        first, second = (np.ravel(each) << np.uint64(scale) for each in np.meshgrid(numbers, numbers))
        assert len(np.unique(hashes_of((first, second)))) == 200 * 200
