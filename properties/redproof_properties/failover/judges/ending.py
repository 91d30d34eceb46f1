"""While a majority of sentinels reach each other and a fit replica, a failover from a master that is away ends in time.

How long that may take follows from the settings (`bounds.py`). A try may fail by chance, as two sentinels begin at once
and split the votes; the record tells that, and another try is waited for. Who is fit had its link to the master right
before (`sentinel.c`, sentinelSelectSlave), and a priority other than 0. A failover is decided once a replica is
promoted: nothing takes that back, and all learn of it (sentinelRefreshInstanceInfo).

Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ ("Fundamental things to know about
Sentinel before deploying", "Sentinels and replicas auto discovery"), `sentinel.c` (sentinelStartFailoverIfNeeded).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from redproof_properties.failover.bounds import (
    LINK_RECONNECT_MS,
    agreed_within_ms,
    attempt_within_ms,
    failover_timeout_suffices,
    replica_is_fit_for_ms,
)
from redproof_properties.failover.elections import elections
from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.reach import Stretch, disturbances, stretches
from redproof_properties.failover.record import FailoverRecord

SWITCHED: Final = "+switch-master"
PROMOTED: Final = "+promoted-slave"
ENDS: Final = (SWITCHED, PROMOTED)
TRIED: Final = ("+try-failover", "+vote-for-leader")
"""After these a sentinel does not try for a time."""

FAILED_BY_CHANCE_MAX: Final = 12
"""How many tries may fail by chance: each starts up to a second late by chance, and splits votes in one of three cases
where a message takes as long as a call of the timer, so that 12 do in one of 500,000."""


def a_failover_ends(record: FailoverRecord) -> list[Finding]:
    """Say of each time in which the master was away and all else was there for a failover whether one has ended in it.

    Where it did not last as long as a failover may take, and none has ended, nothing is said of it; nor where sentinels
    give up sooner than they can learn of a promotion.
    """
    if not failover_timeout_suffices(record.settings):
        return []
    found = (_judged(record, stretch) for whole in stretches(record) for stretch in _between_ends(record, whole))
    return [finding for finding in found if finding is not None]


def _between_ends(record: FailoverRecord, whole: Stretch) -> Iterator[Stretch]:
    """The parts of a stretch in which its sentinels keep to their masters."""
    ended = {event.at_ms for event in record.events if event.name in ENDS and event.sentinel in whole.nodes}
    inside = {at_ms for at_ms in ended if whole.since_ms < at_ms <= whole.until_ms}
    for since_ms, until_ms in pairwise(sorted({whole.since_ms, whole.until_ms, *inside})):
        yield replace(whole, since_ms=since_ms, until_ms=until_ms)


def _judged(record: FailoverRecord, stretch: Stretch) -> Finding | None:
    sentinels = stretch.nodes & set(record.sentinels)
    if len(sentinels) < max(len(record.sentinels) // 2 + 1, record.settings.quorum):
        return None
    master = _missed(record, stretch, sentinels)
    if master is None or not _has_fit_replica(record, stretch, master):
        return None
    within_ms = _within_ms(record, stretch, sentinels)
    lasted_ms = stretch.until_ms - stretch.since_ms
    text = f"{master} was away from {', '.join(sorted(stretch.nodes))} since {stretch.since_ms:.0f} ms"
    if lasted_ms > within_ms:
        verdict = Verdict.BROKEN
        text = f"{text}, and no failover has ended within {within_ms:.0f} ms"
        return Finding(verdict, text, stretch.since_ms + within_ms)
    if _is_ended(record, stretch, sentinels):
        return Finding(Verdict.HOLDS, f"{text}, and a failover ended after {lasted_ms:.0f} ms", stretch.until_ms)
    return None


def _is_ended(record: FailoverRecord, stretch: Stretch, sentinels: frozenset[str]) -> bool:
    return any(
        event.name in ENDS and event.sentinel in sentinels and event.at_ms == stretch.until_ms
        for event in record.events
    )


# ---- what is there for a failover


def _missed(record: FailoverRecord, stretch: Stretch, sentinels: frozenset[str]) -> str | None:
    """The master to all of the sentinels that is none of the nodes; None where there is none, or it is not known."""
    named = {_master_of(record, sentinel, stretch.since_ms) for sentinel in sentinels}
    master = named.pop() if len(named) == 1 else None
    return None if master in stretch.nodes else master


def _master_of(record: FailoverRecord, sentinel: str, at_ms: float) -> str | None:
    """The master to a sentinel at a time; None where it is at the end of a failover, or the address is of no node."""
    told: list[tuple[float, str | None]] = [(0, record.servers[0])]
    told += [
        (sample.at_ms, sample.master)
        for sample in record.sentinel_samples
        if sample.sentinel == sentinel and sample.at_ms <= at_ms
    ]
    promoted = False
    for event in record.events:
        if event.sentinel != sentinel or event.at_ms > at_ms:
            continue
        if event.name == SWITCHED:
            node = record.by_address.get(":".join(event.text.split()[-2:]))
            told.append((event.at_ms, None if node is None else node.name))
        # Once it has promoted a replica it tells that one for the master, and still watches the other.
        promoted = event.name == PROMOTED or (promoted and event.name not in (SWITCHED, "+monitor"))
    return None if promoted else max(told, key=lambda each: each[0])[1]


def _has_fit_replica(record: FailoverRecord, stretch: Stretch, master: str) -> bool:
    """Whether one of the nodes was linked to the master shortly before, has been well since, and may be promoted."""
    since_ms = stretch.since_ms - replica_is_fit_for_ms(record.settings)
    return any(
        record.by_name[sample.node].priority != 0
        and (sample.follows, sample.link_up) == (master, True)
        and since_ms <= sample.asked_at_ms
        and sample.at_ms <= stretch.since_ms
        and not _is_disturbed(record, sample.node, stretch, sample.asked_at_ms)
        for sample in record.server_samples
        if sample.node in stretch.nodes
    )


def _is_disturbed(record: FailoverRecord, replica: str, stretch: Stretch, since_ms: float) -> bool:
    """Whether a replica itself had a fault, after which its link to the master may have been another."""
    links = {frozenset((replica, other)) for other in stretch.nodes - {replica}}
    return any(
        (replica in each.nodes or links <= each.links) and each.until_ms > since_ms and each.since_ms < stretch.since_ms
        for each in disturbances(record)
    )


# ---- how long it may take


def _within_ms(record: FailoverRecord, stretch: Stretch, sentinels: frozenset[str]) -> float:
    """Within how long after the beginning of a stretch a failover ends, as far as it was not failed by chance."""
    attempt_ms = attempt_within_ms(record.settings)
    recent = any(
        event.name in TRIED
        and event.sentinel in sentinels
        and stretch.since_ms - attempt_ms <= event.at_ms <= stretch.since_ms
        for event in record.events
    )
    disturbed_ms = [
        each.until_ms
        for each in disturbances(record)
        if each.touches(stretch.nodes) and each.until_ms <= stretch.since_ms
    ]
    linked_ms = max([stretch.since_ms, *(at_ms + LINK_RECONNECT_MS for at_ms in disturbed_ms)]) - stretch.since_ms
    failed = min(_failed_by_chance(record, stretch, sentinels), FAILED_BY_CHANCE_MAX)
    return linked_ms + agreed_within_ms(record.settings) + (1 + recent + failed) * attempt_ms


def _failed_by_chance(record: FailoverRecord, stretch: Stretch, sentinels: frozenset[str]) -> int:
    """How many tries could fail: votes were split or for one who is not there, or so was who was to be promoted.

    Once a replica may not have told soon enough what it is.
    """
    names = {str(record.by_name[sentinel].run_id): sentinel for sentinel in sentinels}
    votes: dict[int, set[str | None]] = defaultdict(set)
    unknown_replicas = False
    for event in record.events:
        if event.sentinel not in sentinels or not stretch.since_ms <= event.at_ms <= stretch.until_ms:
            continue
        if event.name == "+vote-for-leader":
            run_id, epoch = event.text.split()
            votes[int(epoch)].add(names.get(run_id))
        unknown_replicas = unknown_replicas or event.name == "-failover-abort-no-good-slave"
    split = sum(len(voted) > 1 or None in voted for voted in votes.values())
    chosen = sum(
        each.chosen is not None and each.chosen not in stretch.nodes
        for each in elections(record)
        if each.sentinel in sentinels and stretch.since_ms <= each.tried_at_ms <= stretch.until_ms
    )
    return split + chosen + unknown_replicas
