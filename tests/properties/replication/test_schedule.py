"""A schedule is the same from the same seed and out of its record, ends the same when performed again, and shrinks."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.generate import Generator
from redproof_properties.history import Call, Fault, Sleep, Step
from redproof_properties.judged import DivergenceError, Judged, version_named
from redproof_properties.replication.schedules.campaign import REPLICATED, ScheduleCampaign
from redproof_properties.replication.schedules.clients import changes_one_side
from redproof_properties.replication.schedules.faults import can_happen
from redproof_properties.replication.schedules.performance import Outcome, perform
from redproof_properties.replication.schedules.recorder import StreamRecorder
from redproof_properties.replication.schedules.rehearsal import Rehearsal
from redproof_properties.replication.schedules.schedule import KINDS, Kind, Schedule, draw_schedule
from redproof_properties.replication.topologies.deployment import Deployment
from redproof_properties.replication.topologies.topology import chain, fork, pair
from redproof_properties.run import PROFILES, Run
from redproof_properties.targets import Target, parse_target

REDIS = "redis"
FORK = fork(REDIS, REDIS, **{"repl-backlog-size": "16kb"})
GENERATOR = Generator(REPLICATED, clients=2)
SETTLE = Fault("settle", "m")


def call(client: str, *words: str) -> Call:
    return Call(client, tuple(word.encode() for word in words))


@pytest.fixture(scope="module")
def started() -> Iterator[Deployment]:
    with Deployment(FORK) as deployment:
        yield deployment


@pytest.fixture
def deployment(started: Deployment) -> Deployment:
    started.reset()
    return started


def outcome_of(deployment: Deployment, *steps: Step) -> Outcome:
    return perform(deployment, Schedule(FORK, steps))


# ---- drawn from a seed


def test_a_seed_stands_for_a_schedule() -> None:
    one, other, third = (draw_schedule(FORK, GENERATOR, seed, 100) for seed in (7, 7, 8))
    assert one == other != third
    assert sum(isinstance(step, Call) for step in one.steps) == 100
    assert one.steps[-1] == SETTLE


def test_every_kind_with_a_weight_is_drawn_and_no_other() -> None:
    schedules = [draw_schedule(FORK, GENERATOR, seed, 200) for seed in range(20)]
    drawn = {step.kind for schedule in schedules for step in schedule.steps if isinstance(step, Fault)}
    assert drawn == {name for name, kind in KINDS.items() if kind.weight}


@pytest.mark.parametrize(
    "step",
    [
        Sleep(3),
        Fault("earthquake", "m"),
        Fault("cut", "x"),
        Fault("cut", "r", 1),
        Fault("cut at", "r"),
        Fault("repoint", "r", 1),
        call("x.A", "GET", "a"),
    ],
)
def test_what_is_no_step_is_refused(step: Step) -> None:
    with pytest.raises(ValueError, match="not a step of a schedule"):
        Schedule(FORK, (step, SETTLE))


# ---- performed


def test_replay_gives_the_same_observations() -> None:
    schedule = Schedule(
        chain(REDIS, REDIS),
        (
            call("m.A", "SET", "a", "1"),
            Fault("hold", "r"),
            call("m.A", "RPUSH", "l", "x"),
            Fault("save", "s"),
            Fault("restart", "s", 1),
            call("m.B", "HSET", "h", "f", "v"),
            SETTLE,
            Fault("promote", "r"),
            call("r.A", "INCR", "a"),
            Fault("repoint", "m", "s"),
            SETTLE,
        ),
    )
    seen = []
    for _ in range(2):
        with Deployment(schedule.topology) as deployment:
            outcome = perform(deployment, schedule)
        assert outcome.divergence is None
        assert outcome.commands == 4
        seen.append([(one.step, one.node, one.master, one.offset, one.dataset.keys) for one in outcome.observations])
    assert seen[0] == seen[1]
    assert [(step, node, master) for step, node, master, _, _ in seen[0]] == [
        (6, "r", "m"),
        (6, "s", "r"),
        (10, "m", "s"),
        (10, "s", "r"),
    ]


def sample_value(kind: Kind) -> str | int | None:
    return 1 if kind.takes is int else "m" if kind.takes is str else None


def test_every_fault_can_happen_in_any_state(deployment: Deployment) -> None:
    faults = [
        Fault(name, node, sample_value(kind))
        for name, kind in KINDS.items()
        for node in deployment.names
        if name != "settle"
    ]
    outcome = outcome_of(deployment, *faults, SETTLE, *reversed(faults), SETTLE)
    assert outcome.divergence is None
    assert deployment.dead == deployment.paused == set()


def test_a_fault_without_sense_has_no_effect(deployment: Deployment) -> None:
    for fault in (Fault("cut", "m"), Fault("resume", "m"), Fault("repoint", "m", "r"), Fault("promote", "m")):
        assert not can_happen(deployment, fault)


def test_nothing_is_sent_to_a_dead_or_paused_node(deployment: Deployment) -> None:
    outcome = outcome_of(
        deployment, Fault("kill", "r"), Fault("pause", "s"), call("r.A", "GET", "a"), call("s.A", "GET", "a"), SETTLE
    )
    assert outcome.commands == 0


def test_a_blocked_client_is_served_by_another(deployment: Deployment) -> None:
    outcome = outcome_of(
        deployment,
        call("m.A", "BLPOP", "l", "0"),
        call("m.A", "SET", "unsent", "1"),
        call("m.B", "RPUSH", "l", "x", "y"),
        call("m.A", "SET", "sent", "1"),
        SETTLE,
    )
    assert outcome.divergence is None
    keys = {name.key: content.value for name, content in outcome.observations[0].dataset.keys.items()}
    assert keys == {b"l": (b"y",), b"sent": b"1"}


# ---- what is wrong is found, and shrunk


WRITABLE = {"replica-read-only": "no"}
"""Lets replicas take writes, which their master never hears of: servers that differ, without a fault of theirs."""


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    with Rehearsal(fork(REDIS, REDIS, **WRITABLE)) as opened:
        yield opened


def test_a_difference_is_found_and_shrunk_to_the_command_that_made_it(rehearsal: Rehearsal) -> None:
    drawn = draw_schedule(FORK, GENERATOR, 3, 60, {"cut": KINDS["cut"], "settle": KINDS["settle"]})
    steps = [step for step in drawn.steps if isinstance(step, Fault) or step in of_master(drawn.steps)]
    steps.insert(len(steps) // 2, call("r.A", "SET", "planted", "1"))
    found = rehearsal.perform(steps).divergence
    assert found is not None
    assert found.kind == "different data"
    assert "key planted of database 0: nothing as in m" in found.expected
    assert "key planted of database 0: 1 in r" in found.actual
    shrunk = rehearsal.shrink(found)
    first, last = shrunk.steps
    assert first == call("r.A", "SET", "a", "a")
    assert isinstance(last, Fault)
    assert last.kind == "settle"
    assert shrunk.signature == found.signature
    assert shrunk.server == "redis 6.2.14"


def of_master(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if isinstance(step, Call) and step.client.startswith("m")]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("SET planted 1", "is in one only"),
        ("RPUSH other 2", "is in one only"),
        ("DEL text", "is in one only"),
        ("SET text 2", "string"),
        ("RPUSH list 3", "list"),
        ("EXPIRE text 1000", "expires"),
        ("PEXPIREAT list 99999999999999", "expires"),
    ],
)
def test_the_id_is_of_what_differs_whatever_the_key_and_value(rehearsal: Rehearsal, line: str, what: str) -> None:
    before: list[Step] = [call("m.A", "SET", "text", "v"), call("m.A", "RPUSH", "list", "v"), SETTLE]
    found = rehearsal.perform([*before, call("r.A", *line.split()), SETTLE]).divergence
    assert found is not None
    assert (found.kind, found.actual_shape) == ("different data", what)
    known = Divergence("settle", "different data", "", "", "the same", what)
    assert found.signature == known.signature


def test_a_replica_that_never_gets_everything_is_found_shrunk_and_left_out_of_the_next_schedule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A replica whose link was cut connects again within a second, and on a busy machine a little later.
    monkeypatch.setattr("redproof_properties.replication.schedules.rehearsal.SHRINKING_WITHIN_MS", 2_000)
    with Rehearsal(pair(REDIS, REDIS), within_ms=3_000) as rehearsal:
        behind_our_back = call("r.A", "REPLICAOF", "NO", "ONE")
        found = rehearsal.perform([call("m.A", "SET", "k", "v"), behind_our_back, Fault("cut", "r"), SETTLE]).divergence
        assert found is not None
        assert (found.kind, found.actual_shape) == ("unsynced", "data")
        shrunk = rehearsal.shrink(found)
        assert shrunk.steps == [behind_our_back, SETTLE]
        assert rehearsal.perform([call("m.A", "SET", "k", "v"), SETTLE]).divergence is None


def test_servers_that_cannot_be_reset_are_started_anew() -> None:
    steps: list[Step] = [call("m.A", "SET", "k", "v"), SETTLE]
    with Rehearsal(pair(REDIS, REDIS)) as rehearsal:
        assert rehearsal.perform(steps).divergence is None
        assert rehearsal._deployment is not None
        rehearsal._deployment.targets["r"].kill()
        assert rehearsal.perform(steps).divergence is None


def test_nothing_is_shrunk_once_it_is_over() -> None:
    found = Divergence("settle", "different data", "", "", "the same", "string", [call("m.A", "GET", "k"), SETTLE])
    assert Rehearsal(pair(REDIS, REDIS), is_over=lambda: True).shrink(found) is found


def test_streams_that_differ_are_told(deployment: Deployment) -> None:
    schedule = Schedule(FORK, (call("m.A", "SET", "k", "value"), SETTLE))
    with StreamRecorder(deployment) as recorder:
        assert perform(deployment, schedule).divergence is None
        recorder.catch_up()
        assert {segment.node for segment in recorder.segments} == {"m", "r", "s"}
        assert all(b"value" in segment.stream.raw for segment in recorder.segments)
        recorder.segments[1].stream._raw[-3:-2] = b"X"
        (against_m, against_s) = recorder.differences()
    offset = recorder.segments[1].stream.received_offset - 3
    assert [(each.one.node, each.other.node, each.offset) for each in (against_m, against_s)] == [
        ("m", "r", offset),
        ("r", "s", offset),
    ]
    assert (against_m.left, against_m.right) == (b"e\r\n", b"X\r\n")


# ---- a campaign


def judged_on(target: Target, out: Path) -> Judged:
    judged = Judged(target, Run(profile=PROFILES["quick"], seed=5, comparison=Comparison.EXACT, out=out))
    judged.property_name = "the property"
    return judged


def test_a_campaign_raises_and_keeps_what_it_found(tmp_path: Path) -> None:
    with parse_target(REDIS) as target:
        judged = judged_on(target, tmp_path)
        campaign = ScheduleCampaign(judged, pair(REDIS, REDIS, **WRITABLE), {"settle": KINDS["settle"]})
        with pytest.raises((DivergenceError, ExceptionGroup)):
            campaign.run(4, 60)
    found = min(judged.run.divergences.values(), key=lambda each: len(each.steps))
    assert (found.property_name, found.target, found.server) == ("the property", REDIS, "redis 6.2.14")
    assert found.topology == pair(REDIS, REDIS, **WRITABLE)
    assert len(found.steps) <= 3
    assert found.script()[:2] == ["# m: redis, replica-read-only no", "# r: redis, replicates m, replica-read-only no"]
    assert found.script()[-1].startswith("# settle ")
    read = Divergence.from_json(json.loads(found.dumps()))
    assert read == found
    with Rehearsal(pair(REDIS, REDIS, **WRITABLE)) as rehearsal:
        again = rehearsal.perform(read.steps).divergence
    assert again is not None
    assert again.signature == found.signature


def test_a_campaign_of_equal_servers_finds_nothing(tmp_path: Path) -> None:
    with parse_target(REDIS) as target:
        judged = judged_on(target, tmp_path)
        ScheduleCampaign(judged, replace(pair(REDIS, REDIS), recorded=True)).run(3, 40)
    assert judged.summary.histories == 3
    assert not judged.run.divergences


@pytest.mark.parametrize(
    ("words", "is_replica", "differs"),
    [
        ("PFCOUNT p", True, True),
        ("PFCOUNT p", False, False),
        ("XREADGROUP GROUP g c STREAMS x >", False, False),
        ("xreadgroup GROUP g c streams x y > 0", False, True),
        ("BITFIELD s OVERFLOW FAIL SET u4 0 99", False, True),
        ("BITFIELD s SET u4 0 1", False, False),
        ("HINCRBYFLOAT h f inf", False, True),
        ("zremrangebylex z - +", False, True),
        ("ZRANGESTORE z y - + byLEX", False, True),
        ("ZRANGESTORE z y 0 1", False, False),
        ("XDELEX x delref IDS 1 1-1", False, True),
        ("XDELEX x ACKED IDS 1 1-1", False, False),
        ("XTRIM x MINID ~ 1-4 ACKED", False, True),
        ("XTRIM x MINID ~ 1-4 DELREF", False, True),
        ("XTRIM x MINID 1-4 ACKED", False, False),
        ("xadd x MAXLEN ~ 0 acked * f v", False, True),
        ("XADD x MAXLEN ~ 0 * f v", False, False),
        ("MSETEX 1 k v EX 5 ex 9", False, True),
        ("MSETEX 1 k v EX 5 NX", False, False),
        ("SET k v EX 5 EX 9", False, False),
        ("SET k v", True, False),
    ],
)
def test_commands_of_which_nothing_is_propagated(words: str, is_replica: bool, differs: bool) -> None:
    argv = [word.encode() for word in words.split()]
    assert changes_one_side(argv, version_named("6.0"), is_replica) == differs


@pytest.mark.parametrize("words", ["hpersist h FIELDS 1 f", "HGETEX h persist FIELDS 1 f"])
@pytest.mark.parametrize(("name", "differs"), [("redis 8.0", True), ("valkey 9.1", False)])
def test_what_keeps_a_field_may_come_too_late(words: str, name: str, differs: bool) -> None:
    assert changes_one_side(words.encode().split(), version_named(name), is_replica=False) == differs


@pytest.mark.parametrize(("number", "differs"), [("8.0", False), ("8.6", True)])
def test_reads_are_capped_where_a_replica_is_told(number: str, differs: bool) -> None:
    words = b"xgroup CREATE x g 1 entriesread 2".split()
    assert changes_one_side(words, version_named(number), is_replica=False) == differs
