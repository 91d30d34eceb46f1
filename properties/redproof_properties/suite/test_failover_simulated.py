"""Failovers of the bundled server in simulation: hundreds of them, under faults from seeds, judged by all sentences.

The logic of the bundled server runs in this process on virtual time, and the judges are those of real processes.
"""

from __future__ import annotations

import pytest

from redproof_properties.failover.claims import claim
from redproof_properties.failover.judges.verdict import Verdict
from redproof_properties.failover.simulated.campaign import SELDOM, Broken, Tally, judge_schedules
from redproof_properties.failover.simulated.run import GUARDED, RANKED, RETRYING, THREE_AND_THREE
from redproof_properties.failover.simulated.schedule import (
    ABSENCE,
    ABSENCE_GAP_MS_MAX,
    ABSENCE_MS,
    ISOLATION,
    draw_schedule,
)
from redproof_properties.judged import Judged
from redproof_properties.targets.bundled import BundledTarget

SENTINEL = "https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/"
REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"

RUNS_PER_EXAMPLE = 2.5
"""How many runs there are for each example of the profile: a hundred, with about as many promotions, in `quick`."""

MISSED_RUNS_MIN = 10
"""In so many runs a master is missed for long by those who could replace it, but for one in a million."""

KNOWN_SHARE_MAX = 0.2
"""In how large a share of the runs an old master may be promoted while the failover from it goes on: those are not
judged, as Sentinel's source breaks a promise there."""


@pytest.mark.documented(
    "Whatever fails while a master is lost, all that is promised of a failover holds, in a simulation of the server",
    source=SENTINEL,
)
def test_failover_in_simulation_keeps_all_promises(judged: Judged) -> None:
    emulated = need_bundled(judged)
    runs = int(judged.run.profile.examples * RUNS_PER_EXAMPLE)
    tally = Tally()
    for plan, share in ((THREE_AND_THREE, 0.8), (RANKED, 0.2)):
        seeds = range(judged.run.seed, judged.run.seed + int(runs * share))
        broken = judge_schedules(plan, (draw_schedule(plan, seed) for seed in seeds), tally, emulated)
        require_none(judged, broken)
    judged.summary.histories += tally.runs
    idle = [name for name, counts in tally.verdicts.items() if not counts[Verdict.HOLDS] and name not in SELDOM]
    assert not idle, f"in {tally.runs} runs there was nothing to judge for {', '.join(idle)}"
    assert tally.known <= KNOWN_SHARE_MAX * tally.runs, f"{tally.known} of {tally.runs} runs were not judged"
    assert tally.promotions >= tally.runs / 2, f"{tally.promotions} promotions in {tally.runs} runs put little to test"


@pytest.mark.documented(
    "A simulated master that needs replicas and reaches none takes no more writes after min-replicas-max-lag",
    source=REPLICATION,
)
def test_failover_in_simulation_ends_writes_with_the_lag(judged: Judged) -> None:
    emulated = need_bundled(judged)
    runs = max(1, int(judged.run.profile.examples * RUNS_PER_EXAMPLE / 10))
    tally = Tally()
    seeds = range(judged.run.seed, judged.run.seed + runs)
    schedules = (draw_schedule(GUARDED, seed, kinds=ISOLATION) for seed in seeds)
    require_none(judged, judge_schedules(GUARDED, schedules, tally, emulated))
    judged.summary.histories += tally.runs
    assert tally.verdicts["writes_end_with_the_lag"][Verdict.HOLDS], "no isolation was long enough"


@pytest.mark.documented(
    "While a simulated master is away for long, and a majority reach each other and a fit replica, a failover ends",
    source=SENTINEL,
)
def test_failover_in_simulation_ends(judged: Judged) -> None:
    emulated = need_bundled(judged)
    runs = max(MISSED_RUNS_MIN, int(judged.run.profile.examples * RUNS_PER_EXAMPLE / 10))
    tally = Tally()
    seeds = range(judged.run.seed, judged.run.seed + runs)
    schedules = (draw_schedule(RETRYING, seed, ABSENCE_MS, ABSENCE, ABSENCE_GAP_MS_MAX) for seed in seeds)
    require_none(judged, judge_schedules(RETRYING, schedules, tally, emulated))
    judged.summary.histories += tally.runs
    assert tally.verdicts["a_failover_ends"][Verdict.HOLDS], "no master was away for long enough"


def need_bundled(judged: Judged) -> str:
    """The version that the bundled server emulates; any other target is skipped."""
    if not isinstance(judged.target, BundledTarget):
        pytest.skip("only the bundled server is simulated")
    return judged.target.emulates


def require_none(judged: Judged, broken: Broken | None) -> None:
    """Claim that no run has broken a sentence; else the smallest schedule is told in which one has."""
    if broken is not None:
        claim(judged, broken.record, broken.judge, played=str(broken.schedule))
