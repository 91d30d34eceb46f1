"""Which histories began in a run, by what servers told: who was promoted, where, and by the sentinel of which epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from redproof_properties.failover.elections import Election, elections
from redproof_properties.failover.record import FailoverRecord, Load, Promotion, ServerSample, Write
from redproof_properties.replication.ends.info import NO_REPLID

_LATE_MS: Final = 500
"""How much later than a sentinel a sample may see a promotion."""


class Origin(NamedTuple):
    """With what a history begins, as `Promotion` tells it."""

    former_replid: str | None
    offset_bytes: int
    counts_anew: bool = False
    keeps_all: bool = False


def origin_of(load: Load | None) -> Origin | None:
    """With what a master begins that tells of no history before its own; None where its file does not tell.

    Before Redis 7.0 a master does not tell which history it has loaded. Source: `server.c` (loadDataFromDisk).
    """
    if load is None:
        return Origin(None, 0)
    if load.replid is None or load.offset_bytes is None:
        return None
    return Origin(load.replid, load.offset_bytes, counts_anew=True)


def promotions(record: FailoverRecord) -> Iterator[Promotion]:
    """Each new replication id that a master told of itself, in their order; it follows the one before, if it told one.

    Replicas tell the ids of their masters, so the first to tell one is the node that began it. A master without a
    backlog changes its id when its first replica comes, and keeps its data (`replication.c`, syncCommand). One that has
    loaded data of which nobody knows the history is left out.
    """
    known: set[str] = set()
    latest: dict[str, ServerSample] = {}
    held = elections(record)
    for sample in record.server_samples:
        before = latest.get(sample.node)
        latest[sample.node] = sample
        if sample.role != "master" or sample.replid in known:
            continue
        known.add(sample.replid)
        for at_ms, replid, origin in _begun(record, sample, before, known):
            yield Promotion(
                at_ms=at_ms,
                node=sample.node,
                replid=replid,
                former_replid=origin.former_replid,
                offset_bytes=origin.offset_bytes,
                counts_anew=origin.counts_anew,
                keeps_all=origin.keeps_all,
                epoch=_epoch(held, sample.node, at_ms),
            )


def _begun(
    record: FailoverRecord, sample: ServerSample, before: ServerSample | None, known: set[str]
) -> Iterator[tuple[float, str, Origin]]:
    """The history that a sample is the first to tell of, and one before it that only a write tells of."""
    if sample.former_replid != NO_REPLID:
        yield sample.at_ms, sample.replid, Origin(sample.former_replid, sample.former_offset_bytes)
        return
    if before is not None and (before.run_id, before.role) == (sample.run_id, "master"):
        yield sample.at_ms, sample.replid, Origin(before.replid, before.offset_bytes, keeps_all=True)
        return
    loads = [load for load in record.loaded if load.node == sample.node and load.at_ms <= sample.at_ms]
    origin = origin_of(loads[-1] if loads else None)
    if origin is None:
        return
    first = _first_write(record, sample, known)
    if first is None or first.replid is None or first.returned_at_ms is None:
        yield sample.at_ms, sample.replid, origin
        return
    known.add(first.replid)
    yield first.returned_at_ms, first.replid, origin
    # Without a backlog it has counted nothing.
    yield sample.at_ms, sample.replid, Origin(first.replid, 0, keeps_all=True)


def _first_write(record: FailoverRecord, sample: ServerSample, known: set[str]) -> Write | None:
    """The first write that a master took since it was started, if it had another name then that no sample tells."""
    starts = [span.ended_at_ms for span in record.faults if (span.kind, span.node) == ("kill", sample.node)]
    started_at_ms = max((at_ms for at_ms in starts if at_ms is not None and at_ms <= sample.at_ms), default=0)
    for write in record.writes:
        is_its_own = write.node == sample.node and started_at_ms <= write.sent_at_ms <= sample.at_ms
        if is_its_own and write.replid is not None and write.replid not in known:
            return write
    return None


def _epoch(held: Sequence[Election], node: str, at_ms: float) -> int | None:
    """The epoch of the failover that was to promote a node when it was seen to be a master."""
    for election in reversed(held):
        until_ms = float("inf") if election.promoted_at_ms is None else election.promoted_at_ms + _LATE_MS
        if election.chosen == node and election.tried_at_ms <= at_ms <= until_ms:
            return election.epoch
    return None
