"""Many simulated runs, each judged; the first that breaks a sentence is made smaller until nothing can be left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Finding, Judge, Verdict, conclusion
from redproof_properties.failover.plan import GroupPlan
from redproof_properties.failover.record import FailoverRecord
from redproof_properties.failover.simulated.known import an_old_master_is_promoted_meanwhile
from redproof_properties.failover.simulated.run import simulate
from redproof_properties.failover.simulated.schedule import Schedule, Step, with_steps
from redproof_properties.shrink import leave_out
from redproof_properties.targets.bundled import DEFAULT_EMULATED

SHRINKING_RUNS_MAX: Final = 200
SELDOM: Final = ("writes_end_with_the_lag",)
"""Judges of what a master that needs replicas does, if somebody writes to it at the right time."""

BAD: Final = (Verdict.BROKEN, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Broken:
    """A sentence that a run does not keep, by its judge, with what that says, and the record of the run."""

    judge: str
    finding: Finding
    schedule: Schedule
    record: FailoverRecord

    def __str__(self) -> str:
        return f"{self.judge}: {self.finding.verdict.value}: {self.finding.why}\n{self.schedule}"


@dataclass(slots=True)
class Tally:
    """What was judged: runs, promotions, and of each judge how often it came to which verdict.

    Of the runs so many as `known` were not judged, as Sentinel's source does otherwise there than is promised.
    """

    runs: int = 0
    known: int = 0
    promotions: int = 0
    verdicts: Mapping[str, Counter[Verdict]] = field(default_factory=lambda: {name: Counter() for name in JUDGES})


def judge_schedules(
    plan: GroupPlan, schedules: Iterable[Schedule], tally: Tally, version: str = DEFAULT_EMULATED
) -> Broken | None:
    """Play schedules until a sentence is not kept; that one, in the smallest schedule found, or None.

    What is unknown is not kept either, but for what is seldom put to the test.
    """
    for schedule in schedules:
        record = simulate(plan, schedule, version)
        tally.runs += 1
        if an_old_master_is_promoted_meanwhile(record):
            tally.known += 1
            continue
        tally.promotions += sum(event.name == "+promoted-slave" for event in record.events)
        for name, judge in JUDGES.items():
            findings = judge(record)
            tally.verdicts[name][conclusion(findings)] += 1
            finding = first_bad(findings)
            if finding is not None and (finding.verdict is Verdict.BROKEN or name not in SELDOM):
                return shrink(Broken(name, finding, schedule, record), partial_play(plan, version))
    return None


def first_bad(findings: Iterable[Finding]) -> Finding | None:
    """What a judge says first of all that is broken, or else unknown."""
    bad = [finding for finding in findings if finding.verdict in BAD]
    return min(bad, key=lambda finding: BAD.index(finding.verdict), default=None)


Play = Callable[[Schedule], FailoverRecord]


def partial_play(plan: GroupPlan, version: str) -> Play:
    """Plays any schedule on a plan."""
    return lambda schedule: simulate(plan, schedule, version)


def shrink(broken: Broken, play: Play, judges: Mapping[str, Judge] = JUDGES) -> Broken:
    """The smallest schedule found in which the judge comes to the same verdict: with fewer faults, for less time."""
    best, runs = broken, 0

    def attempt(schedule: Schedule) -> bool:
        nonlocal best, runs
        runs += 1
        if runs > SHRINKING_RUNS_MAX:
            return False
        record = play(schedule)
        finding = None if an_old_master_is_promoted_meanwhile(record) else first_bad(judges[broken.judge](record))
        if finding is None or finding.verdict is not broken.finding.verdict:
            return False
        best = Broken(broken.judge, finding, schedule, record)
        return True

    def attempt_steps(steps: Sequence[Step]) -> bool:
        return attempt(with_steps(best.schedule, steps))

    leave_out(lambda: best.schedule.steps, attempt_steps)
    last_ms = max((step.at_ms for step in best.schedule.steps), default=0)
    attempt(with_steps(best.schedule, best.schedule.steps, duration_ms=last_ms + 1_000))
    return best
