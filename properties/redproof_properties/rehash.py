"""What was done to a table of a server, taken along by the model's own system `rehash` in the form that is proved.

The system follows one element; the others are known to it by their number. Where those lie is kept here, for the
parameters of each step follow from it: how many empty buckets it visits, and how many others lie in the one that it
moves. The system says whether such a step is possible, and what the tables are after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from typing import Final, NamedTuple

from redproof_model.kernel.python import compile_predicate, compile_step
from redproof_model.kernel.sorts import Value
from redproof_model.systems.rehash.scope import Scope
from redproof_model.systems.rehash.system import rehash
from redproof_model.systems.rehash.tables import IDLE, is_full, is_sparse, may_step

from redproof_properties.paging import Pager, ScannedTables
from redproof_properties.population import Page
from redproof_properties.scannable import Scannable
from redproof_properties.tables import Table, Tables

_NO_TABLE: Final = (0, 0)
_NEW_TABLES: Final = (_NO_TABLE, *((2**bits - 1, 2**bits) for bits in range(32)))
"""The mask and the size that the system may choose for a new table; none where it needs no new one."""


class ImpossibleStepError(ValueError):
    """What was done to the server's table is no step of the system."""


class Machine:
    """The system for the thresholds of a version, compiled."""

    def __init__(self, scope: Scope) -> None:
        system = rehash(scope)
        self.scope = scope
        self.names = [each.name for each in system.variables]
        self.initial = tuple(0 if each.init is None else each.init for each in system.variables)
        self.steps = {action.name: compile_step(system, action) for action in system.actions}
        self.parameters = {
            action.name: [key for key, term in action.arguments.items() if term.op == "var"]
            for action in system.actions
        }
        self.may_step = compile_predicate(system, may_step(scope, system.state))
        self.is_full = compile_predicate(system, is_full(scope, system.state))
        self.is_sparse = compile_predicate(system, is_sparse(scope, system.state))

    def state(self, **values: Value) -> tuple[Value, ...]:
        """The state before any element, but for these values."""
        return tuple(values.get(name, value) for name, value in zip(self.names, self.initial, strict=True))

    def fullest(self, size: int, child: bool = False) -> int:
        """With how many elements a table is full: it must grow for the next one."""
        return next(used for used in count() if self.is_full(self.state(size0=size, used0=used, child=child)))

    def sparsest(self, size: int) -> int:
        """The fewest elements with which a table does not shrink."""
        return next(used for used in count() if not self.is_sparse(self.state(size0=size, used0=used)))


@cache
def machine_of(scope: Scope) -> Machine:
    """The system for these thresholds; compiled once."""
    return Machine(scope)


class _Met(NamedTuple):
    """What a step meets: empty buckets, others in the bucket that it moves, that bucket, and whether it is the last."""

    visited: int = 0
    moved: int = 0
    bucket: int | None = None
    ends: bool = False


class Replay:
    """A dict of the system from its beginning, and where each of its elements lies.

    `hashes` has the hash of each element, as far as the largest table asks for; pages are those of `pager`. Every
    method raises ImpossibleStepError where the system has no such step.
    """

    def __init__(
        self, machine: Machine, pager: Pager, scannable: Scannable, hashes: Mapping[bytes, int], tracked: bytes
    ) -> None:
        self._machine = machine
        self._pager = pager
        self._scannable = scannable
        self._hashes = hashes
        self._tracked = tracked
        self._state = machine.state(**{"hash[0]": hashes[tracked]})
        self._cursor = 0
        self._elements: set[bytes] = set()
        self._chains = self._laid_out()

    def add(self, elements: Sequence[bytes]) -> None:
        """A command adds new elements."""
        before, after = self._scannable.lookups_to_add
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
        """A command looks so many elements up: each lookup moves a bucket, if the system lets it."""
        for _ in range(lookups):
            if not self._machine.may_step(self._state):
                return
            self._step("move", self._met())

    def cron(self) -> None:
        """The cron asks for a smaller table, and rehashes it to the end."""
        self._shrink_if_sparse()
        while self._machine.may_step(self._state):
            self._step("move", self._met())

    def fork(self) -> None:
        """A child process begins to save."""
        self._step("fork", _Met())

    def reap(self) -> None:
        """It has been noticed that the child process has ended."""
        self._step("reap", _Met())

    def next_page(self) -> Page:
        """What the next call of a scan with COUNT 1 gives, which pauses the rehash; after the last comes the first."""
        self._step("pause", _Met())
        hashes = {element: self._hashes[element] for element in self._elements}
        mask0, mask1 = self._value("mask0"), self._value("mask1")
        tables = ScannedTables(mask0, mask1, self._is_rehashing, hashes, self._moved)
        page = self._pager.page(tables, self._cursor, len(self._scannable.shown(self._tracked)))
        self._step("resume", _Met())
        self._cursor = page.cursor
        return page.in_order()

    @property
    def tables(self) -> Tables:
        """The tables as DEBUG HTSTATS shows them."""
        main = self._table(self._value("size0"), self._value("used0"), sum(map(bool, self._chains)))
        if not self._is_rehashing:
            return Tables(main)
        slots = len({self._hashes[element] & self._value("mask1") for element in self._moved})
        return Tables(main, self._table(self._value("size1"), self._value("used1"), slots))

    def _shrink_if_sparse(self) -> None:
        """Allocate a smaller table, if the system lets it."""
        if self._machine.is_sparse(self._state) and not self._is_rehashing and not self._value("child"):
            self._step("shrink", _Met())

    @staticmethod
    def _table(size: int, used: int, slots: int) -> Table:
        return Table(size, used, slots) if used else Table(0, 0, 0)

    def _value(self, name: str) -> int:
        return self._state[self._machine.names.index(name)]

    @property
    def _is_rehashing(self) -> bool:
        return self._value("rehashidx") != IDLE

    @property
    def _moved(self) -> set[bytes]:
        """The elements in table 1."""
        return self._elements.difference(*self._chains) if self._is_rehashing else set()

    def _bucket_of(self, element: bytes) -> int:
        return self._hashes[element] & self._value("mask0")

    def _chain_of(self, element: bytes) -> set[bytes]:
        return self._chains[self._bucket_of(element)]

    def _laid_out(self) -> list[set[bytes]]:
        """The chains of a table 0 that holds all elements."""
        chains: list[set[bytes]] = [set() for _ in range(self._value("size0"))]
        for element in self._elements:
            chains[self._bucket_of(element)].add(element)
        return chains

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
