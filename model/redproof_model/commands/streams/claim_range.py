"""XAUTOCLAIM: taking over what is pending from an ID on (`t_stream.c` xautoclaimCommand)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.streams.claims import Decide, Terms, claim, is_claimed
from redproof_model.commands.streams.ids import group_at, id_text, moment, start_id
from redproof_model.commands.streams.propagation import propagate_claim
from redproof_model.commands.streams.reads import consumer_at
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.streams import ID, MIN_ID, Group, Pending
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, integer, ranged
from redproof_model.reply import Reply

table = CommandTable()

_BAD_IDLE: Final = b"ERR Invalid min-idle-time argument for XAUTOCLAIM"
_BAD_COUNT: Final = b"ERR COUNT must be > 0"
_DEFAULT_COUNT: Final = 100
_ATTEMPTS_PER_ENTRY: Final = 10
_ID_BYTES: Final = 16


@table.command("XAUTOCLAIM", arity=-6)
def xautoclaim(world: World, argv: list[bytes]) -> Expected:
    """XAUTOCLAIM key group consumer min-idle start [COUNT count] [JUSTID] (t_stream.c xautoclaimCommand)."""
    world.meet(argv[1])
    min_idle_ms = integer(argv[4], _BAD_IDLE)
    start = start_id(argv[5])
    count, just_id = _options(world, argv[6:])
    terms = Terms(argv[1], argv[2], argv[3], max(min_idle_ms, 0), moment(world), None, just_id)
    return claim(world, _ClaimRange(terms, start, count))


def _options(world: World, arguments: list[bytes]) -> tuple[int, bool]:
    """How many entries to claim, and whether to show their IDs only; raises ReplyError."""
    count, just_id = _DEFAULT_COUNT, False
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

    terms: Terms
    start: ID
    count: int

    def candidates(self, group: Group) -> list[Pending]:
        return [nack for entry_id, nack in group.pending.items() if entry_id >= self.start]

    def act(self, world: World, decide: Decide) -> Reply:
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
                propagate_claim(world, self.terms.place, group.last_id, id_text(entry_id), nack)
                del group.pending[entry_id]
                deleted.append(id_text(entry_id))
                continue
            shown = self.terms.shown(stream, entry_id)
            if is_claimed(self.terms.is_idle(world, nack), shown, decide):
                self.terms.take(world, group, id_text(entry_id), nack)
                claimed.append(shown)
        cursor = next(behind, (MIN_ID, None))[0]
        reply: list[Reply] = [id_text(cursor), claimed]
        return [*reply, deleted] if world.version.streams.claims_drop_deleted else reply

    def claimed(self, reply: Reply) -> Reply:
        return reply[1] if isinstance(reply, list) and len(reply) > 1 else []
