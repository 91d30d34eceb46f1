"""A failover that does not end is found where all was there for one; nothing is said where something was missing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from recorded import MASTER, NEW, OLD, RUN_IDS, sample, small_record
from redproof_properties.failover.bounds import LINK_RECONNECT_MS, agreed_within_ms, attempt_within_ms
from redproof_properties.failover.judges.ending import FAILED_BY_CHANCE_MAX, a_failover_ends
from redproof_properties.failover.judges.verdict import Verdict, conclusion
from redproof_properties.failover.plan import QUICK
from redproof_properties.failover.reach import Stretch, stretches
from redproof_properties.failover.record import Event, FailoverRecord, FaultSpan

Told = tuple[float, str, str, str]

LOST_AT_MS = 10_000
AGREED_MS, ATTEMPT_MS = agreed_within_ms(QUICK), attempt_within_ms(QUICK)
WITHIN_MS = AGREED_MS + ATTEMPT_MS
OTHERS = frozenset({"r1", "r2", "s1", "s2", "s3"})
REPLICA = "slave 127.0.0.1:7001 127.0.0.1 7001 @ mine 127.0.0.1 7000"
DEAD_REPLICA = "slave 127.0.0.1:7002 127.0.0.1 7002 @ mine 127.0.0.1 7000"
SWITCH = "mine 127.0.0.1 7000 127.0.0.1 7001"


def missed(*told: Told, within_ms: float = WITHIN_MS, faults: tuple[FaultSpan, ...] = ()) -> FailoverRecord:
    """The master is killed, and the run goes on for longer than a failover may take; sentinels say this of it."""
    return replace(
        small_record(),
        settings=QUICK,
        events=tuple(Event(at_ms=at_ms, sentinel=who, name=name, text=text) for at_ms, who, name, text in told),
        sentinel_samples=(),
        server_samples=tuple(sample(name, 9_000, "slave", OLD, 100, follows="m") for name in ("r1", "r2")),
        faults=(FaultSpan(kind="kill", node="m", begun_at_ms=LOST_AT_MS), *faults),
        promotions=(),
        healed_at_ms=None,
        ended_at_ms=LOST_AT_MS + within_ms + 1,
    )


def suffering(kind: str, node: str, value: str | int | None = None, from_ms: float = 12_000) -> FailoverRecord:
    """The same, as another fault begins, and does not end."""
    return missed(faults=(FaultSpan(kind=kind, node=node, value=value, begun_at_ms=from_ms),))


def switched(at_ms: float) -> Told:
    return (at_ms, "s2", "+switch-master", SWITCH)


def voted(at_ms: float, who: str, candidate: str, epoch: int = 1) -> Told:
    return (at_ms, who, "+vote-for-leader", f"{RUN_IDS[candidate]} {epoch}")


def split_votes(epochs: int) -> list[Told]:
    """So many tries in which two sentinels vote for themselves."""
    return [voted(LOST_AT_MS + epoch, who, who, epoch) for epoch in range(1, epochs + 1) for who in ("s1", "s2")]


def with_samples(record: FailoverRecord, at_ms: float, *, follows: str = "m", up: bool = True) -> FailoverRecord:
    told = sample("r1", at_ms, "slave", OLD, 100, follows=follows)
    return replace(record, server_samples=(replace(told, link_up=up),))


def without_priority() -> FailoverRecord:
    record = missed()
    nodes = (replace(node, priority=0) if node.name in ("r1", "r2") else node for node in record.nodes)
    return replace(record, nodes=tuple(nodes))


TRIED: Told = (LOST_AT_MS - 100, "s1", "+try-failover", MASTER)
CHOSEN_DEAD: tuple[Told, ...] = (
    (11_900, "s1", "+new-epoch", "1"),
    (11_900, "s1", "+try-failover", MASTER),
    (12_000, "s1", "+selected-slave", DEAD_REPLICA),
)
R2_IS_DEAD = FaultSpan(kind="kill", node="r2", begun_at_ms=LOST_AT_MS)
S3_WAS_DEAD = FaultSpan(kind="kill", node="s3", begun_at_ms=5_000, ended_at_ms=LOST_AT_MS)
NO_GOOD_SLAVE: Told = (12_000, "s1", "-failover-abort-no-good-slave", MASTER)

BROKEN = {
    "nobody does anything": missed(),
    "a sentinel tries": missed((11_900, "s1", "+try-failover", MASTER)),
    "a replica is chosen, and stays what it is": missed((12_000, "s1", "+selected-slave", REPLICA)),
    "a leader is elected that promotes nobody": missed(*(voted(12_000, who, "s1") for who in ("s1", "s2", "s3"))),
    "a failover ends too late": missed(switched(LOST_AT_MS + WITHIN_MS + 1), within_ms=WITHIN_MS + 10),
    "two of three are enough": suffering("kill", "s3", from_ms=LOST_AT_MS),
    "a saved file disturbs nothing": suffering("save", "r1"),
    "votes were split too often": missed(
        *split_votes(FAILED_BY_CHANCE_MAX + 5), within_ms=AGREED_MS + (1 + FAILED_BY_CHANCE_MAX) * ATTEMPT_MS
    ),
    "votes were split once, and time enough is left": missed(*split_votes(1), within_ms=WITHIN_MS + ATTEMPT_MS),
    "a try before, and time enough is left": missed(TRIED, within_ms=WITHIN_MS + ATTEMPT_MS),
    "a link was dead before, and time enough is left": missed(
        within_ms=WITHIN_MS + LINK_RECONNECT_MS, faults=(S3_WAS_DEAD,)
    ),
}

NOT_APPLICABLE = {
    "the replica was paused": replace(
        with_samples(missed(), 9_000),
        faults=(
            FaultSpan(kind="kill", node="m", begun_at_ms=LOST_AT_MS),
            FaultSpan(kind="pause", node="r1", begun_at_ms=9_100, ended_at_ms=9_500),
        ),
    ),
    "it did not last": missed(within_ms=WITHIN_MS - 10),
    "votes were split": missed(*split_votes(1)),
    "a try before": missed(TRIED),
    "a vote for another before": missed(voted(LOST_AT_MS - 100, "s1", "s2")),
    "no replica was good enough once": missed(NO_GOOD_SLAVE),
    "one was chosen that was dead by then": missed(*CHOSEN_DEAD, faults=(R2_IS_DEAD,)),
    "a vote for a sentinel that is dead by then": missed(
        voted(12_000, "s1", "s3"), faults=(replace(S3_WAS_DEAD, ended_at_ms=None),)
    ),
    "a link was dead before": missed(faults=(S3_WAS_DEAD,)),
    "a sentinel was in TILT mode": missed((12_000, "s1", "+tilt", "#tilt mode entered")),
    "a sentinel had ended no failover": missed((9_900, "s1", "+promoted-slave", REPLICA)),
    "two sentinels are dead": missed(
        faults=tuple(FaultSpan(kind="kill", node=name, begun_at_ms=LOST_AT_MS) for name in ("s2", "s3"))
    ),
    "two sentinels do not reach each other": suffering("hold", "s1", "s2"),
    "a sentinel is slow": suffering("delay", "s1", 100),
    "a clock jumps": suffering("clock", "s1", -60_000),
    "a fault of a kind that is not known": suffering("eclipse", "r1"),
    "the replicas were not linked": with_samples(missed(), 9_000, up=False),
    "the replicas follow another": with_samples(missed(), 9_000, follows="r2"),
    "the replicas were linked long ago": with_samples(missed(), 1_000),
    "nothing was told of replicas": replace(missed(), server_samples=()),
    "replicas may not be promoted": without_priority(),
    "the quorum is not there": replace(suffering("kill", "s3", from_ms=LOST_AT_MS), settings=replace(QUICK, quorum=3)),
    "sentinels give up too soon": replace(
        missed(within_ms=100_000), settings=replace(QUICK, failover_timeout_ms=1_200)
    ),
    "the master is there": replace(missed(), faults=()),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_failover_that_does_not_end_is_found(name: str) -> None:
    findings = a_failover_ends(BROKEN[name])
    assert conclusion(findings) is Verdict.BROKEN, findings


@pytest.mark.parametrize("name", NOT_APPLICABLE)
def test_nothing_is_said_where_something_is_missing(name: str) -> None:
    assert a_failover_ends(NOT_APPLICABLE[name]) == []


@pytest.mark.parametrize("after_ms", [1_500, WITHIN_MS])
def test_a_failover_that_ends_holds(after_ms: int) -> None:
    (finding,) = a_failover_ends(missed(switched(LOST_AT_MS + after_ms)))
    assert (finding.verdict, finding.at_ms) == (Verdict.HOLDS, LOST_AT_MS + after_ms)


def test_the_next_master_is_missed_too() -> None:
    """The promoted dies with nobody but the first master, dead by then, and another replica, that followed it."""
    died = FaultSpan(kind="kill", node="r1", begun_at_ms=20_000)
    record = missed(
        *((12_000, name, "+switch-master", SWITCH) for name in ("s1", "s2", "s3")),
        within_ms=10_000 + WITHIN_MS + ATTEMPT_MS + 10,
        faults=(died,),
    )
    later = sample("r2", 19_500, "slave", NEW, 300, follows="r1")
    findings = a_failover_ends(replace(record, server_samples=(*record.server_samples, later)))
    assert [finding.verdict for finding in findings] == [Verdict.HOLDS, Verdict.BROKEN]
    assert findings[1].why.startswith("r1 was away from r2, s1, s2, s3 since 20000 ms")


def parted(kind: str, node: str, value: str | None = None) -> list[Stretch]:
    span = FaultSpan(kind=kind, node=node, value=value, begun_at_ms=100, ended_at_ms=200)
    return [each for each in stretches(replace(small_record(), faults=(span,))) if each.since_ms == 100]


@pytest.mark.parametrize("kind", ["kill", "pause", "isolate"])
def test_a_node_that_is_away_is_alone(kind: str) -> None:
    assert {each.nodes for each in parted(kind, "m")} == {OTHERS, frozenset({"m"})}


def test_a_split_leaves_two_sides() -> None:
    sides = {frozenset({"m", "s3"}), frozenset({"r1", "r2", "s1", "s2"})}
    assert {each.nodes for each in parted("split", "m", "m s3")} == sides


@pytest.mark.parametrize(("kind", "value"), [("hold", "s1"), ("lag", None), ("mute", None)])
def test_whom_only_some_reach_leaves_nothing_to_say(kind: str, value: str | None) -> None:
    assert parted(kind, "r1", value) == []


def test_a_stretch_goes_on_while_the_same_reach_each_other() -> None:
    faults = (
        FaultSpan(kind="kill", node="m", begun_at_ms=100, ended_at_ms=300),
        FaultSpan(kind="pause", node="m", begun_at_ms=50, ended_at_ms=200),
        FaultSpan(kind="cut", node="s1", value="s2", begun_at_ms=250, ended_at_ms=250),
    )
    found = stretches(replace(small_record(), faults=faults))
    assert [(each.since_ms, each.until_ms) for each in found if each.nodes == OTHERS] == [(50, 250), (251, 300)]
