"""XCLAIM: taking over pending entries by their IDs (`t_stream.c` xclaimCommand)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.streams.claims import Decide, Terms, claim, is_claimed
from redproof_model.commands.streams.ids import group_at, moment, parse_id, raise_formatted, stream_id
from redproof_model.commands.streams.propagation import propagate_claim, propagate_last_id
from redproof_model.commands.streams.reads import consumer_at
from redproof_model.errors import c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.streams import ID, MIN_ID, Group, Moment, Pending
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.reply import Reply

table = CommandTable()

_BAD_ARGUMENT: Final = b"ERR Invalid %b argument for XCLAIM"
_UNKNOWN_OPTION: Final = b"ERR Unrecognized XCLAIM option '%s'"


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
    reads_on = options.last_id > group.last_id
    group.last_id = max(group.last_id, options.last_id)
    delivered = options.delivered(moment(world))
    terms = Terms(argv[1], argv[2], argv[3], max(min_idle_ms, 0), delivered, options.deliveries, options.just_id)
    ids = tuple(entry_id for entry_id in parsed[:count] if entry_id)
    return claim(world, _ClaimIDs(terms, ids, tuple(argv[5 : 5 + count]), options.force, reads_on))


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
    """A claim of these entries; with `force` also of those that are pending for nobody.

    `texts` are the IDs as they were given; `reads_on` if the group has read on to a later one by LASTID.
    """

    terms: Terms
    ids: tuple[ID, ...]
    texts: tuple[bytes, ...]
    force: bool
    reads_on: bool

    def candidates(self, group: Group) -> list[Pending]:
        found = [group.pending[entry_id] for entry_id in self.ids if entry_id in group.pending]
        if len(set(self.ids)) < len(self.ids):
            # The second time it is met as the first time has left it.
            found.append(Pending(self.terms.consumer, self.terms.delivered, 1))
        return found

    def act(self, world: World, decide: Decide) -> Reply:
        stream, group = group_at(world, self.terms.key, self.terms.group)
        if world.version.streams.active_consumers:
            consumer_at(world, group, self.terms.consumer)
        claimed: list[Reply] = []
        told = False
        for entry_id, text in zip(self.ids, self.texts, strict=True):
            nack = group.pending.get(entry_id)
            is_there = entry_id in stream.entries
            if not is_there and world.version.streams.claims_drop_deleted:
                if nack is not None:
                    propagate_claim(world, self.terms.place, group.last_id, text, nack)
                    told = True
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
            if not is_claimed(is_idle, shown, decide):
                continue
            self.terms.take(world, group, text, nack)
            told = True
            claimed.append(shown)
        if self.reads_on and not told:
            propagate_last_id(world, self.terms.place, group)
        return claimed

    def claimed(self, reply: Reply) -> Reply:
        return reply
