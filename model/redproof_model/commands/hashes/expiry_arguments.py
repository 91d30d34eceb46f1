"""What commands for the expiry of hash fields are told, as Redis and as Valkey read it (`t_hash.c`).

Redis wants each thing in its place up to 8.2, and looks at the key first. Valkey looks for the word FIELDS, takes what
stands before it for options, and looks at the key when all has been read but the time.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from redproof_model.commands.hashes.expiry_anywhere import (
    read_expire_anywhere,
    read_getex_anywhere,
    read_setex_anywhere,
)
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
from redproof_model.errors import SYNTAX, ReplyError, c_string, one_line, wrong_arity
from redproof_model.keyspace.fields import facts_of
from redproof_model.keyspace.values import Interval
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, integer, ranged

_NO_FIELDS: Final = b"ERR Mandatory argument FIELDS is missing or not at the right position"
_NOT_POSITIVE: Final = b"ERR Number of fields must be a positive integer"
_MISMATCH: Final = b"ERR The `numfields` parameter must match the number of arguments"
_WRONG_NUMBER: Final = b"ERR numfields should be greater than 0 and match the provided number of fields"
_NX_ALONE: Final = b"ERR NX and XX, GT or LT options at the same time are not compatible"
_GT_AND_LT: Final = b"ERR GT and LT options at the same time are not compatible"
_GETEX: Final = frozenset([*TIMES, b"PERSIST"])
_SETEX: Final = frozenset([*TIMES, b"KEEPTTL", b"NX", b"XX", b"FNX", b"FXX"])
_EXCLUDE: Final = (frozenset([b"NX", b"XX"]), frozenset([b"FNX", b"FXX"]), frozenset([*TIMES, b"KEEPTTL", b"PERSIST"]))


def read_fields(world: World, argv: list[bytes], mismatch: bytes = _WRONG_NUMBER) -> list[bytes]:
    """Read `key FIELDS count field …`; raises ReplyError. `mismatch` is what Valkey says of a wrong count."""
    if not facts_of(world).options_in_front:
        world.hash_at(argv[1])
        return _placed_fields(argv, 2, _NOT_POSITIVE)
    if c_string(argv[2]).upper() != b"FIELDS":
        raise ReplyError(SYNTAX)
    fields = _counted(argv, 3, 1, mismatch)
    world.hash_at(argv[1])
    return fields


def read_expire(
    world: World, argv: list[bytes], name: str, in_seconds: bool, relative: bool
) -> tuple[Request, Interval]:
    """Read `key time [condition] FIELDS count field …` and the instant; raises ReplyError (hexpireGenericCommand)."""
    if facts_of(world).options_in_front:
        at = _find_fields(argv, 3)
        options = _expire_conditions(argv[3:at] if at is not None else [])
        request = Request(options, argv[2], _counted(argv, at + 1 if at is not None else len(argv), 1, _WRONG_NUMBER))
        when = instant(world, name, argv[2], in_seconds, relative)
        world.hash_at(argv[1])
        return request, when
    world.hash_at(argv[1])
    when = instant(world, name, argv[2], in_seconds, relative)
    if facts_of(world).options_anywhere:
        return read_expire_anywhere(argv), when
    condition = frozenset([c_string(argv[3]).upper()]) & CONDITIONS
    return Request(condition, argv[2], _placed_fields(argv, 3 + len(condition), EXPIRE_NOT_POSITIVE)), when


def read_getex(world: World, argv: list[bytes]) -> Request:
    """Read `key [EX … | PERSIST] FIELDS count field …`; raises ReplyError (hgetexCommand)."""
    if facts_of(world).options_in_front:
        request = _read_in_front(argv, _GETEX, 1)
        world.hash_at(argv[1])
        return request
    world.hash_at(argv[1])
    if facts_of(world).options_anywhere:
        return read_getex_anywhere(world, argv)
    option = frozenset([c_string(argv[2]).upper()]) & _GETEX
    request = Request(option, argv[3], [])
    request.instant(world, "HGETEX")
    at = 2 + len(option) + len(option & TIMES.keys())
    if len(argv) <= at + 1:
        raise wrong_arity("HGETEX")
    return request._replace(fields=_placed_fields(argv, at, _NOT_POSITIVE))


def read_setex(world: World, argv: list[bytes]) -> Request:
    """Read `key [FNX | FXX] [EX … | KEEPTTL] FIELDS count field value …`; raises ReplyError (hsetexCommand)."""
    facts = facts_of(world)
    if facts.options_anywhere:
        request = read_setex_anywhere(world, argv)
    elif facts.options_in_front:
        request = _read_in_front(argv, _SETEX, 2)
    else:
        request = _read_in_turn(world, argv)
    world.hash_at(argv[1])
    return request


def _placed_fields(argv: list[bytes], at: int, not_positive: bytes) -> list[bytes]:
    """The fields after a FIELDS that must stand at `at`."""
    if c_string(argv[at]).upper() != b"FIELDS":
        raise ReplyError(_NO_FIELDS)
    count = ranged(argv[at + 1], 1, INT64_MAX, not_positive)
    if count != len(argv) - at - 2:
        raise ReplyError(_MISMATCH)
    return argv[at + 2 :]


def _find_fields(argv: list[bytes], first: int) -> int | None:
    """Where FIELDS stands, but not as the last argument."""
    places = (at for at in range(first, len(argv) - 1) if c_string(argv[at]).upper() == b"FIELDS")
    return next(places, None)


def _counted(argv: list[bytes], at: int, width: int, mismatch: bytes) -> list[bytes]:
    """The fields, each with `width` arguments, after their count, which stands at `at` if there is one."""
    count = integer(argv[at]) if at < len(argv) else 0
    if count <= 0 or count * width != len(argv) - at - 1:
        raise ReplyError(mismatch)
    return argv[at + 1 :]


def _expire_conditions(arguments: list[bytes]) -> frozenset[bytes]:
    """The options of EXPIRE (`expire.c` parseExtendedExpireArgumentsOrReply)."""
    for argument in map(c_string, arguments):
        if argument.upper() not in CONDITIONS:
            raise ReplyError(one_line(b"ERR Unsupported option %s" % argument))
    conditions = frozenset(c_string(argument).upper() for argument in arguments)
    if b"NX" in conditions and len(conditions) > 1:
        raise ReplyError(_NX_ALONE)
    if {b"GT", b"LT"} <= conditions:
        raise ReplyError(_GT_AND_LT)
    return conditions


def _read_in_front(argv: list[bytes], allowed: Collection[bytes], width: int) -> Request:
    """The options before FIELDS, as Valkey reads them (`t_string.c` parseExtendedCommandArgumentsOrReply)."""
    place = _find_fields(argv, 2)
    if place is None:
        raise ReplyError(_WRONG_NUMBER)
    options: set[bytes] = set()
    amount = b""
    rest = iter(argv[2:place])
    for argument in rest:
        option = c_string(argument).upper()
        if option not in allowed or any(option in those and those & options - {option} for those in _EXCLUDE):
            raise ReplyError(SYNTAX)
        if option in TIMES:
            told = next(rest, None)
            if told is None:
                raise ReplyError(SYNTAX)
            amount = told
        options.add(option)
    return Request(frozenset(options), amount, _counted(argv, place + 1, width, _WRONG_NUMBER))


def _read_in_turn(world: World, argv: list[bytes]) -> Request:
    """The options of HSETEX as Redis reads them, one after the other (`t_hash.c` hsetexParseArgs)."""
    options: set[bytes] = set()
    amount = b""
    rest = iter(range(2, len(argv)))
    for at in rest:
        option = c_string(argv[at]).upper()
        if option == b"FIELDS":
            return Request(frozenset(options), amount, _pairs(argv, at))
        if option in TIMES or option == b"KEEPTTL":
            if options & (TIMES.keys() | {b"KEEPTTL"}):
                raise ReplyError(ONE_TIME % b"KEEPTTL")
        elif option not in (b"FNX", b"FXX"):
            raise unknown_argument(argv[at])
        elif options & {b"FNX", b"FXX"}:
            raise ReplyError(ONE_CONDITION)
        options.add(option)
        if option in TIMES:
            place = next(rest, None)
            if place is None:
                raise ReplyError(MISSING_TIME)
            amount = argv[place]
            instant(world, "HSETEX", amount, *TIMES[option])
    raise ReplyError(_NO_FIELDS)


def _pairs(argv: list[bytes], at: int) -> list[bytes]:
    """The fields and values after the FIELDS at `at`."""
    if at >= len(argv) - 3:
        raise wrong_arity("HSETEX")
    count = ranged(argv[at + 1], 1, INT_MAX, NOT_A_COUNT)
    if 2 * count != len(argv) - at - 2:
        raise wrong_arity("HSETEX")
    return argv[at + 2 :]
