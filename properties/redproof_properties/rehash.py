"""The dict of Redis as the model's system `rehash` has it, step by step (dict.c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, NamedTuple

from redproof_model.systems.rehash.scope import VERSIONS as DICTS
from redproof_model.systems.rehash.scope import Scope
from redproof_model.systems.rehash.system import rehash
from redproof_model.systems.rehash.tables import is_full, is_sparse, may_step

from redproof_properties.paging import Pager
from redproof_properties.replay import IDLE, ImpossibleStepError, Machine, Replay
from redproof_properties.scannable import Scannable
from redproof_properties.tables import Tables

_NO_TABLE: Final = (0, 0)
_NEW_TABLES: Final = (_NO_TABLE, *((2**bits - 1, 2**bits) for bits in range(32)))
"""The mask and the size that the system may choose for a new table; none where it needs no new one."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The thresholds of a version, and how it makes a command of steps of the system."""

    scope: Scope
    lookups_to_add: Mapping[str, tuple[int, int]] = field(hash=False)
    """How often a command looks a new element up before it is in the table, and how often after."""
    pieces_count: bool = False
    """A scan's call counts the field and the value of a hash, or the element and its score, as two."""
    keyspace_shrinks_on_deletion: bool = False
    """A key that is deleted lets the table shrink, as an element does; if not, the cron alone does."""
    finds_again_when_grown: bool = False
    """A new element for which the table grows is looked up once more, to know its bucket (dictSetKeyAtLink)."""


_REDIS_6_0: Final = Rules(
    DICTS["redis", (6, 0)], {"SCAN": (1, 1), "HSCAN": (1, 0), "SSCAN": (0, 0), "ZSCAN": (1, 0)}, pieces_count=True
)
_REDIS_6_2: Final = replace(_REDIS_6_0, scope=DICTS["redis", (6, 2)])
_REDIS_7_2: Final = Rules(DICTS["redis", (7, 2)], {"SCAN": (1, 0), "HSCAN": (0, 0), "SSCAN": (0, 0), "ZSCAN": (1, 0)})
_REDIS_7_4: Final = replace(_REDIS_7_2, scope=DICTS["redis", (7, 4)], keyspace_shrinks_on_deletion=True)
VERSIONS: Final = {
    ("redis", (6, 0)): _REDIS_6_0,
    ("redis", (6, 2)): _REDIS_6_2,
    ("redis", (7, 0)): _REDIS_6_2,
    ("redis", (7, 2)): _REDIS_7_2,
    ("redis", (7, 4)): _REDIS_7_4,
    ("redis", (8, 0)): replace(_REDIS_7_4, lookups_to_add={**_REDIS_7_4.lookups_to_add, "HSCAN": (1, 0)}),
    ("redis", (8, 6)): replace(
        _REDIS_7_4,
        lookups_to_add=dict.fromkeys(_REDIS_7_4.lookups_to_add, (0, 0)),
        finds_again_when_grown=True,
    ),
    ("redict", (7, 3)): _REDIS_7_4,
    ("valkey", (7, 2)): _REDIS_7_2,
    ("valkey", (8, 0)): _REDIS_7_4,
}
"""By family and version: setKey and dbGenericDelete of db.c, hashTypeSet of t_hash.c and their kin."""


class DictMachine(Machine):
    """The system for the rules of a version."""

    rehashes_beside_child = True

    def __init__(self, rules: Rules) -> None:
        system = rehash(rules.scope)
        super().__init__(system)
        self.rules = rules
        self.keyspace_shrinks_on_deletion = rules.keyspace_shrinks_on_deletion
        self.may_step = self.predicate(may_step(rules.scope, system.state))
        self.is_full = self.predicate(is_full(rules.scope, system.state))
        self.is_sparse = self.predicate(is_sparse(rules.scope, system.state))

    def is_full_with(self, size: int, used: int, child: bool) -> bool:
        return self.is_full(self.state(size0=size, used0=used, child=child))

    def is_sparse_with(self, size: int, used: int) -> bool:
        return self.is_sparse(self.state(size0=size, used0=used))

    def replay(self, pager: Pager, scannable: Scannable, hashes: Mapping[bytes, int], tracked: bytes) -> Replay:
        return DictReplay(self, pager, scannable, hashes, tracked)


@cache
def dict_machine(rules: Rules) -> DictMachine:
    """The system for these rules; compiled once."""
    return DictMachine(rules)


class _Met(NamedTuple):
    """What a step meets.

    That is how many empty buckets, how many others in the bucket that it moves, that bucket, whether that is the one
    that the operation looks into, and whether it is the last that holds anything.
    """

    visited: int = 0
    moved: int = 0
    bucket: int | None = None
    own: bool = False
    ends: bool = False


