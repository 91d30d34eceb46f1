"""Each judge is content with a sound record, and finds each fault that is put into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import pytest
from recorded import NEW, OLD, RUN_IDS, gave_up, known, missed, read, sample, small_record, with_views, written
from redproof_model.loss.record import Outcome
from redproof_properties.failover.bounds import agreement_within_ms
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Verdict, conclusion
from redproof_properties.failover.record import (
    Event,
    FailoverRecord,
    FaultSpan,
    ServerSample,
    Write,
)

SOUND = small_record()
ADDRESS = "mine 127.0.0.1 7000"


def with_event(at_ms: float, sentinel: str, name: str, text: str) -> FailoverRecord:
    added = Event(at_ms=at_ms, sentinel=sentinel, name=name, text=text)
    return replace(SOUND, events=tuple(sorted((*SOUND.events, added), key=lambda event: event.at_ms)))


def second_vote() -> FailoverRecord:
    return with_event(700, "s2", "+vote-for-leader", f"{RUN_IDS['s3']} 1")


def second_leader() -> FailoverRecord:
    record = with_event(230, "s2", "+try-failover", f"master {ADDRESS}")
    elected = Event(at_ms=231, sentinel="s2", name="+elected-leader", text=f"master {ADDRESS}")
    return replace(record, events=(*record.events, elected))


def with_final(*values: str) -> FailoverRecord:
    return replace(SOUND, final=tuple(read(name, 900, NEW, 300, *values) for name in SOUND.servers))


def with_reads(node: str, offset_bytes: int, *values: str, replid: str = OLD) -> FailoverRecord:
    return replace(SOUND, reads=(read(node, 60, replid, offset_bytes, *values),))


def replica_after_promotion() -> ServerSample:
    return sample("r1", 330, "slave", OLD, 100, follows="m")


def without_views() -> FailoverRecord:
    return replace(SOUND, sentinel_samples=tuple(each for each in SOUND.sentinel_samples if each.sentinel != "s1"))


def two_masters(until_the_end: bool) -> FailoverRecord:
    odd = known("s3", 550, "r2", 1)
    back = () if until_the_end else (known("s3", 560, "r1", 1),)
    return replace(SOUND, sentinel_samples=(*SOUND.sentinel_samples, odd, *back))


def two_masters_took_writes() -> FailoverRecord:
    record = two_masters(until_the_end=False)
    took = written("c5", "r1", 552, NEW, 301), written("c6", "r2", 555, NEW, 302)
    return replace(record, writes=(*record.writes, *took), final=with_final("c1", "c4", "c5", "c6").final)


def ended_long_after(record: FailoverRecord) -> FailoverRecord:
    assert record.healed_at_ms is not None
    return replace(record, ended_at_ms=record.healed_at_ms + agreement_within_ms(record.settings) + 1)


def who_names_another() -> FailoverRecord:
    return replace(SOUND, sentinel_samples=(*SOUND.sentinel_samples, known("s3", 850, "r2", 2)))


def who_follows_none() -> FailoverRecord:
    return replace(SOUND, server_samples=(*SOUND.server_samples, sample("r2", 850, "slave", NEW, 300, follows="m")))


def agreed_too_late() -> FailoverRecord:
    late_ms = 601 + agreement_within_ms(SOUND.settings)
    odd = sample("r2", late_ms, "slave", NEW, 300, follows="m")
    samples = (*SOUND.server_samples, odd, sample("r2", late_ms + 1, "slave", NEW, 300, follows="r1"))
    return replace(SOUND, server_samples=samples, ended_at_ms=late_ms + 2)


def other_data() -> FailoverRecord:
    return replace(SOUND, final=(*SOUND.final[:2], read("r2", 900, NEW, 300, "c1")))


def isolated(*writes: Write) -> FailoverRecord:
    """The master is isolated for five seconds, and needs a replica."""
    settings = replace(SOUND.settings, min_replicas_to_write=1, min_replicas_max_lag_s=1)
    span = FaultSpan(kind="isolate", node="m", begun_at_ms=100, ended_at_ms=5_100)
    return replace(SOUND, settings=settings, faults=(span,), writes=(*SOUND.writes, *writes), ended_at_ms=6_000)


def refused(at_ms: float) -> Write:
    return Write(
        value="c9",
        client="c",
        node="m",
        sent_at_ms=at_ms,
        returned_at_ms=at_ms + 1,
        outcome=Outcome.FAILED,
        error="NOREPLICAS Not enough good replicas to write.",
    )


def confirmed_and_gone() -> FailoverRecord:
    writes = tuple(replace(each, confirmed_replicas=2) if each.value == "c2" else each for each in SOUND.writes)
    return replace(SOUND, writes=writes)


def unseen_promotion() -> FailoverRecord:
    return replace(SOUND, promotions=SOUND.promotions[1:])


def came_back_with(*values: str) -> FailoverRecord:
    """`r1` came back with what was saved of the old history at offset 100, counted anew, and took `c4`."""
    old, new = SOUND.promotions
    return replace(
        SOUND,
        promotions=(old, replace(new, counts_anew=True)),
        writes=(*SOUND.writes[:3], written("c4", "r1", 400, NEW, 40)),
        final=tuple(read(name, 900, NEW, 40, *values) for name in SOUND.servers),
    )


def nobody_replaces_the_master() -> FailoverRecord:
    """All are there for a failover, for a minute; the times are those of a group that is watched in earnest."""
    settings = replace(SOUND.settings, down_after_ms=1_000, failover_timeout_ms=2_000)
    span = FaultSpan(kind="kill", node="m", begun_at_ms=100)
    return replace(SOUND, settings=settings, events=(), sentinel_samples=(), faults=(span,), ended_at_ms=60_000)


class Mutant(NamedTuple):
    judge: str
    record: Callable[[], FailoverRecord]
    verdict: Verdict
    why: str


MUTANTS = {
    "a second vote": Mutant("one_vote_in_an_epoch", second_vote, Verdict.BROKEN, "s2 voted in epoch 1 for"),
    "a second leader": Mutant("one_leader_in_an_epoch", second_leader, Verdict.BROKEN, "led by s1 and s2"),
    "the promoted lacks a write": Mutant(
        "the_promoted_keeps_a_prefix", lambda: with_final("c4"), Verdict.BROKEN, "should be c1, and is c4"
    ),
    "the promoted has what was behind its offset": Mutant(
        "the_promoted_keeps_a_prefix", lambda: with_final("c1", "c2", "c4"), Verdict.BROKEN, "should be c4, and is c2"
    ),
    "the promoted has another order": Mutant(
        "the_promoted_keeps_a_prefix", lambda: with_final("c4", "c1"), Verdict.BROKEN, "should be c1, and is c4"
    ),
    "the promoted has what nobody wrote": Mutant(
        "the_promoted_keeps_a_prefix", lambda: with_final("c1", "x", "c4"), Verdict.BROKEN, "is x"
    ),
    "a promotion was not seen": Mutant(
        "the_promoted_keeps_a_prefix", unseen_promotion, Verdict.UNKNOWN, "nobody was seen to begin"
    ),
    "a replica has a hole": Mutant(
        "reads_from_replicas_are_prefixes", lambda: with_reads("r2", 200, "c2"), Verdict.BROKEN, "should be c1"
    ),
    "a replica is behind its offset": Mutant(
        "reads_from_replicas_are_prefixes", lambda: with_reads("r2", 200, "c1"), Verdict.BROKEN, "is nothing"
    ),
    "a replica is ahead of its offset": Mutant(
        "reads_from_replicas_are_prefixes", lambda: with_reads("r2", 100, "c1", "c2"), Verdict.BROKEN, "is c2"
    ),
    "a replica has a history of nobody": Mutant(
        "reads_from_replicas_are_prefixes",
        lambda: with_reads("r2", 100, "c1", replid="c" * 40),
        Verdict.UNKNOWN,
        "nobody was seen",
    ),
    "another had a better priority": Mutant(
        "the_rule_names_the_promoted", lambda: with_views(priority=1), Verdict.BROKEN, "the rule names r2"
    ),
    "another had a greater offset": Mutant(
        "the_rule_names_the_promoted", lambda: with_views(offset_bytes=101), Verdict.BROKEN, "the rule names r2"
    ),
    "the promoted was without its master for too long": Mutant(
        "the_rule_names_the_promoted",
        lambda: missed(with_views("r1", link_down_ms=2_000), 50, 145),
        Verdict.BROKEN,
        "without its master for 2000 ms; r2 of",
    ),
    "the promoted answered INFO too long ago": Mutant(
        "the_rule_names_the_promoted",
        lambda: missed(with_views("r1", info_age_ms=6_000), 50, 145),
        Verdict.BROKEN,
        "the rule names r2",
    ),
    "the leader gave up though a replica was good": Mutant(
        "the_rule_names_the_promoted",
        lambda: gave_up(SOUND),
        Verdict.BROKEN,
        "s1 in epoch 1 chose nobody, when it knew r1 of",
    ),
    "the leader told nothing": Mutant(
        "the_rule_names_the_promoted", without_views, Verdict.UNKNOWN, "told nothing about the time"
    ),
    "two masters of an epoch for good": Mutant(
        "one_master_for_an_epoch", lambda: two_masters(until_the_end=True), Verdict.BROKEN, "for good"
    ),
    "two masters of an epoch took writes": Mutant(
        "one_master_for_an_epoch", two_masters_took_writes, Verdict.BROKEN, "for good"
    ),
    "two masters of an epoch for a time": Mutant(
        "one_master_for_an_epoch", lambda: two_masters(until_the_end=False), Verdict.UNKNOWN, "for a time"
    ),
    "a sentinel names another": Mutant(
        "all_agree_after_healing", lambda: ended_long_after(who_names_another()), Verdict.BROKEN, "s3 names r2 in 2"
    ),
    "a sentinel still names another": Mutant(
        "all_agree_after_healing", who_names_another, Verdict.UNKNOWN, "s3 names r2 in 2"
    ),
    "a server follows another": Mutant(
        "all_agree_after_healing", lambda: ended_long_after(who_follows_none()), Verdict.BROKEN, "r2 follows m"
    ),
    "all agree too late": Mutant("all_agree_after_healing", agreed_too_late, Verdict.BROKEN, "after all was healed"),
    "the data differ": Mutant("all_agree_after_healing", other_data, Verdict.BROKEN, "the data differ"),
    "a deposed write is there": Mutant(
        "what_was_taken_after_a_split_is_discarded",
        lambda: with_final("c1", "c4", "c2"),
        Verdict.BROKEN,
        "but there are c2",
    ),
    "a write from before the split is gone": Mutant(
        "what_was_taken_after_a_split_is_discarded", lambda: with_final("c4"), Verdict.BROKEN, "and c1 from before"
    ),
    "nobody is agreed on": Mutant(
        "what_was_taken_after_a_split_is_discarded", who_names_another, Verdict.UNKNOWN, "an agreed master"
    ),
    "a secluded master takes writes": Mutant(
        "writes_end_with_the_lag",
        lambda: isolated(written("c8", "m", 3_700, OLD, 250)),
        Verdict.BROKEN,
        "took c8 at 3700 ms",
    ),
    "nobody wrote to a secluded master": Mutant("writes_end_with_the_lag", isolated, Verdict.UNKNOWN, "nobody wrote"),
    "a confirmed write is gone": Mutant(
        "every_loss_is_explained", confirmed_and_gone, Verdict.BROKEN, "WAIT confirmed"
    ),
    "a write is gone that the promoted had": Mutant(
        "every_loss_is_explained", lambda: with_final("c4"), Verdict.BROKEN, "the agreed history has its offset"
    ),
    "what was saved is gone": Mutant(
        "every_loss_is_explained", lambda: came_back_with("c4"), Verdict.BROKEN, "the agreed history has its offset"
    ),
    "what was saved is not read": Mutant(
        "the_promoted_keeps_a_prefix", lambda: came_back_with("c4"), Verdict.BROKEN, "should be c1, and is c4"
    ),
    "what was taken after it was saved is there": Mutant(
        "what_was_taken_after_a_split_is_discarded",
        lambda: came_back_with("c1", "c2", "c4"),
        Verdict.BROKEN,
        "but there are c2",
    ),
    "what was taken after it was saved is accounted for": Mutant(
        "every_loss_is_explained", lambda: came_back_with("c1", "c2", "c4"), Verdict.BROKEN, "it was discarded"
    ),
    "fewer sentinels agree than the quorum": Mutant(
        "the_quorum_agrees_that_a_master_is_down",
        lambda: with_event(212, "s3", "+odown", f"master {ADDRESS} #quorum 1/2"),
        Verdict.BROKEN,
        "s3 counted 1 of the 2 wanted",
    ),
    "a sentinel acts in TILT mode": Mutant(
        "a_sentinel_does_nothing_in_tilt_mode",
        lambda: with_event(195, "s1", "+tilt", "#tilt mode entered"),
        Verdict.BROKEN,
        "in TILT mode since 195 ms: +sdown",
    ),
    "the promoted is still a replica": Mutant(
        "the_promoted_says_that_it_is_a_master",
        lambda: replace(SOUND, server_samples=(replica_after_promotion(), *SOUND.server_samples)),
        Verdict.BROKEN,
        "follows m",
    ),
    "nobody replaces the master": Mutant(
        "a_failover_ends", nobody_replaces_the_master, Verdict.BROKEN, "no failover has ended within"
    ),
    "a promotion is missing in the account": Mutant(
        "every_loss_is_explained", unseen_promotion, Verdict.UNKNOWN, "the account cannot be drawn up"
    ),
}


NOT_APPLICABLE = ("writes_end_with_the_lag", "a_sentinel_does_nothing_in_tilt_mode", "a_failover_ends")


@pytest.mark.parametrize("name", [name for name in JUDGES if name not in NOT_APPLICABLE])
def test_a_sound_record_holds(name: str) -> None:
    findings = JUDGES[name](SOUND)
    assert conclusion(findings) is Verdict.HOLDS, findings


@pytest.mark.parametrize("name", [name for name in JUDGES if name not in NOT_APPLICABLE])
def test_a_master_that_comes_back_with_what_was_saved_holds(name: str) -> None:
    findings = JUDGES[name](came_back_with("c1", "c4"))
    assert conclusion(findings) is Verdict.HOLDS, findings


def test_a_secluded_master_that_refuses_holds() -> None:
    assert conclusion(JUDGES["writes_end_with_the_lag"](isolated(refused(3_700)))) is Verdict.HOLDS


@pytest.mark.parametrize("name", MUTANTS)
def test_what_is_altered_is_found(name: str) -> None:
    judge, record, verdict, why = MUTANTS[name]
    findings = JUDGES[judge](record())
    assert conclusion(findings) is verdict, findings
    assert any(why in finding.why for finding in findings if finding.verdict is verdict), findings


def test_every_judge_has_a_mutant() -> None:
    assert {mutant.judge for mutant in MUTANTS.values() if mutant.verdict is Verdict.BROKEN} == set(JUDGES)


@pytest.mark.parametrize("name", JUDGES)
def test_of_a_run_in_which_nothing_was_seen_nothing_is_said_to_hold(name: str) -> None:
    empty = FailoverRecord(target="x", seed=1, settings=SOUND.settings, nodes=SOUND.nodes)
    assert conclusion(JUDGES[name](empty)) in (Verdict.UNKNOWN, Verdict.NOT_APPLICABLE)
