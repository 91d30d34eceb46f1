"""A master is objectively down when as many sentinels as the quorum take it for down, and not before.

Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ ("SDOWN and ODOWN failure state"),
`sentinel.c` (sentinelCheckObjectivelyDown, which publishes `+odown … #quorum COUNT/QUORUM`).
"""

from __future__ import annotations

import re
from typing import Final

from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import Event, FailoverRecord
from redproof_properties.failover.set_back import set_back_ms

REMEMBERED_MS: Final = 12_000
"""How old the word of another sentinel may be: it lapses after five periods of asking, and may have been on its way."""

_COUNTED: Final = re.compile(r"#quorum (\d+)/(\d+)")
_ENDS: Final = ("-sdown", "+switch-master", "+monitor", "-monitor", "+reset-master")
"""After these a sentinel does not take the master for down any more; +monitor says that it has started."""


def the_quorum_agrees_that_a_master_is_down(record: FailoverRecord) -> list[Finding]:
    """Say each time that a sentinel takes the master for objectively down whether enough of them took it for down."""
    down = {name: _down_spans(record, name) for name in record.sentinels}
    return [_judged(record, event, down) for event in record.events if event.name == "+odown"]


def _judged(record: FailoverRecord, event: Event, down: dict[str, list[tuple[float, float]]]) -> Finding:
    counted = _COUNTED.search(event.text)
    if counted is None:
        return Finding(Verdict.UNKNOWN, f"{event.sentinel} tells no quorum: {event.text}", event.at_ms)
    count, quorum = map(int, counted.groups())
    # By a clock that was set back what was told lapses later.
    since_ms = event.at_ms - REMEMBERED_MS - set_back_ms(record.faults, event.sentinel, event.at_ms)
    agreed = [name for name, spans in down.items() if any(_overlaps(span, since_ms, event.at_ms) for span in spans)]
    text = f"{event.sentinel} counted {count} of the {quorum} wanted, when {', '.join(agreed)} took the master for down"
    is_enough = count >= quorum == record.settings.quorum and len(agreed) >= quorum
    return Finding(Verdict.HOLDS if is_enough else Verdict.BROKEN, text, event.at_ms)


def _overlaps(span: tuple[float, float], since_ms: float, until_ms: float) -> bool:
    return span[0] <= until_ms and span[1] >= since_ms


def _down_spans(record: FailoverRecord, sentinel: str) -> list[tuple[float, float]]:
    """From when until when a sentinel took the master for down.

    Of one that was killed and started again the end may not be told: it was at the latest when it did so anew.
    """
    spans: list[tuple[float, float]] = []
    since_ms: float | None = None
    for event in record.events:
        if event.sentinel != sentinel:
            continue
        if event.name == "+sdown" and event.text.startswith("master "):
            spans += [] if since_ms is None else [(since_ms, event.at_ms)]
            since_ms = event.at_ms
        elif event.name in _ENDS and since_ms is not None and not event.text.startswith(("slave ", "sentinel ")):
            spans.append((since_ms, event.at_ms))
            since_ms = None
    return spans if since_ms is None else [*spans, (since_ms, record.ended_at_ms)]
