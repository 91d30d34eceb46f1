"""Strings as numbers (`t_string.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.errors import OVERFLOW, ReplyError
from redproof_model.extended import ZERO, add, extended, extended_text
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import String, text_encoding
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.systems.arithmetic.counters import decrement_as_increment, incremented

table = CommandTable()

_DECREMENT_OVERFLOW: Final = b"ERR decrement would overflow"
_NOT_FINITE: Final = b"ERR increment would produce NaN or Infinity"


@table.command("INCR", arity=2)
def incr(world: World, argv: list[bytes]) -> Expected:
    """INCR key (t_string.c incrCommand)."""
    return _increment(world, argv[1], 1)


@table.command("DECR", arity=2)
def decr(world: World, argv: list[bytes]) -> Expected:
    """DECR key (t_string.c decrCommand)."""
    return _increment(world, argv[1], -1)


@table.command("INCRBY", arity=3)
def incrby(world: World, argv: list[bytes]) -> Expected:
    """INCRBY key increment (t_string.c incrbyCommand)."""
    return _increment(world, argv[1], integer(argv[2]))


@table.command("DECRBY", arity=3)
def decrby(world: World, argv: list[bytes]) -> Expected:
    """DECRBY key decrement (t_string.c decrbyCommand)."""
    refused, by = decrement_as_increment.compiled(integer(argv[2]), world.version.decrby_refuses_minimum)
    if refused:
        raise ReplyError(_DECREMENT_OVERFLOW)
    return _increment(world, argv[1], by)


@table.command("INCRBYFLOAT", arity=3)
def incrbyfloat(world: World, argv: list[bytes]) -> Expected:
    """INCRBYFLOAT key increment (t_string.c incrbyfloatCommand)."""
    value = world.string(argv[1])
    old = ZERO if value is None else extended(value.data)
    new = add(old, extended(argv[2]))
    if new is None or not new.finite:
        raise ReplyError(_NOT_FINITE)
    text = extended_text(new)
    world.put(argv[1], String(text, text_encoding(text, world.version.longest_embstr)), keep_ttl=True)
    world.propagate(b"SET", argv[1], text, b"KEEPTTL")
    return text


def _increment(world: World, key: bytes, by: int) -> int:
    """Add to the integer at `key` (`t_string.c` incrDecrCommand)."""
    value = world.string(key)
    overflows, new = incremented.compiled(0 if value is None else integer(value.data), by)
    if overflows:
        raise ReplyError(OVERFLOW)
    world.put(key, String(b"%d" % new), keep_ttl=True)
    return int(new)
