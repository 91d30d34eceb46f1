"""Each sentinel votes at most once in an epoch, whatever it was restarted for in between.

Source: `sentinel.c` (sentinelVoteLeader), which logs `+vote-for-leader RUN_ID EPOCH` once the vote is written down.
"""

from __future__ import annotations

from collections import defaultdict

from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import Event, FailoverRecord

VOTE = "+vote-for-leader"


def one_vote_in_an_epoch(record: FailoverRecord) -> list[Finding]:
    """Say of each sentinel and epoch in which it voted whether it voted once: for the same candidate, too."""
    votes: dict[tuple[str, int], list[Event]] = defaultdict(list)
    for event in record.events:
        if event.name == VOTE:
            votes[event.sentinel, int(event.text.split()[1])].append(event)
    return [_judged(sentinel, epoch, given) for (sentinel, epoch), given in votes.items()]


def _judged(sentinel: str, epoch: int, given: list[Event]) -> Finding:
    candidates = [event.text.split()[0] for event in given]
    told = f"{sentinel} voted in epoch {epoch} for {', then for '.join(candidates)}"
    return Finding(Verdict.HOLDS if len(given) == 1 else Verdict.BROKEN, told, given[-1].at_ms)
