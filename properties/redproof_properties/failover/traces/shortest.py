"""The shortest traces that refute what is said of a failover and of a lock, as the explorer finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from redproof_model.kernel.explore import explore
from redproof_model.kernel.python import StateValues, compile_step
from redproof_model.kernel.system import System
from redproof_model.kernel.trace import Trace
from redproof_model.systems import SYSTEMS

from redproof_properties.errors import UsageError

STATES_MAX: Final = 300_000
"""Where a search ends: far beyond the level at which the last of the traces ends."""

_LABEL: Final = re.compile(r"(\w+)(?:\((.*)\))?")


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said and refuted by a witness: the system, its scope, and the name of the witness."""

    system: str
    scope: str
    witness: str

    def __str__(self) -> str:
        return f"{self.witness} in {self.system} {self.scope}"


@dataclass(frozen=True, slots=True)
class Act:
    """An action with its arguments, by their names."""

    action: str
    arguments: Mapping[str, int]

    @classmethod
    def parse(cls, label: str) -> Act:
        """Read a label of a trace, such as `stream(replica=2, node=0)`; raises ValueError for anything else."""
        match = _LABEL.fullmatch(label)
        if match is None:
            raise ValueError(f"not the label of an action: {label!r}")
        pairs = (part.split("=") for part in (match[2] or "").split(", ") if part)
        return cls(match[1], {name: int(value) for name, value in pairs})

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.action}({arguments})" if arguments else self.action


def make(saying: Saying) -> System:
    """The system in the scope of a saying; raises `UsageError` for one that there is not."""
    scopes = SYSTEMS[saying.system].scopes if saying.system in SYSTEMS else {}
    if saying.scope not in scopes:
        raise UsageError(f"there is no system {saying.system!r} with a scope {saying.scope!r}")
    return scopes[saying.scope]()


@cache
def shortest(saying: Saying) -> Trace:
    """A shortest trace to the witness; found once. Raises `UsageError` where the search finds none."""
    traces = _witnesses(saying.system, saying.scope)
    if saying.witness not in traces:
        raise UsageError(f"{saying.system} {saying.scope}: no trace to {saying.witness!r} was found")
    return traces[saying.witness]


@cache
def _witnesses(system: str, scope: str) -> Mapping[str, Trace]:
    """A shortest trace to each witness: a search by levels has them although it ends early."""
    exploration = explore(make(Saying(system, scope, "")), states_max=STATES_MAX)
    return {each.claim.name: each.trace for each in exploration.witnesses if each.trace is not None}


def acts(trace: Trace) -> list[Act]:
    """The actions of a trace."""
    return [Act.parse(label) for label in trace.actions]


def extended(trace: Trace, more: list[Act]) -> Trace:
    """The trace with further actions; raises ValueError where one of them is not possible."""
    states, labels = list(trace.states), list(trace.actions)
    for act in more:
        states.append(_after(trace.system, states[-1], act))
        labels.append(str(act))
    return Trace(trace.system, states, labels)


def _after(system: System, state: StateValues, act: Act) -> StateValues:
    for action in system.concrete_actions:
        if action.label() == str(act):
            after = compile_step(system, action)(state)
            if after is not None:
                return after
    raise ValueError(f"{system.name}: {act} is not possible here")


def values(system: System, state: StateValues, array: str) -> Iterator[int]:
    """The values of an array in a state, in their order."""
    return (int(value) for each, value in zip(system.variables, state, strict=True) if each.array == array)
