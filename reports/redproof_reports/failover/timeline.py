"""What the timeline is drawn from: a record and the account of its writes, as lanes of spans and marks.

Times are in ms since the run began, rounded to what can be seen. All text is printable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, Final, TypeAlias, TypeVar

from redproof_model.loss.account import Entry, Verdict
from redproof_model.loss.record import Outcome
from redproof_properties.failover.record import (
    FailoverRecord,
    FaultSpan,
    Promotion,
    SentinelSample,
    ServerSample,
    Write,
)
from redproof_properties.failover.simulated.schedule import KINDS

from redproof_reports.failover.losses import why
from redproof_reports.failover.results import is_by_sentinels
from redproof_reports.text import printable

LOSS_KINDS: Final[Mapping[Verdict, str]] = {
    Verdict.EXPLAINED: "design",
    Verdict.BROKEN_PROMISE: "promise",
    Verdict.BUG: "bug",
    Verdict.UNKNOWN: "undecided",
}

EVENT_KINDS: Final[Mapping[str, str]] = {
    "+sdown": "sdown",
    "+odown": "odown",
    "-sdown": "up",
    "-odown": "up",
    "+new-epoch": "epoch",
    "+vote-for-leader": "vote",
    "+elected-leader": "leader",
    "+try-failover": "failover",
    "+selected-slave": "failover",
    "+failover-state-select-slave": "failover",
    "+failover-state-send-slaveof-noone": "failover",
    "+failover-state-wait-promotion": "failover",
    "+failover-state-reconf-slaves": "failover",
    "+failover-end": "failover",
    "+failover-end-for-timeout": "failover",
    "-failover-abort-no-good-slave": "failover",
    "-failover-abort-not-elected": "failover",
    "-failover-abort-slave-timeout": "failover",
    "+promoted-slave": "promoted",
    "+switch-master": "switch",
    "+tilt": "tilt",
    "-tilt": "tilt",
}
"""The kind of mark for each event of a sentinel that has one of its own. Source: `sentinel.c` (sentinelEvent)."""

_WITHOUT_LENGTH: Final = frozenset(name for name, kind in KINDS.items() if kind.lasts_ms is None)
"""Simulated faults that are over at once, so that nothing ends them."""

SILENCE: Final = 5
"""A node told nothing for so many of its usual intervals: then what it was is not known."""


Sample: TypeAlias = ServerSample | SentinelSample
S = TypeVar("S", bound=ServerSample | SentinelSample)


def timeline(record: FailoverRecord, entries: Sequence[Entry]) -> dict[str, Any]:
    """The lanes of a record, with what the account says of each write."""
    end_ms = _end_ms(record)
    return {
        "start_ms": 0,
        "end_ms": _ms(end_ms),
        "faults": [_fault(fault, end_ms, record) for fault in record.faults],
        "clients": _clients(record, entries),
        "promotions": [_promotion(each) for each in record.promotions if each.at_ms > _first_write_ms(record)],
        "servers": [_server(name, record, end_ms) for name in record.servers],
        "sentinels": [_sentinel(name, record, end_ms) for name in record.sentinels],
    }


def _ms(at_ms: float) -> float:
    return round(at_ms, 2)


def _end_ms(record: FailoverRecord) -> float:
    """When the last of all that was recorded was."""
    times = [record.ended_at_ms, *(each.at_ms for each in record.events)]
    times += [write.sent_at_ms for write in record.writes]
    times += [fault.ended_at_ms or fault.begun_at_ms for fault in record.faults]
    return max(times)


def _first_write_ms(record: FailoverRecord) -> float:
    """What was before it is how the group began."""
    return min((write.sent_at_ms for write in record.writes), default=0)


def _fault(fault: FaultSpan, end_ms: float, record: FailoverRecord) -> dict[str, Any]:
    names = [fault.node, *(str(fault.value).split() if fault.value is not None else [])]
    is_open = fault.ended_at_ms is None and fault.kind not in _WITHOUT_LENGTH
    ended_at_ms = fault.begun_at_ms if fault.ended_at_ms is None else fault.ended_at_ms
    return {
        "from": _ms(fault.begun_at_ms),
        "to": _ms(end_ms if is_open else ended_at_ms),
        "open": is_open,
        "label": printable(" ".join([fault.kind, *names])),
        "nodes": [printable(name) for name in dict.fromkeys(names) if name in record.by_name],
    }


def _clients(record: FailoverRecord, entries: Iterable[Entry]) -> list[Any]:
    """Each client with its writes in the order of their times."""
    told = {entry.value: (number, entry) for number, entry in enumerate(entries) if entry.write is not None}
    clients: dict[str, list[Any]] = {write.client: [] for write in record.writes}
    for write in sorted(record.writes, key=lambda write: write.sent_at_ms):
        clients[write.client].append(_write(write, told.get(write.value.encode()), record))
    return [[printable(name), clients[name]] for name in sorted(clients)]


def _write(write: Write, told: tuple[int, Entry] | None, record: FailoverRecord) -> list[Any]:
    common = [
        _ms(write.sent_at_ms),
        None if write.returned_at_ms is None else _ms(write.returned_at_ms),
        _outcome(write) if told is None else LOSS_KINDS[told[1].verdict],
        printable(write.value),
        printable(write.node),
        write.offset_bytes,
        write.confirmed_replicas,
    ]
    return common if told is None else [*common, told[0], printable(why(told[1], record))]


def _outcome(write: Write) -> str:
    if write.outcome is Outcome.OK:
        return "confirmed" if write.confirmed_replicas else "acknowledged"
    return "refused" if write.outcome is Outcome.FAILED else "unknown"


def _promotion(each: Promotion) -> dict[str, Any]:
    node, offset = printable(each.node), f"{each.offset_bytes:,}"
    if is_by_sentinels(each):
        text = f"{node} was promoted in epoch {each.epoch} at offset {offset}: this is what it keeps"
    elif each.former_replid is None:
        text = f"{node} began without data"
    elif each.counts_anew:
        text = f"{node} began with what was saved at offset {offset}"
    else:
        text = f"{node} began another history at offset {offset}"
    return {
        "at": _ms(each.at_ms),
        "kind": "promotion",
        "node": node,
        "offset": each.offset_bytes,
        "promoted": is_by_sentinels(each),
        "text": text,
    }


def _server(name: str, record: FailoverRecord, end_ms: float) -> list[Any]:
    samples = [each for each in record.server_samples if each.node == name]
    epochs = {each.replid: each.epoch for each in record.promotions}
    roles = [
        [_ms(begun), _ms(ended), *_role(sample, epochs)]
        for begun, ended, sample in _spans(samples, end_ms, lambda each: _role(each, epochs))
    ]
    offsets = [(_ms(sample.at_ms), sample.offset_bytes) for sample in samples]
    return [printable(name), roles, offsets, _ms(_silence_ms(samples))]


def _role(sample: ServerSample, epochs: Mapping[str, int | None]) -> tuple[str, str]:
    """The class of a role, and what is written on it."""
    if sample.follows is None:
        epoch = epochs.get(sample.replid)
        return "master", "master" if epoch is None else f"master, epoch {epoch}"
    if sample.follows == sample.node:
        return "linkless", "replica of an unknown address"
    if sample.link_up is False:
        return "linkless", printable(f"replica of {sample.follows}, link down")
    return "replica", printable(f"replica of {sample.follows}")


def _sentinel(name: str, record: FailoverRecord, end_ms: float) -> list[Any]:
    samples = [each for each in record.sentinel_samples if each.sentinel == name]
    beliefs = [
        [_ms(begun), _ms(ended), printable(each.master or ""), _belief(each)]
        for begun, ended, each in _spans(samples, end_ms, lambda each: (each.master, each.config_epoch))
    ]
    events = [
        [_ms(event.at_ms), EVENT_KINDS.get(event.name, "other"), printable(f"{event.name} {event.text}".rstrip())]
        for event in record.events
        if event.sentinel == name
    ]
    return [printable(name), beliefs, sorted(events, key=lambda event: event[0])]


def _belief(sample: SentinelSample) -> str:
    master = "an unknown address" if sample.master is None else sample.master
    return printable(f"takes {master} for the master, configuration epoch {sample.config_epoch}")


def _spans(samples: Sequence[S], end_ms: float, told: Callable[[S], object]) -> Iterator[tuple[float, float, S]]:
    """Samples that tell the same, one after the other, as spans; a span ends where the node told nothing for long."""
    if not samples:
        return
    silence_ms = _silence_ms(samples)
    first = samples[0]
    for before, sample in pairwise(samples):
        silent = sample.at_ms - before.at_ms > silence_ms
        if silent or told(before) != told(sample):
            yield first.at_ms, before.at_ms if silent else sample.at_ms, first
            first = sample
    last = samples[-1]
    yield first.at_ms, last.at_ms if end_ms - last.at_ms > silence_ms else end_ms, first


def _silence_ms(samples: Sequence[Sample]) -> float:
    intervals = [sample.at_ms - before.at_ms for before, sample in pairwise(samples)]
    return SILENCE * median(intervals) if intervals else 0
