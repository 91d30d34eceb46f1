"""What was done to a table of a server, taken along by a system of the model in the form that is proved.

The system follows one element; the others are known to it by their number. Where those lie is kept here, for the
parameters of each step follow from it. The system says whether such a step is possible, and what the tables are after
it. How operations are made of its steps is told by `rehash` for the dict of Redis, by `hashtable` for Valkey's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Final

from redproof_model.kernel.python import StateValues, compile_predicate, compile_step
from redproof_model.kernel.sorts import Value
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term

from redproof_properties.paging import Pager, ScannedTables
from redproof_properties.population import Page
from redproof_properties.scannable import Scannable
from redproof_properties.tables import Table, Tables

IDLE: Final = -1
"""Where a rehash has come to when there is none."""


class ImpossibleStepError(ValueError):
    """What was done to the server's table is no step of the system."""


class Machine(ABC):
    """A system for the thresholds of a version, compiled."""

    keyspace_shrinks_on_deletion: bool
    """The table of the keyspace shrinks when keys are deleted, as others do, and not only when the cron looks at it."""
    rehashes_beside_child: bool
    """Lookups take a rehash to a far larger table to its end although there is a child process."""

    def __init__(self, system: System) -> None:
        self.names = [each.name for each in system.variables]
        self.initial = tuple(0 if each.init is None else each.init for each in system.variables)
        self.steps = {action.name: compile_step(system, action) for action in system.actions}
        self.parameters = {
            action.name: [key for key, term in action.arguments.items() if term.op == "var"]
            for action in system.actions
        }
        self._system = system

    def predicate(self, term: Term) -> Callable[[StateValues], bool]:
        """A condition on the system's state, compiled."""
        return compile_predicate(self._system, term)

    def state(self, **values: Value) -> StateValues:
        """The state before any element, but for these values."""
        return tuple(values.get(name, value) for name, value in zip(self.names, self.initial, strict=True))

    @abstractmethod
    def is_full_with(self, size: int, used: int, child: bool) -> bool:
        """Whether a table of so many buckets must grow for one element more than these."""

    @abstractmethod
    def is_sparse_with(self, size: int, used: int) -> bool:
        """Whether a table of so many buckets shrinks with these elements."""

    @abstractmethod
    def replay(self, pager: Pager, scannable: Scannable, hashes: Mapping[bytes, int], tracked: bytes) -> Replay:
        """A table of the system from its beginning."""

    def fullest(self, size: int, child: bool = False) -> int:
        """With how many elements a table is full: it must grow for the next one."""
        return next(used for used in count() if self.is_full_with(size, used, child))

    def sparsest(self, size: int) -> int:
        """The fewest elements with which a table does not shrink."""
        return next(used for used in count() if not self.is_sparse_with(size, used))


class Replay(ABC):
    """A table of the system from its beginning, and where each of its elements lies.

    `hashes` has the hash of each element, as far as the largest table asks for; pages are those of `pager`. Every
    method raises ImpossibleStepError where the system has no such step.
    """

    pieces_count: bool = True
    """Whether a call of a scan gives up the later, the more pieces an element is shown in (scanGenericCommand)."""

    def __init__(
        self, machine: Machine, pager: Pager, scannable: Scannable, hashes: Mapping[bytes, int], tracked: bytes
    ) -> None:
        self._names = machine.names
        self._pager = pager
        self._scannable = scannable
        self._hashes = hashes
        self._tracked = tracked
        self._state = machine.state(**{"hash[0]": hashes[tracked]})
        self._cursor = 0
        self._elements: set[bytes] = set()
        self._chains = self._laid_out()

    @abstractmethod
    def add(self, elements: Sequence[bytes]) -> None:
        """A command adds new elements."""

    @abstractmethod
    def remove(self, elements: Sequence[bytes]) -> None:
        """A command removes elements."""

    @abstractmethod
    def find(self, elements: Sequence[bytes]) -> None:
        """A command looks these elements up: each lookup takes a rehash further, if the system lets it."""

    @abstractmethod
    def cron(self) -> None:
        """The cron asks for a smaller table, and rehashes it to the end."""

    @abstractmethod
    def do(self, name: str) -> None:
        """Take a step that does nothing to elements."""

    def fork(self) -> None:
        """A child process begins to save."""
        self.do("fork")

    def reap(self) -> None:
        """It has been noticed that the child process has ended."""
        self.do("reap")

    def next_page(self) -> Page:
        """What the next call of a scan with COUNT 1 gives, which pauses the rehash; after the last comes the first."""
        self.do("pause")
        hashes = {element: self._hashes[element] for element in self._elements}
        tables = ScannedTables(self._mask(0), self._mask(1), self._is_rehashing, hashes, self._moved)
        pieces = len(self._scannable.shown(self._tracked)) if self.pieces_count else 1
        page = self._pager.page(tables, self._cursor, pieces)
        self.do("resume")
        self._cursor = page.cursor
        return page.in_order()

    @property
    @abstractmethod
    def tables(self) -> Tables:
        """The tables as DEBUG HTSTATS shows them."""

    @property
    @abstractmethod
    def _is_rehashing(self) -> bool:
        """Whether elements are on their way to table 1."""

    @abstractmethod
    def _mask(self, table: int) -> int:
        """What of a hash chooses the bucket of that table."""

    @staticmethod
    def _table(size: int, used: int, slots: int = 0) -> Table:
        return Table(size, used, slots) if used else Table(0, 0, 0)

    def _value(self, name: str) -> int:
        return self._state[self._names.index(name)]

    @property
    def _moved(self) -> set[bytes]:
        """The elements in table 1."""
        return self._elements.difference(*self._chains) if self._is_rehashing else set()

    def _bucket_of(self, element: bytes) -> int:
        return self._hashes[element] & self._mask(0)

    def _chain_of(self, element: bytes) -> set[bytes]:
        return self._chains[self._bucket_of(element)]

    def _laid_out(self) -> list[set[bytes]]:
        """The chains of a table 0 that holds all elements."""
        chains: list[set[bytes]] = [set() for _ in range(self._value("size0"))]
        for element in self._elements:
            chains[self._bucket_of(element)].add(element)
        return chains
