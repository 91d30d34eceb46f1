"""What actions see of a system: the state before, to be read, and the state after, to be read and assigned.

A variable is an attribute, an array an attribute with an index. In the state after, what has been assigned is read
back, so that an action may be built of parts that follow each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from redproof_model.kernel.sorts import Bool, Int, Sort
from redproof_model.kernel.terms import Term, lift
from redproof_model.kernel.vocabulary import Truth, all_of, ite

Shapes: TypeAlias = Mapping[str, int | None]
"""The names of a system's variables and arrays; a number is the size of an array."""


def cell_name(array: str, index: int) -> str:
    """The name of the variable that is one cell of an array."""
    return f"{array}[{index}]"


class State:
    """A state that is read: `state.name` for a variable, `state.name[index]` for a cell of an array."""

    def __init__(self, shapes: Shapes, values: dict[str, Term]) -> None:
        object.__setattr__(self, "_shapes", shapes)
        object.__setattr__(self, "_values", values)

    def __getattr__(self, name: str) -> Any:
        shapes: Shapes = self._shapes
        if name not in shapes:
            known = ", ".join(shapes)
            raise AttributeError(f"there is no variable {name!r}; there are {known}")
        return self._values[name] if shapes[name] is None else Cells(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} is of the state before, which is only read: assign it in the state after")

    def _assign(self, name: str, value: object) -> None:
        raise TypeError(f"{name} is of the state before, which is only read: assign it in the state after")


class NextState(State):
    """The state after an action: unassigned variables are as before, and `require` states the action's guard."""

    def __init__(self, before: State, sorts: Mapping[str, Sort], rigid: frozenset[str]) -> None:
        super().__init__(before._shapes, dict(before._values))
        for attribute, value in (("_sorts", sorts), ("_rigid", rigid), ("_guards", []), ("_assigned", {})):
            object.__setattr__(self, attribute, value)

    def require(self, *conditions: Truth) -> None:
        """Add to the guard: the action is possible only where all conditions hold."""
        self._guards.extend(lift(condition, Bool) for condition in conditions)

    def __setattr__(self, name: str, value: object) -> None:
        if self._shapes.get(name, 0) is not None:
            kind = "an array: assign its cells" if name in self._shapes else "no variable of this system"
            raise AttributeError(f"{name} is {kind}")
        self._assign(name, value)

    def _assign(self, name: str, value: object) -> None:
        if name in self._rigid:
            raise AttributeError(f"{name} is a constant: it is chosen at the start and never changes")
        self._values[name] = self._assigned[name] = lift(value, self._sorts[name])

    def updates(self) -> dict[str, Term]:
        """What was assigned, by the name of the variable or cell."""
        return dict(self._assigned)

    def guard(self) -> Term:
        """All that was required."""
        return all_of(self._guards)


class Cells:
    """The cells of an array in one state; an index is a number or an integer term."""

    def __init__(self, state: State, name: str) -> None:
        self._state = state
        self._name = name

    def __len__(self) -> int:
        size: int = self._state._shapes[self._name]
        return size

    def __iter__(self) -> Iterator[Term]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int | Term) -> Term:
        if isinstance(index, Term):
            first, *rest = self._indices(index)
            result = self[first]
            for at in rest:
                result = ite(index == at, self[at], result)
            return result
        found: Term = self._state._values[cell_name(self._name, self._checked(index))]
        return found

    def __setitem__(self, index: int | Term, value: object) -> None:
        if isinstance(index, Term):
            for at in self._indices(index):
                self[at] = ite(index == at, value, self[at])
        else:
            self._state._assign(cell_name(self._name, self._checked(index)), value)

    def _checked(self, index: int) -> int:
        if not 0 <= index < len(self):
            raise IndexError(f"{self._name} has the cells 0..{len(self) - 1}, and no cell {index}")
        return index

    def _indices(self, index: Term) -> range:
        bounds = index.sort
        if not isinstance(bounds, Int) or bounds.low is None or bounds.high is None:
            raise TypeError(f"{self._name} is indexed by {index!r} of sort {bounds}: see clamp and value_of")
        self._checked(bounds.low)
        self._checked(bounds.high)
        return range(bounds.low, bounds.high + 1)
