"""Replication through faults of links and processes: what replicas hold, and in which histories.

Each property starts servers of the target's kind, which replicate through proxies of ours, and takes them along seeded
schedules. Servers that are not ours cannot be made replicas of each other, so it is skipped for them.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from redproof_model.reply import Error
from redproof_model.versions.since import descends

from redproof_properties.judged import Judged
from redproof_properties.replication.ends.info import NO_REPLID
from redproof_properties.replication.schedules.campaign import ScheduleCampaign
from redproof_properties.replication.schedules.play import Play
from redproof_properties.replication.schedules.recorder import StreamRecorder
from redproof_properties.replication.schedules.schedule import KINDS
from redproof_properties.replication.topologies.nodes import need_nodes, why_no_node
from redproof_properties.replication.topologies.pairs import commands_of_one, why_not
from redproof_properties.replication.topologies.topology import chain, fork, pair
from redproof_properties.targets import Target, parse_target

REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
SOURCE = "https://github.com/redis/redis/blob/7.0.15/src/replication.c"

SMALL_BACKLOG = {"repl-backlog-size": "16kb"}
SHAPES = {"a master with two replicas": fork, "a chain of three": chain}
CALLS = 120
ROUNDS = 8
RESTART_GOES_ON_SINCE = ("redis", (7, 0))
SETTLE_ALONE = {"settle": KINDS["settle"]}
LINKS_AND_REPLICAS = {
    name: kind for name, kind in KINDS.items() if kind.to_replicas and name not in ("promote", "failover")
}
"""What changes no roles, and restarts no master."""


@pytest.mark.documented(
    "Replicas of {shape} that have the same offset as their master have the same data, whatever happened before",
    source=REPLICATION,
)
@pytest.mark.parametrize("shape", SHAPES)
def test_equal_offsets_mean_equal_data(judged: Judged, shape: str) -> None:
    need_nodes(judged)
    spelling = judged.target.spelling
    campaign = ScheduleCampaign(judged, SHAPES[shape](spelling, spelling, **SMALL_BACKLOG))
    campaign.run(judged.run.profile.examples // 8, CALLS)


@pytest.mark.documented(
    "Every given pair of replication ID, offset identifies an exact version of the dataset, and the bytes up to it",
    source=REPLICATION,
)
def test_same_offset_means_same_bytes(judged: Judged) -> None:
    need_nodes(judged)
    spelling = judged.target.spelling
    campaign = ScheduleCampaign(judged, replace(chain(spelling, spelling, **SMALL_BACKLOG), recorded=True))
    campaign.run(judged.run.profile.examples // 8, CALLS)


@pytest.mark.documented("No command makes master and replica differ", source=REPLICATION)
def test_no_command_makes_replicas_differ(judged: Judged) -> None:
    need_nodes(judged, restarts=False)
    spelling = judged.target.spelling
    campaign = ScheduleCampaign(judged, pair(spelling, spelling), SETTLE_ALONE)
    campaign.run(judged.run.profile.campaign_commands // 2_000, 200)


@pytest.mark.documented(
    "A {other_spelling} that replicates it has the same data at the same offset, through faults of the link",
    source=REPLICATION,
)
def test_pairs_have_equal_data(judged: Judged, other_spelling: str) -> None:
    need_nodes(judged, restarts=False)
    topology = pair(judged.target.spelling, other_spelling, **SMALL_BACKLOG)
    with other_target(judged, other_spelling) as other:
        if (reason := why_no_node(other, restarts=False) or why_not(judged.target, other)) is not None:
            pytest.skip(reason)
        without = commands_of_one(judged, other)
    campaign = ScheduleCampaign(judged, topology, LINKS_AND_REPLICAS, without=without)
    campaign.run(judged.run.profile.examples // 10, CALLS)


def other_target(judged: Judged, spelling: str) -> Target:
    """A target of the spelling, which may be the judged one's own."""
    return judged.target.twin() if spelling == judged.target.spelling else parse_target(spelling)


@pytest.mark.documented(
    "Replicas of replicas receive exactly the same replication stream from the top-level master", source=REPLICATION
)
def test_a_chained_replica_is_a_prefix_of_its_master(judged: Judged) -> None:
    need_nodes(judged, restarts=False)
    spelling, chance = judged.target.spelling, Random(judged.run.seed)
    with Play(judged, chain(spelling, spelling)) as play, StreamRecorder(play.deployment) as recorder:
        for _ in range(ROUNDS):
            kind = chance.choice(("hold", "cut", "cut at"))
            play.suffer(kind, chance.choice("rs"), chance.randrange(200) if kind == "cut at" else None)
            play.write("m", chance.randrange(1, 20), "x" * chance.randrange(200))
            offsets = [play.info(name).master_repl_offset for name in ("s", "r", "m")]
            play.require(offsets == sorted(offsets), "offsets that grow from replica to master", offsets)
            recorder.catch_up()
            found = next(recorder.differences(), None)
            play.require(found is None, "the same bytes at the same offsets of a history", found)
            play.settle()
        histories = {(segment.node, segment.replid) for segment in recorder.segments}
        one = len(histories) == 3 and len({replid for _, replid in histories}) == 1
        play.require(one, "one history of all three", histories)


