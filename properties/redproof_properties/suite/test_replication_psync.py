"""What PSYNC is answered with, and what begins a history of replication: the harness asks as a replica does.

The decision is that of the model's system `psync`, on what INFO tells just before.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

import pytest
from redproof_model.systems.psync.decision import NO_ID, NO_OFFSET, answers_continue
from redproof_model.versions.since import descends

from redproof_properties.judged import Judged
from redproof_properties.replication.ends.info import NO_REPLID, ReplicationInfo
from redproof_properties.replication.ends.link import UNKNOWN_REPLID, Answer, Continue, FullResync
from redproof_properties.replication.ends.stage import FEEDER_REPLID, Stage
from redproof_properties.replication.ends.stream import ReplicationStream
from redproof_properties.waiting import wait_until

REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
SOURCE = "https://github.com/redis/redis/blob/7.0.15/src/replication.c"

SMALLEST_BACKLOG_BYTES = 16 * 1024
LARGE_BACKLOG_BYTES = 1024 * 1024
WRONG_REPLID = "0123456789" * 4
COUNTS_WITHOUT_REPLICAS_SINCE = ("redis", (7, 2))
"""From this release on a command that is written to the append-only file moves the offset by 1 without a backlog."""


def decide(info: ReplicationInfo, replid: str, offset: int) -> bool:
    """What the model decides: whether this server goes on with the stream, when asked for it from `offset` on.

    Each id has a number; offsets below the first byte of any history are all alike.
    """
    ids = {NO_REPLID: NO_ID, info.master_replid: 1}
    for told in (info.master_replid2, replid.lower()):
        ids.setdefault(told, len(ids))
    answer: bool = answers_continue.compiled(
        ids[replid.lower()],
        max(offset, 0),
        ids[info.master_replid],
        ids[info.master_replid2],
        max(info.second_repl_offset, NO_OFFSET),
        info.repl_backlog_active,
        info.repl_backlog_first_byte_offset,
        info.repl_backlog_histlen,
    )
    return answer


def hold_answer(stage: Stage, history: ReplicationStream, replid: str, offset: int) -> None:
    """Ask with PSYNC, and hold the answer to the model's, and the bytes that follow to those that are known."""
    link, before = stage.link(), stage.info()
    end = before.repl_backlog_first_byte_offset + before.repl_backlog_histlen
    stage.script.require(end == before.master_repl_offset + 1, "a backlog up to the offset", actual=repr(before))
    answer = link.psync(replid, offset)
    goes_on = decide(before, replid, offset)
    expected: Answer = FullResync(before.master_replid, before.master_repl_offset)
    if goes_on:
        expected = Continue(before.master_replid)
    what = "+CONTINUE with the id of the server" if goes_on else "+FULLRESYNC with the id and the offset of the server"
    stage.script.require(answer == expected, what, f"PSYNC {replid} {offset}, {before}", actual=repr(answer))
    if goes_on:
        came = link.read_raw_to(before.master_repl_offset)
        same = came == history.between(offset - 1, before.master_repl_offset)
        stage.script.require(same, "the bytes of the history from there on", f"{offset}", actual=repr(came))
    stage.hang_up(link)


def write(stage: Stage, number: int, value_bytes: int, history: ReplicationStream) -> None:
    """Write so many values of this size, and read what that puts on the stream."""
    reader, replid = stage.link(), stage.info().master_replid
    answer = reader.psync(replid, history.received_offset + 1)
    stage.script.require(answer == Continue(replid), "+CONTINUE behind all that was sent", actual=repr(answer))
    for index in range(number):
        stage.script.call("SET", f"key{index}", "x" * value_bytes)
        reader.catch_up(stage.client)
        reader.ack()
    history.feed(reader.stream.raw)
    stage.hang_up(reader)


def roomy(stage: Stage, random: Random) -> ReplicationStream:
    """A backlog that has never been full."""
    return started(stage, random.randint(1, 9), random.randint(1, 99))


def trimmed(stage: Stage, random: Random) -> ReplicationStream:
    """A backlog that has lost its beginning."""
    stage.script.call("CONFIG", "SET", "repl-backlog-size", SMALLEST_BACKLOG_BYTES)
    history = started(stage, 60, random.randint(900, 1_100))
    lost = stage.info().repl_backlog_first_byte_offset > history.start_offset + 1
    stage.script.require(lost, "a backlog that has lost its beginning", actual=repr(stage.info()))
    return history


def started(stage: Stage, number: int, value_bytes: int) -> ReplicationStream:
    """The history of a master that has had a replica, and then so many writes."""
    link, _ = stage.synchronised()
    history = ReplicationStream(link.offset)
    write(stage, number, value_bytes, history)
    stage.hang_up(link)
    return history


def promoted(stage: Stage, random: Random) -> ReplicationStream:
    """A master that was a replica before: it knows the id of the history up to then, too."""
    link, snapshot = stage.synchronised()
    stage.hang_up(link)
    feeder = stage.fed(snapshot, random.randint(0, 10**6))
    for index in range(random.randint(1, 9)):
        feeder.feed(("SET", f"fed{index}", "x" * random.randint(1, 99)))
    feeder.await_ack()
    stage.promote()
    info = stage.info()
    told = (info.master_replid2, info.second_repl_offset)
    expected = (FEEDER_REPLID, feeder.offset + 1)
    stage.script.require(told == expected, "the former id, up to the offset plus one", actual=repr(info))
    write(stage, random.randint(1, 9), random.randint(1, 99), feeder.stream)
    return feeder.stream


