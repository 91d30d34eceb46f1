"""A sentinel whose clock jumps, or that stood still, enters TILT mode, and does nothing in it but look.

Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ ("TILT mode"), `sentinel.c`
(sentinelCheckTiltCondition: two calls of the timer a negative time or more than two seconds apart).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redproof_properties.failover.bounds import TIMER_MS_MAX
from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import Event, FailoverRecord, FaultSpan

TRIGGER_MS: Final = 2_000
NOTICED_WITHIN_MS: Final = 1_000

ACTIONS: Final = ("+sdown", "-sdown", "+odown", "-odown", "+try-failover", "+selected-slave", "+promoted-slave")
"""What a sentinel does not do in TILT mode. It votes, and it follows what others say."""


def a_sentinel_does_nothing_in_tilt_mode(record: FailoverRecord) -> list[Finding]:
    """Say of each jump of a clock that a sentinel must notice whether it did, and of each TILT what it did in it."""
    return [*_jumps(record), *_tilts(record)]


def _tilts(record: FailoverRecord) -> Iterator[Finding]:
    entered: dict[str, Event] = {}
    for event in record.events:
        begun = entered.get(event.sentinel)
        if event.name == "+tilt":
            entered.setdefault(event.sentinel, event)
        elif event.name in ("-tilt", "+monitor") and begun is not None:
            del entered[event.sentinel]
            yield Finding(Verdict.HOLDS, f"{event.sentinel} did nothing in TILT mode", begun.at_ms)
        elif event.name in ACTIONS and begun is not None:
            text = f"{event.sentinel}, in TILT mode since {begun.at_ms:.0f} ms: {event.name} {event.text}"
            yield Finding(Verdict.BROKEN, text, event.at_ms)


def _jumps(record: FailoverRecord) -> Iterator[Finding]:
    for span in record.faults:
        at_ms = _jumped_at_ms(span)
        if span.node not in record.sentinels or at_ms is None or _is_disturbed(record, span, at_ms):
            continue
        noticed = any(
            event.name == "+tilt" and event.sentinel == span.node and at_ms <= event.at_ms <= at_ms + NOTICED_WITHIN_MS
            for event in record.events
        )
        did = "entered TILT mode" if noticed else "did not enter TILT mode"
        text = f"{span.node} {did} after {span.kind} {'' if span.value is None else span.value}"
        yield Finding(Verdict.HOLDS if noticed else Verdict.BROKEN, text, at_ms)


def _jumped_at_ms(span: FaultSpan) -> float | None:
    """When a fault has let a clock jump by more than goes unnoticed; None where it has not."""
    if span.kind == "clock" and isinstance(span.value, int):
        is_seen = span.value < -TIMER_MS_MAX or span.value > TRIGGER_MS
        return span.begun_at_ms if is_seen else None
    if span.kind == "pause" and span.ended_at_ms is not None:
        return span.ended_at_ms if span.ended_at_ms - span.begun_at_ms > TRIGGER_MS + TIMER_MS_MAX else None
    return None


def _is_disturbed(record: FailoverRecord, span: FaultSpan, at_ms: float) -> bool:
    """Whether something else happened to the node about then, so that it may not have noticed, or tells it late."""
    until_ms = at_ms + NOTICED_WITHIN_MS
    return until_ms > record.ended_at_ms or any(
        other is not span
        and other.node == span.node
        and other.kind in ("kill", "restart", "pause", "clock")
        and other.begun_at_ms <= until_ms
        and (other.ended_at_ms is None or other.ended_at_ms >= span.begun_at_ms - TIMER_MS_MAX)
        for other in record.faults
    )
