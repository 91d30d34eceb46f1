"""Findings: what outweighs what, and that unknown is never a pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from redproof_reports.findings import Finding, Findings, Verdict


def findings(*verdicts: str, interrupted: bool = False) -> Findings:
    found = [Finding("sample", verdict, Verdict(verdict), "", None, {}) for verdict in verdicts]
    return Findings("claim", "redproof prove sample", found, interrupted)


@pytest.mark.parametrize(
    ("found", "code", "headline"),
    [
        (findings("holds", "holds"), 0, "Everything holds: 2 claims"),
        (findings("holds", "broken", "unknown"), 1, "Broken: 1 of 3 claims"),
        (findings("holds", "unknown"), 3, "Unknown: 1 of 2 claims"),
        (findings(), 3, "Unknown: 0 of 0 claims"),
        (findings("holds", interrupted=True), 3, "Unknown: interrupted after 1 claim"),
        (findings("broken", interrupted=True), 1, "Broken: 1 of 1 claim"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_verdict(found: Findings, code: int, headline: str) -> None:
    assert (found.exit_code, found.headline) == (code, headline)


def test_ctrl_c_ends_the_search_and_keeps_what_was_found(tmp_path: Path) -> None:
    found = findings("holds")
    with found.until_interrupted():
        raise KeyboardInterrupt
    found.write(tmp_path / "deep" / "proofs.json")
    data = json.loads((tmp_path / "deep" / "proofs.json").read_text())
    assert (data["interrupted"], data["verdict"], len(data["found"])) == (True, "unknown", 1)
    assert data["reproduce"] == "redproof prove sample"
