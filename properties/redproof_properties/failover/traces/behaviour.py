"""What was done and seen in a run, held against the model's system `failover` as a set of states that are possible.

What is done is noted when it is done, and what nodes tell whenever they are asked; in between sentinels and replicas
do as they like. Offsets of the system count writes: each write appends a value to one list, whose length is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, permutations
from typing import Final, TypeAlias

from redproof_model.kernel.moves import Move
from redproof_model.kernel.python import StateValues, compile_predicate
from redproof_model.kernel.sorts import Value
from redproof_model.kernel.validate import Observation, Validation, Validator
from redproof_model.systems.failover.scope import Scope
from redproof_model.systems.failover.system import failover

from redproof_properties.failover.traces.shortest import Act

STEPS_MAX: Final = 100
"""Steps between two observations, more than it takes to come to all states that there are."""

_SHOWN: Final = 3
_LINES: Final = 5

OF_SENTINELS: Final = ("inform", "demote", "promote")
OF_REPLICAS: Final = ("stream", "sync")
"""What sentinels and replicas do by themselves."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server told at a moment: the number of its master, or `NO_ONE`, and the values of its list."""

    master: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """An action that was taken; where a server took a write, its value and the length of the list with it."""

    act: Act
    value: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What a server told of itself."""

    node: int
    seen: Seen


@dataclass(frozen=True, slots=True)
class Agreed:
    """The master that most sentinels told."""

    current: int


@dataclass(frozen=True, slots=True)
class Held:
    """The pairs of servers between which nothing passes from now on; all else may."""

    pairs: frozenset[frozenset[int]]


Note: TypeAlias = Done | Told | Agreed | Held


class Behaviour:
    """A run of servers 0, 1, … with these priorities, of which 0 is the master, in the order of their run IDs.

    `scope` says what they are like; its bounds follow from what was done.
    """

    def __init__(self, scope: Scope, priorities: Sequence[int]) -> None:
        self._scope = scope
        self._priorities = priorities
        self._noted: list[Note] = []

    def note(self, noted: Note) -> None:
        """Add what was done or told next; the same twice in a row says no more than once."""
        if isinstance(noted, Done) or noted not in self._noted[-1:]:
            self._noted.append(noted)

    def tail(self) -> str:
        """What was noted last, for people."""
        return "; ".join(map(str, self._noted[-_SHOWN:]))

    def judge(self, claim: str = "") -> list[Judged]:
        """What is said of each write that may be followed: the one at the first offset, at the second, and so on.

        `claim` is a witness or a property of the system: whether it is true where the run ends is told, too.
        """
        validator = Validator(failover(self._bounded()))
        return [self._judge(validator, position, claim) for position in range(1, self._offset_max() + 1)]

    def _bounded(self) -> Scope:
        return Scope(
            servers=self._scope.servers,
            offset_max=self._offset_max(),
            priority_max=max(*self._priorities, 1),
            wait_replicas=self._scope.wait_replicas,
            persists=self._scope.persists,
            divides=self._scope.divides,
        )

    def _offset_max(self) -> int:
        """The greatest offset that was told, 1 where there was none."""
        written = [each.offset for each in self._noted if isinstance(each, Done)]
        return max([1, *written, *(len(each.seen.values) for each in self._noted if isinstance(each, Told))])

    def _judge(self, validator: Validator, position: int, claim: str) -> Judged:
        followed = _followed(self._noted, position)
        observations = list(self._observations(followed))
        validation = validator.validate(observations, [self._initial(validator, position)])
        return Judged(followed, validation, _truths(validator, validation, claim))

    def _initial(self, validator: Validator, position: int) -> StateValues:
        fixed: dict[str, Value] = {"position": position}
        fixed |= {f"priority[{node}]": priority for node, priority in enumerate(self._priorities)}
        return tuple(fixed.get(each.name, each.init or 0) for each in validator.system.variables)

    def _observations(self, followed: str) -> Iterator[Observation]:
        own = self._own_moves(frozenset())
        for each in self._noted:
            match each:
                case Held(pairs):
                    yield Observation(moves=own, most=STEPS_MAX)
                    own = self._own_moves(pairs)
                case Done(act):
                    yield Observation(moves=own, most=STEPS_MAX)
                    yield Observation(moves=[_move(act)], most=1, fewest=1)
                case Told(node, seen):
                    yield Observation(_values(node, seen, followed), own, STEPS_MAX)
                case Agreed(current):
                    yield Observation({"current": current}, own, STEPS_MAX)

    def _own_moves(self, held: frozenset[frozenset[int]]) -> Sequence[Move]:
        """What sentinels do, and replicas whose link to a server is not held."""
        pairs = [pair for pair in permutations(range(self._scope.servers), 2) if frozenset(pair) not in held]
        # Offsets that were told matter among replicas of the same priority.
        informs = len(set(self._priorities)) < len(self._priorities)
        return [
            *(Move(name) for name in OF_SENTINELS if informs or name != "inform"),
            *(Move(name, {"replica": [one], "node": [other]}) for name in OF_REPLICAS for one, other in pairs),
        ]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of a run where one write is followed: whether it is a behaviour, and what is true where it ends.

    `truths` are those of the claim in all states that are possible: one, or both where it is not known.
    """

    followed: str
    validation: Validation
    truths: frozenset[bool]

    def lines(self) -> Iterator[str]:
        """The verdict as text, with the last states that were possible, and what was told in their place."""
        yield f"of the write {self.followed}" if self.followed else "where no write is followed"
        lines = self.validation.lines()
        yield from islice(lines, _LINES)
        # Of all that nodes may do by themselves, what would be so without any of it says most.
        yield from (line for line in lines if line.startswith("after no action"))


def _followed(noted: Sequence[Note], position: int) -> str:
    """The value of the first write at a position, empty if there was none."""
    writes = (each for each in noted if isinstance(each, Done) and each.value)
    return next((each.value for each in writes if each.offset == position), "")


def _move(act: Act) -> Move:
    return Move(act.action, {name: [value] for name, value in act.arguments.items()})


def _values(node: int, seen: Seen, followed: str) -> Mapping[str, Value]:
    return {
        f"master[{node}]": seen.master,
        f"offset[{node}]": len(seen.values),
        f"has[{node}]": followed in seen.values,
    }


def _truths(validator: Validator, validation: Validation, claim: str) -> frozenset[bool]:
    if not claim:
        return frozenset()
    system = validator.system
    (term,) = (each.term for each in (*system.witnesses, *system.properties) if each.name == claim)
    holds = compile_predicate(system, term)
    return frozenset(map(holds, validation.possible))
