"""The promoted replica is the one that the rule names: the lowest priority, the greatest offset, the first run id.

The rule is for replicas that are good: in reach, heard of lately, and not without their master for longer than that is
down, and ten times `down-after-milliseconds`. Where none is, the failover is aborted, and only there.

Source: `sentinel.c` (sentinelSelectSlave, compareSlavesForPromotion, sentinelFailoverSelectSlave). The offset is the
one that INFO last told the leader, so the replica with most of the data need not be it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final, NamedTuple

from redproof_properties.failover.bounds import INFO_PERIOD_MS, PING_PERIOD_MS, link_down_ms_max
from redproof_properties.failover.elections import Election, elections
from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import FailoverRecord, ReplicaView, SentinelSample, Settings

_OUT_OF_REACH: Final = ("s_down", "o_down", "disconnected")


class Limits(NamedTuple):
    """How long ago a replica that is promoted has answered PING and INFO, and lost its master, at most."""

    last_ok_ping_ms: float
    info_age_ms: float
    link_down_ms: float

    def admit(self, view: ReplicaView) -> bool:
        """Whether a replica is within the limits."""
        return (
            view.last_ok_ping_ms <= self.last_ok_ping_ms
            and view.info_age_ms <= self.info_age_ms
            and view.link_down_ms <= self.link_down_ms
        )


def the_rule_names_the_promoted(record: FailoverRecord) -> list[Finding]:
    """Say of each choice whether it is the first by the rule, by what the leader may have known when it chose, and of
    each failover that was aborted for want of a good replica whether there was none.

    It told its replicas before and after. Where INFO of one has come in between, it may have known the one or the other
    of it, and where a limit was passed in between, the replica may have been fit or not: the choice must be the first
    by one of the two.
    """
    return [_judged(record, election) for election in elections(record) if election.chosen_at_ms is not None]


def _judged(record: FailoverRecord, election: Election) -> Finding:
    assert election.chosen_at_ms is not None
    told = [sample for sample in record.sentinel_samples if sample.sentinel == election.sentinel]
    before = [sample for sample in told if sample.at_ms <= election.chosen_at_ms][-1:]
    after = [sample for sample in told if sample.asked_at_ms >= election.chosen_at_ms][:1]
    if not before or not after or not before[0].replicas:
        return Finding(Verdict.UNKNOWN, f"{election} told nothing about the time of its choice", election.chosen_at_ms)
    limits = _limits(record.settings, before[0], after[0])
    named = {_first(views) for views in _possible(before[0], after[0], election.chosen_at_ms, limits)}
    views = "; ".join(map(_shown, before[0].replicas))
    text = f"{election} chose {election.chosen or 'nobody'}, when it knew {views}"
    if election.chosen in named:
        return Finding(Verdict.HOLDS, text, election.chosen_at_ms)
    rule = " or ".join(sorted(name or "nobody" for name in named))
    return Finding(Verdict.BROKEN, f"{text}; the rule names {rule}", election.chosen_at_ms)


def _limits(settings: Settings, before: SentinelSample, after: SentinelSample) -> tuple[Limits, Limits]:
    """The strictest and the loosest limits of a choice between two samples, held against the ages that these tell.

    Replicas are asked for INFO more often while the master is down for the leader (sentinelSelectSlave).
    """
    between_ms = after.at_ms - before.asked_at_ms
    shortest_ms, longest_ms = _down_for_ms(before, after)
    info_ms = [5 * PING_PERIOD_MS if "s_down" in each.flags else 3 * INFO_PERIOD_MS for each in (before, after)]
    strictest = Limits(
        5 * PING_PERIOD_MS - between_ms, min(info_ms) - between_ms, link_down_ms_max(settings, shortest_ms)
    )
    loosest = Limits(5 * PING_PERIOD_MS + between_ms, max(info_ms) + between_ms, link_down_ms_max(settings, longest_ms))
    return strictest, loosest


def _down_for_ms(before: SentinelSample, after: SentinelSample) -> tuple[float, float]:
    """For how long the master may have been down for the leader between two samples, at least and at most."""
    least_before_ms, most_before_ms = _told_down_for_ms(before)
    _, most_after_ms = _told_down_for_ms(after)
    was_up_between = most_after_ms < least_before_ms
    longest_ms = max(most_before_ms + after.at_ms - before.asked_at_ms, most_after_ms)
    return 0 if was_up_between else least_before_ms, longest_ms


def _told_down_for_ms(sample: SentinelSample) -> tuple[float, float]:
    """For how long a leader says that the master is down for it; where it is not known, since the run began at most."""
    if sample.down_for_ms is not None:
        return sample.down_for_ms, sample.down_for_ms
    return 0, sample.at_ms if "s_down" in sample.flags else 0


def _possible(
    before: SentinelSample, after: SentinelSample, chosen_at_ms: float, limits: tuple[Limits, Limits]
) -> Iterator[tuple[ReplicaView, ...]]:
    """The fit replicas that a leader may have known when it chose, of each what it told before or after."""
    strictest, loosest = limits
    later = {view.replica: view for view in after.replicas}
    choices: list[list[ReplicaView | None]] = []
    for view in before.replicas:
        also = later.get(view.replica)
        # What INFO has told after the choice, the leader did not know then.
        is_known_later = also is None or after.asked_at_ms - also.info_age_ms > chosen_at_ms
        told = [view] if also is None or is_known_later else [view, also]
        fit = [each for each in told if _is_reached(each) and loosest.admit(each)]
        is_surely_fit = len(fit) == len(told) and all(map(strictest.admit, told))
        choices.append([*fit, *([] if is_surely_fit else [None])])
    for views in product(*choices):
        yield tuple(view for view in views if view is not None)


def _first(views: Iterable[ReplicaView]) -> str | None:
    """The replica that the rule names among fit ones, None for none."""
    first = min(views, key=_rank, default=None)
    return None if first is None else first.replica


def _is_reached(view: ReplicaView) -> bool:
    """Whether a replica may be promoted and is in reach."""
    return view.priority != 0 and not any(flag in view.flags for flag in _OUT_OF_REACH)


def _rank(view: ReplicaView) -> tuple[int, int, bool, str]:
    return view.priority, -view.offset_bytes, not view.run_id, view.run_id.lower()


def _shown(view: ReplicaView) -> str:
    link = f", without its master for {view.link_down_ms} ms" if view.link_down_ms else ""
    return f"{view.replica} of priority {view.priority} at {view.offset_bytes}, {view.run_id[:6]}, {view.flags}{link}"
