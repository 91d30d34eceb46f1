"""What WAIT is about, and which replicas count as good: the harness is several replicas, and says what they reached."""

from __future__ import annotations

from random import Random
from typing import Final

import pytest
from redproof_model.keyspace.roles import NO_REPLICAS
from redproof_model.keyspace.scripts import CALL
from redproof_model.replication.waiting import WaitTargets, answers_at_once, reached
from redproof_model.reply import OK, Error

from redproof_properties.judged import Judged
from redproof_properties.replication.ends.link import ReplicaLink
from redproof_properties.replication.ends.stage import Stage
from redproof_properties.suite.test_replication_acks import acknowledge
from redproof_properties.waiting import wait_until

WAIT = "https://redis.io/docs/latest/commands/wait/"
REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"

REPLICAS: Final = 3
ROUNDS: Final = 40
ACKNOWLEDGES: Final = 0.4
MOMENT_MS: Final = 1
LONG_MS: Final = 1_000
CLIENTS: Final = "ABC"
MAX_LAG_S: Final = 1
DEFAULT_MAX_LAG_S: Final = 10

Unit = tuple[tuple[str | bytes | int, ...], ...]
UNITS: Final[tuple[Unit, ...]] = (
    (("SET", "key", "1"),),
    (("SET", "key", "2", "GET"),),
    (("GET", "key"),),
    (("INCR", "string"),),
    (("DEL", "nokey"),),
    (("nosuch",),),
    (("EVAL", CALL, 0, "SET", "key", "3"),),
    (("EVAL", CALL, 0, "GET", "key"),),
    (("MULTI",), ("SET", "key", "4"), ("SET", "key", "5"), ("EXEC",)),
    (("MULTI",), ("GET", "key"), ("EXEC",)),
    (("MULTI",), ("SET", "key", "6"), ("DISCARD",)),
)
"""What a client does in one go: only what moves the offset counts from Redis 7.2 on, before all but what is refused."""

REFUSED: Final = frozenset({"nosuch"})


@pytest.mark.documented(
    "WAIT counts the replicas that acknowledged the offset after its client's last command up to Redis 7.0, and later "
    "after its last that wrote",
    source=WAIT,
)
def test_wait_is_about_an_offset_of_its_client(judged: Judged) -> None:
    random = Random(judged.run.seed)
    with Stage(judged) as stage:
        links = [stage.synchronised()[0] for _ in range(REPLICAS)]
        stage.script.call("SET", "string", "text")
        targets = WaitTargets(judged.version.replication)
        targets.executed("A", 0, stage.info().master_repl_offset)
        acknowledged = [link.stream.start_offset for link in links]
        for _ in range(ROUNDS):
            client, unit = random.choice(CLIENTS), random.choice(UNITS)
            before = stage.info().master_repl_offset
            for argv in unit:
                stage.script.call(*argv, client=client)
            after = stage.info().master_repl_offset
            if unit[0][0] not in REFUSED:
                targets.executed(client, before, after)
            for number, link in enumerate(links):
                link.read_to(after)
                if random.random() < ACKNOWLEDGES:
                    acknowledged[number] = random.randint(acknowledged[number], after)
                    acknowledge(stage, link, acknowledged[number])
            hold_wait(stage, targets, random.choice(CLIENTS), random.randint(0, REPLICAS), acknowledged)


def hold_wait(stage: Stage, targets: WaitTargets, client: str, replicas: int, acknowledged: list[int]) -> None:
    """Let a client wait for a long time where it is answered at once, else for a moment; nobody acknowledges then."""
    offset, target = stage.info().master_repl_offset, targets.target(client)
    at_once = answers_at_once(target, acknowledged, replicas)
    timeout_ms = MOMENT_MS if at_once is None else LONG_MS
    reply = stage.script.call("WAIT", replicas, timeout_ms, client=client)
    count = reached(target, acknowledged)
    stage.script.require(reply == count, "how many have reached the client's offset", f"{target}: {acknowledged}")
    targets.executed(client, offset, offset)


@pytest.mark.documented(
    "WAIT in a transaction does not wait, and does not count the transaction's own writes", source=WAIT
)
def test_wait_in_a_transaction_promises_nothing(judged: Judged) -> None:
    with Stage(judged) as stage:
        link, _ = stage.synchronised()
        stage.script.call("SET", "key", 1)
        link.catch_up(stage.client)
        acknowledge(stage, link, link.offset)
        for argv in (("MULTI",), ("SET", "key", 2), ("WAIT", 1, 0)):
            stage.script.call(*argv)
        reply = stage.script.call("EXEC")
        stage.script.require(reply == [OK, 1], "that the replica has all that was before, at once")
        link.catch_up(stage.client)
        unacknowledged = stage.info().replicas[0].offset < stage.info().master_repl_offset
        stage.script.require(unacknowledged, "that nobody has acknowledged the transaction")
        stage.script.require(stage.script.call("WAIT", 1, 1) == 0, "that the replica has not the transaction")


@pytest.mark.documented(
    "A master accepts writes if at least min-replicas-to-write replicas acknowledged in the last min-replicas-max-lag "
    "seconds",
    source=REPLICATION,
)
def test_good_replicas_are_those_that_acknowledged_lately(judged: Judged) -> None:
    refused = Error(NO_REPLICAS)
    with Stage(judged) as stage:
        link, _ = stage.synchronised()
        stage.client.call("CONFIG", "SET", "min-replicas-max-lag", MAX_LAG_S)
        stage.client.call("CONFIG", "SET", "min-replicas-to-write", 1)
        try:
            accepted = wait_until(lambda: accepts_after_ack(stage, link))
            stage.script.require(accepted, "that writes are accepted while a replica acknowledges")
            seen = wait_until(lambda: stage.client.call("SET", "key", 1) == refused)
            stage.script.require(seen, "that writes are refused once it does not")
            before = stage.info()
            stage.script.require(before.replicas[0].lag_s > MAX_LAG_S, "a lag too long", actual=repr(before))
            stage.script.require(stage.script.call("SET", "key", 1) == refused, "that writes are refused")
            after = stage.info()
            unmoved = after.master_repl_offset == before.master_repl_offset
            stage.script.require(unmoved, "an offset that has not moved", actual=f"{before} {after}")
            accepted = wait_until(lambda: accepts_after_ack(stage, link))
            stage.script.require(accepted, "that writes are accepted while it acknowledges again")
        finally:
            stage.client.call("CONFIG", "SET", "min-replicas-to-write", 0)
            stage.client.call("CONFIG", "SET", "min-replicas-max-lag", DEFAULT_MAX_LAG_S)


def accepts_after_ack(stage: Stage, link: ReplicaLink) -> bool:
    """Whether the target accepts a write, after an acknowledgement, of which it takes notice once a second."""
    link.ack()
    return stage.client.call("SET", "key", 1) == OK
