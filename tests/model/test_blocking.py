"""Blocked clients: whom a key wakes, in which order, with what, and when their time is up."""

from __future__ import annotations

import pytest
from redproof_model.choice import BLOCKED, Choice, observe
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, NULL_ARRAY, OK, Double, Error, Reply
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version

WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")
NEGATIVE = Error(b"ERR timeout is negative")
NOT_A_FLOAT = Error(b"ERR timeout is not a float or out of range")


def model_after(version: Version, *lines: str) -> Model:
    """A model after these commands, each written `client command`, one per ms and executed within it."""
    model = Model(version)
    for client in "ABCDE":
        model.connect(client)
    for now_ms, line in enumerate(lines):
        client, *argv = line.split()
        model.step(client, [word.encode() for word in argv], now_ms, now_ms)
    return model


def delivered(model: Model) -> list[tuple[str, Reply]]:
    """Who gets what, in the order in which they are served, in the only world there is."""
    (world,) = model.worlds
    return [(client, expected) for client, expected in world.deliveries if not isinstance(expected, Choice)]


BOTH = pytest.mark.parametrize("version", [REDIS_6_2, REDIS_7_0])


@BOTH
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["A BLPOP a b 0", "E RPUSH b 1 2"], [("A", [b"b", b"1"])]),
        (["A BRPOP a 0", "E RPUSH a 1 2"], [("A", [b"a", b"2"])]),
        (["A BLPOP a 0", "B BLPOP a 0", "E RPUSH a 1"], [("A", [b"a", b"1"])]),
        (["A BLPOP a 0", "B BRPOP a 0", "E RPUSH a 1 2 3"], [("A", [b"a", b"1"]), ("B", [b"a", b"3"])]),
        (["A BLPOP a 0", "B BLPOP a 0", "A PING", "E LPUSH a 1 2"], [("A", [b"a", b"2"]), ("B", [b"a", b"1"])]),
        # a key that others wait for, made by one who was served
        (["A BLMOVE a b LEFT LEFT 0", "B BRPOPLPUSH b c 0", "C BLPOP c 0", "E RPUSH a 1"],
         [("A", b"1"), ("B", b"1"), ("C", [b"c", b"1"])]),
        (["A BLMOVE a a LEFT LEFT 0", "B BLPOP a 0", "E RPUSH a 1"], [("A", b"1"), ("B", [b"a", b"1"])]),
        # a destination of another type leaves the element to the next
        (["E SET s x", "A BLMOVE a s LEFT LEFT 0", "B BLPOP a 0", "E RPUSH a 1"],
         [("A", WRONG_TYPE), ("B", [b"a", b"1"])]),
        # keys that come to be in other ways
        (["E RPUSH l 1", "A BLPOP a 0", "E RENAME l a"], [("A", [b"a", b"1"])]),
        (["E RPUSH l 1", "A BLPOP a 0", "E COPY l a"], [("A", [b"a", b"1"])]),
        (["E RPUSH l 1", "A BLPOP a 0", "E SORT l STORE a"], [("A", [b"a", b"1"])]),
        (["E SELECT 1", "E RPUSH a 1", "A BLPOP a 0", "E MOVE a 0"], [("A", [b"a", b"1"])]),
        (["E SELECT 1", "E RPUSH a 1", "A BLPOP a 0", "E SWAPDB 0 1"], [("A", [b"a", b"1"])]),
        # only when it comes to be: not when it is overwritten
        (["A BLPOP a 0", "E SET a x", "E RPUSH l 1", "E SORT l STORE a", "E RPUSH a 2"], []),
        (["A BLPOP a 0", "E ZADD a 1 m", "E DEL a", "E RPUSH a 1"], [("A", [b"a", b"1"])]),
        # what is left when a transaction ends
        (["A BLPOP a 0", "E MULTI", "E RPUSH a 1", "E LPOP a", "E EXEC"], []),
        (["A BLPOP a 0", "E MULTI", "E RPUSH a 1", "E DEL a", "E RPUSH a 2", "E EXEC"], [("A", [b"a", b"2"])]),
        (["A BLPOP a b 0", "E MULTI", "E RPUSH b 1", "E RPUSH a 2", "E EXEC"], [("A", [b"b", b"1"])]),
        (["A BLPOP a 0", "B SELECT 1", "B RPUSH a 1"], []),
    ],
)  # fmt: skip
def test_served(version: Version, lines: list[str], expected: list[tuple[str, Reply]]) -> None:
    assert delivered(model_after(version, *lines)) == expected


def test_a_client_passed_over_loses_its_place_in_6_2() -> None:
    lines = ["A BZPOPMIN a 0", "B BLPOP a 0", "C BLPOP a 0", "D BZPOPMIN a 0", "E RPUSH a 1", "E ZADD a 1 m"]
    assert delivered(model_after(REDIS_6_2, *lines)) == [("B", [b"a", b"1"]), ("D", [b"a", b"m", Double(b"1")])]
    assert delivered(model_after(REDIS_7_0, *lines)) == [("B", [b"a", b"1"]), ("A", [b"a", b"m", Double(b"1")])]


def test_blmpop() -> None:
    lines = ["A BLMPOP 0 2 a b RIGHT COUNT 2", "E RPUSH b 1 2 3"]
    assert delivered(model_after(REDIS_7_0, *lines)) == [("A", [b"b", [b"3", b"2"]])]


