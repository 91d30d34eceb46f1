"""What a judge says of a record: that its sentence holds, is broken, or that the record does not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from redproof_properties.failover.record import FailoverRecord


class Verdict(Enum):
    """Unknown is never a pass; a sentence about what did not happen in a run does not apply to it."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one thing in a record, and why; `at_ms` is when it was so, where that has a time."""

    verdict: Verdict
    why: str
    at_ms: float | None = None


Judge: TypeAlias = Callable[[FailoverRecord], list[Finding]]
"""A function of a record that gives a finding for each thing of which its sentence speaks; none where nothing does."""


def conclusion(findings: Iterable[Finding]) -> Verdict:
    """What all findings of a judge amount to: the worst of them, and without any that nothing was there to judge."""
    told = {finding.verdict for finding in findings}
    order = (Verdict.BROKEN, Verdict.UNKNOWN, Verdict.HOLDS)
    return next((verdict for verdict in order if verdict in told), Verdict.NOT_APPLICABLE)
