"""Several strings at once (`t_string.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.strings.options import SET_CONDITIONS, SET_LIFETIMES, deadline, parse_options, put_until
from redproof_model.errors import ReplyError, wrong_arity
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import Interval, String
from redproof_model.keyspace.world import World
from redproof_model.number import ranged
from redproof_model.propagation.arguments import Argument, number
from redproof_model.reply import NULL, OK

table = CommandTable()

_INT_MAX: Final = 2**31 - 1


@table.command("MGET", arity=-2)
def mget(world: World, argv: list[bytes]) -> Expected:
    """MGET key [key …] (t_string.c mgetCommand)."""
    values = map(world.get, argv[1:])
    return [value.data if isinstance(value, String) else NULL for value in values]


@table.command("MSET", arity=-3)
def mset(world: World, argv: list[bytes]) -> Expected:
    """MSET key value [key value …] (t_string.c msetCommand)."""
    _require_pairs(world, argv, "MSET")
    _put_pairs(world, argv)
    return OK


@table.command("MSETNX", arity=-3)
def msetnx(world: World, argv: list[bytes]) -> Expected:
    """MSETNX key value [key value …] (t_string.c msetnxCommand)."""
    _require_pairs(world, argv, "MSETNX")
    if any(map(world.holds, argv[1::2])):
        return 0
    _put_pairs(world, argv)
    return 1


@table.command("MSETEX", arity=-4)
def msetex(world: World, argv: list[bytes]) -> Expected:
    """MSETEX numkeys key value [key value …] [NX|XX] [EX|PX|EXAT|PXAT time | KEEPTTL] (t_string.c msetexCommand)."""
    end = 2 + 2 * ranged(argv[1], 1, _INT_MAX, world.version.msetex_not_a_count)
    if end > len(argv):
        raise ReplyError(world.version.msetex_too_few)
    keys, data = argv[2:end:2], argv[3:end:2]
    options = parse_options(argv[end:], SET_LIFETIMES, SET_CONDITIONS)
    when = deadline(world, "msetex", options)
    if options.condition and any(world.holds(key) == (options.condition == b"NX") for key in keys):
        return 0
    for key, text in zip(keys, data, strict=True):
        put_until(world, key, text, when, keep_ttl=options.lifetime == b"KEEPTTL")
    kept = (b"PXAT", b"EXAT") if world.version.propagation.msetex_keeps_exat else (b"PXAT",)
    if when is not None and options.lifetime not in kept:
        world.propagate(*_with_instant(argv, end, when))
    return 1


def _with_instant(argv: list[bytes], end: int, when: Interval) -> list[Argument]:
    """MSETEX with the instant in the place of a time, which is the last that was given (`t_string.c` msetexCommand)."""
    command: list[Argument] = [*argv]
    at = max(at for at in range(end, len(argv) - 1) if argv[at].upper() in (b"EX", b"PX", b"EXAT"))
    command[at : at + 2] = b"PXAT", number(when)
    return command


def _require_pairs(world: World, argv: list[bytes], name: str) -> None:
    if len(argv) % 2 == 0:
        error = world.version.mset_wrong_arity
        raise wrong_arity(name) if error is None else ReplyError(error)


def _put_pairs(world: World, argv: list[bytes]) -> None:
    for key, data in zip(argv[1::2], argv[2::2], strict=True):
        world.put(key, String(data))
