"""What a stream holds: XADD, XDEL, XLEN, XRANGE, XREVRANGE, XTRIM and XSETID (`t_stream.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Choice, Expected, OneOf
from redproof_model.commands.streams.ids import (
    end_id,
    entries_reply,
    id_text,
    parse_id,
    partial_id,
    start_id,
    stream_at,
    stream_id,
)
from redproof_model.commands.streams.trim import TrimArguments, check_limit, trim_arguments
from redproof_model.errors import NO_SUCH_KEY, SYNTAX, ReplyError, c_string, wrong_arity
from redproof_model.keyspace.blocking import serve_ready
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.streams import ID, MAX_ID, MIN_ID, UINT64_MAX, Fields, Stream, next_id
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.reply import NULL, NULL_ARRAY, OK, Error, Reply

table = CommandTable()

_ZERO_ID: Final = b"ERR The ID specified in XADD must be greater than 0-0"
_SMALL_ID: Final = b"ERR The ID specified in XADD is equal or smaller than the target stream top item"
_TOO_LARGE: Final = b"ERR Elements are too large to be stored"
_EXHAUSTED: Final = b"ERR The stream has exhausted the last possible ID, unable to add more items"
_SETID_BELOW_TOP: Final = b"ERR The ID specified in XSETID is smaller than the target stream top item"
_SETID_BELOW_GIVEN: Final = b"ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
_SETID_BELOW_DELETED: Final = b"ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
_NEGATIVE_ADDED: Final = b"ERR entries_added must be positive"
_FEWER_ADDED: Final = b"ERR The entries_added specified in XSETID is smaller than the target stream length"


# -- XADD ------------------------------------------------------------------------------------------


@table.command("XADD", arity=-5)
def xadd(world: World, argv: list[bytes]) -> Expected:
    """XADD key [NOMKSTREAM] [MAXLEN|MINID [~|=] threshold [LIMIT count]] id field value … (t_stream.c xaddCommand)."""
    options = trim_arguments(world.version.streams, argv, xadd=True)
    text, entry = b"".join(argv[options.id_position :][:1]), (*argv[options.id_position + 1 :],)
    given = None if c_string(text) == b"*" else _given_id(world, argv, options.id_position)
    check_limit(world, options, xadd=True)
    if not entry or len(entry) % 2:
        raise _wrong_xadd_arity(world)
    if given == MIN_ID:
        raise ReplyError(_ZERO_ID)
    stream = stream_at(world, argv[1])
    if stream is None and not options.may_create:
        return NULL
    last_id = MIN_ID if stream is None else stream.last_id
    if last_id == MAX_ID:
        raise ReplyError(_EXHAUSTED)
    if given is None:
        return _add_now(world, argv, entry, options, last_id)
    if isinstance(given, int):
        if last_id == (given, UINT64_MAX):
            return _full_millisecond(world)
        given = (given, last_id[1] + 1) if last_id[0] == given else (given, 0)
    if given <= last_id:
        raise ReplyError(_SMALL_ID)
    return _add(world, argv, entry, options, given)


def _given_id(world: World, argv: list[bytes], position: int) -> ID | int | None:
    """The ID of a new entry, or the milliseconds of one whose sequence number the server chooses."""
    if position == len(argv):
        return None
    if world.version.streams.xadd_chooses_sequence:
        ms = partial_id(argv[position])
        if ms is not None:
            return ms
    return stream_id(argv[position])


def _wrong_xadd_arity(world: World) -> ReplyError:
    text = world.version.streams.xadd_wrong_arity
    return wrong_arity("XADD") if text is None else ReplyError(text)


def _full_millisecond(world: World) -> Expected:
    """No sequence number is left. Before 7.2 what it says depends on an errno of some call before."""
    if world.version.streams.xadd_minds_old_errors:
        return OneOf([Error(_SMALL_ID), Error(_TOO_LARGE)])
    raise ReplyError(_SMALL_ID)


def _add(world: World, argv: list[bytes], entry: Fields, options: TrimArguments, entry_id: ID) -> bytes:
    """Add an entry, creating its stream, trim the stream, and wake those who wait for it."""
    key = argv[1]
    stream = stream_at(world, key)
    if stream is None:
        stream = Stream()
        world.put(key, stream)
    stream.append(entry_id, entry, world.version.streams.tombstones_fill_nodes)
    options.trim(stream)
    world.modified(key)
    if world.recorder is not None:
        _propagate(world, argv, options, stream, id_text(entry_id))
    world.created(world.session.database, key, stream)
    return id_text(entry_id)


def _propagate(world: World, argv: list[bytes], options: TrimArguments, stream: Stream, entry_id: bytes) -> None:
    """Let XADD be propagated with the ID that was chosen, and with what a trim has come to."""
    command = [*options.exactly(argv, stream)]
    text = c_string(argv[options.id_position])
    if text == b"*" or text.endswith(b"-*") or not world.version.propagation.xadd_keeps_id:
        command[options.id_position] = entry_id
    world.propagate(*command)


def _add_now(world: World, argv: list[bytes], entry: Fields, options: TrimArguments, last_id: ID) -> Expected:
    """Add an entry whose ID is the server's now, or comes after the last one (`t_stream.c` streamNextID)."""
    successor = next_id(last_id)
    assert successor is not None
    if world.now_high_ms <= last_id[0]:
        return _add(world, argv, entry, options, successor)
    return _NewID(world, argv, entry, options, last_id, successor)


