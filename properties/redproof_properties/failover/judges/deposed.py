"""When an old master rejoins, what it took after the split is discarded: all of that, and only that.

Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ ("Consistency under partitions").
"""

from __future__ import annotations

from collections.abc import Iterator

from redproof_model.loss.record import Outcome

from redproof_properties.failover.judges.agreement import agreed_master
from redproof_properties.failover.judges.histories import Histories
from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import FailoverRecord, Read


def what_was_taken_after_a_split_is_discarded(record: FailoverRecord) -> list[Finding]:
    """Say of each history that was left whether the agreed master has what lies before, and nothing from behind it."""
    master = agreed_master(record)
    final = next((read for read in record.final if read.node == master), None)
    if final is None or final.replid is None or final.offset_bytes is None:
        return [Finding(Verdict.UNKNOWN, "it is not known what an agreed master has", record.ended_at_ms)]
    parts = Histories(record).parts(final.replid, final.offset_bytes)
    if parts is None:
        return [Finding(Verdict.UNKNOWN, f"nobody was seen to begin {final.replid}", record.ended_at_ms)]
    return list(_judged(record, final, dict(parts)))


def _judged(record: FailoverRecord, final: Read, kept: dict[str, int]) -> Iterator[Finding]:
    there = set(final.values)
    for promotion in record.promotions:
        if promotion.replid == final.replid:
            continue
        end = kept.get(promotion.replid, -1)
        writes = [each for each in record.writes if each.replid == promotion.replid and each.outcome is Outcome.OK]
        behind = [each for each in writes if each.offset_bytes is not None and each.offset_bytes > end]
        before = [each for each in writes if each.offset_bytes is not None and each.offset_bytes <= end]
        stayed = [each.value for each in behind if each.value in there]
        gone = [each.value for each in before if each.value not in there]
        text = f"{promotion.node}'s history {promotion.replid[:6]} was left at {end}: {len(behind)} writes discarded"
        if stayed:
            text += f", but there are {', '.join(stayed[:5])}"
        if gone:
            text += f", and {', '.join(gone[:5])} from before it"
        yield Finding(Verdict.BROKEN if stayed or gone else Verdict.HOLDS, text, promotion.at_ms)
