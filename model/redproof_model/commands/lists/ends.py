"""Pushing and popping at the ends of lists, at once or when a list is there (`t_list.c`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from redproof_model.choice import Expected
from redproof_model.errors import NOT_POSITIVE, SYNTAX, ReplyError, c_string, wrong_arity
from redproof_model.keyspace.blocking import block, timeout_argument
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.listpacks import grow, list_of
from redproof_model.keyspace.values import List
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, ranged
from redproof_model.reply import NULL, NULL_ARRAY, Reply

table = CommandTable()

_NUMKEYS: Final = b"ERR numkeys should be greater than 0"
_COUNT: Final = b"ERR count should be greater than 0"


# -- what happens at the ends ----------------------------------------------------------------------


def _push(world: World, key: bytes, elements: Sequence[bytes], head: bool) -> int:
    """Push the elements one after the other and return how many there are then."""
    value = world.list_at(key)
    if value is None:
        value = list_of(world.version, list(reversed(elements)) if head else list(elements))
        world.put(key, value)
        return len(value.items)
    grow(value, elements)
    if head:
        value.items[:0] = reversed(elements)
    else:
        value.items.extend(elements)
    world.modified(key)
    return len(value.items)


def _pop(world: World, key: bytes, value: List, count: int, head: bool) -> list[Reply]:
    """Take up to `count` elements from an end, the outermost first."""
    items = value.items
    if head:
        popped: list[Reply] = [*items[:count]]
        del items[:count]
    else:
        popped = [*items[: -count - 1 : -1]]
        del items[-count:]
    world.changed(key, value)
    return popped


@dataclass(frozen=True, slots=True)
class _Pop:
    """Take one element (t_list.c serveClientBlockedOnList)."""

    head: bool

    def __call__(self, world: World, key: bytes, value: List) -> Expected:
        world.propagate(b"LPOP" if self.head else b"RPOP", key)
        return [key, *_pop(world, key, value, 1, self.head)]


@dataclass(frozen=True, slots=True)
class _PopSome:
    """Take several elements (t_list.c listPopRangeAndReplyWithKey)."""

    head: bool
    count: int

    def __call__(self, world: World, key: bytes, value: List) -> Expected:
        popped = _pop(world, key, value, self.count, self.head)
        world.propagate(b"LPOP" if self.head else b"RPOP", key, b"%d" % len(popped))
        return [key, popped]


@dataclass(frozen=True, slots=True)
class _Move:
    """Move an element to another list, or to the same one (t_list.c lmoveGenericCommand)."""

    destination: bytes
    from_head: bool
    to_head: bool
    rest: tuple[bytes, ...] | None = None
    """The ends as they were given to a command that waits, none for BRPOPLPUSH; None for one that does not wait."""

    def __call__(self, world: World, key: bytes, value: List) -> Expected:
        world.list_at(self.destination)
        if self.rest is not None and world.recorder is not None:
            ends = self.rest
            if ends and world.serves and world.version.propagation.served_ends_in_lower_case:
                ends = tuple(b"left" if head else b"right" for head in (self.from_head, self.to_head))
            world.propagate(b"LMOVE" if ends else b"RPOPLPUSH", key, self.destination, *ends)
        element = value.items.pop(0 if self.from_head else -1)
        _push(world, self.destination, [element], self.to_head)
        world.changed(key, value)
        return element


# -- push and pop ----------------------------------------------------------------------------------


@table.command("LPUSH", arity=-3)
def lpush(world: World, argv: list[bytes]) -> Expected:
    """LPUSH key element [element …] (t_list.c lpushCommand)."""
    return _push(world, argv[1], argv[2:], head=True)


@table.command("RPUSH", arity=-3)
def rpush(world: World, argv: list[bytes]) -> Expected:
    """RPUSH key element [element …] (t_list.c rpushCommand)."""
    return _push(world, argv[1], argv[2:], head=False)


@table.command("LPUSHX", arity=-3)
def lpushx(world: World, argv: list[bytes]) -> Expected:
    """LPUSHX key element [element …] (t_list.c lpushxCommand)."""
    return 0 if world.list_at(argv[1]) is None else _push(world, argv[1], argv[2:], head=True)


@table.command("RPUSHX", arity=-3)
def rpushx(world: World, argv: list[bytes]) -> Expected:
    """RPUSHX key element [element …] (t_list.c rpushxCommand)."""
    return 0 if world.list_at(argv[1]) is None else _push(world, argv[1], argv[2:], head=False)


@table.command("LPOP", arity=-2)
def lpop(world: World, argv: list[bytes]) -> Expected:
    """LPOP key [count] (t_list.c lpopCommand)."""
    return _pop_command(world, argv, head=True)


@table.command("RPOP", arity=-2)
def rpop(world: World, argv: list[bytes]) -> Expected:
    """RPOP key [count] (t_list.c rpopCommand)."""
    return _pop_command(world, argv, head=False)


def _pop_command(world: World, argv: list[bytes], head: bool) -> Expected:
    """Pop one element or an array of them (t_list.c popGenericCommand)."""
    if len(argv) > 3:
        raise wrong_arity("LPOP" if head else "RPOP")
    count = ranged(argv[2], 0, INT64_MAX, NOT_POSITIVE) if len(argv) == 3 else None
    value = world.list_at(argv[1])
    if value is None:
        return NULL if count is None else NULL_ARRAY
    if count == 0:
        return []
    popped = _pop(world, argv[1], value, count or 1, head)
    return popped[0] if count is None else popped


# -- one of several keys, at once or when it is there ----------------------------------------------


@table.command("LMPOP", arity=-4)
def lmpop(world: World, argv: list[bytes]) -> Expected:
    """LMPOP numkeys key [key …] LEFT|RIGHT [COUNT count] (t_list.c lmpopCommand)."""
    keys, pop = _lmpop_arguments(argv, 1)
    for key in keys:
        value = world.list_at(key)
        if value is not None:
            return pop(world, key, value)
    return NULL_ARRAY


@table.command("BLMPOP", arity=-5)
def blmpop(world: World, argv: list[bytes]) -> Expected:
    """BLMPOP timeout numkeys key [key …] LEFT|RIGHT [COUNT count] (t_list.c blmpopCommand)."""
    keys, pop = _lmpop_arguments(argv, 2)
    return _pop_or_block(world, keys, pop, argv[1])


@table.command("BLPOP", arity=-3)
def blpop(world: World, argv: list[bytes]) -> Expected:
    """BLPOP key [key …] timeout (t_list.c blpopCommand)."""
    return _pop_or_block(world, argv[1:-1], _Pop(head=True), argv[-1])


@table.command("BRPOP", arity=-3)
def brpop(world: World, argv: list[bytes]) -> Expected:
    """BRPOP key [key …] timeout (t_list.c brpopCommand)."""
    return _pop_or_block(world, argv[1:-1], _Pop(head=False), argv[-1])


def _lmpop_arguments(argv: list[bytes], position: int) -> tuple[list[bytes], _PopSome]:
    """The keys and what to take from them, `numkeys` being at `position` (t_list.c lmpopGenericCommand)."""
    numkeys = ranged(argv[position], 1, INT64_MAX, _NUMKEYS)
    keys, options = argv[position + 1 : position + 1 + numkeys], argv[position + 1 + numkeys :]
    if not options:
        raise ReplyError(SYNTAX)
    head = _end(options[0])
    count = 1
    if len(options) > 1:
        if c_string(options[1]).upper() != b"COUNT" or len(options) == 2:
            raise ReplyError(SYNTAX)
        count = ranged(options[2], 1, INT64_MAX, _COUNT)
    if len(options) > 3:
        raise ReplyError(SYNTAX)
    return keys, _PopSome(head, count)


def _pop_or_block(
    world: World, keys: Sequence[bytes], pop: Callable[[World, bytes, List], Expected], timeout: bytes
) -> Expected:
    """Take from the first list there is, or wait for one (t_list.c blockingPopGenericCommand)."""
    wait_ms = timeout_argument(world, timeout)
    for key in keys:
        value = world.list_at(key)
        if value is not None:
            return pop(world, key, value)
    return block(world, keys, List, pop, wait_ms)


# -- from one list to another ----------------------------------------------------------------------


@table.command("LMOVE", arity=5)
def lmove(world: World, argv: list[bytes]) -> Expected:
    """LMOVE source destination LEFT|RIGHT LEFT|RIGHT (t_list.c lmoveCommand)."""
    return _move(world, argv[1], _Move(argv[2], _end(argv[3]), _end(argv[4])))


@table.command("RPOPLPUSH", arity=3)
def rpoplpush(world: World, argv: list[bytes]) -> Expected:
    """RPOPLPUSH source destination (t_list.c rpoplpushCommand)."""
    return _move(world, argv[1], _Move(argv[2], from_head=False, to_head=True))


@table.command("BLMOVE", arity=6)
def blmove(world: World, argv: list[bytes]) -> Expected:
    """BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout (t_list.c blmoveCommand)."""
    return _move(world, argv[1], _Move(argv[2], _end(argv[3]), _end(argv[4]), (argv[3], argv[4])), argv[5])


@table.command("BRPOPLPUSH", arity=4)
def brpoplpush(world: World, argv: list[bytes]) -> Expected:
    """BRPOPLPUSH source destination timeout (t_list.c brpoplpushCommand)."""
    return _move(world, argv[1], _Move(argv[2], from_head=False, to_head=True, rest=()), argv[3])


def _move(world: World, source: bytes, move: _Move, timeout: bytes | None = None) -> Expected:
    """Move an element, or wait for one if there is a time-out (t_list.c lmoveGenericCommand, blmoveGenericCommand)."""
    wait_ms = None if timeout is None else timeout_argument(world, timeout)
    value = world.list_at(source)
    if value is not None:
        return move(world, source, value)
    return NULL if wait_ms is None else block(world, [source], List, move, wait_ms, instead=NULL)


def _end(text: bytes) -> bool:
    """Whether an end of a list is the head (t_list.c getListPositionFromObjectOrReply)."""
    where = c_string(text).lower()
    if where not in (b"left", b"right"):
        raise ReplyError(SYNTAX)
    return where == b"left"
