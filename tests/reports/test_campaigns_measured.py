"""The benchmark of campaigns measures what was judged, and compares like with like."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO

import pytest
from redproof_reports.bench.campaigns import Pace, cores_table, judge_for, with_hypothesis
from rich.console import Console


@pytest.fixture(autouse=True)
def _all_cores_after() -> Iterator[None]:
    cores = os.sched_getaffinity(0)
    yield
    os.sched_setaffinity(0, cores)


def test_a_pace_counts_what_was_judged_after_the_warm_up() -> None:
    pace = judge_for(["strings"], 0.05, min(os.sched_getaffinity(0)), spelling="redis")
    assert pace.commands > 0
    assert pace.commands % 100 == 0
    assert pace.cpu_s > 0


def test_hypothesis_judges_the_same_groups() -> None:
    assert with_hypothesis("redis", examples=1).commands > 0


def test_ratios_are_those_of_the_medians() -> None:
    one = [Pace(commands, 1, 0.5, 0.25) for commands in (100, 300, 900)]
    two = [[Pace(300, 1, 0.5, 0.25), Pace(240, 1, 0.5, 0.25)]] * 3
    console = Console(width=160, record=True, file=StringIO())
    console.print(cores_table(one, two, [Pace(10, 1, 0.25, 0.25)] * 3))
    rows = [line.split("│")[2:-1] for line in console.export_text().splitlines() if "/" in line and "│" in line]
    assert [[cell.strip() for cell in row] for row in rows] == [["1.80", "1.80", "1.80"], ["30.0", "15.0", "20.0"]]
