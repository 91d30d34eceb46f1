"""A whole run: the evidence of all targets becomes records, `matrix.json`, and the page."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from redproof_properties.comparison import Comparison
from redproof_properties.run import FAILOVER_FOLDER, RECORDS_FOLDER, write_record

from redproof_reports.matrix.assemble import assemble_rows, servers, show_divergence
from redproof_reports.matrix.columns import Column
from redproof_reports.matrix.document import Found, Matrix
from redproof_reports.matrix.evidence import Evidence
from redproof_reports.matrix.judging import Task
from redproof_reports.matrix.survey import Plan
from redproof_reports.matrix.workers import Show, judge_targets
from redproof_reports.records.journal import JOURNAL_NAME, Sighting, append

COMMANDS_PER_ROW: Final = 2_000
NO_PROPERTIES: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for; `profile` is None where only commands are judged."""

    targets_file: Path
    columns: Sequence[Column]
    seed: int
    commands: int
    groups: tuple[str, ...]
    profile: str | None
    comparison: Comparison
    jobs: int
    allow_flush: bool
    out: Path

    @property
    def reproduce(self) -> str:
        """The command that makes the same run again."""
        words = ["redproof", "matrix", "--targets", self.targets_file, "--out", self.out, "--seed", self.seed]
        words += ["--commands", self.commands, "--profile", self.profile or NO_PROPERTIES]
        words += [word for group in self.groups for word in ("--group", group)]
        words += [] if self.comparison is Comparison.EXACT else ["--comparison", self.comparison.value]
        return shlex.join(map(str, words))


def run_matrix(order: Order, show: Show, known: Mapping[str, str]) -> Matrix:
    """Judge all targets, and leave the records and `matrix.json`. Raises OSError."""
    started, clock = datetime.now(UTC), time.monotonic()
    plan = Plan(order.seed, order.commands, order.comparison, order.groups)
    tasks = [
        Task(column, plan, order.profile, order.allow_flush, order.out / FAILOVER_FOLDER / str(number))
        for number, column in enumerate(order.columns, 1)
    ]
    evidence = judge_targets(tasks, order.jobs, show)
    rows, refused = assemble_rows(plan.rows, evidence)
    matrix = Matrix(
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 1),
        seed=order.seed,
        commands_per_row=order.commands,
        profile=order.profile,
        comparison=order.comparison.value,
        reproduce=order.reproduce,
        interrupted=any(each.interrupted for each in evidence),
        servers=tuple(servers(evidence)),
        rows=tuple(rows),
        divergences=_write_records(evidence, order.out),
        refused=tuple(refused),
        known=known,
    )
    matrix.write(order.out)
    sightings = [Sighting(matrix.started, found) for each in evidence for found in each.divergences.values()]
    append(order.out / JOURNAL_NAME, sightings)
    return matrix


def _write_records(evidence: Sequence[Evidence], out: Path) -> dict[str, Found]:
    """A record for each divergence; those of earlier runs stay."""
    folder = out / RECORDS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Found] = {}
    for each in evidence:
        for divergence in each.divergences.values():
            name = write_record(divergence, folder)
            found[name.removesuffix(".json")] = show_divergence(
                divergence, each.target, f"{out}/{RECORDS_FOLDER}/{name}"
            )
    return found
