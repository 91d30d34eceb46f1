"""Proof: the conditions of a system put to a solver, each with its outcome as soon as it is decided."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from redproof_model.kernel.parts import Claim
from redproof_model.kernel.prove.bounded import bounded_conditions, k_induction_conditions
from redproof_model.kernel.prove.condition import Condition, Kind
from redproof_model.kernel.prove.conditions import conditions
from redproof_model.kernel.prove.counterexample import UnconfirmedError, confirmed, read_values
from redproof_model.kernel.prove.smtlib import symbol
from redproof_model.kernel.prove.solver import DEFAULT, Z3, Answer, Limits, Solver, ask
from redproof_model.kernel.system import System
from redproof_model.kernel.trace import Trace

_Asked: TypeAlias = tuple[Condition, str]
Verdict: TypeAlias = Literal["proved", "refuted", "unknown"]

NO_SOLVER: Final = "-"
"""The solver of a condition that needs none."""

_VERDICTS: Final[dict[tuple[str, bool], Verdict]] = {
    ("unsat", False): "proved",
    ("sat", False): "refuted",
    ("unsat", True): "refuted",
    ("sat", True): "proved",
    ("unknown", False): "unknown",
    ("unknown", True): "unknown",
}
"""From an answer, and whether the condition is met by values that are found."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one condition.

    `counterexample` is a state, or a step, that refutes it; for what is only to be possible, a witness that shows it.
    `reason` tells why the verdict is `unknown`. `smtlib` is the question as the solver was asked it.
    """

    system: str
    kind: Kind
    claim: str
    sentence: str
    action: str | None
    verdict: Verdict
    reason: str
    seconds: float
    solver: str
    counterexample: Trace | None
    smtlib: str


def prove(
    system: System,
    *,
    claims: Collection[str] | None = None,
    limits: Limits = DEFAULT,
    jobs: int | None = None,
    solver: Solver = Z3,
) -> Iterator[Outcome]:
    """Show what the system claims, by induction and by its lemmas; with `claims` only those of these names."""
    chosen = (each for each in conditions(system) if claims is None or each.claim in claims)
    return decide(chosen, limits=limits, jobs=jobs, solver=solver)


def search(system: System, claim: Claim, depth: int, limits: Limits = DEFAULT, solver: Solver = Z3) -> Outcome:
    """Whether the claim holds in all states up to `depth` steps from the start; the shortest trace if it does not."""
    return _up_to_failure(bounded_conditions(system, claim, depth), limits, solver)


def k_induction(
    system: System, claim: Claim, k: int, distinct: bool = False, limits: Limits = DEFAULT, solver: Solver = Z3
) -> Outcome:
    """Whether the claim holds in all reachable states, by induction over `k` steps; see `k_induction_conditions`."""
    return _up_to_failure(k_induction_conditions(system, claim, k, distinct), limits, solver)


def _up_to_failure(asked: Iterable[Condition], limits: Limits, solver: Solver) -> Outcome:
    """The outcome of the first condition that is not proved, else of the last, in the seconds of all so far."""
    seconds = 0.0
    for condition in asked:
        (outcome,) = decide([condition], limits=limits, jobs=1, solver=solver)
        seconds += outcome.seconds
        if outcome.verdict != "proved":
            break
    return replace(outcome, seconds=seconds)


def decide(
    asked: Iterable[Condition],
    *,
    limits: Limits = DEFAULT,
    jobs: int | None = None,
    solver: Solver = Z3,
) -> Iterator[Outcome]:
    """The outcomes of conditions as they come, from up to `jobs` solvers at a time: by default one for each core."""
    done: list[Outcome] = []

    def questions() -> Iterator[tuple[_Asked, str, str]]:
        for condition in asked:
            script = condition.script()
            if condition.evident is not None:
                evident = Answer(condition.evident, "no solver is needed", "", 0.0)
                done.append(_judged(condition, script, NO_SOLVER, evident))
            else:
                symbols = " ".join(symbol(str(each.payload)) for each in condition.variables)
                yield (condition, script), script, symbols

    for (condition, script), answer in ask(questions(), solver, limits, jobs or os.cpu_count() or 1):
        done.append(_judged(condition, script, solver.name, answer))
        while done:
            yield done.pop(0)
    yield from done


def _judged(condition: Condition, script: str, solver: str, answer: Answer) -> Outcome:
    """What an answer says of the condition; values that Python does not confirm say nothing."""
    verdict, reason, found = _VERDICTS[answer.verdict, condition.is_search], answer.reason, None
    if answer.verdict == "sat":
        try:
            found = confirmed(condition, read_values(answer.values, condition.variables))
        except UnconfirmedError as fault:
            verdict, reason = "unknown", str(fault)
    about = (condition.system.name, condition.kind, condition.claim, condition.sentence, condition.action_label)
    return Outcome(*about, verdict, reason, answer.seconds, solver, found, script)
