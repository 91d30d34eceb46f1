"""XREAD and XREADGROUP: reading on from an ID, at once or when there is more (`t_stream.c` xreadCommand)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from redproof_model.choice import BLOCKED, Expected
from redproof_model.commands.streams.delivery import deliver_history, deliver_new, new_entries
from redproof_model.commands.streams.ids import moment, per_key, raise_formatted, stream_at, stream_id
from redproof_model.commands.streams.propagation import Place, propagate_consumer
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.blocking import block, timeout_ms_argument
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.streams import ID, MAX_ID, MIN_ID, Consumer, Group, Stream, previous_id
from redproof_model.keyspace.values import Value
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.reply import NULL_ARRAY, Reply

table = CommandTable()

_OPTION_OF_XREADGROUP: Final = b"ERR The %s option is only supported by XREADGROUP. You called XREAD instead."
_NO_GROUP_OPTION: Final = b"ERR Missing GROUP option for XREADGROUP"
_NO_GROUP: Final = b"NOGROUP No such key '%s' or consumer group '%s' in XREADGROUP with GROUP option"
_GROUP_IS_GONE: Final = b"NOGROUP the consumer group this client was blocked on no longer exists"
_STREAM_IS_GONE: Final = b"UNBLOCKED the stream key no longer exists"
_NEW_WITHOUT_GROUP: Final = (
    b"ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
)
_MEANINGLESS: Final = (
    b"ERR The %b ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by "
    b"specifying a proper ID, or use the > ID to get new messages. The %b ID would just return an empty result set."
)
_LAST_IS_ZERO: Final = b"ERR the stream last element ID is 0-0"
_LAST_ENTRY: Final = (-1, 0)
"""Stands for `+`: the ID before the last one, whichever that is when the stream is read."""
_WOKEN_COUNT: Final = 1000
"""How many entries a client that was blocked gets when it has not said."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What a client reads: behind `ids`, of each of `keys`, for a group's consumer if there is one.

    The greatest ID stands for `>`. `count` is 0 for all there is.
    """

    keys: tuple[bytes, ...]
    ids: tuple[ID, ...]
    count: int
    group: bytes | None
    consumer: bytes
    acknowledged: bool

    def __call__(self, world: World, key: bytes, value: Value | None) -> Expected:
        """What wakes the client when something has happened to a key (`blocked.c` serveClientsBlockedOnStreamKey)."""
        world.prevent_propagation()
        if world.version.blocked_commands_run_again:
            expected = self.at_once(world)
            return BLOCKED if expected == NULL_ARRAY else expected
        if not isinstance(value, Stream):
            raise ReplyError(_STREAM_IS_GONE)
        last_seen = self.ids[self.keys.index(key)]
        group = None
        if self.group is not None:
            group = value.groups.get(self.group)
            if group is None:
                raise ReplyError(_GROUP_IS_GONE)
            last_seen = group.last_id
        if value.last_id <= last_seen:
            return BLOCKED
        count = self.count or _WOKEN_COUNT
        return per_key(world, [(key, self._new(world, key, value, group, last_seen, count))])

    def at_once(self, world: World) -> Expected:
        """What can be read now, a null array for nothing; raises ReplyError for a key of another type, or no group."""
        groups = [self._group_at(world, key, last_seen) for key, last_seen in zip(self.keys, self.ids, strict=True)]
        replies: list[tuple[bytes, list[Reply]]] = []
        for key, last_seen, group in zip(self.keys, self.ids, groups, strict=True):
            stream = stream_at(world, key)
            if stream is not None:
                entries = self._read(world, key, stream, group, last_seen)
                if entries is not None:
                    replies.append((key, entries))
        return per_key(world, replies) if replies else NULL_ARRAY

    def _group_at(self, world: World, key: bytes, last_seen: ID) -> Group | None:
        """The group at a key, None for XREAD; ends the command with WRONGTYPE, NOGROUP, or for an odd `+`."""
        stream = stream_at(world, key)
        if last_seen == _LAST_ENTRY:
            _check_last(world, stream)
        if self.group is None:
            return None
        group = None if stream is None else stream.groups.get(self.group)
        if group is None:
            raise_formatted(_NO_GROUP, key, self.group)
        return group

    def _read(self, world: World, key: bytes, stream: Stream, group: Group | None, last_seen: ID) -> list[Reply] | None:
        """What one stream has to give, None if the client is to wait for more."""
        if group is not None and world.version.streams.active_consumers:
            self._enter(world, key, group)
        if group is not None and last_seen != MAX_ID:
            self._enter(world, key, group)
            world.dirty()
            return deliver_history(world, stream, group, self.consumer, last_seen, self.count)
        if group is not None:
            last_seen = group.last_id
        if last_seen == _LAST_ENTRY:
            last_id = stream.top_id if world.version.streams.xread_skips_deleted else stream.last_id
            last_seen = previous_id(last_id) or MIN_ID
        if not stream.entries or stream.top_id <= last_seen:
            return None
        return self._new(world, key, stream, group, last_seen, self.count)

    def _new(
        self, world: World, key: bytes, stream: Stream, group: Group | None, last_seen: ID, count: int
    ) -> list[Reply]:
        if group is None:
            return new_entries(stream, last_seen, count)
        self._enter(world, key, group)
        return deliver_new(world, self._place(key), stream, group, self.consumer, count, self.acknowledged)

    def _enter(self, world: World, key: bytes, group: Group) -> None:
        """Let the consumer have been seen, which is propagated if it is new and nothing else would tell."""
        is_new = self.consumer not in group.consumers
        consumer_at(world, group, self.consumer)
        if is_new and self.acknowledged:
            propagate_consumer(world, self._place(key), self.consumer)

    def _place(self, key: bytes) -> Place:
        assert self.group is not None
        return Place(key, self.group)


def consumer_at(world: World, group: Group, name: bytes) -> Consumer:
    """The consumer of this name, created if there is none; it has been seen now (`t_stream.c` streamLookupConsumer)."""
    consumer = group.consumers.setdefault(name, Consumer(moment(world)))
    consumer.seen = moment(world)
    return consumer


@table.command("XREAD", arity=-4)
def xread(world: World, argv: list[bytes]) -> Expected:
    """XREAD [COUNT count] [BLOCK ms] STREAMS key [key …] id [id …] (t_stream.c xreadCommand)."""
    return _read_or_block(world, argv, grouped=False)


@table.command("XREADGROUP", arity=-7)
def xreadgroup(world: World, argv: list[bytes]) -> Expected:
    """XREADGROUP GROUP group consumer [COUNT count] [BLOCK ms] [NOACK] STREAMS key … id … (t_stream.c xreadCommand)."""
    return _read_or_block(world, argv, grouped=True)


def _read_or_block(world: World, argv: list[bytes], grouped: bool) -> Expected:
    world.prevent_propagation()
    read, wait_ms, texts = _arguments(world, argv, grouped)
    for key, text in zip(read.keys, texts, strict=True):
        read = replace(read, ids=(*read.ids, _id_at(world, read, key, text)))
    expected = read.at_once(world)
    if expected != NULL_ARRAY or wait_ms is None:
        return expected
    return block(world, read.keys, Stream, read, wait_ms, minds_deletion=_minds_deletion(world, read))


def _minds_deletion(world: World, read: _Read) -> bool:
    return read.group is not None and world.version.streams.xreadgroup_minds_deletion


def _arguments(world: World, argv: list[bytes], grouped: bool) -> tuple[_Read, int | None, list[bytes]]:
    """What to read, for how long to wait, None for not at all, and the IDs as they were given; raises ReplyError."""
    wait_ms, count, acknowledged = None, 0, False
    group, consumer = None, b""
    position = 1
    while position < len(argv):
        option, more = c_string(argv[position]).upper(), len(argv) - position - 1
        if option == b"BLOCK" and more:
            wait_ms = timeout_ms_argument(world, argv[position + 1])
            position += 1
        elif option == b"COUNT" and more:
            count = max(integer(argv[position + 1]), 0)
            position += 1
        elif option == b"STREAMS" and more:
            break
        elif option == b"GROUP" and more >= 2:
            _check_grouped(option, grouped)
            group, consumer = argv[position + 1], argv[position + 2]
            position += 2
        elif option == b"NOACK":
            _check_grouped(option, grouped)
            acknowledged = True
        else:
            raise ReplyError(SYNTAX)
        position += 1
    keys, texts = _halves(world, argv[position + 1 :], grouped)
    if grouped and group is None:
        raise ReplyError(_NO_GROUP_OPTION)
    return _Read(tuple(keys), (), count, group, consumer, acknowledged), wait_ms, texts


def _halves(world: World, rest: list[bytes], grouped: bool) -> tuple[list[bytes], list[bytes]]:
    """The keys and the IDs behind STREAMS, of which there are as many."""
    if not rest:
        raise ReplyError(SYNTAX)
    if len(rest) % 2:
        raise ReplyError(
            world.version.streams.unbalanced_xreadgroup if grouped else world.version.streams.unbalanced_xread
        )
    return rest[: len(rest) // 2], rest[len(rest) // 2 :]


def _check_grouped(option: bytes, grouped: bool) -> None:
    if not grouped:
        raise ReplyError(_OPTION_OF_XREADGROUP % option)


def _id_at(world: World, read: _Read, key: bytes, text: bytes) -> ID:
    """The ID behind which a stream is read."""
    facts, stream = world.version.streams, stream_at(world, key)
    if read.group is not None and (stream is None or read.group not in stream.groups):
        raise_formatted(_NO_GROUP, key, read.group)
    text = c_string(text)
    if text == b"$" or (text == b"+" and facts.xread_last_entry):
        if read.group is not None:
            raise ReplyError(_MEANINGLESS % (text, text))
        if text == b"+":
            _check_last(world, stream)
            return _LAST_ENTRY
        return MIN_ID if stream is None else stream.last_id
    if text == b">":
        if read.group is None:
            raise ReplyError(_NEW_WITHOUT_GROUP)
        return MAX_ID
    return stream_id(text)


def _check_last(world: World, stream: Stream | None) -> None:
    """End the command if `+` is no entry's ID: none was ever added, and the version minds that."""
    if stream is not None and stream.last_id == MIN_ID and world.version.streams.xread_minds_no_last:
        raise ReplyError(_LAST_IS_ZERO)
