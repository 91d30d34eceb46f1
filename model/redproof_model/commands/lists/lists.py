"""Lists (`t_list.c`); those commands that move elements from one end to another are in `list_ends`."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.errors import NO_SUCH_KEY, OUT_OF_RANGE, SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.listpacks import grow
from redproof_model.keyspace.values import List
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, integer, negatable, ranged, to_int32
from redproof_model.reply import NULL, OK, Reply
from redproof_model.systems.arithmetic.positions import first_match, reported, reported_place
from redproof_model.systems.arithmetic.ranges import element_at, element_range

table = CommandTable()

_NO_COUNT: Final = -1
_LPOS_COUNT: Final = b"ERR COUNT can't be negative"
_LPOS_MAXLEN: Final = b"ERR MAXLEN can't be negative"


@table.command("LLEN", arity=2)
def llen(world: World, argv: list[bytes]) -> Expected:
    """LLEN key (t_list.c llenCommand)."""
    value = world.list_at(argv[1])
    return 0 if value is None else len(value.items)


@table.command("LINDEX", arity=3)
def lindex(world: World, argv: list[bytes]) -> Expected:
    """LINDEX key index (t_list.c lindexCommand)."""
    value = world.list_at(argv[1])
    if value is None:
        return NULL
    found, position = element_at.compiled(len(value.items), integer(argv[2]))
    return value.items[position] if found else NULL


@table.command("LSET", arity=4)
def lset(world: World, argv: list[bytes]) -> Expected:
    """LSET key index element (t_list.c lsetCommand)."""
    value = world.list_at(argv[1])
    if value is None:
        raise ReplyError(NO_SUCH_KEY)
    index = integer(argv[2])
    if world.version.lset_truncates_index:
        index = to_int32(index)
    found, position = element_at.compiled(len(value.items), index)
    grow(value, argv[3:])
    if not found:
        raise ReplyError(OUT_OF_RANGE)
    value.items[position] = argv[3]
    world.modified(argv[1])
    return OK


@table.command("LRANGE", arity=4)
def lrange(world: World, argv: list[bytes]) -> Expected:
    """LRANGE key start stop (t_list.c lrangeCommand)."""
    start, stop = integer(argv[2]), integer(argv[3])
    value = world.list_at(argv[1])
    replies: list[Reply] = []
    if value is not None:
        first, past = element_range.compiled(len(value.items), start, stop)
        replies.extend(value.items[first:past])
    return replies


@table.command("LTRIM", arity=4)
def ltrim(world: World, argv: list[bytes]) -> Expected:
    """LTRIM key start stop (t_list.c ltrimCommand)."""
    start, stop = integer(argv[2]), integer(argv[3])
    value = world.list_at(argv[1])
    if value is not None:
        first, past = element_range.compiled(len(value.items), start, stop)
        if past - first == len(value.items) and not world.version.propagation.ltrim_of_nothing:
            world.prevent_propagation()
        value.items = value.items[first:past]
        world.changed(argv[1], value)
    return OK


@table.command("LINSERT", arity=5)
def linsert(world: World, argv: list[bytes]) -> Expected:
    """LINSERT key BEFORE|AFTER pivot element (t_list.c linsertCommand)."""
    where = c_string(argv[2]).lower()
    if where not in (b"before", b"after"):
        raise ReplyError(SYNTAX)
    value = world.list_at(argv[1])
    if value is None:
        return 0
    grow(value, argv[4:])
    if argv[3] not in value.items:
        return -1
    value.items.insert(value.items.index(argv[3]) + (where == b"after"), argv[4])
    world.modified(argv[1])
    return len(value.items)


@table.command("LREM", arity=4)
def lrem(world: World, argv: list[bytes]) -> Expected:
    """LREM key count element (t_list.c lremCommand)."""
    count = negatable(argv[2]) if world.version.lrem_wants_negatable else integer(argv[2])
    value = world.list_at(argv[1])
    if value is None:
        return 0
    places = [place for place, item in enumerate(value.items) if item == argv[3]]
    if count:
        places = places[:count] if count > 0 else places[count:]
    if places:
        gone = set(places)
        value.items = [item for place, item in enumerate(value.items) if place not in gone]
        world.changed(argv[1], value)
    return len(places)


@table.command("LPOS", arity=-3)
def lpos(world: World, argv: list[bytes]) -> Expected:
    """LPOS key element [RANK rank] [COUNT num] [MAXLEN len] (t_list.c lposCommand)."""
    rank, count, longest = _lpos_options(world, argv)
    value = world.list_at(argv[1])
    places = [] if value is None else _places(value, argv[2], rank, count, longest)
    if count == _NO_COUNT:
        return places[0] if places else NULL
    return places


def _lpos_options(world: World, argv: list[bytes]) -> tuple[int, int, int]:
    rank, count, longest = 1, _NO_COUNT, 0
    for position in range(3, len(argv), 2):
        option = c_string(argv[position]).upper()
        if option not in (b"RANK", b"COUNT", b"MAXLEN") or position + 1 == len(argv):
            raise ReplyError(SYNTAX)
        argument = argv[position + 1]
        if option == b"RANK":
            rank = negatable(argument) if world.version.lpos_wants_negatable else integer(argument)
            if rank == 0:
                raise ReplyError(world.version.lpos_rank_zero)
        elif option == b"COUNT":
            count = _natural(world, argument, _LPOS_COUNT)
        else:
            longest = _natural(world, argument, _LPOS_MAXLEN)
    return rank, count, longest


def _natural(world: World, text: bytes, error: bytes) -> int:
    if world.version.tells_not_integer:
        integer(text)
    return ranged(text, 0, INT64_MAX, error)


def _places(value: List, element: bytes, rank: int, count: int, longest: int) -> list[Reply]:
    """Where the element is, from the match number `rank` on, from the tail if that is negative."""
    first = first_match.compiled(rank)
    items = value.items if rank > 0 else value.items[::-1]
    indices = [index for index, item in enumerate(items[: longest or None]) if item == element]
    places: list[Reply] = []
    for match, index in enumerate(indices, 1):
        taken, last = reported.compiled(match, first, count)
        if taken:
            places.append(reported_place.compiled(index, len(items), rank))
        if last:
            break
    return places
