"""A replica that has replicas itself: the harness is its master and its replica at once."""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

import pytest

from redproof_properties.errors import TargetClosed
from redproof_properties.judged import Judged
from redproof_properties.replication.ends.false_master import FalseMaster, MasterLink, PsyncRequest
from redproof_properties.replication.ends.info import NO_REPLID
from redproof_properties.replication.ends.link import Continue, FullResync, ReplicaLink, Snapshot
from redproof_properties.replication.ends.stage import FEEDER_REPLID, Stage

REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
SOURCE = "https://github.com/redis/redis/blob/7.0.15/src/replication.c"

OTHER_REPLID: Final = "e" * 40
THIRD_REPLID: Final = "d" * 40
OFFSET_MAX: Final = 2**40
TRANSACTION: Final = (("MULTI",), ("SET", "a", 1), ("INCR", "a"), ("EXEC",))
COMMANDS: Final = (
    ("SET", "expires", "x", "EX", 100),
    ("set", "name", "in lower case"),
    ("EXPIRE", "name", 1_000),
    ("SADD", "set", 1, 2, 3),
    ("SPOP", "set"),
    ("SPOP", "set", 2),
    ("SET", "number", "0.1"),
    ("INCRBYFLOAT", "number", "0.2"),
    ("GETSET", "number", 1),
    ("DEL", "nothing"),
    ("PING",),
    ("SELECT", 3),
    ("RPUSH", "list", 1),
    *TRANSACTION,
    ("FLUSHALL",),
)
"""What a replica would put on a stream in other words, twice or not at all, were the stream its own."""


class Chain(NamedTuple):
    """The links around the target: to its master, which is the harness, and from its replica, which is the harness."""

    snapshot: Snapshot
    master: FalseMaster
    above: MasterLink
    below: ReplicaLink


def chained(stage: Stage, offset: int) -> Chain:
    """Make the target a replica at an offset of a history, with a replica of its own."""
    link, snapshot = stage.synchronised()
    stage.hang_up(link)
    master = stage.false_master()
    above = stage.follow(master)
    above.full_resync(FEEDER_REPLID, offset)
    above.send_snapshot(snapshot)
    above.await_ack()
    below, _ = stage.synchronised()
    return Chain(snapshot, master, above, below)


def cut(stage: Stage, chain: Chain, offset: int) -> MasterLink:
    """Cut the link to the master; the target asks for what follows this offset. Give the link that it asks on."""
    chain.above.close()
    link = chain.master.accept()
    asked = link.await_psync()
    stage.script.call("PING")
    wanted = PsyncRequest(FEEDER_REPLID, offset + 1)
    expected = "the id of its master and the first byte that it has not processed"
    stage.script.require(asked == wanted, expected, f"{offset + 1}", actual=repr(asked))
    return link


def hold_bytes(stage: Stage, below: ReplicaLink, sent: bytes, since: int) -> None:
    """Hold what came from the target from an offset on to what its master sent."""
    below.read_raw_to(since + len(sent))
    came = below.stream.raw
    start = below.stream.start_offset - since
    stage.script.require(came == sent[start:], "the bytes that its master sent, and no others", actual=repr(came))


@pytest.mark.documented(
    "Replicas of replicas receive exactly the same replication stream from the top-level master, in its own words",
    source=REPLICATION,
)
def test_a_replica_passes_the_stream_on_verbatim(judged: Judged) -> None:
    with Stage(judged) as stage:
        start = Random(judged.run.seed).randrange(OFFSET_MAX)
        chain = chained(stage, start)
        chain.above.feed(*COMMANDS)
        chain.above.await_ack()
        stage.script.call("PING")
        told = stage.info().master_repl_offset
        stage.script.require(told == chain.above.offset, "the offset of its master", f"{start}", actual=str(told))
        hold_bytes(stage, chain.below, chain.above.stream.raw, start)


@pytest.mark.documented(
    "A transaction that is cut off has not happened: a replica asks for all of it again, and passes it on once",
    source=SOURCE,
)
def test_a_transaction_that_is_cut_off_comes_again(judged: Judged) -> None:
    with Stage(judged) as stage:
        start = Random(judged.run.seed).randrange(OFFSET_MAX)
        chain = chained(stage, start)
        before = chain.above.stream.raw
        chain.above.feed(*TRANSACTION[:-1])
        link = cut(stage, chain, start + len(before))
        link.go_on(FEEDER_REPLID, start + len(before))
        link.feed(*TRANSACTION)
        link.await_ack()
        stage.script.require(stage.script.call("GET", "a") == b"2", "what the transaction has done, once")
        hold_bytes(stage, chain.below, before + link.stream.raw, start)


