"""SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE, their undoing, PUBLISH, SPUBLISH and PUBSUB."""

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
from redproof_server.engine.pubsub import Listeners
from redproof_server.protocol.replies import NO_REPLY, array, bulk, bulk_or_null, bulks, integer, push

FLAGS = PUBSUB | NOSCRIPT | LOADING | STALE | IN_SUBSCRIBED
SUBCOMMAND_FLAGS = PUBSUB | LOADING | STALE
Change = Callable[[Client, bytes], bool]


def announcement(client: Client, kind: bytes, name: bytes | None) -> bytes:
    """What a client is told about one of its subscriptions, and how many it has (addReplyPubsubSubscribed).

    Those to shard channels are counted apart.
    """
    is_of_shard = kind in (b"ssubscribe", b"sunsubscribe")
    count = len(client.shard_channels) if is_of_shard else len(client.channels) + len(client.patterns)
    return push([bulk(kind), bulk_or_null(name, client.resp), integer(count)], client.resp)


def tell(client: Client, announcements: list[bytes]) -> bytes:
    """Answer with announcements, which CLIENT REPLY does not turn off."""
    if client.replies is client.output:
        return b"".join(announcements)
    client.output += announcements
    if client.transaction is None:
        client.replies.append(NO_REPLY)  # CLIENT REPLY SKIP holds for this command, not for the next
    return NO_REPLY


def refuse_without_blocking(client: Client, args: list[bytes], is_refused: bool = True) -> None:
    """Refuse who cannot wait for messages."""
    if client.deny_blocking and is_refused:
        raise CommandError(b"ERR %b isn't allowed for a DENY BLOCKING client" % args[0].upper())


def subscribe_all(client: Client, args: list[bytes], change: Change) -> bytes:
    """Subscribe to each name."""
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
    refuse_without_blocking(client, args, client.transaction is None)
    return subscribe_all(client, args, client.server.pubsub.subscribe)


@command("psubscribe", arity=-2, flags=FLAGS)
def psubscribe(client: Client, args: list[bytes]) -> bytes:
    """PSUBSCRIBE pattern [pattern ...] (pubsub.c psubscribeCommand)."""
    refuse_without_blocking(client, args, client.transaction is None)
    return subscribe_all(client, args, client.server.pubsub.subscribe_pattern)


@command("ssubscribe", arity=-2, flags=FLAGS, keys=(1, -1, 1), since="7.0")
def ssubscribe(client: Client, args: list[bytes]) -> bytes:
    """SSUBSCRIBE shardchannel [shardchannel ...] (pubsub.c ssubscribeCommand): a transaction may not."""
    refuse_without_blocking(client, args)
    return subscribe_all(client, args, client.server.pubsub.subscribe_shard)


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


@command("sunsubscribe", arity=-1, flags=FLAGS, keys=(1, -1, 1), since="7.0")
def sunsubscribe(client: Client, args: list[bytes]) -> bytes:
    """SUNSUBSCRIBE [shardchannel ...] (pubsub.c sunsubscribeCommand)."""
    names = args[1:] or list(client.shard_channels)
    return unsubscribe_all(client, b"sunsubscribe", names, client.server.pubsub.unsubscribe_shard)


@command("publish", arity=3, flags=PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE)
def publish(client: Client, args: list[bytes]) -> bytes:
    """PUBLISH channel message (pubsub.c publishCommand)."""
    client.server.propagation.force()
    return integer(client.server.pubsub.publish(args[1], args[2]))


@command("spublish", arity=3, flags=PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE, keys=(1, 1, 1), since="7.0")
def spublish(client: Client, args: list[bytes]) -> bytes:
    """SPUBLISH shardchannel message (pubsub.c spublishCommand)."""
    client.server.propagation.force()
    return integer(client.server.pubsub.publish_to_shard(args[1], args[2]))


container("pubsub", refuse_subcommand, flags=SUBCOMMAND_FLAGS | RANDOM)


@command("pubsub|channels", arity=-2, flags=SUBCOMMAND_FLAGS)
def pubsub_channels(client: Client, args: list[bytes]) -> bytes:
    """PUBSUB CHANNELS [pattern] (pubsub.c pubsubCommand)."""
    return channel_list(client, args, client.server.pubsub.channels)


@command("pubsub|shardchannels", arity=-2, flags=SUBCOMMAND_FLAGS, since="7.0")
def pubsub_shardchannels(client: Client, args: list[bytes]) -> bytes:
    """PUBSUB SHARDCHANNELS [pattern] (pubsub.c pubsubCommand)."""
    return channel_list(client, args, client.server.pubsub.shard_channels)


def channel_list(client: Client, args: list[bytes], channels: Listeners) -> bytes:
    """The channels that somebody listens to, those that match where there is a pattern (pubsub.c channelList)."""
    if len(args) > 3:
        raise CommandError(client.server.subcommand_syntax(args))
    return bulks(name for name in channels if len(args) == 2 or matches(args[2], name))


@command("pubsub|numsub", arity=-2, flags=SUBCOMMAND_FLAGS)
def pubsub_numsub(client: Client, args: list[bytes]) -> bytes:
    """PUBSUB NUMSUB [channel ...] (pubsub.c pubsubCommand)."""
    return listener_counts(args[2:], client.server.pubsub.channels)


@command("pubsub|shardnumsub", arity=-2, flags=SUBCOMMAND_FLAGS, since="7.0")
def pubsub_shardnumsub(client: Client, args: list[bytes]) -> bytes:
    """PUBSUB SHARDNUMSUB [shardchannel ...] (pubsub.c pubsubCommand)."""
    return listener_counts(args[2:], client.server.pubsub.shard_channels)


def listener_counts(names: list[bytes], channels: Listeners) -> bytes:
    """Each name, and how many listen to it."""
    return array([part for name in names for part in (bulk(name), integer(len(channels.get(name, ()))))])


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
    How many listen to each channel, not counting patterns.
SHARDCHANNELS [<pattern>] | SHARDNUMSUB [<channel> ...]
    The same of shard channels, from 7.0 on."""


@command("pubsub|help", arity=2, flags=LOADING | STALE)
def pubsub_help(client: Client, args: list[bytes]) -> bytes:
    """PUBSUB HELP (networking.c addReplyHelp)."""
    return help_reply(args, HELP)
