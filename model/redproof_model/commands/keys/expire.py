"""When keys expire: EXPIRE, TTL, PERSIST and their kin (`expire.c`).

The server's clock is known as an interval, so an expiry that was told relative to it is one too; what a
reply tells of it makes it narrower.
"""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected, IntegerIn, OneOf
from redproof_model.errors import ReplyError, c_string, one_line
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.expiry import expire_now
from redproof_model.keyspace.roles import Role
from redproof_model.keyspace.split import split
from redproof_model.keyspace.values import Interval
from redproof_model.keyspace.world import NEVER, World
from redproof_model.number import INT64_MAX, integer
from redproof_model.propagation.arguments import number
from redproof_model.systems.arithmetic.expiry import expire_instant, unchecked_instant

table = CommandTable()

_NX_ALONE: Final = b"ERR NX and XX, GT or LT options at the same time are not compatible"
_GT_AND_LT: Final = b"ERR GT and LT options at the same time are not compatible"
_CONDITIONS: Final = frozenset([b"NX", b"XX", b"GT", b"LT"])
_NO_KEY: Final = -2
_NO_EXPIRY: Final = -1


@table.command("EXPIRE", arity=-3)
def expire(world: World, argv: list[bytes]) -> Expected:
    """EXPIRE key seconds [NX] [XX] [GT] [LT] (expire.c expireCommand)."""
    return _expire(world, argv, "expire", in_seconds=True, relative=True)


@table.command("PEXPIRE", arity=-3)
def pexpire(world: World, argv: list[bytes]) -> Expected:
    """PEXPIRE key milliseconds [NX] [XX] [GT] [LT] (expire.c pexpireCommand)."""
    return _expire(world, argv, "pexpire", in_seconds=False, relative=True)


@table.command("EXPIREAT", arity=-3)
def expireat(world: World, argv: list[bytes]) -> Expected:
    """EXPIREAT key unix-time-seconds [NX] [XX] [GT] [LT] (expire.c expireatCommand)."""
    return _expire(world, argv, "expireat", in_seconds=True, relative=False)


@table.command("PEXPIREAT", arity=-3)
def pexpireat(world: World, argv: list[bytes]) -> Expected:
    """PEXPIREAT key unix-time-milliseconds [NX] [XX] [GT] [LT] (expire.c pexpireatCommand)."""
    return _expire(world, argv, "pexpireat", in_seconds=False, relative=False)


@table.command("TTL", arity=2)
def ttl(world: World, argv: list[bytes]) -> Expected:
    """TTL key (expire.c ttlCommand)."""
    return _remaining(world, argv[1], unit_ms=1000, relative=True)


@table.command("PTTL", arity=2)
def pttl(world: World, argv: list[bytes]) -> Expected:
    """PTTL key (expire.c pttlCommand)."""
    return _remaining(world, argv[1], unit_ms=1, relative=True)


@table.command("EXPIRETIME", arity=2)
def expiretime(world: World, argv: list[bytes]) -> Expected:
    """EXPIRETIME key (expire.c expiretimeCommand)."""
    return _remaining(world, argv[1], unit_ms=1000, relative=False)


@table.command("PEXPIRETIME", arity=2)
def pexpiretime(world: World, argv: list[bytes]) -> Expected:
    """PEXPIRETIME key (expire.c pexpiretimeCommand)."""
    return _remaining(world, argv[1], unit_ms=1, relative=False)


@table.command("PERSIST", arity=2)
def persist(world: World, argv: list[bytes]) -> Expected:
    """PERSIST key (expire.c persistCommand)."""
    if not world.holds(argv[1]) or world.db.expires.pop(argv[1], None) is None:
        return 0
    world.modified(argv[1])
    return 1


def _expire(world: World, argv: list[bytes], name: str, in_seconds: bool, relative: bool) -> Expected:
    """Set when a key expires, if its conditions hold (`expire.c` expireGenericCommand)."""
    key = argv[1]
    conditions = _parse_conditions(argv)
    amount = integer(argv[2])
    low_ms, high_ms = (world.now_low_ms, world.now_high_ms) if relative else (0, 0)
    refused, latest_ms = expire_instant.compiled(amount, in_seconds, high_ms)
    if world.version.expiry_wraps:
        refused, latest_ms = False, unchecked_instant.compiled(amount, in_seconds, high_ms)
    if refused:
        raise ReplyError(world.version.invalid_expire % name.encode())
    if not world.holds(key):
        return 0
    when = (latest_ms - (high_ms - low_ms), latest_ms)
    current = world.db.expires.get(key)
    verdict = _holds(conditions, when, current) if conditions else True
    if relative and amount <= 0 and latest_ms <= high_ms:
        when = (when[0], when[0])  # past, whatever the clock says
    if world.recorder is not None:
        _propagate(world, argv, when, is_instant=name == "pexpireat")
    if verdict is None and current is not None:
        refused = _refused(conditions, when, current)
        outcomes = (lambda: world.expire(key, *refused), lambda: set_expiry(world, key, when))
        return OneOf([0, 1], lambda seen: outcomes[seen]())
    if verdict and world.recorder is not None and may_be_past(world, when, relative):
        return split(world, (True, False), lambda heir, gone: _set_or_delete(heir, key, when, gone))
    if verdict:
        set_expiry(world, key, when)
    return int(verdict is True)


