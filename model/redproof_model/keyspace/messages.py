"""What clients are sent apart from one reply to each command: messages, and commands with several replies or none.

A handler hands a message to `send`; one with several replies hands each to `answer` and returns `SILENT`. What the
calling client gets is put in order when the command, or the whole transaction, has been executed: the first is what
`Model.step` gives, the others are deliveries as those to anybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redproof_model.choice import SILENT, Choice, Expected
from redproof_model.reply import Reply, project

if TYPE_CHECKING:
    from redproof_model.keyspace.session import Session
    from redproof_model.keyspace.world import World


@dataclass(frozen=True, slots=True)
class Shuffled(Choice):
    """As many messages as there are `names`, in any order of these.

    `make` writes the message of a name, given how many are still to come after it. It is a function of a module or an
    instance of a frozen dataclass, so that equal messages are equal.
    """

    names: tuple[bytes, ...]
    make: Callable[[bytes, int], Reply]

    def __len__(self) -> int:
        return len(self.names)

    def after(self, reply: Reply, resp: int) -> Shuffled | None:
        """What is still to come once `reply` has come, None if it may not come."""
        for name in self.names:
            if project(self.make(name, len(self.names) - 1), resp) == reply:
                return Shuffled(tuple(other for other in self.names if other != name), self.make)
        return None

    def observe(self, reply: Reply, resp: int) -> bool:
        return self.after(reply, resp) is not None

    def example(self) -> Reply:
        return self.make(self.names[0], len(self.names) - 1)

    def describe(self) -> str:
        return "one of " + ", ".join(repr(self.make(name, len(self.names) - 1)) for name in self.names)


class Opening(Choice):
    """The first of several shuffled replies; the others are delivered."""

    def __init__(self, world: World, client: str, replies: Shuffled) -> None:
        self._world = world
        self._client = client
        self.replies = replies

    def observe(self, reply: Reply, resp: int) -> bool:
        rest = self.replies.after(reply, resp)
        if rest:
            self._world.deliveries.insert(0, (self._client, rest))
        return rest is not None

    def example(self) -> Reply:
        return self.replies.example()

    def describe(self) -> str:
        return self.replies.describe()


def answer(world: World, *replies: Reply | Shuffled) -> Expected:
    """Give the calling client these replies, none of them the one that each command has."""
    world.written += replies
    return SILENT


def send(world: World, session: Session, message: Reply | Shuffled) -> None:
    """Send a client a message; the caller gets its own before the reply or, where the version says so, after it."""
    if session.silence is not None and not world.version.connections.messages_despite_silence:
        return
    if session is not world.session:
        world.deliveries.append((session.name, message))
    elif world.version.own_messages_last:
        world.postponed.append(message)
    else:
        world.written.append(message)


def take_written(world: World, expected: Expected) -> list[Expected]:
    """All that the caller was given while a command was executed, with its reply."""
    written, world.written = world.written, []
    return written if expected is SILENT else [*written, expected]


def in_turn(world: World, expected: Expected) -> Expected:
    """The first of all that the caller was given; the others are delivered before what anybody else may get."""
    client = world.session.name
    first, *others = [*take_written(world, expected), *world.postponed] or [SILENT]
    world.postponed = []
    world.deliveries[:0] = [(client, other) for other in others]
    return Opening(world, client, first) if isinstance(first, Shuffled) else first
