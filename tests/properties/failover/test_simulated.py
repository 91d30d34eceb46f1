"""Simulated failovers: the same from the same seed in any process, put to the test by faults, and made smaller."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from recorded import small_record
from redproof_properties.encoding import encode_command
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Finding, Verdict, conclusion
from redproof_properties.failover.record import Event, FailoverRecord
from redproof_properties.failover.simulated.campaign import Broken, Tally, judge_schedules, shrink
from redproof_properties.failover.simulated.faults import BEGIN
from redproof_properties.failover.simulated.known import an_old_master_is_promoted_meanwhile
from redproof_properties.failover.simulated.recorder import Recorder
from redproof_properties.failover.simulated.run import THREE_AND_THREE, simulate
from redproof_properties.failover.simulated.schedule import KINDS, Schedule, Step, draw_schedule, kills
from redproof_properties.failover.simulated.stage import Stage
from redproof_properties.targets.bundled import DEFAULT_EMULATED

SEEDS = (3, 5)
VALUES: dict[str, str | int] = {
    "split": "m s1",
    "kill at write": "after",
    "delay": 100,
    "loss": 100,
    "linger": 100,
    "clock": 100,
}
TELL = f"""
import hashlib
from redproof_properties.failover.simulated.run import THREE_AND_THREE, simulate
from redproof_properties.failover.simulated.schedule import draw_schedule
for seed in {SEEDS}:
    record = simulate(THREE_AND_THREE, draw_schedule(THREE_AND_THREE, seed))
    print(hashlib.sha256(record.dumps().encode()).hexdigest())
