"""Arguments that come in any order, as Redis reads them since 8.4 (`t_hash.c` parseHashFieldExpireArgs, #14416).

What was told too often is said where it stands, and what does not go together when all has been read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redproof_model.commands.hashes.expiry_request import (
    CONDITIONS,
    EXPIRE_NOT_POSITIVE,
    INT_MAX,
    MISSING_TIME,
    NOT_A_COUNT,
    ONE_CONDITION,
    ONE_TIME,
    TIMES,
    Request,
    instant,
    unknown_argument,
)
from redproof_model.errors import ReplyError, c_string, wrong_arity
from redproof_model.keyspace.world import World
from redproof_model.number import ranged

_FIELDS_TWICE: Final = b"ERR FIELDS keyword specified multiple times"
_FIELDS_ALONE: Final = b"ERR FIELDS requires at least numfields and one field argument"
_TOO_FEW: Final = b"ERR wrong number of arguments"
_NO_FIELDS: Final = b"ERR missing FIELDS argument"
_CONDITIONS_DIFFER: Final = b"ERR Multiple condition flags specified"
_OF_THE_OTHER: Final = b"ERR unknown argument"

_FIELD_CONDITIONS: Final = frozenset([b"FNX", b"FXX"])
_EXCLUDES: Final = {
    **dict.fromkeys(TIMES, frozenset([*TIMES, b"KEEPTTL", b"PERSIST"])),
    b"KEEPTTL": frozenset([*TIMES, b"KEEPTTL"]),
    b"PERSIST": frozenset([*TIMES, b"PERSIST"]),
}
"""What must not stand before an option about time."""

_OF_SETEX: Final = _FIELD_CONDITIONS | {b"KEEPTTL"}
_OF_GETEX: Final = frozenset([b"PERSIST"])


def read_expire_anywhere(argv: list[bytes]) -> Request:
    """Read `key time` and after it `[condition]` and `FIELDS count field …`; raises ReplyError."""
    options: set[bytes] = set()
    fields: range | None = None
    rest = iter(range(3, len(argv)))
    for at in rest:
        word = c_string(argv[at]).upper()
        if word == b"FIELDS":
            if fields is None and at + 2 >= len(argv):
                raise ReplyError(_FIELDS_ALONE)
            fields = _fields(argv, at, rest, fields, 1, EXPIRE_NOT_POSITIVE)
        elif word in CONDITIONS:
            options.add(word)
        else:
            raise unknown_argument(argv[at])
    if fields is None:
        raise ReplyError(_NO_FIELDS)
    if len(options) > 1:
        raise ReplyError(_CONDITIONS_DIFFER)
    return Request(frozenset(options), argv[2], [argv[at] for at in fields], fields.start)


def read_getex_anywhere(world: World, argv: list[bytes]) -> Request:
    """Read `key` and after it `[EX … | PERSIST]` and `FIELDS count field …`; raises ReplyError."""
    return _read(world, argv, "HGETEX", 1)


def read_setex_anywhere(world: World, argv: list[bytes]) -> Request:
    """Read `key` and after it `[FNX | FXX]`, `[EX … | KEEPTTL]` and `FIELDS count field value …`; raises ReplyError."""
    return _read(world, argv, "HSETEX", 2)


def _read(world: World, argv: list[bytes], name: str, width: int) -> Request:
    options: set[bytes] = set()
    amount = b""
    fields: range | None = None
    rest = iter(range(2, len(argv)))
    for at in rest:
        word = c_string(argv[at]).upper()
        if word == b"FIELDS":
            if fields is None and at + 1 >= len(argv):
                raise wrong_arity(name)
            fields = _fields(argv, at, rest, fields, width, NOT_A_COUNT)
            continue
        if word in _EXCLUDES:
            if options & _EXCLUDES[word]:
                raise ReplyError(ONE_TIME % (b"PERSIST" if name == "HGETEX" else b"KEEPTTL"))
        elif word not in _FIELD_CONDITIONS:
            raise unknown_argument(argv[at])
        elif options & _FIELD_CONDITIONS:
            raise ReplyError(ONE_CONDITION)
        options.add(word)
        if word in TIMES:
            amount = _time(world, argv, name, rest, word)
    if options & (_OF_SETEX if name == "HGETEX" else _OF_GETEX):
        raise ReplyError(_OF_THE_OTHER)
    if fields is None:
        raise LookupError(f"{name} without FIELDS has too few arguments to be carried out")
    return Request(frozenset(options), amount, [argv[at] for at in fields], fields.start)


def _time(world: World, argv: list[bytes], name: str, rest: Iterator[int], option: bytes) -> bytes:
    """The amount after an option that is a time."""
    place = next(rest, None)
    if place is None:
        raise ReplyError(MISSING_TIME)
    instant(world, name, argv[place], *TIMES[option])
    return argv[place]


def _fields(
    argv: list[bytes], at: int, rest: Iterator[int], before: range | None, width: int, not_positive: bytes
) -> range:
    """Where the fields are whose FIELDS stands at `at`, each with `width` arguments; `rest` goes on after them."""
    if before is not None:
        raise ReplyError(_FIELDS_TWICE)
    first = at + 2
    size = width * ranged(argv[at + 1], 1, INT_MAX, not_positive)
    if first + size > len(argv):
        raise ReplyError(_TOO_FEW)
    for place in rest:
        if place == first + size - 1:
            break
    return range(first, first + size)
