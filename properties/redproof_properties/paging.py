"""A page of a scan as the model's own system `scan` gives it: its action `visit`, taken for each element by itself."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Final

from redproof_model.kernel.python import StateValues, Step, compile_step
from redproof_model.kernel.sorts import Value
from redproof_model.systems.scan.system import scan

from redproof_properties.population import Page

VISITS_MAX: Final = 10
"""A call gives up after one visit more than so many for each piece of a reply that it is asked for (db.c)."""


@dataclass(frozen=True, slots=True)
class Visit:
    """The action of the system, compiled, and the names of its variables."""

    names: tuple[str, ...]
    step: Step

    def call(self, state: StateValues) -> StateValues:
        """One call of dictScan from a state between calls; raises ValueError where the system has none."""
        in_call = self.names.index("in_call")
        while True:
            after = self.step(state)
            if after is None:
                raise ValueError("no bucket can be visited")
            if not after[in_call]:
                return after
            state = after


@cache
def visit() -> Visit:
    """The action of the system for 64-bit hashes; compiled once."""
    system = scan()
    (action,) = (action for action in system.actions if action.name == "visit")
    return Visit(tuple(each.name for each in system.variables), compile_step(system, action))


@dataclass(frozen=True, slots=True)
class Scanned:
    """The tables of a dict while nothing changes them: their masks, and the hash of each element.

    While they are rehashed the elements that are `moved` lie in table 1.
    """

    mask0: int
    mask1: int
    rehashing: bool
    hashes: Mapping[bytes, int]
    moved: Set[bytes]

    def page(self, cursor: int, pieces: int) -> Page:
        """What a call with COUNT 1 gives; each element is shown in so many pieces (scanGenericCommand)."""
        action = visit()
        found: list[bytes] = []
        for _ in range(VISITS_MAX * pieces + 1):
            calls = {element: action.call(self._state(action, element, cursor)) for element in self.hashes}
            found = [element for element, state in calls.items() if state[action.names.index("returned")]]
            (cursor,) = {state[action.names.index("cursor")] for state in calls.values()}
            if found or not cursor:
                break
        return Page(cursor, found)

    def _state(self, action: Visit, element: bytes, cursor: int) -> StateValues:
        values: dict[str, Value] = {
            "hash": self.hashes[element],
            "mask0": self.mask0,
            "mask1": self.mask1,
            "rehashing": self.rehashing,
            "moved": element in self.moved,
            "cursor": cursor,
        }
        return tuple(values.get(name, 0 if name == "start" else False) for name in action.names)
