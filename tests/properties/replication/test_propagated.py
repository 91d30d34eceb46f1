"""The judge of the replication stream: what it takes, what it finds with a wrong model, and that it leaves no trace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from redproof_model.propagation import expected
from redproof_model.versions import Version
from redproof_model.versions.propagation import Lifetime
from redproof_properties.fuzzing.campaign import run_campaign
from redproof_properties.generate import Generator
from redproof_properties.history import Call, History, Sleep
from redproof_properties.replication.ends.info import MasterRole, read_role
from redproof_properties.replication.judges import propagated
from redproof_properties.replication.judges.propagated import (
    ABOUT_REPLICAS,
    KIND,
    ExpiringStreamJudge,
    StreamJudge,
    Witness,
)
from redproof_properties.targets import Target
from redproof_properties.targets.greeting import ask
from redproof_properties.waiting import wait_until


def history(*lines: str) -> History:
    """A history of one client, a command a line."""
    return [Call("A", tuple(line.encode().split())) for line in lines]


def wrong(version: Version, **facts: Any) -> Version:
    """A version that propagates otherwise."""
    return replace(version, propagation=replace(version.propagation, **facts))


def test_a_right_stream_is_taken(target: Target, version: Version) -> None:
    generator = Generator(["strings", "lists", "transactions"], 2, without=ABOUT_REPLICAS)
    with StreamJudge(target, version) as judge:
        findings = run_campaign(judge, generator, seed=5, commands=600)
    assert not findings.divergences


def test_a_wrong_rule_is_found_and_shrunk(target: Target, version: Version) -> None:
    with StreamJudge(target, wrong(version, getset_is_set=False)) as judge:
        findings = run_campaign(judge, Generator(["strings"], 1), seed=5, commands=2000, max_divergences=1)
    [divergence] = findings.divergences.values()
    assert (divergence.command, divergence.kind) == ("GETSET", KIND)
    assert len(divergence.steps) == 1
    assert divergence.actual.startswith("SET ")
    assert "'GETSET'" in divergence.expected


def test_a_lifetime_is_held_to_the_clock(target: Target, version: Version) -> None:
    with StreamJudge(target, wrong(version, set_lifetime=Lifetime.INSTANT_MS)) as judge:
        divergence = judge.run(history("SET a 1 PX 100000"))
    assert divergence is not None
    assert (divergence.expected_shape, divergence.actual_shape) == ("SET", "SET")
    assert divergence.actual == "SELECT 0; SET a 1 PX 100000"


def test_a_silent_replica_is_not_cut_off(target: Target, version: Version) -> None:
    with target.connect() as client:
        client.call("CONFIG", "SET", "repl-timeout", 2)
        try:
            with StreamJudge(target, version) as judge:
                for _ in range(4):
                    assert judge.run([*history("SET a 1"), Sleep(1000)]) is None
        finally:
            client.call("CONFIG", "SET", "repl-timeout", 60)


LONG_MS = 400
"""So long the expiry cycle has time, which runs each 2 ms: a server may have to wait for its turn on a busy machine."""

EXPIRING: History = [
    *history("SET a 1 PX 20", "SET b 1 PX 20", "SELECT 3", "SET x 1 PX 20", "GET x", "SELECT 0"),
    Sleep(LONG_MS),
    *history("SET c 1", "GET a", "SET b 2 PX 20", "DBSIZE"),
    Sleep(LONG_MS),
    *history("GET b"),
]
"""Keys in two databases that the expiry cycle deletes in the pauses, one of them twice."""


def test_deletions_by_the_cycle_are_taken(target: Target, version: Version) -> None:
    with ExpiringStreamJudge(target, version) as judge:
        assert judge.run(EXPIRING) is None
        generator = Generator(["strings", "generic", "transactions"], 2, pauses=True, without=ABOUT_REPLICAS)
        assert not run_campaign(judge, generator, seed=5, commands=600).divergences


CYCLE_MUTANTS: dict[str, tuple[object, str, Any]] = {
    "no key that has expired is deleted but by a command": (expected, "may_have_expired", lambda world, now_ms: set()),
    "a key is deleted that is there still": (expected.Follower, "take_due", lambda self, deletion, places: False),
    "what has been deleted is deleted again": (expected, "expire_now", lambda world, index, key: None),
}


@pytest.mark.parametrize("mutant", CYCLE_MUTANTS)
def test_a_model_with_another_cycle_is_found_wrong(
    monkeypatch: pytest.MonkeyPatch, target: Target, version: Version, mutant: str
) -> None:
    monkeypatch.setattr(*CYCLE_MUTANTS[mutant])
    with ExpiringStreamJudge(target, version) as judge:
        assert judge.run(EXPIRING) is not None


class EagerWitness(Witness):
    """Tells of one deletion more than the target has sent."""

    deleted = b"a"

    def take(self) -> list[list[bytes]]:
        came = super().take()
        return [*came, [b"DEL", self.deleted]] if [b"SET", b"b", b"1"] in came else came


@pytest.mark.parametrize(
    ("lines", "pause_ms"),
    [
        (["SET a 1", "SET b 1"], 0),
        (["SET a 1 PX 100000", "SET b 1"], 0),
        (["SET a 1 PX 5", "GET c", "SET b 1"], LONG_MS),
    ],
    ids=["a key without expiry", "a key whose time has not come", "a key that was deleted before"],
)
def test_a_deletion_too_many_is_noticed(
    monkeypatch: pytest.MonkeyPatch, target: Target, version: Version, lines: list[str], pause_ms: int
) -> None:
    monkeypatch.setattr(propagated, "Witness", EagerWitness)
    steps = history(*lines)
    with ExpiringStreamJudge(target, version) as judge:
        divergence = judge.run([*steps[:1], Sleep(pause_ms), *steps[1:]])
    assert divergence is not None
    assert (divergence.kind, divergence.actual_shape) == (KIND, "SET DEL")


def test_select_is_part_of_the_stream(target: Target, version: Version) -> None:
    with StreamJudge(target, version) as judge:
        assert judge.run(history("SELECT 1", "SET a 1", "SET b 1", "SELECT 0", "SET a 1")) is None
        assert judge.run(history("SELECT 2", "SET a 1")) is None


def test_the_target_is_left_as_it_was(target: Target) -> None:
    with target.connect() as client:
        before = ask(client, "CONFIG", "GET", "repl-*")
        witness = Witness(target)
        assert ask(client, "CONFIG", "GET", "repl-*") != before
        client.call("SET", "a", 1)
        assert witness.take() == [[b"SELECT", b"0"], [b"SET", b"a", b"1"]]
        assert (witness.selected, witness.take()) == (0, [])
        witness.close()
        assert ask(client, "CONFIG", "GET", "repl-*") == before
        assert wait_until(lambda: read_role(client) == MasterRole(_offset(client), ()))


def _offset(client: Any) -> int:
    role = read_role(client)
    assert isinstance(role, MasterRole)
    return role.offset
