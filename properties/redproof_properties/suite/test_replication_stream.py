"""What a master puts on the replication stream, held against the model command by command."""

from __future__ import annotations

import pytest

from redproof_properties.generate import Generator
from redproof_properties.judged import Judged
from redproof_properties.replication.judges.propagated import (
    ABOUT_REPLICAS,
    EXPIRE_FIELDS,
    ExpiringStreamJudge,
    StreamJudge,
)
from redproof_properties.vocabulary import GROUPS

SOURCE = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
PROPAGATED = [group for group in GROUPS if group != "replication"]
"""The groups of commands that do not ask about replicas."""


def hold(
    judged: Judged, generator: Generator, share: int, resp: int = 2, kind: type[StreamJudge] = StreamJudge
) -> None:
    """Judge a share of the profile's commands together with the stream."""
    commands = judged.run.profile.campaign_commands // share
    judged.campaign("replication stream", generator, commands, resp, kind=kind)


@pytest.fixture
def master(judged: Judged) -> Judged:
    """A target to which the harness can be attached as a replica, and whose expiry cycle can be turned off."""
    judged.need("can_replicate")
    judged.need("can_debug")
    return judged


@pytest.mark.documented(
    "The master keeps the replica updated by sending a stream of commands: after each of {group} master_repl_offset "
    "has grown by the bytes of those that the model says it sends",
    source=SOURCE,
)
@pytest.mark.parametrize("group", PROPAGATED)
def test_stream_of_group(master: Judged, group: str) -> None:
    master.need_group(group)
    hold(master, master.generator([group, "strings"], without=ABOUT_REPLICAS), share=5)


@pytest.mark.documented(
    "A transaction's writes, and a script's, are in the stream as a whole, and so is a RESP{resp} client's that waited",
    source=SOURCE,
)
@pytest.mark.parametrize("resp", [2, 3])
def test_stream_of_several_clients(master: Judged, resp: int) -> None:
    hold(master, master.generator(clients=3, without=ABOUT_REPLICAS), share=5, resp=resp)
    units = ["transactions", "scripting", "blocking", "sets", "streams"]
    hold(master, master.generator(units, clients=3, without=ABOUT_REPLICAS), share=5, resp=resp)


@pytest.mark.documented(
    "When a master expires a key it synthesizes a DEL command which is transmitted to all the replicas", source=SOURCE
)
def test_stream_of_expiry(master: Judged) -> None:
    hold(master, master.generator(clients=2, pauses=True, without=ABOUT_REPLICAS), share=10)
    groups = ["transactions", "strings", "generic"]
    hold(master, master.generator(groups, clients=2, pauses=True, without=ABOUT_REPLICAS), share=10)


@pytest.mark.documented(
    "Keys are expired when a client tries to access them and in the background: at any moment after its time has come "
    "a key's deletion may enter the stream, once, and not before",
    source="https://redis.io/docs/latest/commands/expire/#how-redis-expires-keys",
)
def test_stream_of_active_expiry(master: Judged) -> None:
    without = (*ABOUT_REPLICAS, *EXPIRE_FIELDS)
    for groups in (PROPAGATED, ["strings", "generic", "transactions"]):
        generator = master.generator(groups, clients=2, pauses=True, without=without)
        hold(master, generator, share=10, kind=ExpiringStreamJudge)
