"""How long hash fields have to live: HTTL, HPTTL, HEXPIRETIME and HPEXPIRETIME (`t_hash.c` httlGenericCommand)."""

from __future__ import annotations

from typing import Final, NamedTuple

from redproof_model.choice import Choice, Expected
from redproof_model.commands.hashes.expiry_arguments import read_fields
from redproof_model.errors import SYNTAX
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.fields import facts_of
from redproof_model.keyspace.values import Hash, Interval
from redproof_model.keyspace.world import World
from redproof_model.reply import Reply

table = CommandTable()

_NO_FIELD: Final = -2
_NO_EXPIRY: Final = -1
_NEVER: Final = -1


@table.command("HTTL", arity=-5)
def httl(world: World, argv: list[bytes]) -> Expected:
    """HTTL key FIELDS count field [field …] (t_hash.c httlCommand)."""
    return _remaining(world, argv, unit_ms=1000, relative=True)


@table.command("HPTTL", arity=-5)
def hpttl(world: World, argv: list[bytes]) -> Expected:
    """HPTTL key FIELDS count field [field …] (t_hash.c hpttlCommand)."""
    return _remaining(world, argv, unit_ms=1, relative=True)


@table.command("HEXPIRETIME", arity=-5)
def hexpiretime(world: World, argv: list[bytes]) -> Expected:
    """HEXPIRETIME key FIELDS count field [field …] (t_hash.c hexpiretimeCommand)."""
    return _remaining(world, argv, unit_ms=1000, relative=False)


@table.command("HPEXPIRETIME", arity=-5)
def hpexpiretime(world: World, argv: list[bytes]) -> Expected:
    """HPEXPIRETIME key FIELDS count field [field …] (t_hash.c hpexpiretimeCommand)."""
    return _remaining(world, argv, unit_ms=1, relative=False)


class _Clock(NamedTuple):
    """What times are told relative to, as an interval in ms, and their unit; `spare_ms` is added before it divides."""

    low_ms: int
    high_ms: int
    unit_ms: int
    spare_ms: int

    def told(self, expiry: Interval) -> Interval:
        """What may be told of an expiry."""
        return self._in_units(expiry[0] - self.high_ms), self._in_units(expiry[1] - self.low_ms)

    def _in_units(self, duration_ms: int) -> int:
        return (max(duration_ms, 0) + self.spare_ms) // self.unit_ms

    def meant(self, told: int) -> Interval:
        """When the expiry may be of which this was told."""
        first_ms = told * self.unit_ms - self.spare_ms
        return first_ms + self.low_ms, first_ms + self.unit_ms - 1 + self.high_ms


def _remaining(world: World, argv: list[bytes], unit_ms: int, relative: bool) -> Expected:
    fields = read_fields(world, argv, mismatch=SYNTAX)
    value = world.hash_at(argv[1])
    if value is None:
        return [_NO_FIELD] * len(fields)
    if not any(field in value.expiries for field in fields):
        return [_NO_EXPIRY if field in value.fields else _NO_FIELD for field in fields]
    low_ms, high_ms = (world.now_low_ms, world.now_high_ms) if relative else (0, 0)
    spare_ms = unit_ms - 1 if facts_of(world).rounds_up else unit_ms // 2
    gone_from_ms = world.now_high_ms if value.encoding == facts_of(world).listpack else _NEVER
    return _Times(value, fields, _Clock(low_ms, high_ms, unit_ms, spare_ms), gone_from_ms)


class _Times(Choice):
    """For each field -2, -1, or a time that some instant explains; what was seen makes the expiry narrower.

    Redis tells of a listpack's field that it is gone in the very millisecond in which it expires, while all else still
    finds it (httlGenericCommand): that can be so of those that expire no later than `gone_from_ms`.
    """

    def __init__(self, value: Hash, fields: list[bytes], clock: _Clock, gone_from_ms: int) -> None:
        self._value = value
        self._fields = fields
        self._clock = clock
        self._gone_from_ms = gone_from_ms

    def _allowed(self) -> list[Interval]:
        return [self._allowed_of(field) for field in self._fields]

    def _allowed_of(self, field: bytes) -> Interval:
        expiry = self._value.expiries.get(field)
        if expiry is not None:
            return self._clock.told(expiry)
        return (_NO_EXPIRY, _NO_EXPIRY) if field in self._value.fields else (_NO_FIELD, _NO_FIELD)

    def observe(self, reply: Reply, resp: int) -> bool:
        if not isinstance(reply, list) or len(reply) != len(self._fields):
            return False
        for field, told, (low, high) in zip(self._fields, reply, self._allowed(), strict=True):
            expiry = self._value.expiries.get(field)
            if expiry is not None and told == _NO_FIELD and expiry[0] <= self._gone_from_ms:
                self._value.expiries[field] = expiry[0], min(expiry[1], self._gone_from_ms)
                continue
            if not isinstance(told, int) or not low <= told <= high:
                return False
            if expiry is not None:
                first_ms, last_ms = self._clock.meant(told)
                self._value.expiries[field] = max(expiry[0], first_ms), min(expiry[1], last_ms)
        return True

    def example(self) -> Reply:
        return [low for low, _ in self._allowed()]

    def describe(self) -> str:
        return "times " + ", ".join(f"{low} to {high}" if low < high else str(low) for low, high in self._allowed())
