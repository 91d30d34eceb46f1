"""XINFO: what the server tells of a stream, its groups and their consumers (`t_stream.c` xinfoCommand)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from redproof_model.choice import Expected, IntegerIn
from redproof_model.commands.containers import help_reply, subcommand_syntax
from redproof_model.commands.streams.delivery import lag
from redproof_model.commands.streams.ids import (
    entries_reply,
    id_text,
    moment,
    raise_formatted,
    signed,
    stream_at,
)
from redproof_model.errors import NO_SUCH_KEY, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.streams import ID, UNKNOWN_READS, Consumer, Group, Moment, Pending, Stream
from redproof_model.keyspace.world import World
from redproof_model.nested import array, mapping
from redproof_model.number import integer
from redproof_model.reply import NULL

table = CommandTable()

_NO_GROUP: Final = b"NOGROUP No such consumer group '%s' for key name '%s'"
_NEVER: Final = -1
_FULL_COUNT: Final = 10

_Pairs = list[tuple[bytes, Expected]]

_IDEMPOTENCE_UNUSED: Final[_Pairs] = [
    (b"idmp-duration", 100),
    (b"idmp-maxsize", 100),
    (b"pids-tracked", 0),
    (b"iids-tracked", 0),
    (b"iids-added", 0),
    (b"iids-duplicates", 0),
]
"""What XINFO tells where no XADD had IDMP, which the model does not know."""


@table.command("XINFO", arity=-2)
@table.command("XINFO|STREAM", arity=-3)
@table.command("XINFO|GROUPS", arity=3)
@table.command("XINFO|CONSUMERS", arity=4)
@table.command("XINFO|HELP", arity=2)
def xinfo(world: World, argv: list[bytes]) -> Expected:
    """XINFO STREAM|GROUPS|CONSUMERS key …, which one function answers (t_stream.c xinfoCommand)."""
    name = c_string(argv[1]).upper()
    if name == b"HELP":
        return help_reply(world, b"XINFO", world.version.streams.xinfo_help)
    if len(argv) < 3:
        alone = world.version.streams.xinfo_alone
        raise subcommand_syntax(world, argv) if alone is None else ReplyError(alone)
    stream = stream_at(world, argv[2])
    if stream is None:
        raise ReplyError(NO_SUCH_KEY)
    if name == b"CONSUMERS" and len(argv) == 4:
        return _consumers(world, argv, stream)
    if name == b"GROUPS" and len(argv) == 3:
        return array([mapping(_group(world, stream, group, key)) for key, group in sorted(stream.groups.items())])
    if name == b"STREAM":
        count = _full_count(world, argv)
        return mapping(_stream(world, stream) if count is None else _full_stream(world, stream, count))
    raise subcommand_syntax(world, argv)


def _full_count(world: World, argv: list[bytes]) -> int | None:
    """How much XINFO STREAM … FULL shows of each, 0 for all; None without FULL."""
    options = argv[3:]
    if not options:
        return None
    words = [c_string(option).upper() for option in options[:2]]
    if words not in ([b"FULL"], [b"FULL", b"COUNT"]) or len(options) == 2 or len(options) > 3:
        raise subcommand_syntax(world, argv)
    count = integer(options[2]) if len(options) == 3 else _FULL_COUNT
    return count if count >= 0 else _FULL_COUNT


# -- streams ---------------------------------------------------------------------------------------


def _head(world: World, stream: Stream) -> _Pairs:
    pairs: _Pairs = [
        (b"length", len(stream.entries)),
        (b"radix-tree-keys", len(stream.nodes)),
        (b"radix-tree-nodes", _radix_tree_nodes(stream.nodes)),
        (b"last-generated-id", id_text(stream.last_id)),
    ]
    if world.version.streams.counters:
        pairs += [
            (b"max-deleted-entry-id", id_text(stream.max_deleted_id)),
            (b"entries-added", signed(stream.entries_added)),
            (b"recorded-first-entry-id", id_text(stream.first_id)),
        ]
    if world.version.streams.idempotent:
        pairs += _IDEMPOTENCE_UNUSED
    return pairs


def _stream(world: World, stream: Stream) -> _Pairs:
    """What XINFO STREAM tells (`t_stream.c` xinfoReplyWithStreamInfo)."""
    entries = entries_reply(stream.entries.items())
    return [
        *_head(world, stream),
        (b"groups", len(stream.groups)),
        (b"first-entry", entries[0] if entries else NULL),
        (b"last-entry", entries[-1] if entries else NULL),
    ]


def _full_stream(world: World, stream: Stream, count: int) -> _Pairs:
    most = count or None
    groups = [mapping(_full_group(world, stream, group, key, most)) for key, group in sorted(stream.groups.items())]
    entries = entries_reply(islice(stream.entries.items(), most))
    return [*_head(world, stream), (b"entries", entries), (b"groups", array(groups))]


def _radix_tree_nodes(first_ids: Iterable[ID]) -> int:
    """How many nodes a radix tree has that holds these IDs (`rax.c`)."""
    return _nodes_below([ms.to_bytes(8, "big") + sequence.to_bytes(8, "big") for ms, sequence in first_ids])


def _nodes_below(keys: list[bytes]) -> int:
    """The nodes for the rests of the keys, all of one length: what they have in common is one node, compressed."""
    if not keys or not keys[0]:
        return 1
    least, greatest = min(keys), max(keys)
    common = next((at for at, byte in enumerate(least) if byte != greatest[at]), len(least))
    if common:
        return 1 + _nodes_below([key[common:] for key in keys])
    return 1 + sum(_nodes_below([key[1:] for key in keys if key[0] == first]) for first in {key[0] for key in keys})


# -- groups ----------------------------------------------------------------------------------------


def _counters(world: World, stream: Stream, group: Group) -> _Pairs:
    if not world.version.streams.counters:
        return []
    behind = lag(world, stream, group)
    return [
        (b"entries-read", NULL if group.entries_read == UNKNOWN_READS else group.entries_read),
        (b"lag", NULL if behind is None else behind),
    ]


def _group(world: World, stream: Stream, group: Group, name: bytes) -> _Pairs:
    """What XINFO GROUPS tells of a group."""
    return [
        (b"name", name),
        (b"consumers", len(group.consumers)),
        (b"pending", len(group.pending)),
        (b"last-delivered-id", id_text(group.last_id)),
        *_counters(world, stream, group),
    ]


def _full_group(world: World, stream: Stream, group: Group, name: bytes, most: int | None) -> _Pairs:
    pending = [
        array([id_text(entry_id), nack.consumer, _delivered_ms(nack), signed(nack.deliveries)])
        for entry_id, nack in group.pending_of()[:most]
    ]
    consumers = [
        mapping(_full_consumer(world, group, consumer, key, most)) for key, consumer in sorted(group.consumers.items())
    ]
    return [
        (b"name", name),
        (b"last-delivered-id", id_text(group.last_id)),
        *_counters(world, stream, group),
        (b"pel-count", len(group.pending)),
        (b"pending", array(pending)),
        (b"consumers", array(consumers)),
    ]


# -- consumers -------------------------------------------------------------------------------------


def _consumers(world: World, argv: list[bytes], stream: Stream) -> Expected:
    """What XINFO CONSUMERS tells."""
    group = stream.groups.get(argv[3])
    if group is None:
        raise_formatted(_NO_GROUP, argv[3], argv[2])
    return array(
        [mapping(_consumer(world, group, consumer, name)) for name, consumer in sorted(group.consumers.items())]
    )


def _consumer(world: World, group: Group, consumer: Consumer, name: bytes) -> _Pairs:
    pairs: _Pairs = [
        (b"name", name),
        (b"pending", len(group.pending_of(name))),
        (b"idle", _since(world, consumer.seen)),
    ]
    if world.version.streams.active_consumers:
        pairs.append((b"inactive", _NEVER if consumer.active is None else _since(world, consumer.active)))
    return pairs


def _full_consumer(world: World, group: Group, consumer: Consumer, name: bytes, most: int | None) -> _Pairs:
    mine = group.pending_of(name)
    pending = [
        array([id_text(entry_id), _delivered_ms(nack), signed(nack.deliveries)]) for entry_id, nack in mine[:most]
    ]
    active: _Pairs = []
    if world.version.streams.active_consumers:
        active = [(b"active-time", _NEVER if consumer.active is None else IntegerIn(*consumer.active))]
    return [
        (b"name", name),
        (b"seen-time", IntegerIn(*consumer.seen)),
        *active,
        (b"pel-count", len(mine)),
        (b"pending", array(pending)),
    ]


def _since(world: World, past: Moment) -> Expected:
    """How many ms have passed since a moment."""
    now = moment(world)
    return IntegerIn(max(now[0] - past[1], 0), max(now[1] - past[0], 0))


def _delivered_ms(nack: Pending) -> Expected:
    """When an entry was delivered, which is known from then on."""

    def know(seen: int) -> None:
        nack.delivered = (seen, seen)

    return IntegerIn(*nack.delivered, know)
