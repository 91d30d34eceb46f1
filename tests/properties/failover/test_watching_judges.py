"""The judges of a quorum, of TILT mode and of what is promoted find what is put into a sound record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from recorded import MASTER, NEW, OLD, known, sample, small_record
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Verdict, conclusion
from redproof_properties.failover.record import Event, FailoverRecord, FaultSpan

SOUND = small_record()
QUORUM = "the_quorum_agrees_that_a_master_is_down"
TILT = "a_sentinel_does_nothing_in_tilt_mode"
AGREEMENT = "all_agree_after_healing"
PROMOTED = "the_promoted_says_that_it_is_a_master"


def said(*told: tuple[float, str, str, str]) -> FailoverRecord:
    """The sound record, in which sentinels say more."""
    events = [Event(at_ms=at_ms, sentinel=who, name=name, text=text) for at_ms, who, name, text in told]
    return replace(SOUND, events=tuple(sorted((*SOUND.events, *events), key=lambda event: event.at_ms)))


def without(sentinel: str, name: str) -> FailoverRecord:
    """The sound record, in which a sentinel does not say something."""
    return replace(SOUND, events=tuple(one for one in SOUND.events if (one.sentinel, one.name) != (sentinel, name)))


def suffering(record: FailoverRecord, *faults: FaultSpan) -> FailoverRecord:
    """A record with these faults, that goes on long enough to see what came of them."""
    return replace(record, faults=faults, ended_at_ms=10_000)


CLOCK = FaultSpan(kind="clock", node="s2", value=-60_000, begun_at_ms=500)
SET_BACK = replace(CLOCK, node="s3")
DISAGREEING = replace(
    SOUND, sentinel_samples=(*SOUND.sentinel_samples, known("s3", 58_000, "r2", 2)), ended_at_ms=59_000
)
PAUSE = FaultSpan(kind="pause", node="s2", begun_at_ms=500, ended_at_ms=3_500)
FOLLOWS_SOON = sample("r1", 330, "slave", OLD, 100, follows="m")
CONVERTED = "slave 127.0.0.1:7001 127.0.0.1 7001 @ mine 127.0.0.1 7000"
ENTERED, EXITED = (520, "s2", "+tilt", "#tilt mode entered"), (900, "s2", "-tilt", "#tilt mode exited")
RESUMED = (3_520, "s2", "+tilt", "#tilt mode entered")

CASES = [
    (QUORUM, SOUND, Verdict.HOLDS),
    (QUORUM, without("s2", "+sdown"), Verdict.BROKEN),
    (QUORUM, said((212, "s3", "+odown", f"{MASTER} #quorum 1/2")), Verdict.BROKEN),
    (QUORUM, said((212, "s3", "+odown", f"{MASTER} #quorum 1/1")), Verdict.BROKEN),
    (QUORUM, said((207, "s2", "-sdown", MASTER)), Verdict.HOLDS),
    # It was started again, and nobody heard that it had forgotten the master's absence.
    (QUORUM, said((250, "s2", "+sdown", MASTER)), Verdict.HOLDS),
    (QUORUM, said((30_000, "s3", "+odown", f"{MASTER} #quorum 2/2")), Verdict.BROKEN),
    (QUORUM, said((212, "s3", "+odown", MASTER)), Verdict.UNKNOWN),
    # What others have told lapses later by a clock that was set back, and by no other clock.
    (QUORUM, suffering(said((30_000, "s3", "+odown", f"{MASTER} #quorum 2/2")), SET_BACK), Verdict.HOLDS),
    (QUORUM, suffering(said((30_000, "s1", "+odown", f"{MASTER} #quorum 2/2")), SET_BACK), Verdict.BROKEN),
    (AGREEMENT, DISAGREEING, Verdict.BROKEN),
    # Nor is all healed before such a clock has come to where it was.
    (AGREEMENT, replace(DISAGREEING, faults=(SET_BACK,)), Verdict.UNKNOWN),
    (TILT, SOUND, Verdict.NOT_APPLICABLE),
    (TILT, suffering(SOUND, CLOCK), Verdict.BROKEN),
    (TILT, suffering(said(ENTERED), CLOCK), Verdict.HOLDS),
    (TILT, suffering(SOUND, replace(CLOCK, value=1_500)), Verdict.NOT_APPLICABLE),
    (TILT, suffering(SOUND, CLOCK, replace(PAUSE, begun_at_ms=600)), Verdict.NOT_APPLICABLE),
    (TILT, suffering(SOUND, PAUSE), Verdict.BROKEN),
    (TILT, suffering(said(RESUMED), PAUSE), Verdict.HOLDS),
    (TILT, suffering(SOUND, replace(PAUSE, ended_at_ms=1_500)), Verdict.NOT_APPLICABLE),
    (TILT, said(ENTERED, (600, "s2", "+try-failover", MASTER)), Verdict.BROKEN),
    (TILT, said(ENTERED, EXITED, (950, "s2", "+try-failover", MASTER)), Verdict.HOLDS),
    (TILT, said(ENTERED, (600, "s3", "+try-failover", MASTER), EXITED), Verdict.HOLDS),
    (PROMOTED, SOUND, Verdict.HOLDS),
    (
        PROMOTED,
        replace(SOUND, server_samples=(FOLLOWS_SOON, *SOUND.server_samples)),
        Verdict.BROKEN,
    ),
    # What it had told as a master was on its way when another sentinel had made it a replica.
    (
        PROMOTED,
        replace(said((318, "s2", "+convert-to-slave", CONVERTED)), server_samples=(FOLLOWS_SOON,)),
        Verdict.NOT_APPLICABLE,
    ),
    (
        PROMOTED,
        replace(said((230, "s2", "+convert-to-slave", CONVERTED)), server_samples=(FOLLOWS_SOON,)),
        Verdict.BROKEN,
    ),
    (
        PROMOTED,
        replace(SOUND, server_samples=(sample("r1", 310, "master", NEW, 100, former=OLD),)),
        Verdict.NOT_APPLICABLE,
    ),
]


@pytest.mark.parametrize(("judge", "record", "verdict"), CASES)
def test_what_is_said_of_a_record(judge: str, record: FailoverRecord, verdict: Verdict) -> None:
    assert conclusion(JUDGES[judge](record)) is verdict
