"""Strings (`t_string.c`)."""

from __future__ import annotations

from redproof_model.choice import Expected
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import String
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL, OK

table = CommandTable()


@table.command("GET", arity=2)
def get(world: World, argv: list[bytes]) -> Expected:
    """GET key (t_string.c getCommand)."""
    value = world.string(argv[1])
    return NULL if value is None else value.data


@table.command("SET", arity=-3)
def set_(world: World, argv: list[bytes]) -> Expected:
    """SET key value (t_string.c setCommand)."""
    world.put(argv[1], String(argv[2]))
    return OK
