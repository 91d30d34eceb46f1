"""Strings as a whole and by ranges of bytes (`t_string.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.keys.expire import already_expired, set_expiry
from redproof_model.commands.strings.comparing import comparison_holds
from redproof_model.commands.strings.options import (
    GETEX_LIFETIMES,
    SET_CONDITIONS,
    SET_LIFETIMES,
    SHORT_LIFETIMES,
    Options,
    deadline,
    duration_ms,
    is_relative,
    parse_options,
    propagate_set,
    put_until,
)
from redproof_model.errors import SYNTAX, ReplyError
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import Interval, String
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.propagation.arguments import number, without
from redproof_model.reply import NULL, OK, Reply
from redproof_model.systems.arithmetic.ranges import byte_range, is_too_long
from redproof_model.versions.propagation import Lifetime

table = CommandTable()

LONGEST_STRING: Final = 512 * 1024 * 1024
_TOO_LONG: Final = b"ERR string exceeds maximum allowed size (proto-max-bulk-len)"
_OFFSET_OUT_OF_RANGE: Final = b"ERR offset is out of range"


@table.command("GET", arity=2)
def get(world: World, argv: list[bytes]) -> Expected:
    """GET key (t_string.c getCommand)."""
    value = world.string(argv[1])
    return NULL if value is None else value.data


@table.command("SET", arity=-3)
def set_(world: World, argv: list[bytes]) -> Expected:
    """SET key value [NX|XX|IFEQ value …] [GET] [EX|PX|EXAT|PXAT time | KEEPTTL] (t_string.c setCommand)."""
    if len(argv) == 3:
        world.put(argv[1], String(argv[2]))
        return OK
    key = argv[1]
    extended = world.version.set_get_exat
    options = parse_options(
        argv[3:], SET_LIFETIMES if extended else SHORT_LIFETIMES, SET_CONDITIONS, get=extended, version=world.version
    )
    if options.get and options.condition == b"NX" and not world.version.set_nx_get:
        raise ReplyError(SYNTAX)
    when = deadline(world, "set", options)
    reply: Reply = OK
    if options.get:
        old = world.string(key)
        reply = NULL if old is None else old.data
    if not _allows(world, key, options):
        return reply if options.get else NULL
    if world.version.set_skips_what_is_past and when is not None and already_expired(world, when):
        world.remove(key)
        world.propagate(world.version.propagation.deletion, key)
    else:
        put_until(world, key, argv[2], when, keep_ttl=options.lifetime == b"KEEPTTL")
        if world.recorder is not None:
            _propagate(world, argv, options, when)
    return reply


def _propagate(world: World, argv: list[bytes], options: Options, when: Interval | None) -> None:
    """Let SET be propagated with the instant of its expiry, or without GET (`t_string.c` setGenericCommand)."""
    if when is not None:
        propagate_set(world, argv[1], argv[2], options, when)
    elif options.get:
        world.propagate(*without(argv, b"GET", first=3))


def _allows(world: World, key: bytes, options: Options) -> bool:
    """Whether the conditions of SET hold (`t_string.c` setGenericCommand)."""
    if options.condition and world.holds(key) == (options.condition == b"NX"):
        return False
    return not options.comparison or comparison_holds(world, key, options.comparison, options.compared)


@table.command("SETNX", arity=3)
def setnx(world: World, argv: list[bytes]) -> Expected:
    """SETNX key value (t_string.c setnxCommand)."""
    if world.holds(argv[1]):
        return 0
    world.put(argv[1], String(argv[2]))
    return 1


@table.command("SETEX", arity=4)
def setex(world: World, argv: list[bytes]) -> Expected:
    """SETEX key seconds value (t_string.c setexCommand)."""
    return _set_for(world, argv, "setex", b"EX")


@table.command("PSETEX", arity=4)
def psetex(world: World, argv: list[bytes]) -> Expected:
    """PSETEX key milliseconds value (t_string.c psetexCommand)."""
    return _set_for(world, argv, "psetex", b"PX")


def _set_for(world: World, argv: list[bytes], name: str, lifetime: bytes) -> Expected:
    """Set a key that expires after some time (`t_string.c` setGenericCommand)."""
    options = Options(lifetime, argv[2])
    when = deadline(world, name, options)
    put_until(world, argv[1], argv[3], when)
    if world.recorder is not None and when is not None:
        propagate_set(world, argv[1], argv[3], options, when)
    return OK


@table.command("GETSET", arity=3)
def getset(world: World, argv: list[bytes]) -> Expected:
    """GETSET key value (t_string.c getsetCommand)."""
    old = world.string(argv[1])
    world.put(argv[1], String(argv[2]))
    if world.version.propagation.getset_is_set:
        world.propagate(b"SET", *argv[1:])
    return NULL if old is None else old.data


@table.command("GETDEL", arity=2)
def getdel(world: World, argv: list[bytes]) -> Expected:
    """GETDEL key (t_string.c getdelCommand)."""
    value = world.string(argv[1])
    if value is None:
        return NULL
    world.remove(argv[1])
    world.propagate(b"DEL", argv[1])
    return value.data


@table.command("GETEX", arity=-2)
def getex(world: World, argv: list[bytes]) -> Expected:
    """GETEX key [EX|PX|EXAT|PXAT time | PERSIST] (t_string.c getexCommand)."""
    options = parse_options(argv[2:], GETEX_LIFETIMES)
    key = argv[1]
    if world.version.getex_reads_time_first:
        deadline(world, "getex", options)
    value = world.string(key)
    if value is None:
        return NULL
    when = deadline(world, "getex", options)
    if when is not None:
        _expire(world, key, options, when)
    elif options.lifetime == b"PERSIST" and world.db.expires.pop(key, None) is not None:
        world.modified(key)
        world.propagate(b"PERSIST", key)
    return value.data


def _expire(world: World, key: bytes, options: Options, when: Interval) -> None:
    """Let a key expire that GETEX has read."""
    if already_expired(world, when):
        world.propagate(world.version.propagation.deletion, key)
    elif world.version.propagation.set_lifetime is Lifetime.DURATION_MS and is_relative(options):
        world.propagate(b"PEXPIRE", key, duration_ms(options))
    else:
        world.propagate(b"PEXPIREAT", key, number(when))
    set_expiry(world, key, when)


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
