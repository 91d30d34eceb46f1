"""What a server answers for what it is in replication: as a replica, as a master that needs replicas, and of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pytest
from redproof_model.reply import NULL, OK, Error, Reply

from redproof_properties.judged import Judged
from redproof_properties.replication.ends.false_master import MasterLink
from redproof_properties.replication.ends.stage import Stage
from redproof_properties.replication.judges.operated import (
    NeedingJudge,
    OperatedGenerator,
    OperatedJudge,
    StaleJudge,
    UnsavedJudge,
    WritableStaleJudge,
    snapshot_path,
)
from redproof_properties.replication.judges.replica_judge import (
    ReplicaGenerator,
    ReplicaJudge,
    SharingJudge,
    TimelessGenerator,
    WritableReplicaJudge,
)
from redproof_properties.vocabulary import GROUPS
from redproof_properties.waiting import wait_until

REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"

SHARE_OF_GROUP = 20
SHARE_OF_ALL = 5
SOON_MS = 20
WRITABLE_GROUPS = [group for group in GROUPS if group != "hash_expiry"]
"""Not what makes fields expire: versions differ in what writes make of them while a replica keeps them."""

KEPT = 3
"""How many keys a writable replica counts once it has deleted what it set itself and has expired."""


def hold_replica(judged: Judged, groups: Sequence[str], share: int, resp: int = 2) -> None:
    """Judge a share of the profile's commands on the target as a replica that the harness feeds."""
    with Stage(judged) as stage:
        link, snapshot = stage.synchronised()
        stage.hang_up(link)
        feeder = stage.fed(snapshot)
        generator = ReplicaGenerator(groups, clients=2, pauses=True, without=judged.unsupported)
        commands = judged.run.profile.campaign_commands // share
        judged.campaign("replica", generator, commands, resp, kind=partial(ReplicaJudge, feeder))


@pytest.mark.documented(
    "A replica is read-only and does as its master: every reply to {group} commands is one that the model allows",
    source=REPLICATION,
)
@pytest.mark.parametrize("group", GROUPS)
def test_a_replica_answers(judged: Judged, group: str) -> None:
    judged.need_group(group)
    hold_replica(judged, [group, "strings"], SHARE_OF_GROUP)


@pytest.mark.documented(
    "A replica answers RESP{resp} clients from what its master has sent, whatever they mix", source=REPLICATION
)
@pytest.mark.parametrize("resp", [2, 3])
def test_a_replica_answers_any_mix(judged: Judged, resp: int) -> None:
    hold_replica(judged, list(GROUPS), SHARE_OF_ALL, resp)


@pytest.mark.documented(
    "A master without enough good replicas refuses all writes, in transactions and from Redis 6.2 on in scripts too",
    source=REPLICATION,
)
def test_a_master_that_needs_replicas_refuses_writes(judged: Judged) -> None:
    judged.need("can_replicate")
    hold_operated(judged, NeedingJudge)


def hold_operated(judged: Judged, kind: type[OperatedJudge], groups: Iterable[str] = GROUPS) -> None:
    """Judge a share of the profile's commands while an operator changes the setting of this judge."""
    commands = judged.run.profile.campaign_commands // SHARE_OF_ALL
    for some in (list(groups), ["transactions", "scripting", "functions", "strings"]):
        generator = OperatedGenerator(kind.setting, some, clients=2, without=judged.unsupported)
        judged.campaign(kind.setting.name.decode(), generator, commands, kind=kind)


@pytest.mark.documented(
    "If replica-serve-stale-data is no, a replica whose link is down replies with the error MASTERDOWN to all commands "
    "but those with the flag stale; READONLY comes before it",
    source="https://redis.io/docs/latest/operate/oss_and_stack/management/config-file/",
)
def test_a_replica_refuses_to_serve_stale_data(judged: Judged) -> None:
    judged.need("can_replicate")
    hold_operated(judged, StaleJudge)
    if not judged.version.replication.hides_from_reads_only:
        hold_operated(judged, WritableStaleJudge, WRITABLE_GROUPS)