@pytest.mark.documented(
    "A promoted replica remembers its old replication ID, valid up to the offset at which it was promoted plus one",
    source=SOURCE + "#L1555",
)
def test_promotion_begins_a_history(judged: Judged) -> None:
    need_nodes(judged, restarts=False)
    spelling, chance = judged.target.spelling, Random(judged.run.seed)
    with Play(judged, pair(spelling, spelling)) as play:
        for count in (0, 1, chance.randrange(2, 50)):
            play.write("m", count)
            play.settle()
            before = play.info("r")
            play.suffer("promote", "r")
            after = play.info("r")
            former = (after.master_replid2, after.second_repl_offset)
            expected = (before.master_replid, before.master_repl_offset + 1)
            play.require(former == expected, "the former id, up to the offset plus one", after, f"{before}")
            new = after.master_replid not in (before.master_replid, before.master_replid2)
            play.require(new, "an id that it had not before", after, f"{before}")
            kept = after.master_repl_offset == before.master_repl_offset
            play.require(kept, "the same offset as before", after, f"{before}")
            play.suffer("repoint", "r", "m")
            play.settle()


@pytest.mark.documented(
    "A master that is started again goes on from its RDB file under another ID, and remembers the old one from Redis "
    "7.0 on; before it begins a history",
    source="https://github.com/redis/redis/blob/7.0.15/src/server.c",
)
def test_a_restarted_master_takes_another_id(judged: Judged) -> None:
    need_nodes(judged)
    spelling = judged.target.spelling
    with Play(judged, pair(spelling, spelling)) as play:
        play.write("m", 5)
        play.settle()
        play.suffer("save", "m")
        before = play.info("m")
        play.suffer("restart", "m", 1)
        after = play.info("m")
        goes_on = descends(judged.version, *RESTART_GOES_ON_SINCE)
        expected = (before.master_replid, before.master_repl_offset + 1) if goes_on else (NO_REPLID, -1)
        play.require(after.master_replid != before.master_replid, "another id", after, f"{before}")
        former = (after.master_replid2, after.second_repl_offset)
        play.require(former == expected, "the former id from 7.0 on, and none before", after, f"{before}")
        play.settle()
        syncs = play.syncs("m")
        play.require(syncs == ((0, 1) if goes_on else (1, 0)), "one synchronisation, in part from 7.0 on", syncs)


@pytest.mark.documented(
    "After a failover a server that has nothing the new master lacks, and any other replica, is resynchronised in part",
    source=REPLICATION,
)
def test_a_clean_switchover_is_partial(judged: Judged) -> None:
    need_nodes(judged, restarts=False)
    spelling = judged.target.spelling
    with Play(judged, fork(spelling, spelling)) as play:
        play.write("m", 5)
        play.settle()
        play.suffer("promote", "r")
        play.write("r", 5)
        before = play.syncs("r")
        play.suffer("repoint", "m", "r")
        play.suffer("repoint", "s", "r")
        play.settle()
        after = play.syncs("r")
        expected = "two partial resynchronisations more, none in full"
        play.require(after == (before.full, before.partial + 2), expected, after, f"{before}")


@pytest.mark.documented(
    "An old master that has written anything since another was promoted is resynchronised in full, and loses it",
    source=REPLICATION,
)
def test_a_divergent_write_makes_it_full(judged: Judged) -> None:
    need_nodes(judged, restarts=False)
    spelling = judged.target.spelling
    with Play(judged, pair(spelling, spelling)) as play:
        play.write("m", 5)
        play.settle()
        play.suffer("promote", "r")
        play.call("m", "SET", "divergent", "x")
        before = play.syncs("r")
        play.suffer("repoint", "m", "r")
        play.settle()
        after = play.syncs("r")
        expected = "one synchronisation in full more, none in part"
        play.require(after == (before.full + 1, before.partial), expected, after, f"{before}")
        left = play.call("m", "EXISTS", "divergent")
        play.require(left == 0, "the write that another history has not is gone", left)


@pytest.mark.documented(
    "FAILOVER lets master and replica change places: no write is lost, and the old master is resynchronised in part",
    source="https://redis.io/docs/latest/commands/failover/",
)
def test_failover_loses_nothing(judged: Judged) -> None:
    need_nodes(judged, restarts=False)
    if not has_failover(judged):
        pytest.skip(f"{judged.target.spelling} has no FAILOVER")
    spelling = judged.target.spelling
    with Play(judged, pair(spelling, spelling)) as play:
        play.write("m", 5)
        play.settle()
        play.suffer("failover", "r")
        held, syncs = play.call("r", "DBSIZE"), play.syncs("r")
        play.require(held == 5, "all that was written before", held)
        play.require(syncs.full == 0, "no synchronisation in full", syncs)
        play.write("r", 5)
        play.settle()
        held = play.call("m", "DBSIZE")
        play.require(held == 10, "all that was written before and after", held)


def has_failover(judged: Judged) -> bool:
    """Whether the target has FAILOVER, as from Redis 6.2 on."""
    with judged.target.connect() as connection:
        reply = connection.call("FAILOVER", "ABORT")
    return not (isinstance(reply, Error) and b"unknown command" in reply.text)
