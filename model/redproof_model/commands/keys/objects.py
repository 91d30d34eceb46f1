"""OBJECT: what the server tells of how it keeps a value (`object.c`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from redproof_model.choice import Expected, IntegerIn, OneOf
from redproof_model.commands.containers import help_reply
from redproof_model.errors import ReplyError, c_string, one_line
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.listpacks import LISTPACK, QUICKLIST, may_be_listpack
from redproof_model.keyspace.values import List, String, Value
from redproof_model.keyspace.world import World
from redproof_model.number import to_integer
from redproof_model.reply import NULL

table = CommandTable()

_SHARED_INTEGERS: Final = 10_000
_SHARED_REFERENCES: Final = 2**31 - 1
_LONGEST_IDLE_S: Final = 2**24
_NO_FREQUENCY: Final = (
    b"ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching "
    b"between policies at runtime LRU and LFU data will take some time to adjust."
)
_HELP: Final = (
    b"ENCODING <key>",
    b"    Return the kind of internal representation used in order to store the value",
    b"    associated with a <key>.",
    b"FREQ <key>",
    b"    Return the access frequency index of the <key>. The returned integer is",
    b"    proportional to the logarithm of the recent access frequency of the key.",
    b"IDLETIME <key>",
    b"    Return the idle time of the <key>, that is the approximated number of",
    b"    seconds elapsed since the last access to the key.",
    b"REFCOUNT <key>",
    b"    Return the number of references of the value associated with the specified",
    b"    <key>.",
)


_SHORT_HELP: Final = (
    b"ENCODING <key> -- Return the kind of internal representation used in order to store the value associated with "
    b"a key.",
    b"FREQ <key> -- Return the access frequency index of the key. The returned integer is proportional to the "
    b"logarithm of the recent access frequency of the key.",
    b"IDLETIME <key> -- Return the idle time of the key, that is the approximated number of seconds elapsed since the "
    b"last access to the key.",
    b"REFCOUNT <key> -- Return the number of references of the value associated with the specified key.",
)


@table.command("OBJECT", arity=-2)
def object_(world: World, argv: list[bytes]) -> Expected:
    """OBJECT subcommand [key], where it is one command (object.c objectCommand)."""
    spec = table.specs.get("OBJECT|" + c_string(argv[1]).upper().decode("latin-1"))
    if spec is None or len(argv) != spec.arity:
        raise ReplyError(one_line(world.version.unknown_subcommand % (c_string(argv[1]), b"OBJECT")))
    return spec.handler(world, argv)


@table.command("OBJECT|HELP", arity=2)
def object_help(world: World, argv: list[bytes]) -> Expected:
    """OBJECT HELP (object.c objectCommand)."""
    return help_reply(world, b"OBJECT", _HELP if world.version.help_of_help else _SHORT_HELP)


@table.command("OBJECT|ENCODING", arity=3)
def object_encoding(world: World, argv: list[bytes]) -> Expected:
    """OBJECT ENCODING key (object.c objectCommand)."""

    def encoding(value: Value) -> Expected:
        if isinstance(value, List) and may_be_listpack(world.version, value):
            return _list_encoding(value)
        name = value.encoding_name(world.version.longest_embstr) if isinstance(value, String) else value.encoding
        return name.encode()

    return _tell(world, argv[2], encoding)


def _list_encoding(value: List) -> Expected:
    """One that was a quicklist may have become a listpack, which is known from now on."""

    def follow(index: int) -> None:
        value.encoding = (QUICKLIST, LISTPACK)[index]

    return LISTPACK.encode() if value.encoding == LISTPACK else OneOf([QUICKLIST.encode(), LISTPACK.encode()], follow)


@table.command("OBJECT|REFCOUNT", arity=3)
def object_refcount(world: World, argv: list[bytes]) -> Expected:
    """OBJECT REFCOUNT key (object.c objectCommand): a value set in this transaction has a second reference."""

    def references(value: Value) -> Expected:
        if world.version.shared_integers and _is_shared(value):
            return _SHARED_REFERENCES
        return IntegerIn(1, 2) if world.in_exec and isinstance(value, String) else 1

    return _tell(world, argv[2], references)


@table.command("OBJECT|IDLETIME", arity=3)
def object_idletime(world: World, argv: list[bytes]) -> Expected:
    """OBJECT IDLETIME key (object.c objectCommand): for how long is not modelled."""
    return _tell(world, argv[2], lambda value: IntegerIn(0, _LONGEST_IDLE_S))


@table.command("OBJECT|FREQ", arity=3)
def object_freq(world: World, argv: list[bytes]) -> Expected:
    """OBJECT FREQ key (object.c objectCommand), which the default maxmemory policy does not track."""
    if world.get(argv[2]) is not None:
        raise ReplyError(_NO_FREQUENCY)
    return NULL


def _tell(world: World, key: bytes, fact: Callable[[Value], Expected]) -> Expected:
    value = world.get(key)
    return NULL if value is None else fact(value)


def _is_shared(value: Value) -> bool:
    """Whether the value is one of the integers that the server made at its start (`object.c` tryObjectEncoding)."""
    if not isinstance(value, String) or value.encoding is not None:
        return False
    number = to_integer(value.data)
    return number is not None and 0 <= number < _SHARED_INTEGERS
