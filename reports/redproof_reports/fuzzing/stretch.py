"""A stretch of a shard, for a process on any machine: it is told how far the shard is, and tells how far it came."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from redproof_properties.fuzzing.findings import Findings

from redproof_reports.fuzzing.shard import Shard, Tally, judge_shard

STRETCH_S: Final = 3.0
"""How long a stretch is: what a process finds is told at its end, and judged again by another if it is lost."""


def judge_stretch(shard: Shard, findings: Findings, seconds: float) -> Tally:
    """Go on from these findings for so long, or up to the commands of the shard, and give how far it is then.

    The shard's folder is not used: what it keeps is for this stretch. Raises UsageError and TargetError.
    """
    with TemporaryDirectory(prefix="redproof-") as folder:
        here = replace(shard, folder=Path(folder), seconds=seconds)
        for divergence in findings.divergences.values():
            here.ledger.keep(divergence)
        here.ledger.write(findings)
        tally = Tally()
        tally.findings = judge_shard(here, tally, lambda told: None)
        tally.count(tally.findings)
        return tally