@pytest.mark.parametrize(
    ("timeout", "in_6_2", "in_7_0"),
    [
        ("0", None, None),
        ("0.0001", None, 1),
        ("-0.0001", None, None),
        # as a long double this is a little less than it says, and so no time at all in 6.2, which is for ever
        ("0.001", None, 1),
        ("-0.001", None, None),
        ("0.0015", 1, 2),
        ("1e-4940", None, 1),
        ("0x10", 16000, 16000),
        ("9223372036854775.807", None, None),
        ("9223372036854775.808", None, NEGATIVE),
        ("9223372036854776", NEGATIVE, NEGATIVE),
        ("-0.002", NEGATIVE, NEGATIVE),
        ("inf", NEGATIVE, NEGATIVE),
        ("nan", NOT_A_FLOAT, NOT_A_FLOAT),
        ("1e-5000", NOT_A_FLOAT, NOT_A_FLOAT),
        ("x", NOT_A_FLOAT, NOT_A_FLOAT),
    ],
)
def test_timeout_argument(timeout: str, in_6_2: Error | int | None, in_7_0: Error | int | None) -> None:
    now_ms = 1_700_000_000_000
    for version, wanted in ((REDIS_6_2, in_6_2), (REDIS_7_0, in_7_0)):
        model = Model(version)
        model.connect("A")
        expected = model.step("A", [b"BLPOP", b"a", timeout.encode()], now_ms, now_ms)
        if isinstance(wanted, Error):
            assert expected == wanted
        else:
            assert expected is BLOCKED
            assert model.deadline_ms("A") == (wanted and now_ms + wanted)


@BOTH
def test_nobody_waits_in_a_transaction(version: Version) -> None:
    model = model_after(version, "A MULTI", "A BLPOP a 0", "A BLMOVE a b LEFT LEFT 0", "A BRPOPLPUSH a b 1")
    assert model.step("A", [b"EXEC"], 9, 9) == [NULL_ARRAY, NULL, NULL]


def blocked_for_10_ms() -> Model:
    """A waits from ms 0 for the list `a`, and its time is up at ms 10."""
    return model_after(REDIS_7_0, "A BLPOP a 0.01")


def test_the_time_is_up_once_the_clock_is_past_it() -> None:
    assert blocked_for_10_ms().deadline_ms("A") == 10
    assert not blocked_for_10_ms().deliver("A", NULL_ARRAY, 2, now_ms=10)
    assert blocked_for_10_ms().deliver("A", NULL_ARRAY, 2, now_ms=11)
    assert not blocked_for_10_ms().deliver("A", [b"a", b"1"], 2, now_ms=11)


def test_the_server_may_serve_a_client_whose_time_is_up() -> None:
    replies: list[Reply] = [NULL_ARRAY, [b"a", b"1"]]
    for reply in replies:
        model = blocked_for_10_ms()
        pushed = model.step("E", [b"RPUSH", b"a", b"1"], 20, 21)
        assert observe(pushed, 1, 2)
        assert model.receivers() == {"A": True}
        assert model.deliver("A", reply, 2, now_ms=21)
        left = 0 if reply == [b"a", b"1"] else 1
        assert model.step("E", [b"LLEN", b"a"], 22, 22) == left


def test_no_reply_to_a_push_before_the_time_is_up_but_the_element() -> None:
    model = blocked_for_10_ms()
    assert model.step("E", [b"RPUSH", b"a", b"1"], 9, 10) == 1
    assert not model.deliver("A", NULL_ARRAY, 2, now_ms=30)


def test_a_client_blocks_only_if_the_key_had_expired() -> None:
    lines = ["E RPUSH a 1", "E PEXPIRE a 5"]
    replies: list[Reply | None] = [None, [b"a", b"1"]]
    for reply in replies:
        model = model_after(REDIS_7_0, *lines)
        assert model.step("A", [b"BLPOP", b"a", b"0"], 6, 7) is BLOCKED
        assert model.receivers() == {"A": False}
        assert model.deliver("A", reply, 2, now_ms=7)
        blocked = model.worlds[0].sessions["A"].wait is not None
        assert blocked == (reply is None)


@BOTH
def test_swapdb_wakes_in_any_order(version: Version) -> None:
    for first in (b"a", b"b"):
        model = model_after(version, "E SELECT 1", "E RPUSH a 1", "E RPUSH b 1", "A BLPOP a b 0")
        assert observe(model.step("E", [b"SWAPDB", b"0", b"1"], 9, 9), OK, 2)
        assert model.receivers() == {"A": True}
        assert model.deliver("A", [first, b"1"], 2, now_ms=9)


@BOTH
def test_disconnected_clients_are_forgotten(version: Version) -> None:
    model = model_after(version, "A BLPOP a 0", "B BLPOP a 0", "C WATCH a", "E RPUSH b 1")
    model.disconnect("A")
    model.disconnect("C")
    assert model.step("E", [b"RPUSH", b"a", b"1"], 9, 9) == 1
    assert model.receivers() == {"B": True}
    assert (model.worlds[0].watchers, model.worlds[0].queues) == (0, {})


def test_replies_need_not_be_known_at_once() -> None:
    """Every step may be the first after the time-out, but the worlds stay few and end in one."""
    model = blocked_for_10_ms()
    for now_ms in (20, 30):
        assert observe(model.step("E", [b"ECHO", b"x"], now_ms, now_ms), b"x", 2)
    assert len(model.worlds) == 2
    assert model.receivers() == {"A": False}
    assert model.deliver("A", NULL_ARRAY, 2, now_ms=30)
    assert len(model.worlds) == 1
