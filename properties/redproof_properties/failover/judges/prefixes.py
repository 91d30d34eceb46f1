"""Who has come to an offset of a history has what that history has up to there, no more, no less, in its order.

So what replicas give to readers is a prefix of what their master has, and what a promoted replica has is a prefix of
the history of the old master, up to the offset at which it was promoted, and what it took itself.

Source: https://redis.io/docs/latest/operate/oss_and_stack/management/replication/ ("How Redis replication works").
"""

from __future__ import annotations

from collections.abc import Iterable

from redproof_properties.failover.judges.histories import Histories
from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import FailoverRecord, Read


def reads_from_replicas_are_prefixes(record: FailoverRecord) -> list[Finding]:
    """Say of each read from a server that has not begun its history itself whether that is a prefix."""
    begun = {(each.replid, each.node) for each in record.promotions}
    return _judged(record, (read for read in _all(record) if (read.replid, read.node) not in begun))


def the_promoted_keeps_a_prefix(record: FailoverRecord) -> list[Finding]:
    """Say of each read from a promoted server whether it has what the history before had at its offset, and its own."""
    promoted = {(each.replid, each.node) for each in record.promotions if each.former_replid is not None}
    return _judged(record, (read for read in _all(record) if (read.replid, read.node) in promoted))


def _all(record: FailoverRecord) -> Iterable[Read]:
    return (*record.reads, *record.final)


def _judged(record: FailoverRecord, reads: Iterable[Read]) -> list[Finding]:
    histories = Histories(record)
    return [_of(histories, read) for read in reads]


def _of(histories: Histories, read: Read) -> Finding:
    where = f"{read.node} at {read.offset_bytes} of {(read.replid or '?')[:6]}"
    # A server that has just been started, with a history that is its own, has nothing.
    expected: list[str] | None = None if read.replid in histories.begun or read.values else []
    if read.replid in histories.begun:
        # Without an offset it counts none of what it took itself.
        begun = histories.begun[read.replid]
        first_offset = 0 if begun.counts_anew else begun.offset_bytes
        end = first_offset if read.offset_bytes is None else read.offset_bytes
        expected = histories.values(read.replid, end)
    if expected is None:
        return Finding(Verdict.UNKNOWN, f"{where}: nobody was seen to begin its history", read.returned_at_ms)
    known = set(expected)
    seen = [value for value in read.values if value in known or value not in histories.unsure]
    if seen == expected:
        return Finding(Verdict.HOLDS, f"{where} has {len(read.values)} values", read.returned_at_ms)
    return Finding(Verdict.BROKEN, f"{where}: {_difference(expected, seen)}", read.returned_at_ms)


def _difference(expected: list[str], seen: list[str]) -> str:
    """The first place where two lists differ."""
    place = next((at for at, pair in enumerate(zip(expected, seen, strict=False)) if pair[0] != pair[1]), None)
    if place is None:
        place = min(len(expected), len(seen))
    wanted = expected[place] if place < len(expected) else "nothing"
    found = seen[place] if place < len(seen) else "nothing"
    return f"value {place} should be {wanted}, and is {found}; {len(expected)} are expected, {len(seen)} are there"