@pytest.mark.documented(
    "A replica that is promoted cuts the links of its replicas, which go on under the new id when they ask again",
    source=SOURCE,
)
def test_a_promoted_replica_lets_its_replicas_ask_again(judged: Judged) -> None:
    with Stage(judged) as stage:
        chain = chained(stage, Random(judged.run.seed).randrange(OFFSET_MAX))
        stage.promote()
        stage.script.call("PING")
        info = stage.info()
        stage.script.require(not info.replicas, "no replicas any more", actual=repr(info))
        answer = stage.link().psync(FEEDER_REPLID, chain.above.offset + 1)
        expected = "+CONTINUE with another id"
        same = answer == Continue(info.master_replid) and info.master_replid != FEEDER_REPLID
        stage.script.require(same, expected, info.master_replid, actual=repr(answer))


@pytest.mark.documented(
    "REPLICAOF ends an attempt to synchronise: what the former master answers is not heard by {role}",
    source=SOURCE,
)
@pytest.mark.parametrize("role", ["a master", "a replica of another"])
def test_an_attempt_ends_with_its_role(judged: Judged, role: str) -> None:
    with Stage(judged) as stage:
        link, snapshot = stage.synchronised()
        stage.hang_up(link)
        former = stage.follow(stage.false_master())
        other = stage.false_master().address
        words = ("NO", "ONE") if role == "a master" else (other.host, other.port)
        stage.script.call("REPLICAOF", *words)
        try:
            former.full_resync(FEEDER_REPLID, 0)
            former.send_snapshot(snapshot)
            former.await_ack()
        except TargetClosed:
            pass
        told = stage.info().master_replid
        stage.script.require(told != FEEDER_REPLID, "not the history of the former master", actual=told)


@pytest.mark.documented(
    "A replica whose master goes on under another id takes it, keeps the former one, and cuts its replicas' links",
    source=SOURCE,
)
def test_a_replica_takes_the_id_that_its_master_goes_on_under(judged: Judged) -> None:
    with Stage(judged) as stage:
        chain = chained(stage, Random(judged.run.seed).randrange(OFFSET_MAX))
        offset = chain.above.offset
        link = cut(stage, chain, offset)
        link.go_on(OTHER_REPLID, offset)
        link.await_ack()
        info = stage.info()
        told = (info.master_replid, info.master_replid2, info.second_repl_offset)
        expected = (OTHER_REPLID, FEEDER_REPLID, offset + 1)
        what = "the new id, and the former one up to the offset plus one"
        stage.script.require(told == expected, what, f"{expected}", actual=repr(info))
        stage.script.require(not info.replicas, "no replicas any more", actual=repr(info))
        answer = stage.link().psync(FEEDER_REPLID, offset + 1)
        stage.script.require(answer == Continue(OTHER_REPLID), "+CONTINUE with the new id", actual=repr(answer))


@pytest.mark.documented(
    "A replica that is sent everything has the history of its master alone: no former id, no older bytes, no replicas",
    source=SOURCE,
)
def test_a_full_synchronisation_leaves_no_former_history(judged: Judged) -> None:
    random = Random(judged.run.seed)
    with Stage(judged) as stage:
        chain = chained(stage, random.randrange(OFFSET_MAX))
        offset = chain.above.offset
        link = cut(stage, chain, offset)
        link.go_on(OTHER_REPLID, offset)
        link.await_ack()
        stage.synchronised()
        link.close()
        link = chain.master.accept()
        link.await_psync()
        start = random.randrange(OFFSET_MAX)
        link.full_resync(THIRD_REPLID, start)
        link.send_snapshot(chain.snapshot)
        link.await_ack()
        stage.script.call("PING")
        info = stage.info()
        told = (info.master_replid, info.master_replid2, info.second_repl_offset)
        stage.script.require(told == (THIRD_REPLID, NO_REPLID, -1), "one id, and no former one", actual=repr(info))
        held = (info.repl_backlog_first_byte_offset, info.repl_backlog_histlen)
        expected = (start + 1, link.offset - start)
        stage.script.require(held == expected, "what has come since the snapshot", f"{expected}", actual=repr(info))
        stage.script.require(not info.replicas, "no replicas any more", actual=repr(info))
        for replid in (FEEDER_REPLID, OTHER_REPLID):
            late = stage.link()
            answer = late.psync(replid, offset + 1)
            stage.script.require(isinstance(answer, FullResync), "+FULLRESYNC", replid, actual=repr(answer))
            stage.hang_up(late)
