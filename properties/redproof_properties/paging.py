"""Pages of a scan as the model's system `scan` gives them: its action `visit`, taken for each element by itself."""

from __future__ import annotations

from collections.abc import Mapping, Set
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
        self._returned, self._cursor, self._in_call = map(self._names.index, ("returned", "cursor", "in_call"))

    def page(self, tables: ScannedTables, cursor: int, pieces: int) -> Page:
        """What a call with COUNT 1 gives; each element is shown in so many pieces (scanGenericCommand)."""
        found: list[bytes] = []
        for _ in range(VISITS_MAX * pieces + 1):
            visited = {element: self._visited(self._state(tables, element, cursor)) for element in tables.hashes}
            found = [element for element, state in visited.items() if state[self._returned]]
            (cursor,) = {state[self._cursor] for state in visited.values()}
            if found or not cursor:
                break
        return Page(cursor, found)

    def _visited(self, state: StateValues) -> StateValues:
        """The state after a call of dictScan."""
        while True:
            after = self._visit(state)
            assert after is not None, "a visit is possible until the scan has ended"
            if not after[self._in_call]:
                return after
            state = after

    def _state(self, tables: ScannedTables, element: bytes, cursor: int) -> StateValues:
        values: dict[str, Value] = {
            "hash": tables.hashes[element],
            "mask0": tables.mask0,
            "mask1": tables.mask1,
            "rehashing": tables.rehashing,
            "moved": element in tables.moved,
            "cursor": cursor,
            "start": 0,
        }
        return tuple(values.get(name, False) for name in self._names)


@cache
def sound_pager() -> Pager:
    """The system itself, compiled once."""
    return Pager(scan())
