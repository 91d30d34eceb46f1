"""What a replica acknowledges, and what WAIT makes of it; the harness is at the other end of the link."""

from __future__ import annotations

from random import Random

import pytest
from redproof_model.versions.since import descends

from redproof_properties.encoding import encode_command
from redproof_properties.judged import Judged
from redproof_properties.replication.ends.info import ReplicationInfo
from redproof_properties.replication.ends.link import ReplicaLink
from redproof_properties.replication.ends.stage import Stage
from redproof_properties.waiting import wait_until

WAIT = "https://redis.io/docs/latest/commands/wait/"
REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"

REPLICAS = 3
ROUNDS = 8
PATIENCE_MS = 500
"""How long WAIT may take where it need not wait at all: what it answers then is wrong, and it does answer."""

READERS_DO_NOT_WAIT_SINCE = ("redis", (7, 2))
"""From this release on WAIT is about the client's last command that moved the offset, before about its last one."""


def acknowledged(info: ReplicationInfo, link: ReplicaLink) -> int:
    """The offset up to which the master knows a link to have acknowledged."""
    return next(line.offset for line in info.replicas if line.port == link.listening_port)


def acknowledge(stage: Stage, link: ReplicaLink, offset: int) -> None:
    """Acknowledge, and wait until the target knows."""
    link.ack(offset)
    known = wait_until(lambda: acknowledged(stage.info(), link) >= offset)
    stage.script.require(known, "the offset that was acknowledged, in INFO", f"{offset}", actual=repr(stage.info()))


@pytest.mark.documented(
    "WAIT returns the number of replicas reached by all the writes performed in the context of the current connection",
    source=WAIT,
)
def test_wait_counts_what_was_acknowledged(judged: Judged) -> None:
    random = Random(judged.run.seed)
    with Stage(judged) as stage:
        links = [stage.synchronised()[0] for _ in range(REPLICAS)]
        for number in range(ROUNDS):
            before = stage.info().master_repl_offset
            stage.script.call("SET", "key", number)
            after = stage.info().master_repl_offset
            told = [random.choice((before, after - 1, after)) for _ in links]
            for link, offset in zip(links, told, strict=True):
                link.read_to(after)
                acknowledge(stage, link, offset)
            reached = told.count(after)
            at_once = stage.script.call("WAIT", reached, PATIENCE_MS)
            stage.script.require(at_once == reached, "those that acknowledged the write", str(reached))
            end = stage.info().master_repl_offset
            stage.script.require(end == after, "no question to the replicas, since enough are known", actual=str(end))
            in_time = stage.script.call("WAIT", REPLICAS, 1)
            stage.script.require(in_time == reached, "those that acknowledged the write, in the end", str(reached))


@pytest.mark.documented(
    "WAIT asks the replicas for acknowledgements, and blocks until the given number of them has reached the write",
    source=WAIT,
)
def test_wait_asks_and_blocks(judged: Judged) -> None:
    with Stage(judged) as stage, judged.target.connect() as waiting:
        links = [stage.synchronised()[0] for _ in range(REPLICAS - 1)]
        waiting.call("SET", "key", 1)
        waiting.send(encode_command([b"WAIT", b"%d" % len(links), b"0"]))
        questions = [link.read_until(b"REPLCONF") for link in links]
        stage.script.call("PING")
        asked = all(question.asks_for_ack for question in questions)
        stage.script.require(asked, "REPLCONF GETACK on each link", actual=repr(questions))
        for link, question in zip(links, questions, strict=True):
            stage.script.require(not waiting.readable(), "no reply before all have acknowledged")
            acknowledge(stage, link, question.start_offset)
        reply = waiting.receive()
        stage.script.require(reply == len(links), "the number of all", actual=repr(reply))


@pytest.mark.documented(
    "WAIT after a read waits for all that was written before the read up to Redis 7.0, and for nothing later",
    source=WAIT,
)
def test_wait_of_a_client_that_only_reads(judged: Judged) -> None:
    with Stage(judged) as stage:
        link, _ = stage.synchronised()
        stage.script.call("SET", "key", 1, client="A")
        link.catch_up(stage.client)
        acknowledge(stage, link, link.stream.start_offset)
        stage.script.call("GET", "key", client="B")
        reached = stage.script.call("WAIT", 1, 1, client="B")
        expected = 1 if descends(judged.version, *READERS_DO_NOT_WAIT_SINCE) else 0
        stage.script.require(reached == expected, "no wait for the writes of others, or one", str(expected))
        acknowledge(stage, link, link.offset)
        reached = stage.script.call("WAIT", 1, PATIENCE_MS, client="B")
        stage.script.require(reached == 1, "the replica, once it has acknowledged")


@pytest.mark.documented(
    "A replica acknowledges what it has processed: all that was sent, but for a command that is not whole",
    source=REPLICATION,
)
def test_acks_are_what_was_processed(judged: Judged) -> None:
    random = Random(judged.run.seed)
    with Stage(judged) as stage:
        link, snapshot = stage.synchronised()
        stage.hang_up(link)
        feeder = stage.fed(snapshot, random.randint(0, 2**40))
        for number in range(ROUNDS):
            feeder.feed(("SET", "key", "x" * random.randint(0, 200)), ("SET", f"key{number}", number))
            asked_at = feeder.offset
            ack = feeder.await_ack()
            stage.script.require(ack == asked_at, "the offset without the question", actual=f"{ack}, not {asked_at}")
        whole = feeder.offset
        command = encode_command([b"SET", b"key", b"whole"])
        cut = random.randrange(1, len(command))
        feeder.feed_bytes(command[:cut])
        acks = [feeder.next_ack() for _ in range(2)]
        told = stage.info().slave_repl_offset
        expected = "the offset after the last whole command"
        stage.script.require({*acks, told} == {whole}, expected, f"{whole} and {cut} bytes", actual=f"{acks}, {told}")
        feeder.feed_bytes(command[cut:])
        ack = feeder.await_ack()
        stage.script.require(ack == whole + len(command), "the offset after the whole command", actual=str(ack))
        stage.script.require(stage.script.call("GET", "key") == b"whole", "the value that came in two parts")
