"""Which commands go in one write, also where one of them may block."""

from __future__ import annotations

import pytest
from redproof_model.versions import REDIS_6_2
from redproof_properties.grammar import Seen
from redproof_properties.history import Call, History, Sleep
from redproof_properties.judge import Judge
from redproof_properties.sending import pipelined, waits_long
from redproof_properties.targets import parse_target

SET = Call("A", (b"SET", b"k", b"v"))
WAITS = Call("A", (b"BLPOP", b"l", b"0"))
IS_SHORT = Call("A", (b"BLPOP", b"l", b"0.001"))
TELLS = Call("A", (b"XADD", b"x", b"*", b"f", b"v"))
TOLD = Call("A", (b"XDEL", b"x", Seen.ID))


@pytest.mark.parametrize(
    ("argv", "long"),
    [
        ((b"BLPOP", b"l", b"0"), True),
        ((b"brpop", b"l", b"m", b"100"), True),
        ((b"BZPOPMIN", b"z", b"1e3"), True),
        ((b"BLMOVE", b"l", b"m", b"LEFT", b"LEFT", b"9.9"), False),
        ((b"BLMPOP", b"0", b"1", b"l", b"LEFT"), True),
        ((b"BZMPOP", b"0.5", b"1", b"z", b"MIN"), False),
        ((b"BLPOP", b"l", b"-1"), False),
        ((b"BLPOP", b"l", b"x"), False),
        ((b"BLPOP", b"0"), False),
        ((b"BLPOP", b"l", Seen.CURSOR), False),
        ((b"XREAD", b"BLOCK", b"0", b"STREAMS", b"x", b"$"), False),
        ((b"WAIT", b"0", b"0"), False),
        ((b"CLIENT", b"ID", b"0"), False),
    ],
)
def test_a_command_waits_long_if_it_certainly_outlasts_a_history(argv: tuple[bytes | Seen, ...], long: bool) -> None:
    assert waits_long(Call("A", argv)) is long


@pytest.mark.parametrize(
    ("history", "is_alone", "count"),
    [
        ([SET, SET, WAITS], False, 2),
        ([WAITS, SET], False, 1),
        ([SET, WAITS, SET], True, 3),
        ([WAITS, SET, SET], True, 3),
        ([SET, IS_SHORT, SET], True, 1),
        ([IS_SHORT, SET], True, 1),
        ([SET, Call("B", SET.argv)], True, 1),
        ([SET, Sleep(1), SET], True, 1),
        ([TELLS, SET, TOLD], True, 2),
        ([TOLD, TELLS, TELLS, TOLD], True, 3),
        ([SET, Call("A", (b"QUIT",)), SET], True, 1),
    ],
)
def test_a_batch_ends_before_what_needs_another_reply_first(history: History, is_alone: bool, count: int) -> None:
    first = history[0]
    assert isinstance(first, Call)
    assert pipelined(history, first, 1, is_alone) == history[:count]


def test_what_follows_a_command_that_blocks_for_long_is_sent_and_not_executed() -> None:
    push = Call("A", (b"RPUSH", b"l", b"a"))
    history = [push, WAITS, SET, WAITS, SET, push]
    with parse_target("redis") as target, Judge(target, REDIS_6_2) as judge:
        for _ in range(3):
            conversation = judge.begin()
            assert conversation.perform(history) is None
            assert (conversation.executed, conversation.commands) == (history[:4], 4)
            judge.end(conversation, None)
            # Nothing of it is left, neither a key nor a client that is served.
            assert judge.run([Call("A", (b"EXISTS", b"k", b"l")), push, Call("A", (b"LLEN", b"l"))]) is None
        assert judge.commands_judged == 3 * (4 + 3)


def test_what_expires_fields_is_sent_without_others_where_fields_expire() -> None:
    words = ([b"HSET", b"h", b"f", b"v"], [b"HPEXPIRE", b"h", b"1", b"FIELDS", b"1", b"f"], [b"HLEN", b"h"])
    calls = [Call("A", tuple(argv)) for argv in words]
    assert pipelined(calls, calls[0], 1, is_alone=True) == calls
    batches = [pipelined(calls, call, at, is_alone=True, expires_fields=True) for at, call in enumerate(calls, 1)]
    assert batches == [[call] for call in calls]