class _NewID(Choice):
    """Any ID of now; the entry is added when it is known."""

    def __init__(
        self, world: World, argv: list[bytes], entry: Fields, options: TrimArguments, last_id: ID, successor: ID
    ) -> None:
        self._world = world
        self._argv = argv
        self._entry = entry
        self._options = options
        self._low_ms = max(last_id[0] + 1, world.now_low_ms)
        self._high_ms = world.now_high_ms
        self._successor = successor if world.now_low_ms <= last_id[0] else None

    def observe(self, reply: Reply, resp: int) -> bool:
        entry_id = parse_id(reply) if isinstance(reply, bytes) else None
        if entry_id is None or not self._is_allowed(entry_id):
            return False
        shown = _add(self._world, self._argv, self._entry, self._options, entry_id)
        if not self._world.in_exec:
            serve_ready(self._world)
        return shown == reply

    def _is_allowed(self, entry_id: ID) -> bool:
        return entry_id == self._successor or (entry_id[1] == 0 and self._low_ms <= entry_id[0] <= self._high_ms)

    def example(self) -> Reply:
        return id_text((self._low_ms, 0))

    def describe(self) -> str:
        now = f"an ID from {self._low_ms}-0 to {self._high_ms}-0"
        return now if self._successor is None else f"{now}, or {id_text(self._successor).decode()}"


# -- what is there ---------------------------------------------------------------------------------


@table.command("XLEN", arity=2)
def xlen(world: World, argv: list[bytes]) -> Expected:
    """XLEN key (t_stream.c xlenCommand)."""
    stream = stream_at(world, argv[1])
    return 0 if stream is None else len(stream.entries)


@table.command("XRANGE", arity=-4)
def xrange(world: World, argv: list[bytes]) -> Expected:
    """XRANGE key start end [COUNT count] (t_stream.c xrangeCommand)."""
    return _range(world, argv, argv[2], argv[3], reverse=False)


@table.command("XREVRANGE", arity=-4)
def xrevrange(world: World, argv: list[bytes]) -> Expected:
    """XREVRANGE key end start [COUNT count] (t_stream.c xrevrangeCommand)."""
    return _range(world, argv, argv[3], argv[2], reverse=True)


