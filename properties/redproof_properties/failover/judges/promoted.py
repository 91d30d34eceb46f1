"""A sentinel takes a replica for promoted once that says that it is a master, and not before.

Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ ("Configuration propagation"),
`sentinel.c` (sentinelRefreshInstanceInfo, which publishes `+promoted-slave`).
"""

from __future__ import annotations

from typing import Final

from redproof_properties.failover.elections import Election, elections, node_of
from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import Event, FailoverRecord

TOLD_ANEW: Final = ("+slave-reconf-sent", "+slave-reconf-sent-be", "+convert-to-slave", "+fix-slave-config")
"""After these a server is a replica again."""


def the_promoted_says_that_it_is_a_master(record: FailoverRecord) -> list[Finding]:
    """Say of each replica that was taken for promoted what it told of itself next, unless it has died or was told anew.

    What made it a replica may have come before it was taken for promoted: what it had told when it was a master was
    still on its way then. A server that told nothing after it is passed over.
    """
    begun = elections(record)
    judged = (_judged(record, begun, event) for event in record.events if event.name == "+promoted-slave")
    return [finding for finding in judged if finding is not None]


def _judged(record: FailoverRecord, begun: list[Election], event: Event) -> Finding | None:
    node = node_of(record, event.text)
    own = [sample for sample in record.server_samples if sample.node == node]
    after = next((sample for sample in own if sample.asked_at_ms >= event.at_ms), None)
    if after is None or _may_be_another(record, _chosen_at_ms(begun, event), str(node), after.at_ms):
        return None
    text = f"{event.sentinel} took {node} for promoted, and that told {after.at_ms - event.at_ms:.0f} ms later that it"
    if after.role == "master":
        return Finding(Verdict.HOLDS, f"{text} is a master", event.at_ms)
    return Finding(Verdict.BROKEN, f"{text} follows {after.follows}", event.at_ms)


def _may_be_another(record: FailoverRecord, since_ms: float, node: str, until_ms: float) -> bool:
    """Whether something else has made a server a replica since it was chosen, or might have: a new start, an order."""
    started = any(
        span.node == node and span.begun_at_ms <= until_ms and (span.ended_at_ms or until_ms) >= since_ms
        for span in record.faults
        if span.kind in ("kill", "restart")
    )
    return started or any(
        since_ms <= other.at_ms <= until_ms and node_of(record, other.text) == node
        for other in record.events
        if other.name in TOLD_ANEW
    )


def _chosen_at_ms(begun: list[Election], event: Event) -> float:
    """When the sentinel of an event had chosen the replica that it takes for promoted."""
    own = (each for each in begun if (each.sentinel, each.promoted_at_ms) == (event.sentinel, event.at_ms))
    return next((each.chosen_at_ms for each in own if each.chosen_at_ms is not None), event.at_ms)
