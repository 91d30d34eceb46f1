"""Where a failover is played: by processes and containers, or in a simulation; what may happen there, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from redproof_properties.errors import TargetError, UsageError
from redproof_properties.failover.claims import settings_for, why_no_group
from redproof_properties.failover.group import group_for
from redproof_properties.failover.judges.verdict import Verdict
from redproof_properties.failover.members import is_container
from redproof_properties.failover.plan import QUICK, GroupPlan
from redproof_properties.failover.record import FailoverRecord, Settings
from redproof_properties.failover.run import run_failover
from redproof_properties.failover.schedule import SCENARIOS, draw_schedule
from redproof_properties.failover.simulated.campaign import Broken, partial_play, shrink
from redproof_properties.failover.simulated.run import BUNDLED, simulate
from redproof_properties.failover.simulated.schedule import KINDS, Schedule
from redproof_properties.failover.simulated.schedule import draw_schedule as draw_simulated
from redproof_properties.targets import ServerVersion, parse_target
from redproof_properties.targets.bundled import DEFAULT_EMULATED, EMULATED
from redproof_properties.targets.process import ProcessTarget

from redproof_reports.failover.results import JudgedRun

ROUNDS: Final = 2
"""How often the master is lost in a run that is not simulated."""


class Stage(Protocol):
    """A place where groups run; `faults` are the names of what may happen there."""

    faults: tuple[str, ...]

    def check(self, spellings: Sequence[str]) -> None:
        """Raise UsageError for targets that cannot run here."""

    def settings(self, spellings: Sequence[str]) -> Settings:
        """The times that sentinels of these targets can keep. Raises TargetError when one does not start."""

    def run(self, plan: GroupPlan, faults: Sequence[str], seed: int) -> FailoverRecord:
        """Play what a seed stands for. Raises TargetError when a node fails."""


class Started:
    """Each node is a process of ours, or a container."""

    faults: tuple[str, ...] = tuple(SCENARIOS)

    def check(self, spellings: Sequence[str]) -> None:
        """Raise UsageError for a target that is neither a process of ours nor a container."""
        for spelling in spellings:
            if not isinstance(parse_target(spelling), ProcessTarget) and not is_container(spelling):
                raise UsageError(
                    f"{spelling}: nodes are started, killed and paused; this is no process of ours, and no container"
                )

    def settings(self, spellings: Sequence[str]) -> Settings:
        """The times for the versions of these targets, each of which is started once to be asked for it."""
        return settings_for(*map(_version, spellings))

    def run(self, plan: GroupPlan, faults: Sequence[str], seed: int) -> FailoverRecord:
        """Play what a seed stands for."""
        schedule = draw_schedule(plan, seed, ROUNDS, faults)
        with group_for(plan) as group:
            return run_failover(group, schedule, seed, plan.servers[0].spelling)


class Simulation:
    """Bundled servers and sentinels on virtual time."""

    faults: tuple[str, ...] = tuple(KINDS)
    versions: Final = {BUNDLED: DEFAULT_EMULATED} | {f"{BUNDLED}:{version}": version for version in EMULATED}

    def check(self, spellings: Sequence[str]) -> None:
        """Raise UsageError for other targets, and for two."""
        if len(spellings) > 1 or spellings[0] not in self.versions:
            raise UsageError(f"only the bundled server can be simulated: {', '.join(self.versions)}")

    def settings(self, spellings: Sequence[str]) -> Settings:
        """Times that are short, since none passes."""
        return QUICK

    def run(self, plan: GroupPlan, faults: Sequence[str], seed: int) -> FailoverRecord:
        """Play what a seed stands for: it is the same every time."""
        return simulate(plan, self._schedule(plan, faults, seed), self._version(plan))

    def make_smaller(self, plan: GroupPlan, faults: Sequence[str], run: JudgedRun) -> Broken:
        """Leave out of a run that is broken the faults that it does not need for that."""
        broken = next(each for each in run.judgements if each.verdict is Verdict.BROKEN)
        finding = next(each for each in broken.findings if each.verdict is Verdict.BROKEN)
        schedule = self._schedule(plan, faults, run.record.seed)
        return shrink(Broken(broken.name, finding, schedule, run.record), partial_play(plan, self._version(plan)))

    def _schedule(self, plan: GroupPlan, faults: Sequence[str], seed: int) -> Schedule:
        return draw_simulated(plan, seed, kinds={name: KINDS[name] for name in faults})

    def _version(self, plan: GroupPlan) -> str:
        return self.versions[plan.servers[0].spelling]


def _version(spelling: str) -> ServerVersion:
    with parse_target(spelling) as target:
        if (reason := why_no_group(target)) is not None:
            raise TargetError(reason)
        return target.version
