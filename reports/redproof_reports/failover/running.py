"""Failover runs made: as many as are asked for, each from a seed of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

from redproof_properties.errors import TargetError, UsageError
from redproof_properties.failover.judges.verdict import Verdict
from redproof_properties.failover.plan import GroupPlan, group_of

from redproof_reports.failover.judging import judge
from redproof_reports.failover.results import FailoverResults, JudgedRun, Smaller
from redproof_reports.failover.stages import Simulation, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for; run number n is drawn from `seed` plus n.

    Without `faults` any may happen, and without `runs` there are as many as the time allows.
    """

    stage: Stage
    target: str
    sentinel_target: str
    replicas: int
    sentinels: int
    quorum: int
    min_replicas_to_write: int
    min_replicas_max_lag_s: int
    wait_replicas: int | None
    faults: tuple[str, ...]
    runs: int | None
    seed: int
    time_s_max: int | None

    def check(self) -> None:
        """Raise UsageError for what cannot be run."""
        if self.quorum > self.sentinels:
            raise UsageError(f"a quorum of {self.quorum} of {self.sentinels} sentinels never comes about")
        for name in self.faults:
            if name not in self.stage.faults:
                raise UsageError(f"{name!r} is no fault here; there are {', '.join(self.stage.faults)}")
        self.stage.check(self._spellings)

    def plan(self) -> GroupPlan:
        """The group, with the times that its sentinels can keep. Raises TargetError when a server does not start."""
        settings = replace(
            self.stage.settings(self._spellings),
            quorum=self.quorum,
            min_replicas_to_write=self.min_replicas_to_write,
            min_replicas_max_lag_s=self.min_replicas_max_lag_s,
        )
        plan = group_of((self.target,) * (1 + self.replicas), (self.sentinel_target,) * self.sentinels, settings)
        return replace(plan, wait_replicas=self.wait_replicas)

    @property
    def faults_asked(self) -> tuple[str, ...]:
        """The faults that may happen."""
        return self.faults or self.stage.faults

    @property
    def _spellings(self) -> list[str]:
        return list(dict.fromkeys((self.target, self.sentinel_target)))


def run_all(order: Order, results: FailoverResults, begin: Callable[[str], object]) -> None:
    """Make the runs and enter them in the results; `begin` is told each as it begins.

    Being interrupted and a process that fails end it, and what was found until then is kept.
    """
    started = time.monotonic()
    name = "the first server"
    try:
        plan = order.plan()
        for seed in count(order.seed) if order.runs is None else range(order.seed, order.seed + order.runs):
            if order.time_s_max is not None and time.monotonic() - started >= order.time_s_max:
                break
            name = f"seed {seed}"
            begin(name)
            results.add(judge(order.stage.run(plan, order.faults_asked, seed), name))
        if isinstance(order.stage, Simulation) and results.verdicts[Verdict.BROKEN]:
            begin(f"making {results.runs[0].name} smaller")
            results.smaller = _smaller(order, order.stage, plan, results.runs[0])
    except KeyboardInterrupt:
        results.interrupted = True
    except TargetError as error:
        results.failure = f"{name}: {error}"
    finally:
        results.seconds = round(time.monotonic() - started, 1)


def _smaller(order: Order, stage: Simulation, plan: GroupPlan, run: JudgedRun) -> Smaller:
    """A run that is broken by fewer faults, in the same way."""
    found = stage.make_smaller(plan, order.faults_asked, run)
    return Smaller(judge(found.record, f"{run.name} smaller"), tuple(map(str, found.schedule.steps)))