class DictReplay(Replay):
    """A dict of the system from its beginning."""

    def __init__(
        self, machine: DictMachine, pager: Pager, scannable: Scannable, hashes: Mapping[bytes, int], tracked: bytes
    ) -> None:
        self._machine = machine
        self._rules = machine.rules
        self.pieces_count = machine.rules.pieces_count
        super().__init__(machine, pager, scannable, hashes, tracked)

    def add(self, elements: Sequence[bytes]) -> None:
        before, after = self._rules.lookups_to_add[self._scannable.scan]
        for element in elements:
            self.find([element] * before)
            could_grow = not self._is_rehashing
            name = "add" if element == self._tracked else "add_other"
            self._step(name, self._met_by(element), bucket=self._bucket_of(element))
            self._elements.add(element)
            if not self._is_rehashing:
                self._chain_of(element).add(element)
            if could_grow and self._rules.finds_again_when_grown:
                self.find([element])
            self.find([element] * after)

    def remove(self, elements: Sequence[bytes]) -> None:
        """A command removes elements; of a collection it then asks for a smaller table, each time."""
        for element in elements:
            name, met = self._removal(element)
            stays = element in self._chain_of(element) and self._bucket_of(element) != met.bucket
            self._step(name, met, from0=met.ends or stays, bucket=self._bucket_of(element))
            self._elements.remove(element)
            self._chain_of(element).discard(element)
            if self._scannable.key or self._rules.keyspace_shrinks_on_deletion:
                self._shrink_if_sparse()

    def find(self, elements: Sequence[bytes]) -> None:
        for element in elements:
            if not self._machine.may_step(self._state):
                return
            met = self._met_by(element)
            self._step("move_visited" if met.own else "move", met, bucket=self._bucket_of(element))

    def cron(self) -> None:
        self._shrink_if_sparse()
        while self._machine.may_step(self._state):
            self._step("move", self._met())

    def do(self, name: str) -> None:
        self._step(name, _Met())

    @property
    def tables(self) -> Tables:
        main = self._table(self._value("size0"), self._value("used0"), sum(map(bool, self._chains)))
        if not self._is_rehashing:
            return Tables(main)
        slots = len({self._hashes[element] & self._mask(1) for element in self._moved})
        return Tables(main, self._table(self._value("size1"), self._value("used1"), slots))

    @property
    def _is_rehashing(self) -> bool:
        return self._value("rehashidx") != IDLE

    def _mask(self, table: int) -> int:
        return self._value(f"mask{table}")

    def _shrink_if_sparse(self) -> None:
        """Allocate a smaller table, if the system lets it."""
        if self._machine.is_sparse(self._state) and not self._is_rehashing:
            self._step("shrink", _Met())

    def _removal(self, element: bytes) -> tuple[str, _Met]:
        """The action that removes an element, and what its step meets: a key is found by dictTwoPhaseUnlinkFind."""
        name = "delete" if element == self._tracked else "delete_other"
        if self._scannable.key:
            return name, self._met_by(element)
        return f"{name}_in_two_phases" if self._rules.scope.moves_visited else name, self._met()

    def _met_by(self, element: bytes) -> _Met:
        """What the step of an operation on this element would meet now: the bucket that it looks into, or the next."""
        bucket = self._bucket_of(element)
        is_ahead = self._rules.scope.moves_visited and bucket >= self._value("rehashidx")
        if not is_ahead or not self._chains[bucket] or not self._machine.may_step(self._state):
            return self._met()
        return self._moving(bucket, own=True)

    def _met(self) -> _Met:
        """What a step in the order of the buckets would meet now."""
        if not self._machine.may_step(self._state):
            return _Met()
        if not self._value("used0"):
            return _Met(ends=True)
        first = self._value("rehashidx")
        for visited in range(self._rules.scope.visits_max):
            if self._chains[first + visited]:
                return self._moving(first + visited, visited)
        return _Met(self._rules.scope.visits_max)

    def _moving(self, bucket: int, visited: int = 0, own: bool = False) -> _Met:
        chain = self._chains[bucket]
        others = len(chain - {self._tracked})
        return _Met(visited, others, bucket, own, ends=self._value("used0") == len(chain))

    def _step(self, name: str, met: _Met, from0: bool = False, bucket: int = 0) -> None:
        """Take a step of the system; a new table has the one size that the system allows."""
        given = {"visited": met.visited, "moved": met.moved, "own": met.own, "from0": from0, "bucket": bucket}
        parameters = self._machine.parameters[name]
        take = self._machine.steps[name]
        for mask, buckets in _NEW_TABLES if "mask" in parameters else (_NO_TABLE,):
            arguments = given | {"mask": mask, "buckets": buckets}
            after = take(self._state, *(arguments[parameter] for parameter in parameters))
            if after is not None:
                break
        else:
            raise ImpossibleStepError(name)
        self._state = after
        if met.bucket is not None:
            self._chains[met.bucket] = set()
        if met.ends:
            self._chains = self._laid_out()
