"""The options that commands which set or get strings share: when a key is to expire, and on which condition it is set.

Source: `t_string.c` parseExtendedCommandArgumentsOrReply and getExpireMillisecondsOrReply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.expiry import expire_now
from redproof_model.keyspace.values import Interval, String
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.propagation.arguments import number
from redproof_model.systems.arithmetic.expiry import set_instant, unchecked_instant
from redproof_model.versions.facts import Version
from redproof_model.versions.propagation import Lifetime


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
SHORT_LIFETIMES: Final = frozenset([b"EX", b"PX", b"KEEPTTL"])
SET_LIFETIMES: Final = frozenset([*_EXPIRIES, b"KEEPTTL"])
GETEX_LIFETIMES: Final = frozenset([*_EXPIRIES, b"PERSIST"])
SET_CONDITIONS: Final = frozenset([b"NX", b"XX"])


@dataclass(slots=True)
class Options:
    """What was told by name, `amount` as EX and its kin were given it, `compared` as IFEQ and its kin were."""

    lifetime: bytes = b""
    amount: bytes = b""
    condition: bytes = b""
    comparison: bytes = b""
    compared: bytes = b""
    get: bool = False


def parse_options(
    arguments: list[bytes],
    lifetimes: frozenset[bytes],
    conditions: frozenset[bytes] = frozenset(),
    get: bool = False,
    version: Version | None = None,
) -> Options:
    """Read options of these names, GET if it is one, and the comparisons of a version, or end the command."""
    options = Options()
    comparisons: frozenset[bytes] = frozenset() if version is None else version.set_compares
    once = version is not None and version.set_compares_once
    rest = iter(arguments)
    for argument in rest:
        name = c_string(argument).upper()
        if name in lifetimes and options.lifetime in (b"", name):
            options.lifetime = name
            if name in _EXPIRIES:
                options.amount = _next(rest)
        elif name in comparisons and not options.condition and options.comparison in (b"", b"" if once else name):
            options.comparison, options.compared = name, _next(rest)
        elif name in conditions and options.condition in (b"", name) and not (once and options.comparison):
            options.condition = name
        elif get and name == b"GET":
            options.get = True
        else:
            raise ReplyError(SYNTAX)
    return options


def _next(rest: Iterator[bytes]) -> bytes:
    argument = next(rest, None)
    if argument is None:
        raise ReplyError(SYNTAX)
    return argument


def deadline(world: World, command: str, options: Options) -> Interval | None:
    """When a key is to expire, in ms, None if it is not told to; ends the command if the time is wrong."""
    unit = _EXPIRIES.get(options.lifetime)
    if unit is None:
        return None
    amount = integer(options.amount)
    low_ms, high_ms = (world.now_low_ms, world.now_high_ms) if unit.relative else (0, 0)
    refused, latest_ms = set_instant.compiled(amount, unit.in_seconds, high_ms)
    if world.version.expiry_wraps:
        refused, latest_ms = amount <= 0, unchecked_instant.compiled(amount, unit.in_seconds, high_ms)
    if refused:
        raise ReplyError(world.version.invalid_expire % command.encode())
    return latest_ms - (high_ms - low_ms), latest_ms


def propagate_set(world: World, key: bytes, data: bytes, options: Options, when: Interval) -> None:
    """Let a SET with a time be propagated as the version does (`t_string.c` setGenericCommand)."""
    lifetime = world.version.propagation.set_lifetime
    if lifetime is Lifetime.VERBATIM or (options.lifetime == b"PXAT" and world.version.propagation.keeps_pxat):
        return
    if lifetime is Lifetime.DURATION_MS and _EXPIRIES[options.lifetime].relative:
        world.propagate(b"SET", key, data, b"PX", duration_ms(options))
    else:
        world.propagate(b"SET", key, data, b"PXAT", number(when))


def duration_ms(options: Options) -> bytes:
    """The amount that an option was given, in ms."""
    return b"%d" % (integer(options.amount) * (1000 if _EXPIRIES[options.lifetime].in_seconds else 1))


def is_relative(options: Options) -> bool:
    """Whether the time that was given counts from now."""
    return _EXPIRIES[options.lifetime].relative


def put_until(world: World, key: bytes, data: bytes, when: Interval | None, keep_ttl: bool = False) -> None:
    """Set a key, whose deadline may be past: then it has expired at once (`t_string.c` setGenericCommand)."""
    world.put(key, String(data), keep_ttl)
    if when is not None and when[1] < 0:
        world.expire_some_time(key)
    elif when is not None:
        world.expire(key, *when)
        if when[1] < world.now_low_ms:
            expire_now(world, world.session.database, key)
