"""Who is subscribed to what, and what a message published reaches (`pubsub.c`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from redproof_model.glob import matcher
from redproof_model.keyspace.messages import Shuffled, send
from redproof_model.reply import Push, Reply

if TYPE_CHECKING:
    from redproof_model.keyspace.session import Session
    from redproof_model.keyspace.world import World

Names: TypeAlias = Literal["channels", "patterns", "shards"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of subscription: where a session keeps the names, and the first part of its messages."""

    names: Names
    subscribed: bytes
    unsubscribed: bytes


CHANNELS: Final = Kind("channels", b"subscribe", b"unsubscribe")
PATTERNS: Final = Kind("patterns", b"psubscribe", b"punsubscribe")
SHARDS: Final = Kind("shards", b"ssubscribe", b"sunsubscribe")


@dataclass(frozen=True, slots=True)
class Farewell:
    """What tells that a subscription has ended; `others` count also but stay."""

    kind: Kind
    others: int

    def __call__(self, name: bytes, left: int) -> Reply:
        return Push([self.kind.unsubscribed, name, left + self.others])


@dataclass(frozen=True, slots=True)
class PatternMessage:
    """A message as a client gets it for a pattern that it is subscribed to."""

    channel: bytes
    message: bytes

    def __call__(self, name: bytes, left: int) -> Reply:
        return Push([b"pmessage", name, self.channel, self.message])


def names_of(session: Session, kind: Kind) -> tuple[bytes, ...]:
    """What the client is subscribed to, in the order in which it subscribed."""
    names: tuple[bytes, ...] = getattr(session, kind.names)
    return names


def set_names(session: Session, kind: Kind, names: tuple[bytes, ...]) -> None:
    """Let the client be subscribed to these and no others of the kind."""
    setattr(session, kind.names, names)
    session.subscribed = bool(session.channels or session.patterns or session.shards)


def count(session: Session, kind: Kind) -> int:
    """The number that the client is told: channels and patterns count together, shard channels by themselves."""
    return len(session.shards) if kind is SHARDS else len(session.channels) + len(session.patterns)


def unsubscribe_all(session: Session) -> None:
    """End all subscriptions and tell nobody."""
    session.channels = session.patterns = session.shards = ()
    session.subscribed = False


def publish(world: World, channel: bytes, message: bytes) -> int:
    """Send a message to all who are subscribed to its channel; return to how many subscriptions it went.

    A client gets it for the channel first, then for each pattern, in the order of a hash table. Source: `pubsub.c`
    pubsubPublishMessageInternal.
    """
    receivers = 0
    for session in world.sessions.values():
        if channel in session.channels:
            receivers += 1
            send(world, session, Push([b"message", channel, message]))
        patterns = tuple(pattern for pattern in session.patterns if matcher(pattern)(channel))
        if patterns:
            receivers += len(patterns)
            messages = PatternMessage(channel, message)
            send(world, session, Shuffled(patterns, messages) if len(patterns) > 1 else messages(patterns[0], 0))
    return receivers


def publish_to_shard(world: World, channel: bytes, message: bytes) -> int:
    """Send a message to all who are subscribed to its shard channel; return how many these are."""
    sessions = [session for session in world.sessions.values() if channel in session.shards]
    for session in sessions:
        send(world, session, Push([b"smessage", channel, message]))
    return len(sessions)
