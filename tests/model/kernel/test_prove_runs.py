"""Runs: bounded search finds the shortest trace, and induction over several steps proves more than over one."""

from __future__ import annotations

from typing import Any

import pytest
from redproof_model.kernel.prove.prove import k_induction, search
from redproof_model.kernel.python import compile_step
from small_systems import peterson, wheel


def test_shortest_trace_to_a_failure() -> None:
    system = peterson(polite=False)
    outcome = search(system, system.properties[0], depth=6)
    assert (outcome.verdict, outcome.kind) == ("refuted", "bounded")
    assert outcome.counterexample is not None
    assert len(outcome.counterexample) == 4
    steps = {action.label(): compile_step(system, action) for action in system.actions}
    before, after = outcome.counterexample.states[:-1], outcome.counterexample.states[1:]
    taken = zip(outcome.counterexample.actions, before, strict=True)
    assert [steps[label](state) for label, state in taken] == after


def test_no_failure_up_to_a_depth() -> None:
    system = peterson()
    assert search(system, system.properties[0], depth=5).verdict == "proved"


def test_parameters_of_a_trace_are_told() -> None:
    system = wheel()
    outcome = k_induction(system, system.properties[0], k=6)
    assert outcome.counterexample is not None
    assert outcome.counterexample.actions == ["rest(at=9)", *["turn"] * 5]


@pytest.mark.parametrize(
    ("k", "distinct", "verdict"),
    [(1, False, "refuted"), (5, True, "refuted"), (6, False, "refuted"), (6, True, "proved"), (7, True, "proved")],
)
def test_induction_over_several_steps(k: int, distinct: bool, verdict: str) -> None:
    system = wheel()
    outcome = k_induction(system, system.properties[0], k, distinct)
    assert (outcome.verdict, outcome.kind) == (verdict, "k-induction")


def test_induction_over_several_steps_assumes_the_invariants() -> None:
    system = wheel()

    @system.invariant
    def below(s: Any) -> Any:
        return s.n < 7

    assert k_induction(system, system.properties[0], k=3).verdict == "proved"


def test_induction_begins_with_the_first_states() -> None:
    system = peterson(polite=False)
    outcome = k_induction(system, system.properties[0], k=5)
    assert (outcome.verdict, outcome.kind) == ("refuted", "bounded")


def test_induction_is_over_a_step_at_least() -> None:
    system = wheel()
    with pytest.raises(ValueError, match="at least one step, not 0"):
        k_induction(system, system.properties[0], k=0)
