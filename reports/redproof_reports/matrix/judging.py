"""One target judged to its end: its commands one by one, then every property of the suite."""

from __future__ import annotations

import io
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pytest
from redproof_properties.errors import RedproofError
from redproof_properties.judged import model_version
from redproof_properties.run import FAILOVER_FOLDER
from redproof_properties.targets import parse_target
from rich.console import Console

from redproof_reports.matrix.columns import Column
from redproof_reports.matrix.evidence import Evidence
from redproof_reports.matrix.rows import CommandRow
from redproof_reports.matrix.survey import Plan, Survey
from redproof_reports.observer import Observer, run_properties
from redproof_reports.results import read_results


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done to one target; `profile` is that of the properties, None to leave them out.

    In `kept` are the records of failovers that do not end as they must.
    """

    column: Column
    plan: Plan
    profile: str | None
    allow_flush: bool
    kept: Path


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a target is: the part of the work that is done, from 0 to 1, and what is judged now."""

    share: float
    doing: str
    commands: int
    found: int


Tell: TypeAlias = Callable[[Progress], None]


def judge_target(task: Task, tell: Tell) -> Evidence:
    """All that can be found out about a target; why that is not everything is kept too, never raised.

    KeyboardInterrupt ends it with what was found until then.
    """
    evidence = Evidence(task.column.name)
    started = time.monotonic()
    try:
        _survey(task, evidence, tell)
        if task.profile is not None:
            _hold_to_properties(task, task.profile, evidence, tell)
    except KeyboardInterrupt:
        evidence.interrupted = True
    except RedproofError as error:
        evidence.failure = str(error)
    evidence.seconds = round(time.monotonic() - started, 1)
    return evidence


def _survey(task: Task, evidence: Evidence, tell: Tell) -> None:
    rows = task.plan.rows
    share = 1.0 if task.profile is None else 0.5

    def progress(row: CommandRow) -> None:
        done = share * rows.index(row) / len(rows)
        tell(Progress(done, row.name, evidence.commands, len(evidence.divergences)))

    with parse_target(task.column.spelling, allow_flush=task.allow_flush) as target:
        with warnings.catch_warnings(record=True) as caught:
            version = model_version(target)
        evidence.notes = [str(warning.message) for warning in caught]
        evidence.server, evidence.model = str(target.version), version.name
        Survey(target, version, task.plan, evidence).run(progress)


def _hold_to_properties(task: Task, profile: str, evidence: Evidence, tell: Tell) -> None:
    """Run the suite as `redproof check` does; raises the failure of the target or the harness that ended it."""
    reporter = _Reporter(evidence, tell)
    with tempfile.TemporaryDirectory(prefix="redproof-matrix-") as folder:
        played = Path(folder, FAILOVER_FOLDER)
        arguments = [
            "--require-targets",
            "--target",
            task.column.spelling,
            "--profile",
            profile,
            "--seed",
            str(task.plan.seed),
        ]
        arguments += ["--comparison", task.plan.comparison.value, "--out", folder]
        arguments += ["--allow-flush"] if task.allow_flush else []
        run_properties(arguments, reporter)
        if reporter.judged:
            results = read_results(Path(folder))
            evidence.properties = list(results.properties)
            evidence.commands += results.commands
            evidence.interrupted = results.interrupted and reporter.failure is None
            for record in results.records:
                told = record.divergence.actual.replace(str(played), str(task.kept))
                evidence.divergences.setdefault(record.id, replace(record.divergence, actual=told))
        if played.exists():
            shutil.copytree(played, task.kept, dirs_exist_ok=True)
    if reporter.failure is not None:
        raise reporter.failure


class _Reporter(Observer):
    """Tells how far the properties are, instead of showing it."""

    def __init__(self, evidence: Evidence, tell: Tell) -> None:
        super().__init__(Console(file=io.StringIO()), ())
        self._evidence = evidence
        self._tell = tell
        self._done = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell of a property that has come to a verdict."""
        if report.when == "call" or report.outcome != "passed":
            self._done += 1
            share = 0.5 + 0.5 * self._done / max(self.selected, 1)
            doing = report.nodeid.rpartition("::")[2].partition("[")[0]
            found = len(self._evidence.divergences) + len(self._run.divergences)
            self._tell(Progress(share, doing, self._evidence.commands, found))
