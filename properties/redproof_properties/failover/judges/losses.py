"""Each acknowledged write that is gone is explained: by design, and never against a promise or by a bug.

The account is that of `redproof_model.loss`, which is given what sentinels and servers were seen to do.
"""

from __future__ import annotations

from collections.abc import Iterator

from redproof_model.loss.account import Entry, account
from redproof_model.loss.account import Verdict as Said
from redproof_model.loss.record import FOREVER_MS, Branch, Outcome, Record, RecordError, Seclusion
from redproof_model.loss.record import Write as Accounted

from redproof_properties.failover.judges.agreement import agreed_master
from redproof_properties.failover.judges.histories import Histories
from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import FailoverRecord, Promotion, Read, Write

_SAYS = {
    Said.EXPLAINED: Verdict.HOLDS,
    Said.BROKEN_PROMISE: Verdict.BROKEN,
    Said.BUG: Verdict.BROKEN,
    Said.UNKNOWN: Verdict.UNKNOWN,
}


def every_loss_is_explained(record: FailoverRecord) -> list[Finding]:
    """Say of each acknowledged write that is gone why, and of each value that is there but should not be."""
    try:
        entries = loss_account(record)
    except RecordError as error:
        return [Finding(Verdict.UNKNOWN, f"the account cannot be drawn up: {error}", record.ended_at_ms)]
    gone = [Finding(_SAYS[entry.verdict], str(entry), _when(entry)) for entry in entries]
    return gone or [Finding(Verdict.HOLDS, "no acknowledged write is gone", record.ended_at_ms)]


def loss_account(record: FailoverRecord) -> list[Entry]:
    """The account of losses of a record; raises `RecordError` where it tells too little or contradicts itself."""
    master = agreed_master(record)
    final = next((read for read in record.final if read.node == master), None)
    if final is None or final.replid is None:
        raise RecordError("it is not known what an agreed master has")
    return account(_accounted(record, final, final.replid))


def _accounted(record: FailoverRecord, final: Read, replid: str) -> Record:
    return Record(
        writes=tuple(_write(record, each) for each in record.writes),
        branches=tuple(_branch(each) for each in record.promotions),
        agreed=replid,
        found=tuple(value.encode() for value in final.values),
        replicas=len(record.servers) - 1,
        forgot_ms=tuple(_forgot_ms(record, final)),
        secluded=tuple(_secluded(record)),
    )


def _write(record: FailoverRecord, write: Write) -> Accounted:
    known = write.outcome is Outcome.OK and write.replid is not None
    return Accounted(
        client=write.client,
        value=write.value.encode(),
        invoked_ms=write.sent_at_ms,
        returned_ms=FOREVER_MS if write.returned_at_ms is None else write.returned_at_ms,
        outcome=write.outcome,
        replids=(str(write.replid),) if known else tuple(_possible(record, write)),
        offset_bytes=write.offset_bytes if known else None,
        confirmed_replicas=write.confirmed_replicas,
    )


def _possible(record: FailoverRecord, write: Write) -> Iterator[str]:
    """The histories that the node of a write may have had when it took it: those that it was seen to have about then.

    A node has a history from when it is first seen with it until it is seen with another one.
    """
    returned_at_ms = FOREVER_MS if write.returned_at_ms is None else write.returned_at_ms
    own = [each for each in record.promotions if each.node == write.node]
    for place, promotion in enumerate(own):
        next_ms = own[place + 1].at_ms if place + 1 < len(own) else FOREVER_MS
        if next_ms >= write.sent_at_ms and (promotion.at_ms <= returned_at_ms or place == 0):
            yield promotion.replid
    if not own:
        # It has never been a master, so it has refused, or was one too shortly to be seen: the account then says so.
        yield record.promotions[0].replid


def _branch(promotion: Promotion) -> Branch:
    return Branch(
        node=promotion.node,
        replid=promotion.replid,
        former=promotion.former_replid,
        offset_bytes=promotion.offset_bytes,
        at_ms=promotion.at_ms,
        counts_anew=promotion.counts_anew,
        keeps_all=promotion.keeps_all,
    )


def _forgot_ms(record: FailoverRecord, final: Read) -> Iterator[float]:
    """When a server came back with older data, or none, and began a part of the agreed history with that."""
    parts = Histories(record).parts(str(final.replid), final.offset_bytes or 0) or []
    begun = [each for each in record.promotions if each.replid in dict(parts)]
    for span in record.faults:
        if span.kind == "kill" and span.node in record.servers and span.ended_at_ms is not None:
            synced_ms = _synced_ms(record, span.node, span.ended_at_ms)
            if any(each.node == span.node and span.ended_at_ms <= each.at_ms < synced_ms for each in begun):
                yield span.ended_at_ms


def _synced_ms(record: FailoverRecord, node: str, after_ms: float) -> float:
    """When a server that has come back was first seen to be linked to a master."""
    own = (each for each in record.server_samples if each.node == node and each.asked_at_ms >= after_ms)
    return min((each.asked_at_ms for each in own if each.link_up), default=FOREVER_MS)


def _secluded(record: FailoverRecord) -> Iterator[Seclusion]:
    """The histories of masters that were isolated and need replicas."""
    if not record.settings.min_replicas_to_write:
        return
    for span in record.faults:
        if span.kind != "isolate":
            continue
        own = [each for each in record.promotions if each.node == span.node and each.at_ms <= span.begun_at_ms]
        if own:
            max_lag_ms = record.settings.min_replicas_max_lag_s * 1000
            until_ms = FOREVER_MS if span.ended_at_ms is None else span.ended_at_ms
            yield Seclusion(replid=own[-1].replid, since_ms=span.begun_at_ms, max_lag_ms=max_lag_ms, until_ms=until_ms)


def _when(entry: Entry) -> float | None:
    return None if entry.write is None else entry.write.invoked_ms
