"""Runs of bounded length: the shortest counterexample up to a depth, and induction over several steps.

What a solver is asked of runs takes for granted that assignments stay within the sorts of variables, which the range
conditions of `conditions` show.
"""

from __future__ import annotations

from collections.abc import Iterator

from redproof_model.kernel.parts import Claim
from redproof_model.kernel.prove.condition import Condition, Kind
from redproof_model.kernel.prove.unrolling import all_distinct, said_at, transition
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term


def bounded_conditions(system: System, claim: Claim, depth: int) -> Iterator[Condition]:
    """That the claim holds after 0, 1, ... and `depth` steps, each assuming that it held before.

    The first that is refuted has the shortest trace there is (Biere, Cimatti, Clarke and Zhu, "Symbolic Model
    Checking without BDDs", 1999).
    """
    for steps in range(depth + 1):
        assumed = (system.initial, *_run(system, claim, steps))
        sentence = f"after {steps} steps: {claim.sentence}"
        goal = said_at(system, steps)(claim.term)
        yield Condition(system, Kind.BOUNDED, claim.name, sentence, assumed, goal, steps=steps)


def k_induction_conditions(system: System, claim: Claim, k: int, distinct: bool = False) -> Iterator[Condition]:
    """That the claim holds in the first `k` states, and in the state after any `k` states in which it holds.

    The invariants are assumed throughout. With `distinct` the states of the run differ, which is no loss as a shortest
    run to a state in which the claim fails has no loop (Sheeran, Singh and Stålmarck, "Checking Safety Properties Using
    Induction and a SAT-Solver", 2000).
    """
    if k < 1:
        raise ValueError(f"induction is over at least one step, not {k}")
    yield from bounded_conditions(system, claim, k - 1)
    invariants = (said_at(system, at)(each.term) for at in range(k + 1) for each in system.invariants)
    apart = (all_distinct(system, k),) if distinct else ()
    assumed = (*invariants, *_run(system, claim, k), *apart)
    sentence = f"after {k} states in which it holds: {claim.sentence}"
    goal = said_at(system, k)(claim.term)
    yield Condition(system, Kind.K_INDUCTION, claim.name, sentence, assumed, goal, steps=k)


def _run(system: System, claim: Claim, steps: int) -> Iterator[Term]:
    """That there are so many steps, and that the claim holds in each state that one of them leaves."""
    for at in range(steps):
        yield said_at(system, at)(claim.term)
        yield transition(system, at)
