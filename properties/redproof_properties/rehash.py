"""The dict of Redis as the model's system `rehash` has it, step by step (dict.c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

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

_LOOKUPS_TO_ADD: Final = {"SCAN": (1, 1), "HSCAN": (1, 0), "SSCAN": (0, 0), "ZSCAN": (1, 0)}
"""How often a command looks a new element up before it is in the table, and how often after (6.2 and 7.0)."""


class DictMachine(Machine):
    """The system for the thresholds of a version."""

    keyspace_shrinks_on_deletion = False
    rehashes_beside_child = True

    def __init__(self, scope: Scope) -> None:
        system = rehash(scope)
        super().__init__(system)
        self.scope = scope
        self.may_step = self.predicate(may_step(scope, system.state))
        self.is_full = self.predicate(is_full(scope, system.state))
        self.is_sparse = self.predicate(is_sparse(scope, system.state))

    def is_full_with(self, size: int, used: int, child: bool) -> bool:
        return self.is_full(self.state(size0=size, used0=used, child=child))

    def is_sparse_with(self, size: int, used: int) -> bool:
        return self.is_sparse(self.state(size0=size, used0=used))

    def replay(self, pager: Pager, scannable: Scannable, hashes: Mapping[bytes, int], tracked: bytes) -> Replay:
        return DictReplay(self, pager, scannable, hashes, tracked)


@cache
def dict_machine(scope: Scope) -> DictMachine:
    """The system for these thresholds; compiled once."""
    return DictMachine(scope)


class _Met(NamedTuple):
    """What a step meets: empty buckets, others in the bucket that it moves, that bucket, and whether it is the last."""

    visited: int = 0
    moved: int = 0
    bucket: int | None = None
    ends: bool = False


class DictReplay(Replay):
    """A dict of the system from its beginning."""

    def __init__(
        self, machine: DictMachine, pager: Pager, scannable: Scannable, hashes: Mapping[bytes, int], tracked: bytes
    ) -> None:
        self._machine = machine
        super().__init__(machine, pager, scannable, hashes, tracked)

    def add(self, elements: Sequence[bytes]) -> None:
        before, after = _LOOKUPS_TO_ADD[self._scannable.scan]
        for element in elements:
            self.find(before)
            self._step("add" if element == self._tracked else "add_other", self._met())
            self._elements.add(element)
            if not self._is_rehashing:
                self._chain_of(element).add(element)
            self.find(after)

    def remove(self, elements: Sequence[bytes]) -> None:
        """A command removes elements; of a collection it then asks for a smaller table, each time."""
        for element in elements:
            met = self._met()
            stays = element in self._chain_of(element) and self._bucket_of(element) != met.bucket
            self._step("delete" if element == self._tracked else "delete_other", met, from0=met.ends or stays)
            self._elements.remove(element)
            self._chain_of(element).discard(element)
            if self._scannable.key:
                self._shrink_if_sparse()

    def find(self, lookups: int) -> None:
        for _ in range(lookups):
            if not self._machine.may_step(self._state):
                return
            self._step("move", self._met())

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
        if self._machine.is_sparse(self._state) and not self._is_rehashing and not self._value("child"):
            self._step("shrink", _Met())

    def _met(self) -> _Met:
        """What a step would meet now."""
        if not self._machine.may_step(self._state):
            return _Met()
        if not self._value("used0"):
            return _Met(ends=True)
        first = self._value("rehashidx")
        for visited in range(self._machine.scope.visits_max):
            chain = self._chains[first + visited]
            if chain:
                others = len(chain - {self._tracked})
                return _Met(visited, others, first + visited, self._value("used0") == len(chain))
        return _Met(self._machine.scope.visits_max)

    def _step(self, name: str, met: _Met, from0: bool = False) -> None:
        """Take a step of the system; a new table has the one size that the system allows."""
        given = {"visited": met.visited, "moved": met.moved, "from0": from0}
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
