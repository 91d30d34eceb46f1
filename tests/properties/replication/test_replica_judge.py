"""Histories judged on a replica: a right model takes them, and a model without one of the rules is found wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from redproof_model.keyspace import command, expiry, scripts
from redproof_model.keyspace.database import Database
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.roles import NO_REPLICAS, Role
from redproof_model.keyspace.scripts import PCALL
from redproof_model.keyspace.world import World
from redproof_model.versions import Version
from redproof_properties.fuzzing.campaign import run_campaign
from redproof_properties.history import Call, History, Sleep
from redproof_properties.replication.ends.false_master import FalseMaster, MasterLink, told_port
from redproof_properties.replication.ends.info import MasterRole, read_info, read_role
from redproof_properties.replication.ends.link import ReplicaLink
from redproof_properties.replication.judges.operated import (
    NEEDS,
    OPERATOR,
    NeedingJudge,
    OperatedGenerator,
    OperatedJudge,
    Setting,
    StaleJudge,
    UnsavedJudge,
    WritableStaleJudge,
    snapshot_path,
)
from redproof_properties.replication.judges.replica_judge import (
    MASTER,
    ReplicaGenerator,
    ReplicaJudge,
    SharingJudge,
    TimelessGenerator,
    WritableReplicaConversation,
    WritableReplicaJudge,
)
from redproof_properties.sending import is_led_by_levels
from redproof_properties.targets import Target
from redproof_properties.targets.greeting import ask
from redproof_properties.targets.parse import parse_target
from redproof_properties.waiting import wait_until


@pytest.fixture(scope="module")
def feeder(target: Target) -> Iterator[MasterLink]:
    """The master's end of a link to the target, which is a replica meanwhile."""
    with target.connect() as client, FalseMaster(told_port(client)) as master:
        with ReplicaLink(target.connect()) as link:
            snapshot = link.synchronise(client)
        # A server that meets the end of this link behind REPLICAOF has given its number to the link to the master,
        # takes one for the other, and waits 5 s for an answer of the master's before it answers anybody (6.2.14, ae.c).
        assert wait_until(lambda: not read_info(client).replicas)
        client.call("REPLICAOF", master.address.host, master.address.port)
        feeder = master.accept()
        feeder.await_psync()
        feeder.full_resync("f" * 40, 0)
        feeder.send_snapshot(snapshot)
        feeder.await_ack()
        yield feeder
        client.call("REPLICAOF", "NO", "ONE")


def test_a_master_writes_nothing_that_the_levels_of_its_skiplists_lead_to() -> None:
    generator = ReplicaGenerator(["sorted_sets"])
    steps = [step for seed in range(50) for step in generator.history(seed, 200) if isinstance(step, Call)]
    led = [step.client for step in steps if is_led_by_levels(step.argv)]
    assert led
    assert MASTER not in led


def history(*lines: str) -> History:
    """A history, a step a line: the client's name and a command, or how many ms to sleep."""
    return [Sleep(int(line)) if line.isdigit() else Call(line.split()[0], _words(line)) for line in lines]


def _words(line: str) -> tuple[bytes, ...]:
    return tuple(PCALL if word == "PCALL" else word.encode() for word in line.split()[1:])


EXPIRED = ("master SET b 2", "master SET a 1 PX 5", "300")
"""The pause is longer than the master's command may have taken on a busy machine: its key has expired for certain."""

STORY = history(
    *("A SET x 1", *EXPIRED, "A GET a", "A DBSIZE"),
    *("A EVAL PCALL 0 GET a", "A EVAL PCALL 0 SET a 1", "A WAIT 0 0"),
    *("master SET a 3", "A GET a", "A DBSIZE"),
)
"""What a replica does with writes, with a key that has expired, and with the deletion of that key."""


def test_a_right_model_is_taken(target: Target, version: Version, feeder: MasterLink) -> None:
    generator = ReplicaGenerator(["strings", "lists", "transactions", "pubsub", "generic"], clients=2, pauses=True)
    with ReplicaJudge(feeder, target, version) as judge:
        assert judge.run(STORY) is None
        findings = run_campaign(judge, generator, seed=5, commands=1000)
    assert not findings.divergences


