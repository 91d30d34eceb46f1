"""The failovers that sentinels began in a run, by the events that they published.

Source: `sentinel.c` (sentinelStartFailover takes the next epoch and publishes it, then `+try-failover`;
sentinelFailoverWaitStart, sentinelFailoverSelectSlave, sentinelRefreshInstanceInfo what follows).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from redproof_properties.failover.record import FailoverRecord


@dataclass(slots=True)
class Election:
    """A failover that a sentinel began in an epoch; times are None for what has not come, `chosen` is the replica,
    or what the event says where that is no node.

    It has chosen nobody where it was aborted since no replica was good.
    """

    sentinel: str
    epoch: int
    tried_at_ms: float
    elected_at_ms: float | None = None
    chosen: str | None = None
    chosen_at_ms: float | None = None
    promoted_at_ms: float | None = None
    ended_at_ms: float | None = None

    def __str__(self) -> str:
        return f"{self.sentinel} in epoch {self.epoch}"


def elections(record: FailoverRecord) -> list[Election]:
    """The failovers of all sentinels, in the order in which they were begun."""
    found = [election for sentinel in record.sentinels for election in _of(record, sentinel)]
    return sorted(found, key=lambda election: election.tried_at_ms)


def _of(record: FailoverRecord, sentinel: str) -> Iterator[Election]:
    epoch, current = 0, None
    for event in record.events:
        if event.sentinel != sentinel:
            continue
        match event.name:
            case "+new-epoch":
                epoch = int(event.text)
            case "+try-failover":
                current = Election(sentinel, epoch, event.at_ms)
                yield current
            case "+elected-leader" if current is not None:
                current.elected_at_ms = event.at_ms
            case "+selected-slave" if current is not None:
                current.chosen, current.chosen_at_ms = node_of(record, event.text) or event.text, event.at_ms
            case "-failover-abort-no-good-slave" if current is not None:
                current.chosen_at_ms = event.at_ms
            case "+promoted-slave" if current is not None:
                current.promoted_at_ms = event.at_ms
            case "+failover-end" if current is not None:
                current.ended_at_ms = event.at_ms


def node_of(record: FailoverRecord, text: str) -> str | None:
    """The node of which an event speaks, whose text begins with its type, name, host and port; None for no node."""
    _, _, host, port, *_ = text.split()
    node = record.by_address.get(f"{host}:{port}")
    return None if node is None else node.name