def _range(world: World, argv: list[bytes], start_text: bytes, end_text: bytes, reverse: bool) -> Expected:
    """The entries of an interval (`t_stream.c` xrangeGenericCommand)."""
    exclusive = world.version.streams.exclusive_ranges
    start, end = start_id(start_text, exclusive=exclusive), end_id(end_text, exclusive=exclusive)
    count = None
    rest = iter(argv[4:])
    for option in rest:
        argument = next(rest, None)
        if c_string(option).upper() != b"COUNT" or argument is None:
            raise ReplyError(SYNTAX)
        count = max(integer(argument), 0)
    stream = stream_at(world, argv[1])
    if stream is None:
        return []
    if count == 0:
        return NULL_ARRAY
    return entries_reply(stream.between(start, end, reverse))[:count]


# -- what goes -------------------------------------------------------------------------------------


@table.command("XDEL", arity=-3)
def xdel(world: World, argv: list[bytes]) -> Expected:
    """XDEL key id [id …] (t_stream.c xdelCommand)."""
    stream = stream_at(world, argv[1])
    if stream is None:
        return 0
    deleted = sum([stream.delete(entry_id) for entry_id in [stream_id(text) for text in argv[2:]]])
    if deleted:
        world.modified(argv[1])
    return deleted


@table.command("XTRIM", arity=-4)
def xtrim(world: World, argv: list[bytes]) -> Expected:
    """XTRIM key MAXLEN|MINID [~|=] threshold [LIMIT count] (t_stream.c xtrimCommand)."""
    facts = world.version.streams
    if facts.only_maxlen and stream_at(world, argv[1]) is None:
        return 0
    options = trim_arguments(facts, argv, xadd=False)
    check_limit(world, options, xadd=False)
    stream = stream_at(world, argv[1])
    if stream is None:
        return 0
    deleted = options.trim(stream)
    if deleted:
        world.modified(argv[1])
        if world.recorder is not None:
            world.propagate(*options.exactly(argv, stream))
    return deleted


# -- XSETID ----------------------------------------------------------------------------------------


@table.command("XSETID", arity=-3)
def xsetid(world: World, argv: list[bytes]) -> Expected:
    """XSETID key last-id [ENTRIESADDED entries_added] [MAXDELETEDID max_deleted_id] (t_stream.c xsetidCommand)."""
    if not world.version.streams.counters:
        return _set_id(world, _existing(world, argv[1]), stream_id(argv[2]), None, MIN_ID)
    last_id, entries_added, max_deleted_id = _setid_arguments(argv)
    stream = _existing(world, argv[1])
    if world.version.streams.xsetid_minds_deleted and last_id < stream.max_deleted_id:
        raise ReplyError(_SETID_BELOW_DELETED)
    return _set_id(world, stream, last_id, entries_added, max_deleted_id)


def _setid_arguments(argv: list[bytes]) -> tuple[ID, int | None, ID]:
    last_id, entries_added, max_deleted_id = stream_id(argv[2]), None, MIN_ID
    rest = iter(argv[3:])
    for argument in rest:
        option, value = c_string(argument).upper(), next(rest, None)
        if value is not None and option == b"ENTRIESADDED":
            entries_added = integer(value)
            if entries_added < 0:
                raise ReplyError(_NEGATIVE_ADDED)
        elif value is not None and option == b"MAXDELETEDID":
            max_deleted_id = stream_id(value)
            if last_id < max_deleted_id:
                raise ReplyError(_SETID_BELOW_GIVEN)
        else:
            raise ReplyError(SYNTAX)
    return last_id, entries_added, max_deleted_id


def _existing(world: World, key: bytes) -> Stream:
    stream = stream_at(world, key)
    if stream is None:
        raise ReplyError(NO_SUCH_KEY)
    return stream


def _set_id(world: World, stream: Stream, last_id: ID, entries_added: int | None, max_deleted_id: ID) -> Expected:
    if stream.entries and last_id < stream.top_id:
        raise ReplyError(_SETID_BELOW_TOP)
    if stream.entries and entries_added is not None and len(stream.entries) > entries_added:
        raise ReplyError(_FEWER_ADDED)
    world.dirty()
    stream.last_id = last_id
    if entries_added is not None:
        stream.entries_added = entries_added
    if max_deleted_id != MIN_ID:
        stream.max_deleted_id = max_deleted_id
    return OK
