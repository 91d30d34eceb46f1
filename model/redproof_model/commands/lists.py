"""Lists (`t_list.c`); those commands that move elements from one end to another are in `list_ends`."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.errors import NO_SUCH_KEY, NOT_INTEGER, OUT_OF_RANGE, SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import List
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, INT64_MIN, integer, ranged
from redproof_model.reply import NULL, OK, Reply

table = CommandTable()

_LPOS_COUNT: Final = b"ERR COUNT can't be negative"
_LPOS_MAXLEN: Final = b"ERR MAXLEN can't be negative"


def span(length: int, start: int, stop: int) -> slice:
    """The part of a list from index `start` to `stop`, both of which may count from the end."""
    if start < 0:
        start = max(start + length, 0)
    if stop < 0:
        stop = max(stop + length, -1)
    return slice(start, max(start, stop + 1))


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
    index = integer(argv[2])
    return value.items[index] if -len(value.items) <= index < len(value.items) else NULL


@table.command("LSET", arity=4)
def lset(world: World, argv: list[bytes]) -> Expected:
    """LSET key index element (t_list.c lsetCommand)."""
    value = world.list_at(argv[1])
    if value is None:
        raise ReplyError(NO_SUCH_KEY)
    index = integer(argv[2])
    if not -len(value.items) <= index < len(value.items):
        raise ReplyError(OUT_OF_RANGE)
    value.items[index] = argv[3]
    world.modified(argv[1])
    return OK


@table.command("LRANGE", arity=4)
def lrange(world: World, argv: list[bytes]) -> Expected:
    """LRANGE key start stop (t_list.c lrangeCommand)."""
    start, stop = integer(argv[2]), integer(argv[3])
    value = world.list_at(argv[1])
    replies: list[Reply] = []
    if value is not None:
        replies.extend(value.items[span(len(value.items), start, stop)])
    return replies


@table.command("LTRIM", arity=4)
def ltrim(world: World, argv: list[bytes]) -> Expected:
    """LTRIM key start stop (t_list.c ltrimCommand)."""
    start, stop = integer(argv[2]), integer(argv[3])
    value = world.list_at(argv[1])
    if value is not None:
        value.items = value.items[span(len(value.items), start, stop)]
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
    if argv[3] not in value.items:
        return -1
    value.items.insert(value.items.index(argv[3]) + (where == b"after"), argv[4])
    world.modified(argv[1])
    return len(value.items)


@table.command("LREM", arity=4)
def lrem(world: World, argv: list[bytes]) -> Expected:
    """LREM key count element (t_list.c lremCommand)."""
    count = integer(argv[2])
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
    places: list[Reply] = []
    if value is not None:
        places.extend(_places(value, argv[2], rank, longest))
    if count is not None:
        return places[:count] if count and rank != INT64_MIN else places
    return places[0] if places else NULL


def _lpos_options(world: World, argv: list[bytes]) -> tuple[int, int | None, int]:
    rank, count, longest = 1, None, 0
    for position in range(3, len(argv), 2):
        option = c_string(argv[position]).upper()
        if option not in (b"RANK", b"COUNT", b"MAXLEN") or position + 1 == len(argv):
            raise ReplyError(SYNTAX)
        argument = argv[position + 1]
        if option == b"RANK":
            rank = ranged(argument, INT64_MIN, INT64_MAX, NOT_INTEGER)
            if rank == 0:
                raise ReplyError(world.version.lpos_rank_zero)
        elif option == b"COUNT":
            count = ranged(argument, 0, INT64_MAX, _LPOS_COUNT)
        else:
            longest = ranged(argument, 0, INT64_MAX, _LPOS_MAXLEN)
    return rank, count, longest


def _places(value: List, element: bytes, rank: int, longest: int) -> list[int]:
    """Where the element is, from the match number `rank` on, from the tail if that is negative.

    The lowest integer has no opposite in C: every match comes after that one, and no COUNT is ever reached.
    """
    indices = list(enumerate(value.items))
    if rank < 0:
        indices.reverse()
    if longest:
        indices = indices[:longest]
    places = [place for place, item in indices if item == element]
    return places if rank == INT64_MIN else places[abs(rank) - 1 :]
