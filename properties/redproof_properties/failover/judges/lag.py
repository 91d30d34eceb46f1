"""A master that needs replicas and is reached by none takes no more writes after `min-replicas-max-lag`.

So what is lost with it is what it took until then. A server counts whole seconds and looks once in one, so it may
notice `LAG_GRANULARITY_MS` later (`replication.c`, refreshGoodSlavesCount).

Source: https://redis.io/docs/latest/operate/oss_and_stack/management/replication/ ("Allow writes only with N attached
replicas").
"""

from __future__ import annotations

from redproof_model.loss.account import LAG_GRANULARITY_MS
from redproof_model.loss.record import Outcome

from redproof_properties.failover.clients import NO_REPLICAS
from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import FailoverRecord, FaultSpan


def writes_end_with_the_lag(record: FailoverRecord) -> list[Finding]:
    """Say of each isolation of a server that needs replicas until when it took writes."""
    if not record.settings.min_replicas_to_write:
        return []
    return [_judged(record, span) for span in record.faults if span.kind == "isolate" and _lasts(record, span)]


def allowed_ms(record: FailoverRecord) -> float:
    """How long a master may go on without a replica."""
    return record.settings.min_replicas_max_lag_s * 1000 + LAG_GRANULARITY_MS


def _lasts(record: FailoverRecord, span: FaultSpan) -> bool:
    """Whether an isolation of a server lasted until something was asked of it that it should not do."""
    ended_at_ms = record.ended_at_ms if span.ended_at_ms is None else span.ended_at_ms
    return span.node in record.servers and ended_at_ms > span.begun_at_ms + allowed_ms(record)


def _judged(record: FailoverRecord, span: FaultSpan) -> Finding:
    ended_at_ms = record.ended_at_ms if span.ended_at_ms is None else span.ended_at_ms
    last_ms = span.begun_at_ms + allowed_ms(record)
    sent = [each for each in record.writes if each.node == span.node and last_ms < each.sent_at_ms < ended_at_ms]
    late = [each for each in sent if each.outcome is Outcome.OK and (each.returned_at_ms or 0) < ended_at_ms]
    refused = [each for each in sent if each.error.startswith(NO_REPLICAS)]
    text = f"{span.node} was isolated at {span.begun_at_ms:.0f} ms"
    if late:
        return Finding(Verdict.BROKEN, f"{text} and took {late[0].value} at {late[0].sent_at_ms:.0f} ms", last_ms)
    if not refused:
        return Finding(Verdict.UNKNOWN, f"{text}, and nobody wrote to it after {last_ms:.0f} ms", last_ms)
    return Finding(Verdict.HOLDS, f"{text} and refused {len(refused)} writes after {last_ms:.0f} ms", last_ms)
