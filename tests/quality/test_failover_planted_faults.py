"""Each fault planted in sentinels and failover is found in simulation by the judge that is named for it."""

from __future__ import annotations

import pytest
from planted.failover.hunt import FailoverSighting, look, schedule_for
from planted.failover.register import FAILOVER_FAULTS, FailoverFault
from planted.fault import planted
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.simulated.campaign import partial_play, shrink
from redproof_properties.failover.simulated.run import simulate

STEPS_MAX = 3
"""How many faults of the surroundings are left at most of those that show a planted one, once it is made smaller."""

SHRUNK = ("own-vote-counts-twice", "least-offset-is-chosen", "old-master-is-left-alone")


def test_each_judge_finds_a_planted_fault() -> None:
    assert {fault.judge for fault in FAILOVER_FAULTS.values()} == JUDGES.keys()


@pytest.mark.parametrize("fault", FAILOVER_FAULTS.values(), ids=FAILOVER_FAULTS.keys())
def test_fault_in_failover_is_found(fault: FailoverFault, failover_sightings: list[FailoverSighting]) -> None:
    sighting = look(fault)
    assert sighting is not None, f"{fault.judge} does not find it in {fault.seeds_max} runs: {fault.breaks}"
    failover_sightings.append(sighting)
    # The same run without the fault is sound, or else something else was found.
    sound = simulate(fault.plan, schedule_for(fault, sighting.seeds - 1))
    assert not [each for each in JUDGES[fault.judge](sound) if each.verdict is sighting.broken.finding.verdict]


@pytest.mark.parametrize("name", SHRUNK)
def test_schedule_that_shows_a_fault_is_made_smaller(name: str) -> None:
    fault = FAILOVER_FAULTS[name]
    sighting = look(fault)
    assert sighting is not None
    with planted(fault.plant):
        shrunk = shrink(sighting.broken, partial_play(fault.plan, "7.0"))
        again = simulate(fault.plan, shrunk.schedule)
    assert len(shrunk.schedule.steps) <= STEPS_MAX
    assert again.dumps() == shrunk.record.dumps(), "a schedule is replayed exactly"
    assert f"seed {shrunk.schedule.seed}" in str(shrunk)