def may_be_past(world: World, when: Interval, relative: bool) -> bool:
    """Whether it is open if `when` is now or past; one that counts from now is if the clock is looked at again."""
    if already_expired(world, when) or when[0] > world.now_high_ms:
        return False
    return not relative or world.version.propagation.looks_at_the_clock_again


def _set_or_delete(world: World, key: bytes, when: Interval, gone: bool) -> int:
    """Set the expiry, or delete the key since it is past: that shows in what is propagated."""
    if gone:
        world.remove(key)
        world.propagate(world.version.propagation.deletion, key)
    else:
        set_expiry(world, key, when)
    return 1


def _propagate(world: World, argv: list[bytes], when: Interval, is_instant: bool) -> None:
    """Let EXPIRE or its kin be propagated, if it does something (`expire.c` expireGenericCommand)."""
    facts = world.version.propagation
    if already_expired(world, when):
        world.propagate(facts.deletion, argv[1])
    elif facts.expire_as_instant:
        world.propagate(
            argv[0] if is_instant else b"PEXPIREAT", argv[1], argv[2] if is_instant else number(when), *argv[3:]
        )


def set_expiry(world: World, key: bytes, when: Interval) -> None:
    """Let `key` expire at `when`; it is deleted at once if that is now or past (`expire.c` expireGenericCommand)."""
    if already_expired(world, when):
        world.remove(key)
        return
    low_ms, high_ms = when
    # A key lives through the millisecond of its expiry, but not if it was that millisecond already.
    may_be_due = low_ms <= world.now_high_ms and world.role is Role.MASTER
    world.expire(key, low_ms - may_be_due, high_ms)
    world.modified(key)
    if world.role is Role.WRITABLE_REPLICA and high_ms < world.now_low_ms:
        # What follows in a transaction or a script does not see it.
        expire_now(world, world.session.database, key)


def already_expired(world: World, when: Interval) -> bool:
    """Whether `when` certainly is now or past, which only a master minds (`expire.c` checkAlreadyExpired)."""
    return world.role is Role.MASTER and when[1] <= world.now_low_ms


def _parse_conditions(argv: list[bytes]) -> set[bytes]:
    """The options of EXPIRE (`expire.c` parseExtendedExpireArgumentsOrReply)."""
    conditions: set[bytes] = set()
    for argument in argv[3:]:
        option = c_string(argument)
        if option.upper() not in _CONDITIONS:
            raise ReplyError(one_line(b"ERR Unsupported option %s" % option))
        conditions.add(option.upper())
    if b"NX" in conditions and len(conditions) > 1:
        raise ReplyError(_NX_ALONE)
    if {b"GT", b"LT"} <= conditions:
        raise ReplyError(_GT_AND_LT)
    return conditions


def _holds(conditions: set[bytes], when: Interval, current: Interval | None) -> bool | None:
    """Whether all conditions hold; None if that depends on what is only known as an interval."""
    if current is None:
        return conditions <= {b"NX", b"LT"}
    if b"NX" in conditions:
        return False
    if b"GT" in conditions:
        return _greater(when, current)
    if b"LT" in conditions:
        return _greater(current, when)
    return True


def _refused(conditions: set[bytes], when: Interval, current: Interval) -> Interval:
    """What the current expiry can be if `when` was not greater, or not less, than it."""
    if b"GT" in conditions:
        return max(current[0], when[0]), current[1]
    return current[0], min(current[1], when[1])


def _greater(left: Interval, right: Interval) -> bool | None:
    if left[0] > right[1]:
        return True
    return False if left[1] <= right[0] else None


def _remaining(world: World, key: bytes, unit_ms: int, relative: bool) -> Expected:
    """When a key expires, or how long it is until then, in units (`expire.c` ttlGenericCommand)."""
    if not world.holds(key):
        return _NO_KEY
    expiry = world.db.expires.get(key)
    if expiry is None:
        return _NO_EXPIRY
    if expiry[1] == NEVER:
        return IntegerIn(0, _in_units(INT64_MAX, unit_ms))
    now_low_ms, now_high_ms = (world.now_low_ms, world.now_high_ms) if relative else (0, 0)
    earliest_ms, latest_ms = expiry
    low_ms, high_ms = max(earliest_ms - now_high_ms, 0), max(latest_ms - now_low_ms, 0)
    expires = world.db.expires

    def narrow(seen: int) -> None:
        """What was seen says in which `unit_ms` the expiry lies, and nothing more than that it may be past if 0."""
        first_ms = seen * unit_ms - unit_ms // 2
        last_ms = first_ms + unit_ms - 1
        earliest = earliest_ms if seen == 0 else max(earliest_ms, first_ms + now_low_ms)
        expires[key] = (earliest, min(latest_ms, last_ms + now_high_ms))

    return IntegerIn(_in_units(low_ms, unit_ms), _in_units(high_ms, unit_ms), narrow)


def _in_units(duration_ms: int, unit_ms: int) -> int:
    """Round to the nearest unit."""
    return (duration_ms + unit_ms // 2) // unit_ms
