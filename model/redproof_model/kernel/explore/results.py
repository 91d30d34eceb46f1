"""What an exploration found: counts, violations and witnesses with their shortest traces, and how far it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redproof_model.kernel.parts import Claim, LeadsTo
from redproof_model.kernel.system import System
from redproof_model.kernel.trace import Trace


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an exploration is: distinct states and transitions so far, the level it expands, and that level's size.

    The frontier is what of the level is not yet expanded, with what has been found of the next.
    """

    states: int
    transitions: int
    depth: int
    frontier: int


@dataclass(frozen=True, slots=True)
class Violation:
    """A claim that was broken in `count` states or steps, with a shortest trace to the first of them.

    `kind` is `invariant`, `always`, `every_step`, `range`, `deadlock` or `leads_to`.
    """

    kind: str
    claim: Claim | LeadsTo
    count: int
    trace: Trace


@dataclass(frozen=True, slots=True)
class Witness:
    """A `sometimes` claim with a shortest trace to a state in which it holds, None if there was no such state."""

    claim: Claim
    trace: Trace | None


@dataclass(frozen=True, slots=True)
class Exploration:
    """Everything that was found of a system.

    `levels` counts the distinct states at each distance from the initial ones, `transitions` the pairs of a state and
    an action with its arguments that is possible there, and `firings` those pairs by the action's name. `deadlocks`
    counts the states without any.
    """

    system: System
    states: int
    transitions: int
    levels: Sequence[int]
    firings: Mapping[str, int]
    deadlocks: int
    deadlock: Trace | None
    violations: Sequence[Violation]
    witnesses: Sequence[Witness]
    unjudged: Sequence[LeadsTo]
    """Leads-to claims that could not be judged, as not every state was reached."""
    stopped: str
    """Why not every state was reached; empty if every one was."""
    interrupted: bool
    bits: int
    words: int
    memory_bytes: int
    """What the states and the set of those seen took at most."""
    collision_probability: float
    """A bound on the probability that a state was taken for another, as their fingerprints are equal; 0 if exact."""

    @property
    def complete(self) -> bool:
        """Whether every reachable state was reached."""
        return not self.stopped

    @property
    def depth(self) -> int:
        """The distance of the farthest state reached."""
        return max(0, len(self.levels) - 1)

    @property
    def unseen(self) -> Sequence[str]:
        """The witnesses that were not seen and the actions that never fired: signs that claims hold for no reason."""
        idle = [name for name, count in self.firings.items() if not count]
        return idle + [each.claim.name for each in self.witnesses if each.trace is None]

    @property
    def holds(self) -> bool:
        """Whether every claim was judged, on every reachable state, of which there were some, and none was broken."""
        return self.complete and bool(self.states) and not self.violations
