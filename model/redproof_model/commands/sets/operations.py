"""The algebra of sets: intersection, union and difference, answered, counted or stored (`t_set.c`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from redproof_model.choice import Expected
from redproof_model.commands.sets.sets import collects_in_intset, whole
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.encodings import INTSET, set_of
from redproof_model.keyspace.values import SetValue
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, ranged
from redproof_model.reply import Set
from redproof_model.versions import Version

table = CommandTable()

_Combine: TypeAlias = Callable[[Version, Sequence[SetValue | None]], SetValue]


def _operands(world: World, keys: Sequence[bytes]) -> list[SetValue | None]:
    return [world.set_at(key) for key in keys]


def _intersection(sets: Sequence[SetValue | None]) -> set[bytes]:
    """What is in all of the sets; a missing one is empty (t_set.c sinterGenericCommand)."""
    present = [value.members for value in sets if value is not None]
    return set.intersection(*present) if len(present) == len(sets) else set()


def _union(version: Version, sets: Sequence[SetValue | None]) -> SetValue:
    """What is in any of the sets, as a new set (t_set.c sunionDiffGenericCommand)."""
    return set_of(version, set().union(*[value.members for value in sets if value is not None]))


def _difference(version: Version, sets: Sequence[SetValue | None]) -> SetValue:
    """What is in the first set and in no other, as a new set (t_set.c sunionDiffGenericCommand).

    Where the sets taken away are small, the server puts the whole first set into the result and then
    removes from it, so that the result is a hash table if the first set would be one.
    """
    first, *others = sets
    if first is None:
        return set_of(version, set())
    sizes = [len(value.members) for value in sets if value is not None]
    left = first.members.difference(*[value.members for value in others if value is not None])
    if len(first.members) * len(sizes) // 2 <= sum(sizes):
        return set_of(version, left)
    return SetValue(left, set_of(version, first.members).encoding)


@table.command("SINTER", arity=-2)
def sinter(world: World, argv: list[bytes]) -> Expected:
    """SINTER key [key …] (t_set.c sinterCommand)."""
    sets = _operands(world, argv[1:])
    members = _intersection(sets)
    return whole(members, _walks_an_intset(sets)) if members else Set([])


def _walks_an_intset(sets: Sequence[SetValue | None]) -> bool:
    """Whether the set that is walked to find the intersection, one of the smallest, is sure to be an intset."""
    present = [value for value in sets if value is not None]
    smallest = min(len(value.members) for value in present)
    return all(value.encoding == INTSET for value in present if len(value.members) == smallest)


@table.command("SINTERCARD", arity=-3)
def sintercard(world: World, argv: list[bytes]) -> Expected:
    """SINTERCARD numkeys key [key …] [LIMIT limit] (t_set.c sinterCardCommand)."""
    count = ranged(argv[1], 1, INT64_MAX, b"ERR numkeys should be greater than 0")
    if count > len(argv) - 2:
        raise ReplyError(b"ERR Number of keys can't be greater than number of args")
    limit = _parse_limit(argv[2 + count :])
    size = len(_intersection(_operands(world, argv[2 : 2 + count])))
    return min(size, limit) if limit else size


def _parse_limit(options: Sequence[bytes]) -> int:
    limit = 0
    for at in range(0, len(options), 2):
        if c_string(options[at]).upper() != b"LIMIT" or at + 1 == len(options):
            raise ReplyError(SYNTAX)
        limit = ranged(options[at + 1], 0, INT64_MAX, b"ERR LIMIT can't be negative")
    return limit


@table.command("SUNION", arity=-2)
def sunion(world: World, argv: list[bytes]) -> Expected:
    """SUNION key [key …] (t_set.c sunionCommand)."""
    return _answer(world, argv[1:], _union)


@table.command("SDIFF", arity=-2)
def sdiff(world: World, argv: list[bytes]) -> Expected:
    """SDIFF key [key …] (t_set.c sdiffCommand)."""
    return _answer(world, argv[1:], _difference)


def _answer(world: World, keys: Sequence[bytes], combine: _Combine) -> Expected:
    sets = _operands(world, keys)
    result = combine(world.version, sets)
    operands = [value for value in sets if value is not None]
    return whole(result.members, collects_in_intset(world.version, operands, result))


@table.command("SINTERSTORE", arity=-3)
def sinterstore(world: World, argv: list[bytes]) -> Expected:
    """SINTERSTORE destination key [key …] (t_set.c sinterstoreCommand)."""
    sets = _operands(world, argv[2:])
    return _store(world, argv[1], set_of(world.version, _intersection(sets)), skipped=None in sets)


@table.command("SUNIONSTORE", arity=-3)
def sunionstore(world: World, argv: list[bytes]) -> Expected:
    """SUNIONSTORE destination key [key …] (t_set.c sunionstoreCommand)."""
    return _store(world, argv[1], _union(world.version, _operands(world, argv[2:])))


@table.command("SDIFFSTORE", arity=-3)
def sdiffstore(world: World, argv: list[bytes]) -> Expected:
    """SDIFFSTORE destination key [key …] (t_set.c sdiffstoreCommand)."""
    return _store(world, argv[1], _difference(world.version, _operands(world, argv[2:])))


def _store(world: World, destination: bytes, result: SetValue, skipped: bool = False) -> Expected:
    """Let `destination` hold the result, or nothing if it is empty, which may be seen before there is a result."""
    if result:
        world.replace(destination, result)
    elif not world.remove(destination) and world.version.storing_nothing_signals and not skipped:
        world.modified(destination)
    return len(result.members)
