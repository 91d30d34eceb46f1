"""Schedules of faults: what a seed stands for, what goes to JSON and back, and what is none."""

from __future__ import annotations

import json

import pytest
from redproof_properties.errors import UsageError
from redproof_properties.failover.plan import group_of
from redproof_properties.failover.schedule import MASTER, SCENARIOS, TAKES, FaultSchedule, Step, draw_schedule
from redproof_properties.history import Fault

PLAN = group_of(("bundled",) * 3, ("bundled",) * 3)


def test_a_seed_stands_for_one_schedule() -> None:
    assert draw_schedule(PLAN, 7, 5) == draw_schedule(PLAN, 7, 5)
    assert len({draw_schedule(PLAN, seed, 3).steps for seed in range(20)}) == 20


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_is_steps_that_end_settled(name: str) -> None:
    steps = draw_schedule(PLAN, 3, 2, [name]).steps
    assert [step.fault for step in steps].count(Fault("settle", MASTER)) == 2
    assert steps[-1].fault.kind == "settle"
    assert {step.fault.node for step in steps} <= {MASTER, *PLAN.names}


def test_what_is_drawn_is_each_kind_but_those_that_settling_does() -> None:
    drawn = {step.fault.kind for seed in range(100) for step in draw_schedule(PLAN, seed, 2).steps}
    assert set(TAKES) - drawn == {"release", "rejoin", "cut"}


def test_a_schedule_comes_back_from_json() -> None:
    schedule = draw_schedule(PLAN, 1, 8)
    assert FaultSchedule.from_json(json.loads(json.dumps(schedule.to_json()))) == schedule


@pytest.mark.parametrize(
    "fault", [Fault("melt", "m"), Fault("hold", "m"), Fault("kill", "m", 3), Fault("delay", "m", "x")]
)
def test_what_is_no_fault_of_a_group_is_refused(fault: Fault) -> None:
    with pytest.raises(UsageError, match="not a step of a schedule of faults"):
        FaultSchedule((Step(0, fault),))
