"""SUBSCRIBE, PSUBSCRIBE, their undoing, PUBLISH and PUBSUB."""

from collections.abc import Callable, Iterable

from redproof_server.commands.subcommands import help_reply, refuse_subcommand
from redproof_server.engine.client import Client
from redproof_server.engine.command import (
    FAST,
    IN_SUBSCRIBED,
    LOADING,
    MAY_REPLICATE,
    NOSCRIPT,
    PUBSUB,
    RANDOM,
    STALE,
    command,
    container,
)
from redproof_server.engine.errors import CommandError
from redproof_server.engine.glob import matches
from redproof_server.protocol.replies import NO_REPLY, array, bulk, bulk_or_null, bulks, integer, push

FLAGS = PUBSUB | NOSCRIPT | LOADING | STALE | IN_SUBSCRIBED
SUBCOMMAND_FLAGS = PUBSUB | LOADING | STALE
Change = Callable[[Client, bytes], bool]


def announcement(client: Client, kind: bytes, name: bytes | None) -> bytes:
    """What a client is told about one of its subscriptions, and how many it has (addReplyPubsubSubscribed)."""
    count = len(client.channels) + len(client.patterns)
    return push([bulk(kind), bulk_or_null(name, client.resp), integer(count)], client.resp)


def tell(client: Client, announcements: list[bytes]) -> bytes:
    """Answer with announcements, which CLIENT REPLY does not turn off."""
    if client.replies is client.output:
        return b"".join(announcements)
    client.output += announcements
    return NO_REPLY


def subscribe_all(client: Client, args: list[bytes], change: Change) -> bytes:
    """Subscribe to each name."""
    if client.deny_blocking and client.transaction is None:
        name = args[0].upper()
        raise CommandError(b"ERR %b isn't allowed for a DENY BLOCKING client" % name)
    kind, announcements = args[0].lower(), []
    for name in args[1:]:
        change(client, name)
        announcements.append(announcement(client, kind, name))
    return tell(client, announcements)


def unsubscribe_all(client: Client, kind: bytes, names: Iterable[bytes], change: Change) -> bytes:
    """End the subscription to each name; having none is announced too."""
    announcements = []
    for name in names:
        change(client, name)
        announcements.append(announcement(client, kind, name))
    return tell(client, announcements or [announcement(client, kind, None)])


@command("subscribe", arity=-2, flags=FLAGS)
def subscribe(client: Client, args: list[bytes]) -> bytes:
    """SUBSCRIBE channel [channel ...] (pubsub.c subscribeCommand)."""
    return subscribe_all(client, args, client.server.pubsub.subscribe)


@command("psubscribe", arity=-2, flags=FLAGS)
def psubscribe(client: Client, args: list[bytes]) -> bytes:
    """PSUBSCRIBE pattern [pattern ...] (pubsub.c psubscribeCommand)."""
    return subscribe_all(client, args, client.server.pubsub.subscribe_pattern)


@command("unsubscribe", arity=-1, flags=FLAGS)
def unsubscribe(client: Client, args: list[bytes]) -> bytes:
    """UNSUBSCRIBE [channel ...] (pubsub.c unsubscribeCommand)."""
    names = args[1:] or list(client.channels)
    return unsubscribe_all(client, b"unsubscribe", names, client.server.pubsub.unsubscribe)


@command("punsubscribe", arity=-1, flags=FLAGS)
def punsubscribe(client: Client, args: list[bytes]) -> bytes:
    """PUNSUBSCRIBE [pattern ...] (pubsub.c punsubscribeCommand)."""
    names = args[1:] or list(client.patterns)
    return unsubscribe_all(client, b"punsubscribe", names, client.server.pubsub.unsubscribe_pattern)


@command("publish", arity=3, flags=PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE)
def publish(client: Client, args: list[bytes]) -> bytes:
    """PUBLISH channel message (pubsub.c publishCommand)."""
    return integer(client.server.pubsub.publish(args[1], args[2]))


container("pubsub", refuse_subcommand, flags=SUBCOMMAND_FLAGS | RANDOM)


@command("pubsub|channels", arity=-2, flags=SUBCOMMAND_FLAGS)
def pubsub_channels(client: Client, args: list[bytes]) -> bytes:
    """PUBSUB CHANNELS [pattern] (pubsub.c pubsubCommand)."""
    if len(args) > 3:
        raise CommandError(client.server.subcommand_syntax(args))
    pattern = args[2] if len(args) == 3 else b"*"
    return bulks(channel for channel in client.server.pubsub.channels if matches(pattern, channel))


@command("pubsub|numsub", arity=-2, flags=SUBCOMMAND_FLAGS)
def pubsub_numsub(client: Client, args: list[bytes]) -> bytes:
    """PUBSUB NUMSUB [channel ...] (pubsub.c pubsubCommand)."""
    channels = client.server.pubsub.channels
    return array([part for name in args[2:] for part in (bulk(name), integer(len(channels.get(name, ()))))])


@command("pubsub|numpat", arity=2, flags=SUBCOMMAND_FLAGS)
def pubsub_numpat(client: Client, args: list[bytes]) -> bytes:
    """PUBSUB NUMPAT (pubsub.c pubsubCommand)."""
    return integer(len(client.server.pubsub.patterns))


HELP = b"""\
CHANNELS [<pattern>]
    The channels that somebody listens to.
NUMPAT
    How many patterns are listened to.
NUMSUB [<channel> ...]
    How many listen to each channel, not counting patterns."""


@command("pubsub|help", arity=2, flags=LOADING | STALE)
def pubsub_help(client: Client, args: list[bytes]) -> bytes:
    """PUBSUB HELP (networking.c addReplyHelp)."""
    return help_reply(args, HELP)
