"""Bulk: seeded histories of every group of commands, and of all groups together, in both protocols."""

from __future__ import annotations

import pytest

from redproof_properties.judged import Judged
from redproof_properties.vocabulary import GROUPS

SOURCE = "https://redis.io/docs/latest/commands/"


@pytest.mark.documented("Every reply to a history of {group} commands is one that the model allows", source=SOURCE)
@pytest.mark.parametrize("group", GROUPS)
def test_group(judged: Judged, group: str) -> None:
    judged.need_group(group)
    judged.campaign(group, judged.generator([group, "strings"]), judged.run.profile.campaign_commands)


@pytest.mark.documented("Every RESP{resp} reply to any mix of commands is one that the model allows", source=SOURCE)
@pytest.mark.parametrize("resp", [2, 3])
def test_all_groups(judged: Judged, resp: int) -> None:
    judged.campaign("all", judged.generator(), 2 * judged.run.profile.campaign_commands, resp)


@pytest.mark.documented(
    "Several clients on the same keys get the RESP{resp} replies that the order of their commands allows", source=SOURCE
)
@pytest.mark.parametrize("resp", [2, 3])
def test_several_clients(judged: Judged, resp: int) -> None:
    judged.campaign("several clients", judged.generator(clients=3), judged.run.profile.campaign_commands, resp)


@pytest.mark.documented(
    "Each RESP{resp} client gets the messages that are published to what it is subscribed to, in order, and no other",
    source="https://redis.io/docs/latest/develop/pubsub/",
)
@pytest.mark.parametrize("resp", [2, 3])
def test_messages(judged: Judged, resp: int) -> None:
    commands = judged.run.profile.campaign_commands
    judged.campaign("messages", judged.generator(["pubsub", "transactions"], clients=3), commands, resp)


@pytest.mark.documented(
    "A key with an expiry is there until then and gone after, also to WATCH and EXEC",
    source="https://redis.io/docs/latest/commands/expire/",
)
def test_keys_expire(judged: Judged) -> None:
    commands = judged.run.profile.campaign_commands // 4
    judged.campaign("expiry", judged.generator(clients=2, pauses=True), commands)
    judged.campaign("expiry", judged.generator(["transactions", "strings"], clients=2, pauses=True), commands)
