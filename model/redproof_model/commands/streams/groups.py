"""XGROUP, and XACK: groups of consumers, and what they have done with (`t_stream.c`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from redproof_model.choice import Expected
from redproof_model.commands.containers import help_reply, subcommand_syntax
from redproof_model.commands.streams.ids import moment, raise_formatted, stream_at, stream_id
from redproof_model.errors import ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.streams import ID, MIN_ID, UNKNOWN_READS, Consumer, Group, Stream
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.reply import OK

table = CommandTable()

_NO_KEY: Final = (
    b"ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM "
    b"option to create an empty stream automatically."
)
_NO_GROUP: Final = b"NOGROUP No such consumer group '%s' for key name '%s'"
_BUSY_GROUP: Final = b"BUSYGROUP Consumer Group name already exists"
_NEGATIVE_READS: Final = b"ERR value for ENTRIESREAD must be positive or -1"


class _Request(NamedTuple):
    """A subcommand with what was looked up for it; only a CREATE with MKSTREAM may find no stream."""

    argv: list[bytes]
    stream: Stream | None
    entries_read: int

    @property
    def key(self) -> bytes:
        return self.argv[2]

    @property
    def group_name(self) -> bytes:
        return self.argv[3]


class _Subcommand(NamedTuple):
    """What carries a subcommand out, and how many arguments it may have, also before streams had counters."""

    handler: Callable[[World, _Request], Expected]
    fewest: int
    most: int
    most_without_counters: int

    def takes(self, count: int, counters: bool) -> bool:
        """Whether it may have this many arguments."""
        return self.fewest <= count <= (self.most if counters else self.most_without_counters)


@table.command("XGROUP", arity=-2)
@table.command("XGROUP|CREATE", arity=-5)
@table.command("XGROUP|SETID", arity=-5)
@table.command("XGROUP|DESTROY", arity=4)
@table.command("XGROUP|CREATECONSUMER", arity=5)
@table.command("XGROUP|DELCONSUMER", arity=5)
@table.command("XGROUP|HELP", arity=2)
def xgroup(world: World, argv: list[bytes]) -> Expected:
    """XGROUP subcommand key group …, all of which one function carries out (t_stream.c xgroupCommand)."""
    name = c_string(argv[1]).upper()
    if name == b"CREATECONSUMER" and not world.version.streams.xgroup_createconsumer:
        name = b""
    if name == b"HELP" and len(argv) == 2:
        return help_reply(world, b"XGROUP", world.version.streams.xgroup_help)
    if len(argv) < 4:
        raise subcommand_syntax(world, argv)
    mkstream, entries_read = _options(world, argv, name)
    stream = stream_at(world, argv[2])
    if stream is None and not mkstream:
        raise ReplyError(_NO_KEY)
    if stream is not None and argv[3] not in stream.groups and name in _NEED_GROUP and not mkstream:
        raise_formatted(_NO_GROUP, argv[3], argv[2])
    subcommand = _SUBCOMMANDS.get(name)
    if subcommand is None or not subcommand.takes(len(argv), world.version.streams.counters):
        raise subcommand_syntax(world, argv)
    return subcommand.handler(world, _Request(argv, stream, entries_read))


def _options(world: World, argv: list[bytes], name: bytes) -> tuple[bool, int]:
    """Whether MKSTREAM is given, and the ENTRIESREAD; raises ReplyError."""
    mkstream, entries_read = False, UNKNOWN_READS
    if not world.version.streams.counters and (name != b"CREATE" or len(argv) != 6):
        return mkstream, entries_read
    rest = iter(argv[5:])
    for argument in rest:
        option = c_string(argument).upper()
        if name == b"CREATE" and option == b"MKSTREAM":
            mkstream = True
            continue
        value = next(rest, None)
        if name not in (b"CREATE", b"SETID") or option != b"ENTRIESREAD" or value is None:
            raise subcommand_syntax(world, argv)
        entries_read = integer(value)
        if entries_read < UNKNOWN_READS:
            raise ReplyError(_NEGATIVE_READS)
    return mkstream, entries_read


def _create(world: World, request: _Request) -> Expected:
    last_id = _read_up_to(request, strict=True)
    stream = request.stream
    if stream is None:
        stream = Stream()
        world.put(request.key, stream)
    if request.group_name in stream.groups:
        raise ReplyError(_BUSY_GROUP)
    stream.groups[request.group_name] = Group(last_id, _entries_read(world, request, stream))
    world.dirty()
    return OK


def _entries_read(world: World, request: _Request, stream: Stream) -> int:
    """How much a group has read."""
    capped = world.version.streams.reads_are_capped
    return min(request.entries_read, stream.entries_added) if capped else request.entries_read


def _set_id(world: World, request: _Request) -> Expected:
    group = _group(request)
    group.last_id = _read_up_to(request, strict=False)
    assert request.stream is not None
    group.entries_read = _entries_read(world, request, request.stream)
    world.dirty()
    return OK


def _read_up_to(request: _Request, strict: bool) -> ID:
    """The ID up to which the group has read: the one given, or the stream's last."""
    text = request.argv[4]
    if c_string(text) != b"$":
        return stream_id(text, strict=strict)
    return MIN_ID if request.stream is None else request.stream.last_id


def _destroy(world: World, request: _Request) -> Expected:
    """Those who wait for the group are told (`blocked.c` serveClientsBlockedOnStreamKey)."""
    assert request.stream is not None
    if request.stream.groups.pop(request.group_name, None) is None:
        return 0
    world.dirty()
    world.created(world.session.database, request.key, request.stream)
    return 1


def _create_consumer(world: World, request: _Request) -> Expected:
    consumers = _group(request).consumers
    if request.argv[4] in consumers:
        return 0
    world.dirty()
    consumers[request.argv[4]] = Consumer(moment(world))
    return 1


def _delete_consumer(world: World, request: _Request) -> Expected:
    group = _group(request)
    if group.consumers.pop(request.argv[4], None) is None:
        if world.version.propagation.delconsumer_of_nobody:
            world.dirty()
        return 0
    world.dirty()
    pending = group.pending_of(request.argv[4])
    for entry_id, _ in pending:
        del group.pending[entry_id]
    return len(pending)


def _group(request: _Request) -> Group:
    assert request.stream is not None
    return request.stream.groups[request.group_name]


_NEED_GROUP: Final = frozenset([b"SETID", b"CREATECONSUMER", b"DELCONSUMER"])
_SUBCOMMANDS: Final = {
    b"CREATE": _Subcommand(_create, 5, 8, 6),
    b"SETID": _Subcommand(_set_id, 5, 7, 5),
    b"DESTROY": _Subcommand(_destroy, 4, 4, 4),
    b"CREATECONSUMER": _Subcommand(_create_consumer, 5, 5, 5),
    b"DELCONSUMER": _Subcommand(_delete_consumer, 5, 5, 5),
}


@table.command("XACK", arity=-4)
def xack(world: World, argv: list[bytes]) -> Expected:
    """XACK key group id [id …] (t_stream.c xackCommand)."""
    stream = stream_at(world, argv[1])
    group = None if stream is None else stream.groups.get(argv[2])
    if group is None:
        return 0
    acknowledged = [stream_id(text) for text in argv[3:]]
    count = sum(group.pending.pop(entry_id, None) is not None for entry_id in acknowledged)
    if count:
        world.dirty()
    return count
