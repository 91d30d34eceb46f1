"""Traces: the states of a behaviour with the actions between them, for people and as ITF JSON.

The Informal Trace Format is that of Apalache (ADR 015), which Quint and other tools read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from redproof_model.kernel.parts import Variable
from redproof_model.kernel.python import StateValues
from redproof_model.kernel.sorts import BoolSort, Enum, Value, show_value
from redproof_model.kernel.system import System

_EXACT_IN_JSON: Final = 2**53


@dataclass(frozen=True, slots=True)
class Trace:
    """A behaviour: `states` hold the values of the system's variables in their order, `actions` the labels between.

    With `loop_start` the last state goes on as that one did: the behaviour is infinite.
    """

    system: System
    states: Sequence[StateValues]
    actions: Sequence[str]
    loop_start: int | None = None

    def __len__(self) -> int:
        """The number of actions."""
        return len(self.actions)

    def changes(self) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
        """Each action with what it changed: name, value before, value after."""
        for action, before, after in zip(self.actions, self.states, self.states[1:], strict=False):
            yield action, list(changed(self.system, before, after))

    def lines(self) -> Iterator[str]:
        """The trace as text: the first state whole, then each action with what it changed."""
        yield "start  " + "  ".join(shown(self.system, self.states[0]))
        for number, (action, changes) in enumerate(self.changes(), 1):
            texts = [f"{name}: {before} → {after}" for name, before, after in changes]
            yield f"{number:>5}  {action}  " + ("  ".join(texts) or "(nothing changes)")
        if self.loop_start is not None:
            yield f"       and so on from state {self.loop_start}, for ever"

    def to_itf(self) -> dict[str, Any]:
        """The trace as an ITF object, to be written as JSON."""
        names = list(dict.fromkeys(each.array or each.name for each in self.system.variables))
        itf: dict[str, Any] = {"#meta": {"format": "ITF", "source": self.system.name}, "vars": names}
        itf["states"] = [
            {"#meta": {"index": index, "action": action}, **_itf_state(self.system.variables, state)}
            for index, (action, state) in enumerate(zip(("init", *self.actions), self.states, strict=True))
        ]
        if self.loop_start is not None:
            itf["loop"] = self.loop_start
        return itf


def shown(system: System, state: StateValues) -> Iterator[str]:
    """Each variable with its value, an array as one."""
    cells: dict[str, list[str]] = {}
    for each, value in zip(system.variables, state, strict=True):
        cells.setdefault(each.array or each.name, []).append(show_value(each.sort, value))
    arrays = {each.array for each in system.variables}
    for name, texts in cells.items():
        yield f"{name}=[{' '.join(texts)}]" if name in arrays else f"{name}={texts[0]}"


def changed(system: System, before: StateValues, after: StateValues) -> Iterator[tuple[str, str, str]]:
    """The variables and cells that differ between two states, with both values as text."""
    for each, old, new in zip(system.variables, before, after, strict=True):
        if old != new:
            yield each.name, show_value(each.sort, old), show_value(each.sort, new)


def _itf_state(variables: Iterable[Variable], state: StateValues) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for each, value in zip(variables, state, strict=True):
        if each.array is None:
            values[each.name] = _itf_value(each, value)
        else:
            values.setdefault(each.array, []).append(_itf_value(each, value))
    return values


def _itf_value(variable: Variable, value: Value) -> Any:
    match variable.sort:
        case BoolSort():
            return bool(value)
        case Enum():
            return variable.sort.members[value]
        case _:
            return int(value) if abs(value) < _EXACT_IN_JSON else {"#bigint": str(int(value))}
