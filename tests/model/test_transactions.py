"""Transactions: what is refused, what is executed at once, and what makes EXEC fail."""

from __future__ import annotations

import pytest
from redproof_model.choice import Choice, Expected, example, observe
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL_ARRAY, OK, QUEUED, Error, Push, Reply, Set, project
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version

ABORTED = Error(b"EXECABORT Transaction discarded because of previous errors.")
WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")
BOTH = pytest.mark.parametrize("version", [REDIS_6_2, REDIS_7_0])


def after(version: Version, *lines: str, resp: int = 2) -> tuple[Model, Expected]:
    """A model after these commands, each written `client command`, and what is expected of the last.

    `wait 20` lets 20 ms go by; the commands take no time. Choices are followed as their examples say.
    """
    model = Model(version)
    for client in "AB":
        model.connect(client, resp)
    now_ms = 0
    expected: Expected = OK
    for position, line in enumerate(lines):
        client, *argv = line.split()
        if client == "wait":
            now_ms += int(argv[0])
            continue
        expected = model.step(client, [word.encode() for word in argv], now_ms, now_ms)
        if isinstance(expected, Choice) and position + 1 < len(lines):
            assert observe(expected, example(expected), resp)
    return model, expected


@BOTH
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["A EXEC"], Error(b"ERR EXEC without MULTI")),
        (["A DISCARD"], Error(b"ERR DISCARD without MULTI")),
        (["A MULTI", "A GET a"], QUEUED),
        (["A MULTI", "A UNWATCH"], QUEUED),
        (["A MULTI", "A EXEC"], []),
        (["A MULTI", "A DISCARD"], OK),
        # these are executed, and their errors do no harm
        (["A MULTI", "A MULTI"], Error(b"ERR MULTI calls can not be nested")),
        (["A MULTI", "A WATCH a"], Error(b"ERR WATCH inside MULTI is not allowed")),
        (["A MULTI", "A MULTI", "A WATCH a", "A ECHO x", "A EXEC"], [b"x"]),
        # errors when a command is queued do
        (["A MULTI", "A GET", "A EXEC"], ABORTED),
        (["A MULTI", "A NOSUCH", "A EXEC"], ABORTED),
        (["A MULTI", "A WATCH", "A EXEC"], ABORTED),
        (["A MULTI", "A DISCARD now", "A EXEC"], ABORTED),
        (["A MULTI", "A GET", "A DISCARD", "A MULTI", "A EXEC"], []),
        # errors when it is executed do not
        (["A SET a x", "A MULTI", "A LPUSH a 1", "A STRLEN a", "A EXEC"], [WRONG_TYPE, 1]),
        # an EXEC that is refused ends the transaction, and even the watch outside of one
        (["A EXEC now"],
         Error(b"EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command")),
        (["A MULTI", "A EXEC now", "A EXEC"], Error(b"ERR EXEC without MULTI")),
        (["A WATCH a", "A EXEC now", "B SET a 1", "A MULTI", "A EXEC"], []),
        # each client has its own
        (["A MULTI", "B EXEC"], Error(b"ERR EXEC without MULTI")),
        (["A MULTI", "A SELECT 1", "A SET a 1", "A EXEC", "B EXISTS a"], 0),
    ],
)  # fmt: skip
def test_reply(version: Version, lines: list[str], expected: Expected) -> None:
    assert after(version, *lines)[1] == expected


@BOTH
@pytest.mark.parametrize(
    ("lines", "fails"),
    [
        (["A WATCH a", "B SET a 1"], True),
        (["A WATCH a", "A SET a 1"], True),
        (["A WATCH a", "B SET b 1"], False),
        (["A WATCH a", "B GET a"], False),
        (["A WATCH a", "B DEL a"], False),
        (["A WATCH a", "B SET a 1", "A UNWATCH"], False),
        (["A WATCH a", "B SET a 1", "A WATCH b"], True),
        (["A WATCH a", "B SELECT 1", "B SET a 1"], False),
        (["A WATCH a", "A SELECT 1", "B SET a 1"], True),
        (["A WATCH a", "B FLUSHALL"], False),
        (["B SET a 1", "A WATCH a", "B FLUSHALL"], True),
        (["B SET a 1", "A WATCH a", "B FLUSHDB"], True),
        (["B SET a 1", "A WATCH a", "B MOVE a 1"], True),
        (["B SET a 1", "A WATCH b", "B RENAME a b"], True),
        (["A WATCH a", "B SWAPDB 0 1"], False),
        (["B SET a 1", "A WATCH a", "B SWAPDB 0 1"], True),
        (["B SELECT 1", "B SET a 1", "A WATCH a", "B SWAPDB 0 1"], True),
        (["B SET a 1 PX 5", "A WATCH a", "wait 10"], True),
        (["B SET a 1 PX 5", "A WATCH a", "wait 10", "A UNWATCH"], False),
        (["B SET a 1 PX 5", "A WATCH a", "wait 10", "B SET a 1"], True),
    ],
)
def test_watch(version: Version, lines: list[str], fails: bool) -> None:
    assert after(version, *lines, "A MULTI", "A EXEC")[1] == (NULL_ARRAY if fails else [])


