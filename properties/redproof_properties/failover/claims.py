"""Failover runs that a property makes of servers of the target's kind, and its verdict on their records."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from redproof_model.loss.account import LAG_GRANULARITY_MS

from redproof_properties.failover.gates import why_no_gates
from redproof_properties.failover.group import group_for
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Verdict, conclusion
from redproof_properties.failover.members import is_container
from redproof_properties.failover.plan import PATIENT, QUICK, GroupPlan
from redproof_properties.failover.record import FailoverRecord, Settings
from redproof_properties.failover.run import run_failover
from redproof_properties.failover.schedule import MASTER, FaultSchedule, Step
from redproof_properties.history import Fault
from redproof_properties.judged import Judged
from redproof_properties.run import FAILOVER_FOLDER, PROFILES, Run
from redproof_properties.script import broken_claim
from redproof_properties.targets import ServerVersion, Target, parse_target
from redproof_properties.targets.process import ProcessTarget

QUICK_SINCE: Final = (7, 0)
"""From this version on the periods of a sentinel can be made shorter."""

QUICKLY: Final = PROFILES["quick"]

_SEEN_MS: Final = 500
"""How much longer than it may take writes a master is parted from its replicas, so that it is seen to refuse some."""


def is_quick(version: ServerVersion) -> bool:
    """Whether a server's sentinels can be told to be quick (SENTINEL DEBUG)."""
    return version.number >= QUICK_SINCE


def settings_for(*versions: ServerVersion) -> Settings:
    """The times for sentinels of these versions."""
    return QUICK if all(map(is_quick, versions)) else PATIENT


def need_group(judged: Judged) -> None:
    """Skip the property, with the reason, unless a group of the target's kind can be started, and suffer."""
    for capability in ("can_replicate", "owns_process", "can_restart", "can_pause"):
        judged.need(capability)
    target = judged.target
    if is_container(target.spelling):
        if judged.run.profile is QUICKLY and (first := _first_container(judged.run)) != target.spelling:
            pytest.skip(
                f"a group of containers takes twenty seconds: in the profile quick only that of {first} is started"
            )
    elif not isinstance(target, ProcessTarget):
        pytest.skip(f"{target.spelling} is neither a process of ours nor a container")
    if (reason := why_no_group(target)) is not None:
        pytest.skip(reason)


def why_no_group(target: Target) -> str | None:
    """Why a running target's kind cannot be a node of a group on this machine, None if it can."""
    return why_no_gates() if isinstance(target, ProcessTarget) else why_no_gates(target.harness_host)


def _first_container(run: Run) -> str:
    """The first of the targets that run, or have run, that is a container whose sentinels can be quick."""
    versions = {spelling: summary.server.rpartition(" ")[2] for spelling, summary in run.summaries.items()}
    quick = (
        spelling
        for spelling, version in versions.items()
        if is_container(spelling) and version[:1].isdigit() and tuple(map(int, version.split("."))) >= QUICK_SINCE
    )
    return next(quick, "a server from version 7.0 on")


def isolation(settings: Settings) -> FaultSchedule:
    """The master is parted from all others, for longer than it may take writes; then all is healed."""
    allowed_ms = 1000 * settings.min_replicas_max_lag_s + LAG_GRANULARITY_MS
    # Nobody names another master before this one has been missed.
    rest_ms = max(0, allowed_ms + _SEEN_MS - settings.down_after_ms)
    faults = ((300, "isolate"), (0, "await failover"), (rest_ms, "settle"))
    return FaultSchedule(tuple(Step(after_ms, Fault(kind, MASTER)) for after_ms, kind in faults))


def play(judged: Judged, plan: GroupPlan, schedule: FaultSchedule) -> FailoverRecord:
    """The record of a run of processes and containers, which counts for the target.

    Raises `TargetError` when one fails.
    """

    def make(spelling: str) -> Target:
        return judged.target.twin() if spelling == judged.target.spelling else parse_target(spelling)

    with group_for(plan, make) as group:
        record = run_failover(group, schedule, judged.run.seed, judged.target.spelling)
    judged.summary.histories += 1
    judged.summary.commands += len(record.writes) + len(record.reads)
    return record


def claim(judged: Judged, record: FailoverRecord, name: str, played: str = "") -> None:
    """Hold a record to a judge; neither unknown nor a run in which there is nothing to judge is a pass.

    What was `played` is told where that is not in the record. The record of a run that does not pass is written to
    the folder of the run. Raises DivergenceError.
    """
    findings = JUDGES[name](record)
    verdict = conclusion(findings)
    if verdict is Verdict.HOLDS:
        return
    path = judged.run.out / FAILOVER_FOLDER / f"{name}-{record.seed}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    record.write(path)
    told = "; ".join(finding.why for finding in findings if finding.verdict is verdict) or "nothing to judge"
    told += f"\n{played}\n" if played else ""
    if verdict is Verdict.BROKEN:
        raise judged.enter(broken_claim([], {}, name.replace("_", " "), f"{told} (the record: {path})"))
    pytest.fail(f"{name} is {verdict.value}: {told} (the record: {path})")


def with_replicas_needed(settings: Settings) -> Settings:
    """The same for a master that needs a replica to write."""
    return replace(settings, min_replicas_to_write=1, min_replicas_max_lag_s=1)
