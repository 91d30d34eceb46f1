"""Subscriptions: which messages each client is sent, in which order, and what a subscribed client may do."""

from __future__ import annotations

import pytest
from redproof_model.choice import SILENT, Choice, Expected, observe
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, OK, Error, Push, Reply, Status, project
from redproof_model.versions import REDIS_6_0, REDIS_6_2, REDIS_7_0, REDIS_7_2, VALKEY_8_0, VALKEY_8_1, Version


def after(version: Version, resp: int, *lines: str) -> tuple[Model, Expected]:
    """A model after these commands, each written `client command`, and what the last one is answered."""
    model = Model(version)
    for client in "ABC":
        model.connect(client, resp)
    expected: Expected = OK
    for line in lines:
        client, *argv = line.split()
        expected = model.step(client, [word.encode() for word in argv], 0, 0)
    return model, expected


def sent(model: Model, client: str) -> list[Reply]:
    """What a client is sent besides its last reply, in the only world there is."""
    (world,) = model.worlds
    return [output for name, output in world.deliveries if name == client and not isinstance(output, Choice)]


def message(channel: bytes, text: bytes) -> Push:
    return Push([b"message", channel, text])


NAMES = (b"a", b"b", b"c", b"d", b"e")
WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")
ALL = pytest.mark.parametrize("version", [REDIS_6_0, REDIS_6_2, REDIS_7_0, REDIS_7_2, VALKEY_8_0])


@ALL
def test_a_message_goes_to_each_subscription_the_channel_first(version: Version) -> None:
    model, reply = after(
        version, 3, "A SUBSCRIBE a", "A PSUBSCRIBE a*", "B PSUBSCRIBE b*", "B SUBSCRIBE a", "C PUBLISH a x"
    )
    assert reply == 3
    assert sent(model, "A") == [message(b"a", b"x"), Push([b"pmessage", b"a*", b"a", b"x"])]
    assert sent(model, "B") == [message(b"a", b"x")]
    assert sent(model, "C") == []


@ALL
def test_a_message_for_several_patterns_comes_in_any_order_and_once_for_each(version: Version) -> None:
    for first, second in ((b"a*", b"*"), (b"*", b"a*")):
        model, _ = after(version, 3, "A PSUBSCRIBE a* *")
        assert model.deliver("A", Push([b"psubscribe", b"*", 2]), 3, 0)
        assert model.step("B", [b"PUBLISH", b"a", b"x"], 0, 0) == 2
        assert model.receivers() == {"A": True}
        assert model.deliver("A", Push([b"pmessage", first, b"a", b"x"]), 3, 0)
        assert model.receivers() == {"A": True}
        assert model.deliver("A", Push([b"pmessage", second, b"a", b"x"]), 3, 0)
        assert model.receivers() == {}


@pytest.mark.parametrize("twice", [Push([b"pmessage", b"a*", b"a", b"x"]), Push([b"pmessage", b"*", b"a", b"y"])])
def test_no_message_comes_twice_or_changed(twice: Reply) -> None:
    model, _ = after(REDIS_7_0, 3, "A PSUBSCRIBE a* *")
    assert model.deliver("A", Push([b"psubscribe", b"*", 2]), 3, 0)
    model.step("B", [b"PUBLISH", b"a", b"x"], 0, 0)
    assert model.deliver("A", Push([b"pmessage", b"a*", b"a", b"x"]), 3, 0)
    assert not model.deliver("A", twice, 3, 0)


@pytest.mark.parametrize(
    ("lines", "replies"),
    [
        (["A SUBSCRIBE a b a"], [[b"subscribe", b"a", 1], [b"subscribe", b"b", 2], [b"subscribe", b"a", 2]]),
        (["A SUBSCRIBE a", "A PSUBSCRIBE b"], [[b"psubscribe", b"b", 2]]),
        (["A UNSUBSCRIBE"], [[b"unsubscribe", NULL, 0]]),
        (["A SUBSCRIBE a", "A PUNSUBSCRIBE"], [[b"punsubscribe", NULL, 1]]),
        (["A SUBSCRIBE a", "A UNSUBSCRIBE b a"], [[b"unsubscribe", b"b", 1], [b"unsubscribe", b"a", 0]]),
        (
            ["A PSUBSCRIBE b", "A PSUBSCRIBE a", "A PUNSUBSCRIBE"],
            [[b"punsubscribe", b"b", 1], [b"punsubscribe", b"a", 0]],
        ),
        (["A SSUBSCRIBE a", "A SUBSCRIBE a"], [[b"subscribe", b"a", 1]]),
    ],
)
def test_a_subscription_is_answered_for_each_name(lines: list[str], replies: list[list[Reply]]) -> None:
    model, first = after(REDIS_7_0, 2, *lines[:-1])
    model.worlds[0].deliveries.clear()
    client, *argv = lines[-1].split()
    first = model.step(client, [word.encode() for word in argv], 0, 0)
    assert not isinstance(first, Choice)
    assert [project(reply, 2) for reply in (first, *sent(model, "A"))] == replies


