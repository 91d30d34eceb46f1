"""Strings as a whole and by ranges of bytes (`t_string.c`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from redproof_model.choice import Expected
from redproof_model.commands.expire import Interval, set_expiry
from redproof_model.errors import SYNTAX, ReplyError, c_string, wrong_arity
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.expiry import expire_now
from redproof_model.keyspace.values import String
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.reply import NULL, OK, Reply
from redproof_model.systems.arithmetic.expiry import set_instant
from redproof_model.systems.arithmetic.ranges import byte_range, is_too_long

table = CommandTable()

LONGEST_STRING: Final = 512 * 1024 * 1024
_TOO_LONG: Final = b"ERR string exceeds maximum allowed size (proto-max-bulk-len)"
_OFFSET_OUT_OF_RANGE: Final = b"ERR offset is out of range"


class _Unit(NamedTuple):
    """How an expiry is told: in seconds or milliseconds, from now on or as a point in time."""

    in_seconds: bool
    relative: bool


_EXPIRIES: Final = {
    b"EX": _Unit(True, True),
    b"PX": _Unit(False, True),
    b"EXAT": _Unit(True, False),
    b"PXAT": _Unit(False, False),
}
_SET_LIFETIMES: Final = frozenset([*_EXPIRIES, b"KEEPTTL"])
_GETEX_LIFETIMES: Final = frozenset([*_EXPIRIES, b"PERSIST"])
_SET_CONDITIONS: Final = frozenset([b"NX", b"XX"])


class _Options(NamedTuple):
    """The options of SET and GETEX: `lifetime` and `condition` by name, `amount` as EX and its kin were given it."""

    lifetime: bytes
    amount: bytes
    condition: bytes
    get: bool


@table.command("GET", arity=2)
def get(world: World, argv: list[bytes]) -> Expected:
    """GET key (t_string.c getCommand)."""
    value = world.string(argv[1])
    return NULL if value is None else value.data


@table.command("SET", arity=-3)
def set_(world: World, argv: list[bytes]) -> Expected:
    """SET key value [NX|XX] [GET] [EX|PX|EXAT|PXAT time | KEEPTTL] (t_string.c setCommand)."""
    if len(argv) == 3:
        world.put(argv[1], String(argv[2]))
        return OK
    options = _parse_options(argv[3:], _SET_LIFETIMES, _SET_CONDITIONS)
    if options.get and options.condition == b"NX" and not world.version.set_nx_get:
        raise ReplyError(SYNTAX)
    deadline = _deadline(world, "set", options.lifetime, options.amount)
    key = argv[1]
    reply: Reply = OK
    if options.get:
        old = world.string(key)
        reply = NULL if old is None else old.data
    if options.condition and (key in world.db.values) == (options.condition == b"NX"):
        return reply if options.get else NULL
    _put(world, key, argv[2], deadline, keep_ttl=options.lifetime == b"KEEPTTL")
    return reply


@table.command("SETNX", arity=3)
def setnx(world: World, argv: list[bytes]) -> Expected:
    """SETNX key value (t_string.c setnxCommand)."""
    if argv[1] in world.db.values:
        return 0
    world.put(argv[1], String(argv[2]))
    return 1


@table.command("SETEX", arity=4)
def setex(world: World, argv: list[bytes]) -> Expected:
    """SETEX key seconds value (t_string.c setexCommand)."""
    _put(world, argv[1], argv[3], _deadline(world, "setex", b"EX", argv[2]))
    return OK


@table.command("PSETEX", arity=4)
def psetex(world: World, argv: list[bytes]) -> Expected:
    """PSETEX key milliseconds value (t_string.c psetexCommand)."""
    _put(world, argv[1], argv[3], _deadline(world, "psetex", b"PX", argv[2]))
    return OK


@table.command("GETSET", arity=3)
def getset(world: World, argv: list[bytes]) -> Expected:
    """GETSET key value (t_string.c getsetCommand)."""
    old = world.string(argv[1])
    world.put(argv[1], String(argv[2]))
    return NULL if old is None else old.data


@table.command("GETDEL", arity=2)
def getdel(world: World, argv: list[bytes]) -> Expected:
    """GETDEL key (t_string.c getdelCommand)."""
    value = world.string(argv[1])
    if value is None:
        return NULL
    world.remove(argv[1])
    return value.data


@table.command("GETEX", arity=-2)
def getex(world: World, argv: list[bytes]) -> Expected:
    """GETEX key [EX|PX|EXAT|PXAT time | PERSIST] (t_string.c getexCommand)."""
    options = _parse_options(argv[2:], _GETEX_LIFETIMES, frozenset())
    key = argv[1]
    value = world.string(key)
    if value is None:
        return NULL
    deadline = _deadline(world, "getex", options.lifetime, options.amount)
    if deadline is not None:
        set_expiry(world, key, deadline)
    elif options.lifetime == b"PERSIST" and world.db.expires.pop(key, None) is not None:
        world.modified(key)
    return value.data


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
    if any(key in world.db.values for key in argv[1::2]):
        return 0
    _put_pairs(world, argv)
    return 1


@table.command("STRLEN", arity=2)
def strlen(world: World, argv: list[bytes]) -> Expected:
    """STRLEN key (t_string.c strlenCommand)."""
    value = world.string(argv[1])
    return 0 if value is None else len(value.data)


@table.command("APPEND", arity=3)
def append(world: World, argv: list[bytes]) -> Expected:
    """APPEND key value (t_string.c appendCommand)."""
    key, more = argv[1], argv[2]
    value = world.string(key)
    if value is None:
        world.put(key, String(more))
        return len(more)
    check_length(len(value.data), len(more))
    change(world, key, value, value.data + more)
    return len(value.data)


@table.command("SETRANGE", arity=4)
def setrange(world: World, argv: list[bytes]) -> Expected:
    """SETRANGE key offset value (t_string.c setrangeCommand)."""
    offset = integer(argv[2])
    if offset < 0:
        raise ReplyError(_OFFSET_OUT_OF_RANGE)
    key, part = argv[1], argv[3]
    value = world.string(key)
    data = b"" if value is None else value.data
    if not part:
        return len(data)
    check_length(offset, len(part))
    data = data[:offset].ljust(offset, b"\0") + part + data[offset + len(part) :]
    change(world, key, value, data)
    return len(data)


@table.command("SUBSTR", arity=4)
@table.command("GETRANGE", arity=4)
def getrange(world: World, argv: list[bytes]) -> Expected:
    """GETRANGE key start end, or by its old name SUBSTR (t_string.c getrangeCommand)."""
    start, end = integer(argv[2]), integer(argv[3])
    value = world.string(argv[1])
    if value is None:
        return b""
    first, past = byte_range.compiled(len(value.data), start, end)
    return value.data[first:past]


def check_length(size: int, append: int) -> None:
    """End the command when a string would be longer than a reply can carry (`t_string.c` checkStringLength)."""
    if is_too_long.compiled(size, append, LONGEST_STRING):
        raise ReplyError(_TOO_LONG)


def change(world: World, key: bytes, value: String | None, data: bytes) -> None:
    """Let the string at `key`, which is `value`, become `data` in place: it is `raw` then and keeps its expiry."""
    if value is None:
        world.put(key, String(data, "raw"))
        return
    value.data = data
    value.encoding = "raw"
    world.modified(key)


def _parse_options(arguments: list[bytes], lifetimes: frozenset[bytes], conditions: frozenset[bytes]) -> _Options:
    """Read the options of SET or GETEX (`t_string.c` parseExtendedStringArgumentsOrReply)."""
    lifetime = amount = condition = b""
    get = False
    rest = iter(arguments)
    for argument in rest:
        option = c_string(argument).upper()
        if option in lifetimes and lifetime in (b"", option):
            lifetime = option
            if option in _EXPIRIES:
                amount = _next(rest)
        elif option in conditions and condition in (b"", option):
            condition = option
        elif conditions and option == b"GET":
            get = True
        else:
            raise ReplyError(SYNTAX)
    return _Options(lifetime, amount, condition, get)


def _next(rest: Iterator[bytes]) -> bytes:
    argument = next(rest, None)
    if argument is None:
        raise ReplyError(SYNTAX)
    return argument


def _deadline(world: World, command: str, lifetime: bytes, amount: bytes) -> Interval | None:
    """When a key is to expire, in ms, None if it is not told to (`t_string.c` getExpireMillisecondsOrReply)."""
    unit = _EXPIRIES.get(lifetime)
    if unit is None:
        return None
    number = integer(amount)
    low_ms, high_ms = (world.now_low_ms, world.now_high_ms) if unit.relative else (0, 0)
    refused, latest_ms = set_instant.compiled(number, unit.in_seconds, high_ms)
    if refused:
        raise ReplyError(world.version.invalid_expire % command.encode())
    return latest_ms - (high_ms - low_ms), latest_ms


def _put(world: World, key: bytes, data: bytes, deadline: Interval | None, keep_ttl: bool = False) -> None:
    """Set a key, whose deadline may be past: then it has expired at once (`t_string.c` setGenericCommand)."""
    world.put(key, String(data), keep_ttl)
    if deadline is not None:
        world.expire(key, *deadline)
        if deadline[1] < world.now_low_ms:
            expire_now(world, world.session.database, key)


def _require_pairs(world: World, argv: list[bytes], name: str) -> None:
    if len(argv) % 2 == 0:
        error = world.version.mset_wrong_arity
        raise wrong_arity(name) if error is None else ReplyError(error)


def _put_pairs(world: World, argv: list[bytes]) -> None:
    for key, data in zip(argv[1::2], argv[2::2], strict=True):
        world.put(key, String(data))