SITUATIONS: Final[dict[str, Callable[[Stage, Random], ReplicationStream]]] = {
    "a master whose backlog was never full": roomy,
    "a master whose backlog has lost its beginning": trimmed,
    "a replica that was promoted": promoted,
}
"""How to bring the target there; each gives all that it has of its history since it was started."""


def questions(info: ReplicationInfo, random: Random) -> list[tuple[str, int]]:
    """What to ask: around both ends of the backlog, and around the end of the former history, by each id."""
    first, after = info.repl_backlog_first_byte_offset, info.master_repl_offset + 1
    edges = [first - 1, first, first + 1, after - 2, after - 1, after, after + 1]
    ids = [info.master_replid, info.master_replid.upper()]
    if info.second_repl_offset > 0:
        edges += [info.second_repl_offset - 1, info.second_repl_offset, info.second_repl_offset + 1]
        ids.append(info.master_replid2)
    asked = [(replid, offset) for replid in ids for offset in edges]
    asked += [(replid, random.choice(edges)) for replid in (WRONG_REPLID, NO_REPLID, UNKNOWN_REPLID)]
    return [*asked, (NO_REPLID, NO_OFFSET), (UNKNOWN_REPLID, NO_OFFSET)]


@pytest.mark.documented(
    "PSYNC goes on if the backlog holds what is missing and the id is the master's, or its former one up to the "
    "promotion; a full resynchronization happens otherwise: asked of {situation}",
    source=REPLICATION,
)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_psync_goes_on_exactly_when_it_may(judged: Judged, situation: str) -> None:
    random = Random(f"{judged.run.seed} {situation}")
    with Stage(judged, {"repl-backlog-size": str(LARGE_BACKLOG_BYTES)}, fresh=True) as stage:
        history = SITUATIONS[situation](stage, random)
        for replid, offset in questions(stage.info(), random):
            hold_answer(stage, history, replid, offset)


@pytest.mark.documented(
    "The first replica begins a history: a backlog and another id; before there is none, and the offset stands still",
    source=SOURCE,
)
def test_first_replica_begins_a_history(judged: Judged) -> None:
    with Stage(judged, fresh=True) as stage:
        before = stage.info()
        stage.script.call("SET", "before", 1)
        still = stage.info()
        stage.script.require(
            (still.repl_backlog_active, still.master_repl_offset) == (False, before.master_repl_offset),
            "no backlog, and the same offset as before the write",
            actual=repr(still),
        )
        link, _ = stage.synchronised()
        begun = stage.info()
        pings = {command.name for command in link.read_to(begun.master_repl_offset)} <= {b"PING"}
        start = link.stream.start_offset
        told = (begun.repl_backlog_first_byte_offset, begun.repl_backlog_histlen)
        stage.script.require(
            pings and start == still.master_repl_offset and told == (start + 1, begun.master_repl_offset - start),
            "a backlog that begins with the next byte, and holds PING if anything",
            actual=repr(begun),
        )
        other = begun.repl_backlog_active and begun.master_replid != still.master_replid
        stage.script.require(other, "a backlog, and another id", actual=repr(begun))
        stage.hang_up(link)
        alone = stage.info()
        stage.script.call("SET", "a", 1)
        moved = stage.info()
        stage.script.require(
            (moved.master_repl_offset, moved.master_replid) == (alone.master_repl_offset + 50, begun.master_replid),
            "50 bytes more, of SELECT 0 and SET a 1, and the same id, also while no replica is there",
            actual=repr(moved),
        )


@pytest.mark.documented(
    "repl-backlog-ttl is for how long a master without replicas keeps the backlog; it begins another history then",
    source="https://github.com/redis/redis/blob/7.0.15/redis.conf",
)
def test_a_backlog_that_is_freed_ends_its_history(judged: Judged) -> None:
    with Stage(judged, {"repl-backlog-ttl": "1"}) as stage:
        link, _ = stage.synchronised()
        stage.hang_up(link)
        before = stage.info()
        freed = wait_until(lambda: not stage.info().repl_backlog_active)
        after = stage.info()
        stage.script.call("SET", "a", 1)
        stage.script.require(freed, "no backlog any more", actual=repr(after))
        told = (after.master_replid != before.master_replid, after.master_replid2, after.second_repl_offset)
        stage.script.require(told == (True, NO_REPLID, NO_OFFSET), "another id, and no former one", actual=repr(after))
        late = stage.link()
        answer = late.psync(before.master_replid, before.master_repl_offset + 1)
        stage.script.require(isinstance(answer, FullResync), "+FULLRESYNC", actual=repr(answer))


@pytest.mark.documented(
    "With an append-only file each command moves the offset by 1 while no replica has come, from Redis 7.2 on",
    source="https://github.com/redis/redis/blob/7.2.4/src/replication.c",
)
def test_offset_of_a_master_that_only_writes_its_file(judged: Judged) -> None:
    with Stage(judged, {"appendonly": "yes"}, fresh=True) as stage:
        before = stage.info().master_repl_offset
        writes = Random(judged.run.seed).randint(1, 9)
        for number in range(writes):
            stage.script.call("SET", "a", number)
        step = 1 if descends(judged.version, *COUNTS_WITHOUT_REPLICAS_SINCE) else 0
        after = stage.info()
        expected = "an offset that is moved by 1 with each write, or not at all"
        stage.script.require(after.master_repl_offset == before + step * writes, expected, actual=repr(after))
