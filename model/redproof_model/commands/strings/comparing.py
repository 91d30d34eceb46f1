"""Conditions that compare a string, or its digest, with what they are told, and the commands that are about those.

Source: `t_string.c` (setGenericCommand, delexCommand, digestCommand), and what Redis 8.6 answers.
"""

from __future__ import annotations

from typing import Final

from xxhash import xxh3_64_hexdigest

from redproof_model.choice import Expected
from redproof_model.errors import ReplyError, c_string, wrong_arity
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import String
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL
from redproof_model.versions.fatal import DIGEST_LENGTH

table = CommandTable()

_OF_EQUAL: Final = frozenset([b"IFEQ", b"IFDEQ"])
_OF_DIGESTS: Final = frozenset([b"IFDEQ", b"IFDNE"])
_CONDITIONS: Final = _OF_EQUAL | _OF_DIGESTS | {b"IFNE"}
_NO_DIGEST: Final = b"ERR must be exactly 16 hexadecimal characters"
_NO_CONDITION: Final = b"ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE"
_NO_STRING: Final = b"ERR Key should be of string type if conditions are specified"


def comparison_holds(world: World, key: bytes, condition: bytes, told: bytes) -> bool:
    """Whether the string at a key, if there is one, is as a condition says; raises ReplyError.

    A digest is not looked at where there is no key.
    """
    value = world.string(key)
    return condition not in _OF_EQUAL if value is None else _compares(value, condition, told)


def _compares(value: String, condition: bytes, told: bytes) -> bool:
    """Whether a string is as a condition says; of a digest only the length is checked. Raises ReplyError."""
    if condition not in _OF_DIGESTS:
        is_equal = told == value.data
    elif len(told) == DIGEST_LENGTH:
        is_equal = told.lower() == _digest(value)
    else:
        raise ReplyError(_NO_DIGEST)
    return is_equal == (condition in _OF_EQUAL)


@table.command("DELIFEQ", arity=3)
def delifeq(world: World, argv: list[bytes]) -> Expected:
    """DELIFEQ key value (t_string.c delifeqCommand)."""
    world.propagate(b"DEL", argv[1])
    return int(comparison_holds(world, argv[1], b"IFEQ", argv[2]) and world.remove(argv[1]))


@table.command("DELEX", arity=-2)
def delex(world: World, argv: list[bytes]) -> Expected:
    """DELEX key [IFEQ value | IFNE value | IFDEQ digest | IFDNE digest] (t_string.c delexCommand)."""
    key = argv[1]
    if len(argv) == 2:
        return int(world.remove(key))
    if len(argv) != 4:
        raise wrong_arity("DELEX")
    value = world.get(key)
    if value is None:
        return 0
    if not isinstance(value, String):
        raise ReplyError(_NO_STRING)
    condition = c_string(argv[2]).upper()
    if condition not in _CONDITIONS:
        raise ReplyError(_NO_CONDITION)
    if not _compares(value, condition, argv[3]):
        return 0
    world.remove(key)
    world.propagate(b"DEL", key)
    return 1


@table.command("DIGEST", arity=2)
def digest(world: World, argv: list[bytes]) -> Expected:
    """DIGEST key (t_string.c digestCommand)."""
    value = world.string(argv[1])
    return NULL if value is None else _digest(value)


def _digest(value: String) -> bytes:
    return xxh3_64_hexdigest(value.data).encode()
