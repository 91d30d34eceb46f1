"""Counterexamples are found in mutants of the system `scan`, and turned into what a server is to do."""

from __future__ import annotations

import pytest
from redproof_properties.counterexample import MISTAKES, Mistake, counterexample_of, steps_of
from redproof_properties.errors import RedproofError

STEPS = {
    "the cursor counts up": ["shrink", "call", "settle", "call"],
    "a call leaves the smaller table out": ["grow", "call"],
    "the cursor goes by the smaller table": ["shrink", "call"],
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_trace_says_what_a_server_is_to_do(mistake: str) -> None:
    assert list(steps_of(counterexample_of(mistake).trace)) == STEPS[mistake]


def test_a_change_that_breaks_nothing_has_no_counterexample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MISTAKES, "nothing is wrong", Mistake("cursor", "cursor | ~mask", "~mask | cursor"))
    with pytest.raises(RedproofError, match="no trace of a system in which nothing is wrong breaks scan_is_complete"):
        counterexample_of("nothing is wrong")
