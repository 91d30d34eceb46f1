"""The verdict on failover runs: what is broken outweighs what is unknown, and unknown is never a pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redproof_properties.failover.judges.verdict import Verdict
from redproof_reports.failover.results import RUNS_KEPT, FailoverResults
from shown import judged, lost, results

HOLDS, BROKEN, UNKNOWN, NOTHING = (
    judged(told=told) for told in (Verdict.HOLDS, Verdict.BROKEN, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE)
)


@pytest.mark.parametrize(
    ("made", "exit_code", "headline"),
    [
        (results(HOLDS), 0, "Nothing was lost against a promise"),
        (results(HOLDS, NOTHING), 0, "Nothing was lost against a promise"),
        (results(HOLDS, UNKNOWN, BROKEN), 1, "Something is broken in 1 of 3 runs"),
        (results(HOLDS, BROKEN, interrupted=True), 1, "Something is broken"),
        (results(HOLDS, UNKNOWN), 3, "Unknown: 1 run could not be judged"),
        (results(HOLDS, interrupted=True), 3, "Unknown: interrupted after 1 run"),
        (results(HOLDS, failure="it died"), 3, "Unknown: ended after 1 run by a failure"),
        (results(NOTHING), 3, "Unknown: nothing was judged"),
        (results(), 3, "Unknown: nothing was judged"),
    ],
)
def test_a_verdict(made: FailoverResults, exit_code: int, headline: str) -> None:
    assert made.exit_code == exit_code
    assert made.headline.startswith(headline)


def test_the_worst_run_comes_first_and_among_equals_that_which_lost_most() -> None:
    more = replace(HOLDS, entries=(lost("c1"), lost("c2")))
    assert results(HOLDS, more, UNKNOWN, BROKEN).runs == [BROKEN, UNKNOWN, more, HOLDS]


def test_of_many_runs_the_worst_are_kept_and_all_are_counted() -> None:
    made = results(*[HOLDS] * (RUNS_KEPT + 5), *[BROKEN] * 3)
    assert [run.verdict for run in made.runs] == [Verdict.BROKEN] * 3 + [Verdict.HOLDS] * (RUNS_KEPT - 3)
    assert (made.judged, made.failovers) == (RUNS_KEPT + 8, RUNS_KEPT + 8)
    assert len(results(*[BROKEN] * (RUNS_KEPT + 5)).runs) == RUNS_KEPT + 5
