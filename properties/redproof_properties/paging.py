"""Pages of a scan as the model's system `scan` gives them: its action `visit`, taken for each element by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Final

from redproof_model.kernel.python import StateValues, compile_step
from redproof_model.kernel.sorts import Value
from redproof_model.kernel.system import System
from redproof_model.systems.scan.system import scan

from redproof_properties.population import Page

VISITS_MAX: Final = 10
"""A call gives up after one visit more than so many for each piece of a reply that it is asked for (db.c)."""


@dataclass(frozen=True, slots=True)
class ScannedTables:
    """The tables of a dict while nothing changes them: their masks, and the hash of each element.

    While they are rehashed, the elements that are `moved` lie in table 1.
    """

    mask0: int
    mask1: int
    rehashing: bool
    hashes: Mapping[bytes, int]
    moved: Set[bytes]


class Pager:
    """The system for 64-bit hashes, or a mutant of it, compiled to give pages."""

    def __init__(self, system: System) -> None:
        (visit,) = (action for action in system.actions if action.name == "visit")
        self._visit = compile_step(system, visit)
        self._names = [each.name for each in system.variables]
        self._hash, self._moved, self._cursor, self._in_call, self._returned = map(
            self._names.index, ("hash", "moved", "cursor", "in_call", "returned")
        )

    def page(self, tables: ScannedTables, cursor: int, pieces: int) -> Page:
        """What a call with COUNT 1 gives; each element is shown in so many pieces (scanGenericCommand)."""
        found: list[bytes] = []
        for _ in range(VISITS_MAX * pieces + 1):
            visited = {element: self._visited(state) for element, state in self._states(tables, cursor)}
            found = [element for element, state in visited.items() if state[self._returned]]
            (cursor,) = {state[self._cursor] for state in visited.values()}
            if found or not cursor:
                break
        return Page(cursor, found)

    def _states(self, tables: ScannedTables, cursor: int) -> Iterator[tuple[bytes, StateValues]]:
        """For each element the state before a call of dictScan, in which it is the one that the system follows."""
        values: dict[str, Value] = {
            "mask0": tables.mask0,
            "mask1": tables.mask1,
            "rehashing": tables.rehashing,
            "cursor": cursor,
            "start": 0,
        }
        state = [values.get(name, False) for name in self._names]
        for element, hashed in tables.hashes.items():
            state[self._hash], state[self._moved] = hashed, element in tables.moved
            yield element, tuple(state)

    def _visited(self, state: StateValues) -> StateValues:
        """The state after a call of dictScan."""
        while True:
            after = self._visit(state)
            assert after is not None, "a visit is possible until the scan has ended"
            if not after[self._in_call]:
                return after
            state = after


@cache
def sound_pager() -> Pager:
    """The system itself, compiled once."""
    return Pager(scan())
