"""What a master sends by itself, and beside a snapshot: the harness is its replica."""

from __future__ import annotations

from typing import Final

import pytest

from redproof_properties.judged import Judged
from redproof_properties.replication.ends.info import NO_REPLID
from redproof_properties.replication.ends.link import FullResync
from redproof_properties.replication.ends.stage import Stage
from redproof_properties.replication.schedules.play import Play
from redproof_properties.replication.topologies.nodes import need_nodes
from redproof_properties.replication.topologies.topology import Node, Topology

CONFIGURATION = "https://github.com/redis/redis/blob/7.0.15/redis.conf"
SOURCE = "https://github.com/redis/redis/blob/7.0.15/src/replication.c"

KEYS: Final = 100
KEY_SAVE_DELAY_US: Final = 2_000
"""So long a key is waited at in a snapshot, which leaves time to write while it is made."""

FORMS: Final = {
    "through a file": {"repl-diskless-sync": "no"},
    "without a file": {"repl-diskless-sync": "yes", "repl-diskless-sync-delay": "0"},
}
WRITES_BEFORE, WRITES_DURING, WRITES_AFTER = 3, 5, 2


@pytest.mark.documented(
    "A snapshot is of the offset that was told with it; what is written while it is made comes after it, once: {form}",
    source=SOURCE,
)
@pytest.mark.parametrize("form", FORMS)
def test_the_stream_goes_on_behind_a_snapshot(judged: Judged, form: str) -> None:
    with Stage(judged, {"rdb-key-save-delay": str(KEY_SAVE_DELAY_US), **FORMS[form]}) as stage:
        for number in range(KEYS):
            stage.client.call("SET", f"key{number}", number)
        stage.script.call_all([("INCR", "counter")] * WRITES_BEFORE)
        link = stage.link()
        answer = link.psync()
        stage.script.require(isinstance(answer, FullResync), "+FULLRESYNC", actual=repr(answer))
        stage.script.call_all([("INCR", "counter")] * WRITES_DURING)
        snapshot = link.take_snapshot(stage.client)
        stage.script.call_all([*[("INCR", "counter")] * WRITES_AFTER, ("SET", "last", 1)])
        told, last = stage.info().master_repl_offset, link.read_until(b"SET")
        stage.script.require(last.end_offset == told, "as many bytes as the offset counts", f"{told}", actual=str(last))
        stage.hang_up(link)
        start = link.stream.start_offset
        feeder = stage.fed(snapshot, start)
        held = stage.script.call("GET", "counter")
        stage.script.require(held == b"%d" % WRITES_BEFORE, "what was written before the snapshot", f"{WRITES_BEFORE}")
        feeder.feed_bytes(link.stream.between(start, told))
        feeder.await_ack()
        held = stage.script.call("GET", "counter")
        total = WRITES_BEFORE + WRITES_DURING + WRITES_AFTER
        stage.script.require(held == b"%d" % total, "all that was written", f"{total}")


@pytest.mark.documented(
    "Masters send PINGs to their replicas in a predefined interval; they are in the stream, and count as it does",
    source=CONFIGURATION,
)
def test_pings_count_as_stream(judged: Judged) -> None:
    with Stage(judged, {"repl-ping-replica-period": "1"}) as stage:
        link, _ = stage.synchronised()
        ping = link.read_until(b"PING")
        stage.script.call("PING")
        told = stage.info().master_repl_offset
        stage.script.require(told >= ping.end_offset, "an offset with the PING in it", actual=f"{told}, {ping}")
        stage.script.call("SET", "a", 1)
        write = link.read_until(b"SET")
        told = stage.info().master_repl_offset
        stage.script.require(told >= write.end_offset, "an offset with the write in it", actual=f"{told}, {write}")


@pytest.mark.documented(
    "A master that has never had a replica saves no ID with its data: started again, it goes on from no history",
    source="https://github.com/redis/redis/blob/7.0.15/src/rdb.c",
)
def test_a_master_alone_saves_no_history(judged: Judged) -> None:
    need_nodes(judged)
    with Play(judged, Topology({"m": Node(judged.target.spelling)})) as play:
        play.write("m", 1)
        play.suffer("save", "m")
        before = play.info("m")
        play.suffer("restart", "m", 1)
        held = play.call("m", "DBSIZE")
        play.require(held == 1, "the key that was saved", held)
        after = play.info("m")
        play.require(after.master_replid != before.master_replid, "another id", after, f"{before}")
        former = (after.master_replid2, after.second_repl_offset)
        play.require(former == (NO_REPLID, -1), "no former id", after)