@pytest.mark.parametrize(
    "lines",
    [
        ["B SET a 1 PX 5", "wait 10", "A WATCH a"],
        ["B SELECT 1", "B SET a 1 PX 5", "A WATCH a", "wait 10", "B SWAPDB 0 1"],
    ],
)
def test_a_key_that_had_expired_when_it_was_watched(lines: list[str]) -> None:
    """In 6.2 it depends on whether the server has deleted it; since 7.0 it is as good as deleted."""
    assert after(REDIS_7_0, *lines, "A MULTI", "A EXEC")[1] == []
    replies: list[Reply] = [NULL_ARRAY, [b"x"]]
    for reply in replies:
        model, expected = after(REDIS_6_2, *lines, "A MULTI", "A ECHO x", "A EXEC")
        assert observe(expected, reply, 2)
        assert model.step("A", [b"EXEC"], 10, 10) == Error(b"ERR EXEC without MULTI")


def test_a_transaction_that_need_not_run_may_send_its_caller_more_than_its_array_has_places() -> None:
    lines = ["A SUBSCRIBE c", "B SET a 1 PX 5", "wait 10", "A WATCH a", "A MULTI", "A PUBLISH c x", "A EXEC"]
    model, expected = after(REDIS_6_2, *lines, resp=3)
    assert observe(expected, [Push([b"message", b"c", b"x"])], 3)
    assert model.receivers() == {"A": True}
    assert model.deliver("A", 1, 3, 10)
    assert model.receivers() == {}
    model, expected = after(REDIS_6_2, *lines, resp=3)
    assert observe(expected, project(NULL_ARRAY, 3), 3)
    assert model.receivers() == {}


@BOTH
def test_the_clock_stands_still(version: Version) -> None:
    """The interval is longer than the key lives, but in a transaction that finds it alive it stays so."""
    for alive in (0, 1):
        model, _ = after(version, "A SET a 1 PX 5", "A MULTI", "A EXISTS a", "A EXISTS a")
        assert observe(model.step("A", [b"EXEC"], 4, 8), [alive, alive], 2)
    for alive in (0, 1):
        model, _ = after(version, "A SET a 1 PX 5", "A MULTI", "A EXISTS a", "A EXISTS a")
        assert not observe(model.step("A", [b"EXEC"], 4, 8), [alive, 1 - alive], 2)


@BOTH
@pytest.mark.parametrize("resp", [2, 3])
def test_a_choice_is_followed(version: Version, resp: int) -> None:
    lines = ["A SADD s 1 2 x", "A MULTI", "A ECHO x", "A SPOP s", "A SCARD s", "A SMEMBERS s", "A EXEC"]
    _, expected = after(version, *lines, resp=resp)
    rest: list[Reply] = [b"1", b"x"]
    members: Reply = Set(rest) if resp == 3 else rest
    assert observe(expected, [b"x", b"2", 2, members], resp)
    wrongs: list[Reply] = [
        [b"x", b"2", 3, members],
        [b"x", b"1", 2, members],
        [b"y", b"2", 2, members],
        [b"x", b"2", 2],
    ]
    for wrong in wrongs:
        assert not observe(after(version, *lines, resp=resp)[1], wrong, resp)


@BOTH
def test_an_example_is_allowed_and_changes_nothing(version: Version) -> None:
    model, expected = after(version, "A SADD s 1 2 x", "A MULTI", "A SPOP s", "A SCARD s", "A EXEC")
    first, second = example(expected), example(expected)
    assert first == second
    assert observe(expected, first, 2)
    assert model.step("A", [b"SCARD", b"s"], 0, 0) == 2