def test_leaving_all_channels_is_answered_in_any_order_with_falling_counts() -> None:
    model, expected = after(REDIS_7_0, 2, "A SUBSCRIBE a", "A SUBSCRIBE b", "A UNSUBSCRIBE")
    assert observe(expected, [b"unsubscribe", b"b", 1], 2)
    assert not model.deliver("A", [b"unsubscribe", b"a", 1], 2, 0)
    model, expected = after(REDIS_7_0, 2, "A SUBSCRIBE a", "A SUBSCRIBE b", "A UNSUBSCRIBE")
    assert observe(expected, [b"unsubscribe", b"b", 1], 2)
    assert model.deliver("A", [b"unsubscribe", b"a", 0], 2, 0)


def test_own_messages_come_before_the_reply_and_since_7_2_after_it() -> None:
    model, reply = after(REDIS_7_0, 3, "A SUBSCRIBE a", "A PUBLISH a x")
    assert (reply, sent(model, "A")) == (message(b"a", b"x"), [1])
    model, reply = after(REDIS_7_2, 3, "A SUBSCRIBE a", "A PUBLISH a x")
    assert (reply, sent(model, "A")) == (1, [message(b"a", b"x")])


def test_a_transaction_has_as_many_replies_as_commands_and_what_is_left_comes_after() -> None:
    model, reply = after(REDIS_7_0, 3, "A MULTI", "A SUBSCRIBE a b", "A PUBLISH a x", "A EXEC")
    assert reply == [Push([b"subscribe", b"a", 1]), Push([b"subscribe", b"b", 2])]
    assert sent(model, "A") == [message(b"a", b"x"), 1]
    model, reply = after(REDIS_7_2, 3, "A MULTI", "A SUBSCRIBE a b", "A PUBLISH a x", "A EXEC")
    assert sent(model, "A") == [1, message(b"a", b"x")]


def late_entry() -> Model:
    """A model after a transaction of client A whose array has come, and the ID of its entry 5-0 or 6-0 has not."""
    model, _ = after(REDIS_7_0, 2, "B XREAD BLOCK 0 STREAMS x 0", "A MULTI", "A SUBSCRIBE a b c", "A XADD x * f v")
    model.step("A", [b"STRLEN", b"x"], 5, 6)
    expected = model.step("A", [b"EXEC"], 5, 6)
    assert observe(expected, [[b"subscribe", name, count] for count, name in enumerate(NAMES[:3], 1)], 2)
    assert model.receivers() == {"A": True}
    return model


def test_what_follows_a_choice_after_the_array_is_executed_when_that_has_come() -> None:
    model = late_entry()
    assert model.deliver("A", b"6-0", 2, 6)
    assert model.deliver("A", WRONG_TYPE, 2, 6)
    assert model.receivers() == {"B": True}
    assert model.deliver("B", [[b"x", [[b"6-0", [b"f", b"v"]]]]], 2, 6)
    assert model.receivers() == {}


@pytest.mark.parametrize("seen", [b"7-0", 0, WRONG_TYPE])
def test_a_choice_after_the_array_leaves_no_other(seen: Reply) -> None:
    assert "an ID from 5-0 to 6-0" in late_entry().expected_delivery("A")
    assert not late_entry().deliver("A", seen, 2, 6)


def test_choices_after_the_array_come_one_after_the_other() -> None:
    lines = ["A SADD s x y", "A MULTI", "A SUBSCRIBE a b c d e", "A SPOP s", "A SPOP s", "A PUBLISH a m", "A EXISTS s"]
    model, expected = after(REDIS_7_2, 3, *lines, "A EXEC")
    assert observe(expected, [Push([b"subscribe", name, count]) for count, name in enumerate(NAMES, 1)], 3)
    for reply in (b"y", b"x", 1, 0, message(b"a", b"m")):
        assert model.deliver("A", reply, 3, 0)
    assert model.receivers() == {}


