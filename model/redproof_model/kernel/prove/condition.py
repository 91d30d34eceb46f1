"""One verification condition: what is assumed, what follows from it, and how that is put to a solver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from redproof_model.kernel.parts import Action, Claim
from redproof_model.kernel.prove.renaming import Renaming
from redproof_model.kernel.prove.smtlib import Never, free_variables, script
from redproof_model.kernel.prove.unrolling import frame
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import negate


class Kind(StrEnum):
    """What a condition is about."""

    INIT = "init"
    INDUCTION = "induction"
    RANGE = "range"
    ALWAYS = "always"
    STEP = "step"
    LEMMA = "lemma"
    LEADS_TO = "leads-to"
    POSSIBLE = "possible"
    K_INDUCTION = "k-induction"
    BOUNDED = "bounded"


@dataclass(frozen=True, slots=True)
class Condition:
    """That what is `assumed` implies the `goal`, of a state or of a run of some `steps`.

    Without a goal the condition is that all that is assumed is possible together. With `never` the goal is that its
    term is true for some values of its bound variables. A single step may be one of a given `action`.
    """

    system: System
    kind: Kind
    claim: str
    sentence: str
    assumed: tuple[Term, ...]
    goal: Term | None = None
    never: Never | None = None
    steps: int = 0
    action: Action | None = None

    @property
    def asserted(self) -> tuple[Term, ...]:
        """What is put to the solver: it can hold together where there is a counterexample, or a witness."""
        return self.assumed if self.goal is None else (*self.assumed, negate(self.goal))

    @property
    def is_search(self) -> bool:
        """Whether the condition is met by values that are found, and not by their absence."""
        return self.goal is None and self.never is None

    @property
    def evident(self) -> Literal["sat", "unsat"] | None:
        """What a solver would find, where none is needed: the goal is assumed, or what is asserted is constant."""
        truths = [term.payload for term in self.asserted if term.op == "const"]
        if not all(truths) or any(term is self.goal for term in self.assumed):
            return "unsat"
        return "sat" if len(truths) == len(self.asserted) and self.never is None else None

    @property
    def action_label(self) -> str | None:
        """The action that it is about, as people read it."""
        return self.action.label() if self.action else None

    @property
    def variables(self) -> list[Term]:
        """What a counterexample gives values to."""
        return free_variables(self.asserted)

    def script(self) -> str:
        """The condition in SMT-LIB: `unsat` shows it, or `sat` if it is that something is possible."""
        about = f" of {self.action_label}" if self.action else ""
        wanted = "sat" if self.is_search else "unsat"
        comment = f"{self.system.name}: {self.kind} {self.claim}{about}\n{self.sentence}\nexpected: {wanted}"
        return script(self.asserted, self.never, comment)


def one_step(system: System, action: Action) -> tuple[tuple[Term, ...], Renaming]:
    """What the action assigns, as equations of variables for the state after, and terms said of that state.

    These variables are of their sorts, which the range conditions answer for.
    """
    names = frame(system, 1)
    renamed = Renaming({name: names[name] for name in action.updates})
    return tuple(names[name] == term for name, term in action.updates.items()), renamed


def kept_by(system: System, action: Action, assumed: tuple[Term, ...], claims: Iterable[Claim]) -> Iterator[Condition]:
    """That claims hold after the action where all that is assumed holds before it."""
    updates, renamed = one_step(system, action)
    for claim in claims:
        known = (*assumed, action.guard, *updates)
        kept = Condition(system, Kind.INDUCTION, claim.name, claim.sentence, known, renamed(claim.term))
        yield replace(kept, steps=1, action=action)
