"""Verification conditions: what has to be shown of a system, one question for each action and claim.

The invariants are inductive if they hold in the initial states and every action keeps them; then they hold in every
reachable state (the rule INV1 of Lamport, "The Temporal Logic of Actions", 1994). What they imply holds there too.
That all this is not said of nothing is asked as well: the initial states, each action, and the assumption of each
lemma must be possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from redproof_model.kernel.parts import Action, Lemma
from redproof_model.kernel.prove.condition import Condition, Kind, kept_by
from redproof_model.kernel.prove.leads import ranking
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import any_of, negate


def conditions(system: System) -> Iterator[Condition]:
    """All that `prove` shows of a system."""
    invariants = tuple(claim.term for claim in system.invariants)
    yield from _possible(system, invariants)
    for claim in system.invariants:
        yield Condition(system, Kind.INIT, claim.name, claim.sentence, (system.initial,), claim.term)
    for lemma in system.lemmas:
        yield from _lemma(system, lemma)
    for claim in system.properties:
        yield Condition(system, Kind.ALWAYS, claim.name, claim.sentence, invariants, claim.term)
    for action in system.actions:
        yield from _step(system, action, invariants)
    for lead in system.leads:
        yield from ranking(system, lead, invariants)


def _possible(system: System, invariants: tuple[Term, ...]) -> Iterator[Condition]:
    if system.variables:
        yield Condition(system, Kind.POSSIBLE, "init", "there is an initial state", (system.initial,))
    for name, instances in groupby(system.actions, lambda action: action.name):
        some = any_of(action.guard for action in instances)
        yield Condition(system, Kind.POSSIBLE, name, f"{name} is possible somewhere", (*invariants, some))


def _step(system: System, action: Action, invariants: tuple[Term, ...]) -> Iterator[Condition]:
    """What one action must keep: the ranges of what it assigns, the invariants, and the claims of every step."""
    for claim in system.range_claims(action):
        yield Condition(system, Kind.RANGE, claim.name, claim.sentence, invariants, claim.term, steps=1, action=action)
    yield from kept_by(system, action, invariants, system.invariants)
    assumed = (*invariants, action.guard)
    for claim in system.step_claims(action):
        yield Condition(system, Kind.STEP, claim.name, claim.sentence, assumed, claim.term, steps=1, action=action)


def _lemma(system: System, lemma: Lemma) -> Iterator[Condition]:
    """A lemma as a property of a system that consists of the lemma's variables, none of which changes."""
    values = System(system.name)
    for each in lemma.variables:
        values.constant(str(each.payload), each.sort)
    yield Condition(values, Kind.LEMMA, lemma.name, lemma.sentence, (), lemma.term)
    if lemma.term.op == "or":
        # An implication is a disjunction that begins with the negation of what it assumes.
        assumption = negate(lemma.term.args[0])
        yield Condition(values, Kind.POSSIBLE, lemma.name, "what the lemma assumes is possible", (assumption,))
