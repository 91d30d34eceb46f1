"""The hunt for a fault in failover: simulated runs of the server that has it, until its judge finds it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from planted.failover.fault import FailoverFault
from planted.fault import planted
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Verdict
from redproof_properties.failover.simulated.campaign import Broken
from redproof_properties.failover.simulated.run import simulate
from redproof_properties.failover.simulated.schedule import Schedule, draw_schedule


@dataclass(frozen=True, slots=True)
class FailoverSighting:
    """A fault that was found: in which run, after how much processor time, and what its judge said."""

    fault: FailoverFault
    seeds: int
    found_s: float
    broken: Broken


def schedule_for(fault: FailoverFault, seed: int) -> Schedule:
    """The schedule of a seed in which a fault is looked for."""
    scenario = fault.scenario
    schedule = draw_schedule(fault.plan, seed, scenario.duration_ms, scenario.kinds, scenario.gap_ms_max)
    return schedule if scenario.delay_ms_max is None else replace(schedule, delay_ms_max=scenario.delay_ms_max)


def look(fault: FailoverFault) -> FailoverSighting | None:
    """Look for a fault, which is gone again at the end; None when its judge does not find it."""
    started_s = time.process_time()
    with planted(fault.plant):
        for seed in range(fault.seeds_max):
            broken = find(fault, seed)
            if broken is not None:
                return FailoverSighting(fault, seed + 1, time.process_time() - started_s, broken)
    return None


def find(fault: FailoverFault, seed: int) -> Broken | None:
    """What the judge of a fault finds broken in the run of a seed."""
    schedule = schedule_for(fault, seed)
    record = simulate(fault.plan, schedule)
    broken = [each for each in JUDGES[fault.judge](record) if each.verdict is Verdict.BROKEN]
    return Broken(fault.judge, broken[0], schedule, record) if broken else None
