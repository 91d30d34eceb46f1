"""XCLAIM and XAUTOCLAIM: taking over what is pending for other consumers (`t_stream.c`).

Whether an entry has been idle for long enough may depend on the moment of the command, which is only known as an
interval. Then the reply decides: an entry that it shows was claimed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from redproof_model.choice import Choice, Expected
from redproof_model.commands.stream_ids import (
    entry_reply,
    group_at,
    id_text,
    moment,
    parse_id,
    raise_formatted,
    start_id,
    stream_id,
)
from redproof_model.commands.stream_pending import idle_range_ms
from redproof_model.commands.stream_reads import consumer_at
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.streams import ID, MIN_ID, Group, Moment, Pending, Stream
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, integer, ranged
from redproof_model.reply import NULL, Reply, project

table = CommandTable()

_BAD_ARGUMENT: Final = b"ERR Invalid %b argument for XCLAIM"
_BAD_AUTO_IDLE: Final = b"ERR Invalid min-idle-time argument for XAUTOCLAIM"
_UNKNOWN_OPTION: Final = b"ERR Unrecognized XCLAIM option '%s'"
_BAD_COUNT: Final = b"ERR COUNT must be > 0"
_AUTO_COUNT: Final = 100
_ATTEMPTS_PER_ENTRY: Final = 10
_ID_BYTES: Final = 16

_Decide: TypeAlias = Callable[[Reply], bool]
"""Whether the reply shows an entry like this, and not for one before; asked of each that may be claimed."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """Who claims in which group, what has been idle for `min_idle_ms`, and what becomes of it.

    `delivered` is when a claimed entry counts as delivered, and `deliveries` how often, None for once more.
    """

    key: bytes
    group: bytes
    consumer: bytes
    min_idle_ms: int
    delivered: Moment
    deliveries: int | None
    just_id: bool

    def is_idle(self, world: World, nack: Pending) -> bool | None:
        """Whether an entry has been idle for long enough, None for perhaps."""
        low_ms, high_ms = idle_range_ms(nack, moment(world))
        if self.min_idle_ms == 0 or self.min_idle_ms <= low_ms:
            return True
        return None if self.min_idle_ms <= high_ms else False

    def shown(self, stream: Stream, entry_id: ID) -> Reply:
        """A claimed entry in the reply, null for one that was deleted."""
        if self.just_id:
            return id_text(entry_id)
        entry = stream.entries.get(entry_id)
        return NULL if entry is None else entry_reply(entry_id, entry)

    def take(self, world: World, group: Group, nack: Pending) -> None:
        """Let the consumer have an entry."""
        consumer = consumer_at(world, group, self.consumer)
        if world.version.streams.active_consumers:
            consumer.active = moment(world)
        nack.consumer, nack.delivered = self.consumer, self.delivered
        if self.deliveries is not None:
            nack.deliveries = self.deliveries
        elif not self.just_id:
            nack.deliveries += 1


class _Request(Protocol):
    """A claim that was read and can be carried out, in any world that agrees with what was seen."""

    @property
    def terms(self) -> _Terms:
        """What is common to both commands."""

    def candidates(self, group: Group) -> list[Pending]:
        """The pending entries that it may take."""

    def act(self, world: World, decide: _Decide) -> Reply:
        """Take what has been idle for long enough."""

    def claimed(self, reply: Reply) -> Reply:
        """The part of a reply that shows what was claimed."""


def _claim(world: World, request: _Request) -> Expected:
    """Carry a claim out, now or when the reply tells what was claimed."""
    terms = request.terms
    _, group = group_at(world, terms.key, terms.group)
    if any(terms.is_idle(world, nack) is None for nack in request.candidates(group)):
        return _Decided(world, request)
    return request.act(world, lambda shown: False)


class _Decided(Choice):
    """A claim of which the reply tells what it got."""

    def __init__(self, world: World, request: _Request) -> None:
        self._world = world
        self._request = request

    def observe(self, reply: Reply, resp: int) -> bool:
        claimed = self._request.claimed(reply)
        left = [*claimed] if isinstance(claimed, list) else []

        def decide(shown: Reply) -> bool:
            item = project(shown, resp)
            if item not in left:
                return False
            left.remove(item)
            return True

        return project(self._request.act(self._world, decide), resp) == reply

    def example(self) -> Reply:
        return self._request.act(self._world.copy(), lambda shown: True)

    def describe(self) -> str:
        terms = self._request.terms
        return f"claims by {terms.consumer!r} of what was idle for {terms.min_idle_ms} ms at {moment(self._world)}"


# -- XCLAIM ----------------------------------------------------------------------------------------


@table.command("XCLAIM", arity=-6)
def xclaim(world: World, argv: list[bytes]) -> Expected:
    """XCLAIM key group consumer min-idle id … [IDLE ms] [TIME ms] [RETRYCOUNT n] [FORCE] [JUSTID] [LASTID id].

    Source: t_stream.c xclaimCommand.
    """
    _, group = group_at(world, argv[1], argv[2])
    min_idle_ms = _number(b"min-idle-time", argv[4])
    parsed = [parse_id(text) for text in argv[5:]]
    count = parsed.index(None) if None in parsed else len(parsed)
    options = _read_options(argv[5 + count :])
    group.last_id = max(group.last_id, options.last_id)
    delivered = options.delivered(moment(world))
    terms = _Terms(argv[1], argv[2], argv[3], max(min_idle_ms, 0), delivered, options.deliveries, options.just_id)
    return _claim(world, _ClaimIDs(terms, tuple(entry_id for entry_id in parsed[:count] if entry_id), options.force))


@dataclass(slots=True)
class _Options:
    """The options of XCLAIM; of `idle_ms` and `time_ms` the one that was given last is not None."""

    idle_ms: int | None = None
    time_ms: int | None = None
    deliveries: int | None = None
    force: bool = False
    just_id: bool = False
    last_id: ID = MIN_ID

    def delivered(self, now: Moment) -> Moment:
        """When claimed entries count as delivered; what lies before the epoch or in the future is now."""
        low_ms, high_ms = now
        if self.idle_ms is not None:
            low_ms, high_ms = low_ms - self.idle_ms, high_ms - self.idle_ms
        elif self.time_ms is not None:
            low_ms, high_ms = min(low_ms, self.time_ms), min(high_ms, self.time_ms)
        return (low_ms, high_ms) if low_ms >= 0 and high_ms <= now[1] else now


def _number(name: bytes, text: bytes) -> int:
    return integer(text, _BAD_ARGUMENT % name)


def _read_options(arguments: list[bytes]) -> _Options:
    options = _Options()
    rest = iter(enumerate(arguments, 1))
    for position, argument in rest:
        option = c_string(argument).upper()
        if option == b"FORCE":
            options.force = True
        elif option == b"JUSTID":
            options.just_id = True
        elif option in (b"IDLE", b"TIME", b"RETRYCOUNT", b"LASTID") and position < len(arguments):
            _read_value(options, option, next(rest)[1])
        else:
            raise_formatted(_UNKNOWN_OPTION, argument)
    return options


def _read_value(options: _Options, option: bytes, text: bytes) -> None:
    if option == b"LASTID":
        options.last_id = stream_id(text)
        return
    number = _number(option + b" option", text)
    if option == b"IDLE":
        options.idle_ms, options.time_ms = number, None
    elif option == b"TIME":
        options.idle_ms, options.time_ms = None, number
    else:
        options.deliveries = number if number >= 0 else None


@dataclass(frozen=True, slots=True)
class _ClaimIDs:
    """A claim of these entries; with `force` also of those that are pending for nobody."""

    terms: _Terms
    ids: tuple[ID, ...]
    force: bool

    def candidates(self, group: Group) -> list[Pending]:
        found = [group.pending[entry_id] for entry_id in self.ids if entry_id in group.pending]
        if len(set(self.ids)) < len(self.ids):
            # The second time it is met as the first time has left it.
            found.append(Pending(self.terms.consumer, self.terms.delivered, 1))
        return found

    def act(self, world: World, decide: _Decide) -> Reply:
        stream, group = group_at(world, self.terms.key, self.terms.group)
        if world.version.streams.active_consumers:
            consumer_at(world, group, self.terms.consumer)
        claimed: list[Reply] = []
        for entry_id in self.ids:
            nack = group.pending.get(entry_id)
            is_there = entry_id in stream.entries
            if not is_there and world.version.streams.claims_drop_deleted:
                group.pending.pop(entry_id, None)
                continue
            shown = self.terms.shown(stream, entry_id)
            if nack is None:
                if not self.force or not is_there:
                    continue
                nack = group.pending[entry_id] = Pending(self.terms.consumer, self.terms.delivered, 1)
                is_idle: bool | None = True
            else:
                is_idle = self.terms.is_idle(world, nack)
            if not _is_claimed(is_idle, shown, decide):
                continue
            self.terms.take(world, group, nack)
            claimed.append(shown)
        return claimed

    def claimed(self, reply: Reply) -> Reply:
        return reply


def _is_claimed(is_idle: bool | None, shown: Reply, decide: _Decide) -> bool:
    """Whether an entry is claimed; one that certainly is takes its place in the reply."""
    told = is_idle is not False and decide(shown)
    return told if is_idle is None else is_idle


# -- XAUTOCLAIM ------------------------------------------------------------------------------------


@table.command("XAUTOCLAIM", arity=-6)
def xautoclaim(world: World, argv: list[bytes]) -> Expected:
    """XAUTOCLAIM key group consumer min-idle start [COUNT count] [JUSTID] (t_stream.c xautoclaimCommand)."""
    min_idle_ms = integer(argv[4], _BAD_AUTO_IDLE)
    start = start_id(argv[5])
    count, just_id = _auto_options(world, argv[6:])
    terms = _Terms(argv[1], argv[2], argv[3], max(min_idle_ms, 0), moment(world), None, just_id)
    return _claim(world, _ClaimRange(terms, start, count))


def _auto_options(world: World, arguments: list[bytes]) -> tuple[int, bool]:
    """How many entries to claim, and whether to show their IDs only; raises ReplyError."""
    count, just_id = _AUTO_COUNT, False
    most = INT64_MAX // _ID_BYTES if world.version.streams.claims_drop_deleted else INT64_MAX
    rest = iter(enumerate(arguments, 1))
    for position, argument in rest:
        option = c_string(argument).upper()
        if option == b"COUNT" and position < len(arguments):
            count = ranged(next(rest)[1], 1, most, _BAD_COUNT)
        elif option == b"JUSTID":
            just_id = True
        else:
            raise ReplyError(SYNTAX)
    return count, just_id


@dataclass(frozen=True, slots=True)
class _ClaimRange:
    """A claim of up to `count` entries that are pending, from an ID on."""

    terms: _Terms
    start: ID
    count: int

    def candidates(self, group: Group) -> list[Pending]:
        return [nack for entry_id, nack in group.pending.items() if entry_id >= self.start]

    def act(self, world: World, decide: _Decide) -> Reply:
        stream, group = group_at(world, self.terms.key, self.terms.group)
        if world.version.streams.active_consumers:
            consumer_at(world, group, self.terms.consumer)
        claimed: list[Reply] = []
        deleted: list[Reply] = []
        behind = iter([item for item in group.pending_of() if item[0] >= self.start])
        attempts = self.count * _ATTEMPTS_PER_ENTRY
        while attempts and len(claimed) + len(deleted) < self.count:
            attempts -= 1
            entry_id, nack = next(behind, (None, None))
            if entry_id is None or nack is None:
                break
            if entry_id not in stream.entries and world.version.streams.claims_drop_deleted:
                del group.pending[entry_id]
                deleted.append(id_text(entry_id))
                continue
            shown = self.terms.shown(stream, entry_id)
            if _is_claimed(self.terms.is_idle(world, nack), shown, decide):
                self.terms.take(world, group, nack)
                claimed.append(shown)
        cursor = next(behind, (MIN_ID, None))[0]
        reply: list[Reply] = [id_text(cursor), claimed]
        return [*reply, deleted] if world.version.streams.claims_drop_deleted else reply

    def claimed(self, reply: Reply) -> Reply:
        return reply[1] if isinstance(reply, list) and len(reply) > 1 else []
