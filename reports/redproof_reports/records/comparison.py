"""Two observations compared: which divergences are new, still there, unobserved, or fixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from redproof_properties.divergence import Divergence

from redproof_reports.baseline.unseen import Fate, Unseen
from redproof_reports.records.causes import cause_of
from redproof_reports.records.observed import Observed

COMPARISON_FORMAT: Final = 1


class State(StrEnum):
    """What became of a divergence, the worst first."""

    NEW = "new"
    STILL = "still"
    UNOBSERVED = "unobserved"
    FIXED = "fixed"


_STATES: Final = {Fate.FIXED: State.FIXED, Fate.THERE: State.STILL, Fate.UNOBSERVED: State.UNOBSERVED}


@dataclass(frozen=True, slots=True)
class Compared:
    """A divergence, where it was seen, what became of it, and how that is known."""

    divergence: Divergence
    targets: tuple[str, ...]
    state: State
    why: str

    def to_json(self) -> dict[str, Any]:
        """For programs to read."""
        each = self.divergence
        return {
            "id": each.signature,
            "state": self.state,
            "command": each.command,
            "cause": cause_of(each),
            "targets": self.targets,
            "expected": each.expected,
            "actual": each.actual,
            "steps": each.script(),
            "why": self.why,
        }


@dataclass(frozen=True)
class Difference:
    """All divergences of two observations, the worst first."""

    compared: Sequence[Compared]

    @cached_property
    def counts(self) -> Counter[State]:
        """How many there are in each state."""
        return Counter(each.state for each in self.compared)

    @property
    def exit_code(self) -> int:
        """0 nothing is new, 1 something is."""
        return 1 if self.counts[State.NEW] else 0

    @property
    def headline(self) -> str:
        """How many there are in each state, in a line."""
        return ", ".join(f"{self.counts[state]:,} {state}" for state in State)

    def to_json(self) -> dict[str, Any]:
        """For programs to read."""
        counts = {str(state): self.counts[state] for state in State}
        return {"format": COMPARISON_FORMAT, **counts, "divergences": [each.to_json() for each in self.compared]}


def missing(old: Observed, new: Observed) -> list[str]:
    """The divergences of the old observation that the new one neither saw nor looked at again."""
    return [name for name in old.divergences if name not in new.divergences and name not in new.looked_at]


def compare_observed(old: Observed, new: Observed, looked_at: Sequence[Unseen] = ()) -> Difference:
    """Compare them by their ids; `looked_at` tells more of what is missing in the new one."""
    told = {**new.looked_at, **{each.id: each for each in looked_at}}
    compared = [*_seen(old, new), *_not_seen(old, new, told)]
    return Difference(sorted(compared, key=lambda each: (list(State).index(each.state), each.divergence.command)))


def _seen(old: Observed, new: Observed) -> Iterator[Compared]:
    for name, divergence in new.divergences.items():
        state = State.STILL if name in old.divergences else State.NEW
        yield Compared(divergence, new.targets[name], state, "seen")


def _not_seen(old: Observed, new: Observed, told: Mapping[str, Unseen]) -> Iterator[Compared]:
    for name, divergence in old.divergences.items():
        if name not in new.divergences:
            unseen = told.get(name, Unseen(name, Fate.UNOBSERVED, "not seen, and its steps were not taken again"))
            yield Compared(divergence, old.targets[name], _STATES[unseen.fate], unseen.why)