@pytest.mark.documented(
    "A master stops accepting writes while its last snapshot could not be saved, and answers MISCONF to PING too",
    source="https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/",
)
def test_a_master_that_cannot_save_refuses_writes(judged: Judged) -> None:
    with judged.target.connect() as client:
        if not snapshot_path(client).parent.is_dir():
            pytest.skip(f"the folder of {judged.target.spelling} is not on this machine")
    hold_operated(judged, UnsavedJudge)


@pytest.mark.documented(
    "Replicas may accept writes, which are local: no offset moves, WAIT is refused, and a key with an expiry that was "
    "set here is deleted here, while those of the master wait for its DEL",
    source=REPLICATION,
)
def test_a_writable_replica_keeps_its_writes_to_itself(judged: Judged) -> None:
    with writable(judged) as (stage, feeder):
        feeder.feed(("SELECT", 0), ("SET", "theirs", 5, "PX", SOON_MS), ("SET", "other", 1))
        feeder.await_ack()
        offset = stage.info().master_repl_offset
        stage.script.require(stage.script.call("SET", "own", 1) == OK, "OK: it is writable")
        stage.script.require(stage.script.call("SET", "mine", 1, "PX", SOON_MS) == OK, "OK: it is writable")
        stage.script.require(isinstance(stage.script.call("WAIT", 0, 0), Error), "an error: nothing is propagated")
        stage.script.require(stage.info().master_repl_offset == offset, "an offset that has not moved", str(offset))
        stage.script.require(wait_until(lambda: keys_counted(stage) == KEPT), "that the local key is deleted, alone")
        stage.script.require(stage.script.call("GET", "theirs") == NULL, "nothing: its time has come")
        stage.script.require(stage.script.call("DBSIZE") == KEPT, "three keys, with the one that has expired")
        counted = 6 if judged.version.replication.hides_from_reads_only else 1
        reply = stage.script.call("INCR", "theirs")
        stage.script.require(reply == counted, "1 from Redis 7.0 on; before, a write meets what has expired")


def keys_counted(stage: Stage) -> Reply:
    """How many keys the target counts."""
    return stage.client.call("DBSIZE")


@pytest.mark.documented(
    "A writable replica answers its clients as a master does, but for what asks about replicas", source=REPLICATION
)
def test_a_writable_replica_answers(judged: Judged) -> None:
    if judged.version.replication.hides_from_reads_only:
        pytest.skip("writes of this version meet keys that have expired, as long as these are not deleted")
    with writable(judged):
        generator = judged.generator(WRITABLE_GROUPS, clients=2, pauses=True)
        commands = judged.run.profile.campaign_commands // SHARE_OF_ALL
        judged.campaign("writable replica", generator, commands, kind=WritableReplicaJudge)


@pytest.mark.documented(
    "A writable replica and its master may write the same keys: each command meets what those before it have left, "
    "whoever sent them, as long as no key expires",
    source=REPLICATION,
)
def test_a_writable_replica_answers_while_its_master_writes(judged: Judged) -> None:
    with writable(judged) as (_, feeder):
        commands = judged.run.profile.campaign_commands // SHARE_OF_ALL
        for groups in (WRITABLE_GROUPS, ["strings", "lists", "generic", "transactions"]):
            generator = TimelessGenerator(groups, clients=2, without=judged.unsupported)
            judged.campaign("shared replica", generator, commands, kind=partial(SharingJudge, feeder))


@contextmanager
def writable(judged: Judged) -> Iterator[tuple[Stage, MasterLink]]:
    """The target as a replica that takes writes, and the link that feeds it."""
    with Stage(judged, {"replica-read-only": "no"}) as stage:
        link, snapshot = stage.synchronised()
        stage.hang_up(link)
        yield stage, stage.fed(snapshot)