MUTANTS: dict[str, tuple[object, str, Callable[..., object], str]] = {
    "writes are not refused": (command, "refuse_writes", lambda *_: None, "SET"),
    "a script may write": (scripts, "refuse_writes", lambda *_: None, "EVAL"),
    "an expired key is deleted": (Database, "hide", Database.discard, "DBSIZE"),
    "an expired key is shown": (expiry, "expire_now", lambda world, index, key: None, "GET"),
    "nobody meets an expired key": (Database, "reveal", lambda db: None, "EVAL"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_model_without_a_rule_is_found_wrong(
    monkeypatch: pytest.MonkeyPatch, target: Target, version: Version, feeder: MasterLink, mutant: str
) -> None:
    owner, name, instead, where = MUTANTS[mutant]
    monkeypatch.setattr(owner, name, instead)
    with ReplicaJudge(feeder, target, version) as judge:
        divergence = judge.run(STORY)
    assert divergence is not None
    assert (divergence.command, divergence.role) == (where, "replica")


def test_a_wrong_fact_is_found(target: Target, version: Version, feeder: MasterLink) -> None:
    wrong = replace(version, replication=replace(version.replication, hides_from_reads_only=False))
    with ReplicaJudge(feeder, target, wrong) as judge:
        divergence = judge.run(STORY)
    assert divergence is not None
    assert (divergence.command, divergence.actual) == ("EVAL", '"1"')


def test_what_the_master_may_not_execute_is_left_out(target: Target, version: Version, feeder: MasterLink) -> None:
    with ReplicaJudge(feeder, target, version) as judge:
        assert judge.run(history("master BLPOP l 0", "master GET a", "master FUNCTION LOAD x", "A DBSIZE")) is None


def operated(setting: Setting) -> History:
    """A history in which the setting lets commands be refused for a while."""
    return [
        *history("A SET a 1", "A MULTI", "A SET a 2"),
        Call(OPERATOR, setting.call(setting.refuses)),
        *history("A EXEC", "A SET a 3", "A GET a", "A PING", "A EVAL PCALL 0 SET a 4", "A MULTI", "A GET a", "A EXEC"),
        Call(OPERATOR, setting.call(setting.allows)),
        *history("A SET a 5", "A PING"),
    ]


LACKING: History = operated(NEEDS)


@pytest.fixture(scope="module")
def master() -> Iterator[Target]:
    with parse_target("redis") as started:
        yield started


def test_a_master_that_needs_replicas(master: Target, version: Version) -> None:
    with NeedingJudge(master, version) as judge:
        assert judge.run(LACKING) is None
        generator = OperatedGenerator(NEEDS, ["strings", "transactions", "scripting"], clients=2)
        findings = run_campaign(judge, generator, seed=5, commands=1000)
    assert not findings.divergences


def test_a_model_that_needs_no_replicas_is_found_wrong(
    monkeypatch: pytest.MonkeyPatch, master: Target, version: Version
) -> None:
    monkeypatch.setattr(Model, "set_good_replicas", lambda model, enough: None)
    with NeedingJudge(master, version) as judge:
        divergence = judge.run(LACKING)
    assert divergence is not None
    assert divergence.command == "EXEC"
    assert NO_REPLICAS.decode() in divergence.actual


def test_a_script_that_needs_no_replicas_is_found_wrong(master: Target, version: Version) -> None:
    wrong = replace(version, scripts=replace(version.scripts, minds_replicas=False))
    with NeedingJudge(master, wrong) as judge:
        divergence = judge.run(LACKING)
    assert divergence is not None
    assert divergence.command == "EVAL"


REFUSING: dict[type[OperatedJudge], tuple[str, str]] = {
    StaleJudge: ("refuse_stale", "GET"),
    WritableStaleJudge: ("refuse_stale", "EXEC"),
    UnsavedJudge: ("refuse_unsaved", "PING"),
}


@pytest.mark.parametrize("kind", REFUSING)
def test_a_server_that_refuses_commands(
    monkeypatch: pytest.MonkeyPatch, master: Target, version: Version, kind: type[OperatedJudge]
) -> None:
    """A right model is taken, one that does not refuse is found wrong, and the target is left as it was."""
    rule, where = REFUSING[kind]
    with master.connect() as client:
        before = [ask(client, "CONFIG", "GET", "*"), snapshot_path(client).exists()]
        with kind(master, version) as judge:
            assert judge.run(operated(kind.setting)) is None
            # No key of a set expires: a writable replica of Redis 6.2 shows some readers what has expired.
            generator = OperatedGenerator(kind.setting, ["sets", "transactions", "scripting"], clients=2)
            assert not run_campaign(judge, generator, seed=5, commands=500).divergences
            monkeypatch.setattr(command, rule, lambda *_: None)
            divergence = judge.run(operated(kind.setting))
        assert divergence is not None
        assert (divergence.command, divergence.role) == (where, kind.role.value)
        assert [ask(client, "CONFIG", "GET", "*"), snapshot_path(client).exists()] == before
        assert isinstance(read_role(client), MasterRole)


@pytest.fixture
def writable(target: Target) -> Iterator[Target]:
    """The target, as long as it takes writes although it is a replica."""
    with target.connect() as client:
        client.call("CONFIG", "SET", "replica-read-only", "no")
        yield target
        client.call("CONFIG", "SET", "replica-read-only", "yes")


SHARED = history(
    *("A SET a 1", "master APPEND a 2", "A GET a", "master RPUSH l x", "A LPUSH l y", "A LRANGE l 0 -1"),
    *("A WATCH a", "A MULTI", "A GET a", "master INCR a", "A EXEC", "A SET t 1", "master SADD t 2", "A GET t"),
)
"""What a master and the clients of its replica do to the same keys, also to one that is of another type there."""


def test_a_master_and_its_replica_write_the_same_keys(writable: Target, version: Version, feeder: MasterLink) -> None:
    generator = TimelessGenerator(["strings", "lists", "transactions", "generic"], clients=2)
    with SharingJudge(feeder, writable, version) as judge:
        assert judge.run(SHARED) is None
        findings = run_campaign(judge, generator, seed=5, commands=1000)
    assert not findings.divergences


SHARING_MUTANTS: dict[str, tuple[object, str, Callable[..., object], str]] = {
    "what the master sends is left out": (Model, "apply", lambda *_: None, "GET"),
    "the master's writes touch no watched key": (World, "touch", lambda *_: None, "EXEC"),
}


@pytest.mark.parametrize("mutant", SHARING_MUTANTS)
def test_a_model_that_leaves_out_what_the_master_does_is_found_wrong(
    monkeypatch: pytest.MonkeyPatch, writable: Target, version: Version, feeder: MasterLink, mutant: str
) -> None:
    owner, name, instead, where = SHARING_MUTANTS[mutant]
    monkeypatch.setattr(owner, name, instead)
    with SharingJudge(feeder, writable, version) as judge:
        divergence = judge.run(SHARED)
    assert divergence is not None
    assert (divergence.command, divergence.role) == (where, "writable replica")


def test_no_step_of_a_timeless_history_sets_an_expiry() -> None:
    drawn, kept = (kind(["strings", "generic"]).history(3, 1_000) for kind in (ReplicaGenerator, TimelessGenerator))
    later = iter(drawn)
    assert all(step in later for step in kept)
    drawn_words, kept_words = (
        {word for step in steps if isinstance(step, Call) for word in step.argv} for steps in (drawn, kept)
    )
    times = {b"EXPIRE", b"SETEX", b"GETEX", b"PX", b"EXAT"}
    assert times <= drawn_words
    assert times.isdisjoint(kept_words)
    assert {b"SET", b"DEL", b"PERSIST"} <= kept_words


def test_a_writable_replica_is_no_master(
    monkeypatch: pytest.MonkeyPatch, writable: Target, version: Version, feeder: MasterLink
) -> None:
    with WritableReplicaJudge(writable, version) as judge:
        assert judge.run(history("A SET a 1", "A WAIT 0 0")) is None
        monkeypatch.setattr(WritableReplicaConversation, "role", Role.MASTER)
        divergence = judge.run(history("A SET a 1", "A WAIT 0 0"))
    assert divergence is not None
    assert divergence.command == "WAIT"