def test_an_order_that_is_left_open_after_the_array_keeps_no_message_to_others_back() -> None:
    lines = ["B SUBSCRIBE e", "A MULTI", "A SUBSCRIBE a b c", "A PUBSUB CHANNELS", "A PUBLISH e x"]
    model, expected = after(REDIS_7_0, 2, *lines, "A EXEC")
    assert observe(expected, [[b"subscribe", name, count] for count, name in enumerate(NAMES[:3], 1)], 2)
    assert model.receivers() == {"A": True, "B": True}
    assert model.deliver("B", [b"message", b"e", b"x"], 2, 0)
    assert model.deliver("A", [b"e", b"c", b"b", b"a"], 2, 0)
    assert model.deliver("A", 1, 2, 0)
    assert model.receivers() == {}


@pytest.mark.parametrize(
    ("version", "named"),
    [
        (REDIS_6_0, b"only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT are allowed in this context"),
        (REDIS_6_2, b"only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"),
        (REDIS_7_0, b"only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"),
    ],
)
def test_a_resp2_client_that_is_subscribed_may_do_little_else(version: Version, named: bytes) -> None:
    assert after(version, 2, "A SUBSCRIBE a", "A GET k")[1] == Error(b"ERR Can't execute 'get': " + named)
    assert after(version, 3, "A SUBSCRIBE a", "A GET k")[1] is NULL
    assert after(version, 2, "A SUBSCRIBE a", "A PING x")[1] == [b"pong", b"x"]
    assert after(version, 2, "A SUBSCRIBE a", "A UNSUBSCRIBE a", "A GET k")[1] is NULL


def test_reset_ends_all_that_a_client_is_subscribed_to() -> None:
    model, reply = after(REDIS_7_0, 3, "A SUBSCRIBE a", "A SSUBSCRIBE s", "A RESET")
    assert reply == Status(b"RESET")
    assert model.step("B", [b"PUBLISH", b"a", b"x"], 0, 0) == 0
    assert model.step("B", [b"SPUBLISH", b"s", b"x"], 0, 0) == 0
    assert model.protocol("A") == 2


def test_valkey_8_0_refuses_to_end_what_there_is_none_of() -> None:
    refusal = Error(b"NOSUB 'unsubscribe' command executed not in subscribed mode")
    assert after(VALKEY_8_0, 2, "A UNSUBSCRIBE")[1] == refusal
    assert after(VALKEY_8_0, 2, "A MULTI", "A UNSUBSCRIBE", "A EXEC")[1] == Error(
        b"EXECABORT Transaction discarded because of previous errors."
    )
    assert after(VALKEY_8_1, 2, "A UNSUBSCRIBE")[1] == Push([b"unsubscribe", NULL, 0])


@pytest.mark.parametrize(("version", "messages"), [(REDIS_6_0, []), (REDIS_6_2, [message(b"a", b"x")])])
def test_silence_keeps_replies_back_and_messages_only_before_6_2(version: Version, messages: list[Reply]) -> None:
    model, reply = after(version, 3, "A SUBSCRIBE a", "A CLIENT REPLY OFF", "A SET k v")
    assert reply is SILENT
    model.step("B", [b"PUBLISH", b"a", b"x"], 0, 0)
    assert sent(model, "A") == messages
    assert model.step("A", [b"CLIENT", b"REPLY", b"ON"], 0, 0) == OK
    assert model.step("A", [b"GET", b"k"], 0, 0) == b"v"


@ALL
def test_skip_keeps_back_its_own_reply_and_the_next(version: Version) -> None:
    model, reply = after(version, 2, "A CLIENT REPLY SKIP")
    assert reply is SILENT
    assert model.step("A", [b"PING"], 0, 0) is SILENT
    assert model.step("A", [b"PING"], 0, 0) == Status(b"PONG")


def test_a_silent_client_is_sent_its_own_messages_for_several_patterns() -> None:
    model, _ = after(REDIS_7_0, 3, "A CLIENT REPLY OFF", "A PSUBSCRIBE a* *")
    model.worlds[0].deliveries.clear()
    assert model.step("A", [b"PUBLISH", b"a", b"x"], 0, 0) is SILENT
    assert model.deliver("A", Push([b"pmessage", b"*", b"a", b"x"]), 3, 0)
    assert model.deliver("A", Push([b"pmessage", b"a*", b"a", b"x"]), 3, 0)
    assert model.receivers() == {}
