"""At most one sentinel leads in an epoch.

Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ ("Sentinel automatic failover").
"""

from __future__ import annotations

from collections import defaultdict

from redproof_properties.failover.elections import Election, elections
from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import FailoverRecord


def one_leader_in_an_epoch(record: FailoverRecord) -> list[Finding]:
    """Say of each epoch in which a leader was elected whether there was one alone."""
    leaders: dict[int, list[Election]] = defaultdict(list)
    for election in elections(record):
        if election.elected_at_ms is not None:
            leaders[election.epoch].append(election)
    return [_judged(epoch, elected) for epoch, elected in leaders.items()]


def _judged(epoch: int, elected: list[Election]) -> Finding:
    names = " and ".join(dict.fromkeys(election.sentinel for election in elected))
    verdict = Verdict.HOLDS if len(elected) == 1 else Verdict.BROKEN
    return Finding(verdict, f"epoch {epoch} was led by {names}", elected[-1].elected_at_ms)
