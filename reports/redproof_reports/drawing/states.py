"""States to be drawn: those that a system reaches by actions that are named one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from redproof_model.kernel.python import StateValues, compile_predicate, compile_step
from redproof_model.kernel.sorts import BitVec, Value
from redproof_model.kernel.system import System
from redproof_model.systems.rehash.scope import Scope
from redproof_model.systems.rehash.system import rehash
from redproof_model.systems.scan.system import scan

HASH_BITS: Final = 8
HASHES: Final = (0b01101000, 0b11010100, 0b10011101, 0b00110010, 0b11101110, 0b01011010, 0b10000111, 0b00100110)
"""The hashes of the keys that are drawn: in a table of 4 some share a bucket, and 8 buckets part most of those."""

_SCOPE: Final = Scope(hash_bits=HASH_BITS, tracked=len(HASHES))


@dataclass(frozen=True, slots=True)
class Table:
    """One of a dict's tables: its mask, and the keys in each bucket by their numbers."""

    mask: int
    buckets: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Dict:
    """A dict in the middle of a rehash: two tables, and the bucket of the first that is moved next."""

    tables: tuple[Table, Table]
    rehashidx: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call of dictScan: the cursors with which it visits the larger table, and the one that it gives back.

    It begins with the one that it is given, with which it visits the smaller table too.
    """

    visiting: Sequence[int]
    gives: int

    @property
    def given(self) -> int:
        """The cursor that the call is given."""
        return self.visiting[0]


def dict_in_the_middle() -> Dict:
    """A dict of 8 keys that moves from 4 buckets to 8, and is half-way.

    A child process lets its first keys crowd the small table; once that has ended, the last key starts the rehash.
    """
    system = rehash(_SCOPE)
    *crowd, last = ({"key": key} for key in range(len(HASHES)))
    adding: list[tuple[str, Mapping[str, Value]]] = [("add", key) for key in crowd]
    steps = [("fork", {}), *adding, ("reap", {}), ("add", last), ("move", {}), ("move", {})]
    start = {each.name: each.init for each in system.variables}
    hashes = {f"hash[{key}]": number for key, number in enumerate(HASHES)}
    state = reached(system, {**start, **hashes}, steps)
    tables = tuple(_table(state, number) for number in (0, 1))
    return Dict((tables[0], tables[1]), int(state["rehashidx"]))


def calls_over(shown: Dict) -> list[Call]:
    """The calls of dictScan in one scan over a dict that has two tables, from cursor 0 until it gives that again."""
    system = scan(BitVec(HASH_BITS))
    small, large = (table.mask for table in shown.tables)
    start = {each.name: each.init or 0 for each in system.variables}
    state: Mapping[str, Any] = {**start, "mask0": small, "mask1": large, "rehashing": True}
    calls: list[Call] = []
    while not state["done"]:
        cursors = [int(state["cursor"])]
        while len(cursors) == 1 or state["in_call"]:
            state = reached(system, state, [("visit", {})])
            cursors.append(int(state["cursor"]))
        *visiting, gives = cursors
        calls.append(Call(visiting, gives))
    return calls


def reached(
    system: System, start: Mapping[str, Any], steps: Iterable[tuple[str, Mapping[str, Value]]]
) -> Mapping[str, Any]:
    """The state after actions with these names and arguments; others of their arguments are those that are possible.

    Raises ValueError when the start breaks an invariant, and when not exactly one such action is possible.
    """
    state = tuple(start[each.name] for each in system.variables)
    for claim in system.invariants:
        if not compile_predicate(system, claim.term)(state):
            raise ValueError(f"{system.name}: the start is not so: {claim.sentence}")
    for name, arguments in steps:
        afters = _after(system, state, name, arguments)
        if len(afters) != 1:
            raise ValueError(f"{system.name}: {name} is possible in {len(afters)} ways, not in one")
        (state,) = afters
    return {each.name: value for each, value in zip(system.variables, state, strict=True)}


def _after(system: System, state: StateValues, name: str, arguments: Mapping[str, Value]) -> list[StateValues]:
    """The states after an action, one for each way to choose its other arguments."""
    chosen = [
        action
        for action in system.actions
        if action.name == name and all(action.arguments[key].payload == value for key, value in arguments.items())
    ]
    found = (compile_step(system, action)(state) for action in chosen)
    return [after for after in found if after is not None]


def _table(state: Mapping[str, Any], number: int) -> Table:
    mask = int(state[f"mask{number}"])
    keys = [key for key in range(len(HASHES)) if state[f"in{number}[{key}]"]]
    lying = [[key for key in keys if state[f"bucket{number}[{key}]"] == bucket] for bucket in range(mask + 1)]
    return Table(mask, lying)
