"""Subscriptions, messages, and PUBSUB, which tells who listens (`pubsub.c`)."""

from __future__ import annotations

from collections.abc import Iterable

from redproof_model.choice import AnyOrder, Expected
from redproof_model.commands.containers import call_subcommand, help_text, subcommand_syntax
from redproof_model.errors import ReplyError
from redproof_model.glob import matcher
from redproof_model.keyspace.command import CommandTable, Spec
from redproof_model.keyspace.messages import Shuffled, answer
from redproof_model.keyspace.subscriptions import (
    CHANNELS,
    PATTERNS,
    SHARDS,
    Farewell,
    Kind,
    count,
    names_of,
    publish,
    publish_to_shard,
    set_names,
)
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL, Push, Reply

table = CommandTable()


def subscribed(world: World, spec: Spec) -> None:
    """Refuse to end subscriptions when there are none, where the version does."""
    if world.version.unsubscribe_wants_subscription and not world.session.subscribed:
        raise ReplyError(b"NOSUB '%s' command executed not in subscribed mode" % spec.name.lower().encode())


@table.command("SUBSCRIBE", arity=-2)
def subscribe(world: World, argv: list[bytes]) -> Expected:
    """SUBSCRIBE channel [channel …] (pubsub.c subscribeCommand)."""
    return _subscribe(world, CHANNELS, argv[1:])


@table.command("PSUBSCRIBE", arity=-2)
def psubscribe(world: World, argv: list[bytes]) -> Expected:
    """PSUBSCRIBE pattern [pattern …] (pubsub.c psubscribeCommand)."""
    return _subscribe(world, PATTERNS, argv[1:])


@table.command("SSUBSCRIBE", arity=-2)
def ssubscribe(world: World, argv: list[bytes]) -> Expected:
    """SSUBSCRIBE shardchannel [shardchannel …] (pubsub.c ssubscribeCommand), which a transaction refuses."""
    if world.in_exec:
        raise ReplyError(b"ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
    return _subscribe(world, SHARDS, argv[1:])


@table.command("UNSUBSCRIBE", arity=-1, guard=subscribed)
def unsubscribe(world: World, argv: list[bytes]) -> Expected:
    """UNSUBSCRIBE [channel …] (pubsub.c unsubscribeCommand)."""
    return _unsubscribe(world, CHANNELS, argv[1:], ordered=False)


@table.command("PUNSUBSCRIBE", arity=-1, guard=subscribed)
def punsubscribe(world: World, argv: list[bytes]) -> Expected:
    """PUNSUBSCRIBE [pattern …] (pubsub.c punsubscribeCommand)."""
    return _unsubscribe(world, PATTERNS, argv[1:], ordered=world.version.own_patterns_in_order)


@table.command("SUNSUBSCRIBE", arity=-1, guard=subscribed)
def sunsubscribe(world: World, argv: list[bytes]) -> Expected:
    """SUNSUBSCRIBE [shardchannel …] (pubsub.c sunsubscribeCommand)."""
    return _unsubscribe(world, SHARDS, argv[1:], ordered=False)


@table.command("PUBLISH", arity=3)
def publish_(world: World, argv: list[bytes]) -> Expected:
    """PUBLISH channel message (pubsub.c publishCommand)."""
    world.dirty()
    return publish(world, argv[1], argv[2])


@table.command("SPUBLISH", arity=3)
def spublish(world: World, argv: list[bytes]) -> Expected:
    """SPUBLISH shardchannel message (pubsub.c spublishCommand)."""
    world.dirty()
    return publish_to_shard(world, argv[1], argv[2])


@table.command("PUBSUB", arity=-2)
def pubsub(world: World, argv: list[bytes]) -> Expected:
    """PUBSUB subcommand [argument …], where it is one command (pubsub.c pubsubCommand)."""
    return call_subcommand(world, table, argv)


@table.command("PUBSUB|HELP", arity=2)
def pubsub_help(world: World, argv: list[bytes]) -> Expected:
    """PUBSUB HELP (pubsub.c pubsubCommand)."""
    return help_text(b"PUBSUB")


@table.command("PUBSUB|CHANNELS", arity=-2)
def pubsub_channels(world: World, argv: list[bytes]) -> Expected:
    """PUBSUB CHANNELS [pattern] (pubsub.c channelList)."""
    return _channels(world, CHANNELS, argv)


@table.command("PUBSUB|SHARDCHANNELS", arity=-2)
def pubsub_shardchannels(world: World, argv: list[bytes]) -> Expected:
    """PUBSUB SHARDCHANNELS [pattern] (pubsub.c channelList)."""
    return _channels(world, SHARDS, argv)


@table.command("PUBSUB|NUMSUB", arity=-2)
def pubsub_numsub(world: World, argv: list[bytes]) -> Expected:
    """PUBSUB NUMSUB [channel …] (pubsub.c pubsubCommand)."""
    return _subscribers(world, CHANNELS, argv[2:])


@table.command("PUBSUB|SHARDNUMSUB", arity=-2)
def pubsub_shardnumsub(world: World, argv: list[bytes]) -> Expected:
    """PUBSUB SHARDNUMSUB [shardchannel …] (pubsub.c pubsubCommand)."""
    return _subscribers(world, SHARDS, argv[2:])


@table.command("PUBSUB|NUMPAT", arity=2)
def pubsub_numpat(world: World, argv: list[bytes]) -> Expected:
    """PUBSUB NUMPAT (pubsub.c pubsubCommand): how many patterns, before 6.2 how many subscriptions to patterns."""
    patterns = [pattern for session in world.sessions.values() for pattern in session.patterns]
    return len(patterns) if world.version.numpat_counts_clients else len(set(patterns))


def _subscribe(world: World, kind: Kind, names: Iterable[bytes]) -> Expected:
    session = world.session
    replies: list[Reply] = []
    for name in names:
        held = names_of(session, kind)
        if name not in held:
            set_names(session, kind, (*held, name))
        replies.append(Push([kind.subscribed, name, count(session, kind)]))
    return answer(world, *replies)


def _unsubscribe(world: World, kind: Kind, names: list[bytes], ordered: bool) -> Expected:
    """Unsubscribe from these names or, without any, from all: in the order of a hash table unless they are a list."""
    session = world.session
    if not names and not names_of(session, kind):
        return answer(world, Push([kind.unsubscribed, NULL, count(session, kind)]))
    if not names and not ordered:
        held = names_of(session, kind)
        set_names(session, kind, ())
        return answer(world, Shuffled(held, Farewell(kind, count(session, kind))))
    replies: list[Reply] = []
    for name in names or names_of(session, kind):
        set_names(session, kind, tuple(other for other in names_of(session, kind) if other != name))
        replies.append(Push([kind.unsubscribed, name, count(session, kind)]))
    return answer(world, *replies)


def _channels(world: World, kind: Kind, argv: list[bytes]) -> Expected:
    if len(argv) > 3:
        raise subcommand_syntax(world, argv)
    matches = matcher(argv[2]) if len(argv) == 3 else lambda name: True
    held = {name: None for session in world.sessions.values() for name in names_of(session, kind)}
    return AnyOrder([name for name in held if matches(name)])


def _subscribers(world: World, kind: Kind, names: Iterable[bytes]) -> Expected:
    sessions = world.sessions.values()
    numbers = [(name, sum(name in names_of(session, kind) for session in sessions)) for name in names]
    return [part for pair in numbers for part in pair]
