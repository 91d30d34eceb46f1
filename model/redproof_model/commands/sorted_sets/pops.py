"""Taking the lowest or the highest elements of a sorted set, and waiting for one to come (`t_zset.c`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.sorted_sets.storage import Element, elements_reply, score_reply
from redproof_model.errors import NOT_POSITIVE, SYNTAX, ReplyError, c_string
from redproof_model.keyspace.blocking import block, timeout_argument
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import SortedSet
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, integer, ranged
from redproof_model.reply import NULL_ARRAY, Reply

table = CommandTable()

_NO_KEYS: Final = b"ERR numkeys should be greater than 0"
_NO_COUNT: Final = b"ERR count should be greater than 0"
_HIGHEST: Final = {b"MIN": False, b"MAX": True}


def _take(world: World, key: bytes, zset: SortedSet, highest: bool, count: int) -> list[Element]:
    """Remove up to `count` elements from one end (genericZpopCommand)."""
    order = zset.ordered()
    elements = order[: -count - 1 : -1] if highest else order[:count]
    for _, member in elements:
        zset.discard(member)
    world.changed(key, zset)
    return elements


@dataclass(frozen=True, slots=True)
class _PopOne:
    """BZPOPMIN's and BZPOPMAX's reply, now or later: the key, the element and its score."""

    highest: bool

    def __call__(self, world: World, key: bytes, zset: SortedSet) -> Expected:
        [(score, member)] = _take(world, key, zset, self.highest, 1)
        name = b"ZPOPMAX" if self.highest else b"ZPOPMIN"
        lower = world.serves and world.version.propagation.served_zpop_in_lower_case
        world.propagate(name.lower() if lower else name, key)
        return [key, member, score_reply(world.version, score)]


@dataclass(frozen=True, slots=True)
class _PopMany:
    """ZMPOP's and BZMPOP's reply, now or later: the key and pairs of an element and its score."""

    highest: bool
    count: int

    def __call__(self, world: World, key: bytes, zset: SortedSet) -> Expected:
        taken = _take(world, key, zset, self.highest, self.count)
        world.propagate(b"ZPOPMAX" if self.highest else b"ZPOPMIN", key, b"%d" % len(taken))
        pairs: list[Reply] = [[member, score_reply(world.version, score)] for score, member in taken]
        return [key, pairs]


@table.command("ZPOPMIN", arity=-2)
def zpopmin(world: World, argv: list[bytes]) -> Expected:
    """ZPOPMIN key [count] (t_zset.c zpopminCommand)."""
    return _pop(world, argv, highest=False)


@table.command("ZPOPMAX", arity=-2)
def zpopmax(world: World, argv: list[bytes]) -> Expected:
    """ZPOPMAX key [count] (t_zset.c zpopmaxCommand)."""
    return _pop(world, argv, highest=True)


def _pop(world: World, argv: list[bytes], highest: bool) -> Expected:
    if len(argv) > 3:
        raise ReplyError(SYNTAX)
    count = 1
    if len(argv) == 3:
        if world.version.zpop_refuses_negative_count:
            count = ranged(argv[2], 0, INT64_MAX, NOT_POSITIVE)
        else:
            count = integer(argv[2])
            if count <= 0:
                return []
    zset = world.sorted_set(argv[1])
    if zset is None or count == 0:
        return []
    elements = _take(world, argv[1], zset, highest, count)
    if len(argv) == 3:
        return elements_reply(world, elements, with_scores=True)
    [(score, member)] = elements
    return [member, score_reply(world.version, score)]


@table.command("BZPOPMIN", arity=-3)
def bzpopmin(world: World, argv: list[bytes]) -> Expected:
    """BZPOPMIN key [key …] timeout (t_zset.c bzpopminCommand)."""
    return _pop_or_wait(world, argv[1:-1], _PopOne(highest=False), argv[-1])


@table.command("BZPOPMAX", arity=-3)
def bzpopmax(world: World, argv: list[bytes]) -> Expected:
    """BZPOPMAX key [key …] timeout (t_zset.c bzpopmaxCommand)."""
    return _pop_or_wait(world, argv[1:-1], _PopOne(highest=True), argv[-1])


def _pop_or_wait(world: World, keys: list[bytes], pop: _PopOne | _PopMany, timeout: bytes) -> Expected:
    """Take from the first key that holds a sorted set, else block (blockingGenericZpopCommand)."""
    wait_ms = timeout_argument(world, timeout)
    for key in keys:
        zset = world.sorted_set(key)
        if zset is not None:
            return pop(world, key, zset)
    return block(world, keys, SortedSet, pop, wait_ms)


@table.command("ZMPOP", arity=-4)
def zmpop(world: World, argv: list[bytes]) -> Expected:
    """ZMPOP numkeys key [key …] MIN|MAX [COUNT count] (t_zset.c zmpopCommand)."""
    keys, pop = _parse_pop_many(argv, 1)
    for key in keys:
        zset = world.sorted_set(key)
        if zset is not None:
            return pop(world, key, zset)
    return NULL_ARRAY


@table.command("BZMPOP", arity=-5)
def bzmpop(world: World, argv: list[bytes]) -> Expected:
    """BZMPOP timeout numkeys key [key …] MIN|MAX [COUNT count] (t_zset.c bzmpopCommand)."""
    keys, pop = _parse_pop_many(argv, 2)
    return _pop_or_wait(world, keys, pop, argv[1])


def _parse_pop_many(argv: list[bytes], first: int) -> tuple[list[bytes], _PopMany]:
    """Read the number of keys at `argv[first]` and all that follows (zmpopGenericCommand); raises ReplyError."""
    end = first + 1 + ranged(argv[first], 1, INT64_MAX, _NO_KEYS)
    highest = _HIGHEST.get(c_string(argv[end]).upper()) if end < len(argv) else None
    if highest is None:
        raise ReplyError(SYNTAX)
    count = 1
    if len(argv) > end + 1:
        if c_string(argv[end + 1]).upper() != b"COUNT" or len(argv) == end + 2:
            raise ReplyError(SYNTAX)
        count = ranged(argv[end + 2], 1, INT64_MAX, _NO_COUNT)
        if len(argv) > end + 3:
            raise ReplyError(SYNTAX)
    return argv[first + 1 : end], _PopMany(highest, count)
