"""Traces: what changes is shown, and ITF says it in the words of Apalache's ADR 015."""

from __future__ import annotations

import json
from typing import Any

import pytest
from redproof_model.kernel.sorts import BitVec, Bool, Enum, Int
from redproof_model.kernel.system import System
from redproof_model.kernel.trace import Trace


@pytest.fixture
def system() -> System:
    """One variable of each sort, and an array."""
    system = System("sample")
    system.variable("up", Bool, init=False)
    system.variable("n", Int(0), init=0)
    system.array("cell", 2, BitVec(64), init=0)
    system.variable("light", Enum("Light", ("red", "green")), init=0)
    return system


@pytest.fixture
def trace(system: System) -> Trace:
    """Two steps, of which the second changes nothing."""
    states: list[Any] = [(False, 0, 0, 0, 0), (True, 2**53, 0, 255, 1), (True, 2**53, 0, 255, 1)]
    return Trace(system, states, ["go(to=1)", "wait"])


def test_text_shows_the_first_state_whole_and_then_what_changes(trace: Trace) -> None:
    zero = "0x0000000000000000"
    assert list(trace.lines()) == [
        f"start  up=false  n=0  cell=[{zero} {zero}]  light=red",
        "    1  go(to=1)  up: false → true  n: 0 → 9007199254740992  "
        f"cell[1]: {zero} → 0x00000000000000ff  light: red → green",
        "    2  wait  (nothing changes)",
    ]


def test_a_loop_is_told(trace: Trace) -> None:
    endless = Trace(trace.system, trace.states, trace.actions, loop_start=1)
    assert list(endless.lines())[-1] == "       and so on from state 1, for ever"
    assert endless.to_itf()["loop"] == 1
    assert "loop" not in trace.to_itf()


def test_itf_is_json_with_arrays_and_large_numbers_marked(trace: Trace) -> None:
    itf = json.loads(json.dumps(trace.to_itf()))
    assert itf["#meta"] == {"format": "ITF", "source": "sample"}
    assert itf["vars"] == ["up", "n", "cell", "light"]
    assert itf["states"][1] == {
        "#meta": {"index": 1, "action": "go(to=1)"},
        "up": True,
        "n": {"#bigint": "9007199254740992"},
        "cell": [0, 255],
        "light": "green",
    }
    assert [state["#meta"]["action"] for state in itf["states"]] == ["init", "go(to=1)", "wait"]


def test_length_is_the_number_of_steps(trace: Trace) -> None:
    assert len(trace) == 2
