"""DUMP and RESTORE as a round trip (`cluster.c`): a payload is opaque, and stands for the value it was made of.

A payload that no DUMP has given is taken for one with a wrong checksum.
"""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Choice, Expected
from redproof_model.commands.keys.expire import already_expired, may_be_past, set_expiry
from redproof_model.commands.sorted_sets.storage import compact
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.encodings import hash_restored, set_restored
from redproof_model.keyspace.split import split
from redproof_model.keyspace.streams import MIN_ID, UNKNOWN_READS, Stream
from redproof_model.keyspace.values import Hash, Interval, List, SetValue, SortedSet, String, Value
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.propagation.arguments import number
from redproof_model.reply import NULL, OK, Reply
from redproof_model.systems.arithmetic.expiry import restore_instant
from redproof_model.versions import Version

table = CommandTable()

_BUSY: Final = b"BUSYKEY Target key name already exists."
_INVALID_TTL: Final = b"ERR Invalid TTL value, must be >= 0"
_BAD_PAYLOAD: Final = b"ERR DUMP payload version or checksum are wrong"
_INVALID_IDLETIME: Final = b"ERR Invalid IDLETIME value, must be >= 0"
_INVALID_FREQ: Final = b"ERR Invalid FREQ value, must be >= 0 and <= 255"
_MAX_FREQ: Final = 255


@table.command("DUMP", arity=2)
def dump(world: World, argv: list[bytes]) -> Expected:
    """DUMP key (cluster.c dumpCommand)."""
    value = world.get(argv[1])
    return NULL if value is None else _Payload(world, _restored(world.version, value))


@table.command("RESTORE", arity=-4)
def restore(world: World, argv: list[bytes]) -> Expected:
    """RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency] (cluster.c restoreCommand)."""
    options = _parse_options(argv)
    key = argv[1]
    if b"REPLACE" not in options and world.holds(key):
        raise ReplyError(_BUSY)
    ttl_ms = integer(argv[2])
    if ttl_ms < 0:
        raise ReplyError(_INVALID_TTL)
    value = world.dumps.get(argv[3])
    if value is None:
        raise ReplyError(_BAD_PAYLOAD)
    low_ms, high_ms = (0, 0) if b"ABSTTL" in options else (world.now_low_ms, world.now_high_ms)
    latest_ms = restore_instant.compiled(ttl_ms, high_ms)
    when = (latest_ms - (high_ms - low_ms), latest_ms)
    world.remove(key)
    if not ttl_ms:
        world.put(key, value.copy())
    elif latest_ms < 0 and world.version.restore_overflow_lives:
        world.put(key, value.copy())
        world.expire_some_time(key)
        _propagate_instant(world, argv, options, when)
    elif world.recorder is not None and may_be_past(world, when, b"ABSTTL" not in options):
        return split(world, (True, False), lambda heir, gone: _put_or_not(heir, argv, options, when, gone))
    else:
        _put_or_not(world, argv, options, when, already_expired(world, when))
    return OK


def _put_or_not(world: World, argv: list[bytes], options: set[bytes], when: Interval, gone: bool) -> Reply:
    """Let a key hold what a payload stands for, until `when`, or nothing since that is past."""
    if gone:
        world.propagate(world.version.propagation.replaced, argv[1])
    else:
        world.put(argv[1], world.dumps[argv[3]].copy())
        set_expiry(world, argv[1], when)
        _propagate_instant(world, argv, options, when)
    return OK


def _propagate_instant(world: World, argv: list[bytes], options: set[bytes], when: Interval) -> None:
    """Let a time to live be propagated as the instant to which it leads, where the version does."""
    if b"ABSTTL" not in options and world.version.propagation.restore_absolute:
        world.propagate(*argv[:2], number(when), *argv[3:], b"ABSTTL")


def _parse_options(argv: list[bytes]) -> set[bytes]:
    options: set[bytes] = set()
    rest = iter(argv[4:])
    for argument in rest:
        option = c_string(argument).upper()
        if option in (b"IDLETIME", b"FREQ"):
            _check_age(option, next(rest, None), options)
        elif option not in (b"REPLACE", b"ABSTTL"):
            raise ReplyError(SYNTAX)
        options.add(option)
    return options


def _check_age(option: bytes, argument: bytes | None, before: set[bytes]) -> None:
    """IDLETIME and FREQ have an argument and exclude each other; neither changes what is modelled."""
    if argument is None or {b"IDLETIME", b"FREQ"} - {option} & before:
        raise ReplyError(SYNTAX)
    age = integer(argument)
    if option == b"IDLETIME" and age < 0:
        raise ReplyError(_INVALID_IDLETIME)
    if option == b"FREQ" and not 0 <= age <= _MAX_FREQ:
        raise ReplyError(_INVALID_FREQ)


def _restored(version: Version, value: Value) -> Value:
    """What a RESTORE of the value's payload makes: the most compact encoding again (`rdb.c` rdbLoadObject)."""
    match value:
        case String(data):
            return String(data)
        case List():
            return value.copy()
        case SetValue():
            return set_restored(version, value)
        case SortedSet(scores):
            return compact(version, scores.copy())
        case Hash():
            return hash_restored(value, version.listpack)
        case Stream():
            return value.copy() if version.streams.counters else _uncounted(value)


def _uncounted(stream: Stream) -> Stream:
    """A stream without the counters that an older payload does not hold (`rdb.c` rdbSaveObject)."""
    twin = stream.copy()
    twin.max_deleted_id, twin.entries_added = MIN_ID, 0
    for group in twin.groups.values():
        group.entries_read = UNKNOWN_READS
    return twin


def _is_same(value: Value, other: Value) -> bool:
    """Whether two values may be one; of the moments that a stream has noted only intervals are known."""
    if isinstance(value, Stream) and isinstance(other, Stream):
        return value.without_moments() == other.without_moments()
    return value == other


class _Payload(Choice):
    """Any payload that does not stand for another value; from now on it stands for this one."""

    def __init__(self, world: World, value: Value) -> None:
        self._world = world
        self._value = value

    def observe(self, reply: Reply, resp: int) -> bool:
        return isinstance(reply, bytes) and _is_same(self._world.dumps.setdefault(reply, self._value), self._value)

    def example(self) -> Reply:
        return b"payload %d" % len(self._world.dumps)

    def describe(self) -> str:
        return f"a payload that stands for {self._value!r}"
