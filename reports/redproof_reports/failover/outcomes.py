"""What judges say of failover runs, as the outcomes of properties: so it goes wherever those go, to JUnit XML too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from redproof_properties.failover.judges.verdict import Verdict
from redproof_properties.run import PropertyOutcome, TargetSummary

from redproof_reports.failover.results import FailoverResults, Judgement
from redproof_reports.results import Results

REASONS_TOLD: Final = 20
PROFILE: Final = "failover"
_OUTCOMES: Final[Mapping[Verdict, str]] = {
    Verdict.BROKEN: "broken",
    Verdict.UNKNOWN: "error",
    Verdict.HOLDS: "holds",
    Verdict.NOT_APPLICABLE: "skipped",
}
"""The outcome for each verdict, the worst first."""


def as_run(results: FailoverResults, folder: Path) -> Results:
    """The runs as one run of properties, each judge being one: what is the worst in any run that is kept counts."""
    server = next((each.record.nodes[0].version for each in results.runs), "")
    return Results(
        folder=folder,
        started=results.started,
        seconds=results.seconds,
        seed=min((each.record.seed for each in results.runs), default=0),
        profile=PROFILE,
        comparison="exact",
        judge_as=None,
        interrupted=results.interrupted,
        targets=(TargetSummary(results.target, server, ""),),
        properties=tuple(_outcomes(results)),
        records=(),
    )


def _outcomes(results: FailoverResults) -> Iterator[PropertyOutcome]:
    said: dict[str, list[tuple[str, Judgement]]] = {}
    for run in results.runs:
        for judgement in run.judgements:
            said.setdefault(judgement.name, []).append((run.name, judgement))
    seconds = round(results.seconds / max(1, len(said)), 2)
    for name, told in said.items():
        first = told[0][1]
        verdicts = {judgement.verdict for _, judgement in told}
        worst = next(verdict for verdict in _OUTCOMES if verdict in verdicts)
        outcome, reason = _OUTCOMES[worst], "\n".join(_reasons(worst, told))
        yield PropertyOutcome(name, first.title, first.source, results.target, outcome, reason, seconds, [])


def _reasons(worst: Verdict, told: list[tuple[str, Judgement]]) -> list[str]:
    if worst is Verdict.HOLDS:
        return []
    if worst is Verdict.NOT_APPLICABLE:
        return ["nothing in these runs to judge it by"]
    findings = [(name, finding) for name, judgement in told for finding in judgement.findings]
    return [f"{name}: {finding.why}" for name, finding in findings if finding.verdict is worst][:REASONS_TOLD]