"""


def digest(record: FailoverRecord) -> str:
    """What stands for all of a record."""
    return hashlib.sha256(record.dumps().encode()).hexdigest()


def run_of(seed: int) -> FailoverRecord:
    """The record of a seed."""
    return simulate(THREE_AND_THREE, draw_schedule(THREE_AND_THREE, seed))


def test_a_seed_gives_the_same_record_in_any_process() -> None:
    here = [digest(run_of(seed)) for seed in SEEDS]
    assert here == [digest(run_of(seed)) for seed in SEEDS]
    assert len({*here}) == len(SEEDS), "another seed gives another record"
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        told = subprocess.run([sys.executable, "-c", TELL], env=environment, capture_output=True, text=True, check=True)
        assert told.stdout.split() == here


def test_a_record_is_read_back() -> None:
    record = run_of(SEEDS[0])
    assert FailoverRecord.loads(record.dumps()) == record


def test_each_kind_of_fault_can_be_begun() -> None:
    assert KINDS.keys() == BEGIN.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_fault_begins_and_ends(kind: str) -> None:
    node = KINDS[kind].nodes[0]
    value = VALUES.get(kind)
    lasts_ms = None if KINDS[kind].lasts_ms is None else 1_500
    step = Step(1_200, kind, "s1" if node == "a sentinel" else node, value, lasts_ms)
    record = simulate(THREE_AND_THREE, Schedule(1, 3_500, (step,)))
    (span,) = record.faults
    assert span.begun_at_ms == pytest.approx(1_200)
    assert span.ended_at_ms == (None if lasts_ms is None else pytest.approx(2_700))
    assert not [each for name, judge in JUDGES.items() for each in judge(record) if each.verdict is Verdict.BROKEN]


def test_a_master_that_is_killed_is_replaced_each_time() -> None:
    record = simulate(THREE_AND_THREE, kills(1, 2, every_ms=9_000))
    promoted = [each for each in record.promotions if each.epoch is not None]
    assert [each.node for each in promoted] != [record.servers[0]] * len(promoted)
    assert len(promoted) >= 2
    assert len([each for each in record.events if each.name == "+switch-master"]) >= 2 * len(record.sentinels)


def test_an_answer_that_comes_too_late_is_not_taken_for_another() -> None:
    stage = Stage(THREE_AND_THREE, 1, DEFAULT_EMULATED, 1)
    recorder = Recorder(stage)
    world, actor = stage.world, stage.world.add_actor("reader", "10.0.2.1")
    asked = []
    world.processes["m"].pause()
    for name in ("m", "r1"):
        asked.append(world.network.connect(actor, stage.addresses[name].host, stage.addresses[name].port))
        asked[-1].send(encode_command([b"PING"]))
    late, other = asked
    late.close()
    world.run(10)
    point = recorder.points[other]
    world.processes["m"].resume()
    world.run(10)
    assert recorder.points.get(other) is point
    assert late not in recorder.points
    recorder.forgets(other)
    assert other not in recorder.points


def test_a_master_that_comes_back_with_what_it_saved_alone_is_judged() -> None:
    """Without a replica it has no backlog, so what it saves names no history."""
    steps = (
        Step(1_200, "lag", "r1", lasts_ms=5_000),
        Step(1_200, "lag", "r2", lasts_ms=5_000),
        Step(1_500, "kill", "m", lasts_ms=300),
        Step(2_500, "save", "m"),
        Step(3_000, "kill", "m", lasts_ms=300),
    )
    record = simulate(THREE_AND_THREE, Schedule(1, 6_500, steps))
    (load,) = record.loaded
    begun = {promotion.replid: promotion for promotion in record.promotions}
    assert load.replid is not None
    assert (begun[load.replid].node, begun[load.replid].former_replid) == ("m", None)
    assert load.replid in {promotion.former_replid for promotion in record.promotions}
    bad = (Verdict.BROKEN, Verdict.UNKNOWN)
    assert not [name for name, judge in JUDGES.items() if conclusion(judge(record)) in bad]


def test_a_sound_campaign_breaks_nothing() -> None:
    tally = Tally()
    schedules = [draw_schedule(THREE_AND_THREE, seed) for seed in range(3)]
    assert judge_schedules(THREE_AND_THREE, schedules, tally) is None
    assert tally.runs == 3
    assert all(sum(counts.values()) == 3 for counts in tally.verdicts.values())


def test_a_schedule_is_made_smaller_until_nothing_can_go() -> None:
    steps = tuple(Step(at_ms, "kill" if at_ms == 3_000 else "save", "the master") for at_ms in range(1_000, 5_000, 500))
    schedule = Schedule(1, 8_000, steps)
    record = replace(run_of(SEEDS[0]), seed=1)

    def judge(played: FailoverRecord) -> list[Finding]:
        is_killed = any(span.kind == "kill" for span in played.faults)
        return [Finding(Verdict.BROKEN if is_killed else Verdict.HOLDS, "it was killed")]

    broken = Broken("killed", Finding(Verdict.BROKEN, "it was killed"), schedule, record)
    smaller = shrink(broken, lambda played: simulate(THREE_AND_THREE, played), {"killed": judge})
    assert [step.kind for step in smaller.schedule.steps] == ["kill"]
    assert smaller.schedule.duration_ms == 4_000
    assert str(smaller).splitlines()[:2] == [
        "killed: broken: it was killed",
        "seed 1, 4000 ms, delays of up to 1 ms",
    ]


@pytest.mark.parametrize(("at_ms", "sentinel", "is_known"), [(350, "s2", True), (450, "s2", False), (350, "s1", False)])
def test_a_promotion_of_the_old_master_meanwhile_is_known(at_ms: float, sentinel: str, is_known: bool) -> None:
    sound = small_record()
    text = "slave 127.0.0.1:7000 127.0.0.1 7000 @ mine 127.0.0.1 7001"
    added = Event(at_ms=at_ms, sentinel=sentinel, name="+promoted-slave", text=text)
    events = tuple(sorted((*sound.events, added), key=lambda event: event.at_ms))
    assert an_old_master_is_promoted_meanwhile(replace(sound, events=events)) is is_known
