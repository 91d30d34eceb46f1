"""Proof: the conditions of a system put to a solver, each with its outcome as soon as it is decided."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from redproof_model.kernel.prove.condition import Condition, Kind
from redproof_model.kernel.prove.conditions import conditions
from redproof_model.kernel.prove.counterexample import UnconfirmedError, confirmed, read_values
from redproof_model.kernel.prove.smtlib import symbol
from redproof_model.kernel.prove.solver import Z3, Answer, Limits, Solver, ask
from redproof_model.kernel.system import System
from redproof_model.kernel.trace import Trace

_Asked: TypeAlias = tuple[Condition, str]
Verdict: TypeAlias = Literal["proved", "refuted", "unknown"]

NO_SOLVER = "-"
"""The solver of a condition that needs none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one condition.

    `counterexample` is a state, or a step, that refutes it; for what is only to be possible, a witness that shows it.
    `reason` tells why the verdict is `unknown`. `smtlib` is the question as the solver was asked it.
    """

    system: str
    kind: Kind
    claim: str
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
    limits: Limits = Limits(),  # noqa: B008
    jobs: int | None = None,
    solver: Solver = Z3,
) -> Iterator[Outcome]:
    """Show what the system claims, by induction and by its lemmas; with `claims` only those of these names."""
    chosen = (each for each in conditions(system) if claims is None or each.claim in claims)
    return decide(chosen, limits=limits, jobs=jobs, solver=solver)


def decide(
    asked: Iterable[Condition],
    *,
    limits: Limits = Limits(),  # noqa: B008
    jobs: int | None = None,
    solver: Solver = Z3,
) -> Iterator[Outcome]:
    """The outcomes of conditions as they come, from up to `jobs` solvers at a time: by default one for each core."""
    done: list[Outcome] = []

    def questions() -> Iterator[tuple[_Asked, str, str]]:
        for condition in asked:
            script = condition.script()
            if condition.is_evident:
                done.append(_evident(condition, script))
            else:
                symbols = " ".join(symbol(str(each.payload)) for each in condition.variables)
                yield (condition, script), script, symbols

    for (condition, script), answer in ask(questions(), solver, limits, jobs or os.cpu_count() or 1):
        done.append(_judged(condition, script, solver, answer))
        while done:
            yield done.pop(0)
    yield from done


def _evident(condition: Condition, script: str) -> Outcome:
    verdict: Verdict = "refuted" if condition.is_search else "proved"
    return _outcome(condition, script, verdict, "the goal is assumed, or what is assumed is false")


def _judged(condition: Condition, script: str, solver: Solver, answer: Answer) -> Outcome:
    """What an answer says of the condition; values that Python does not confirm say nothing."""
    facts: dict[str, Any] = {"seconds": answer.seconds, "solver": solver.name}
    if answer.verdict == "unknown":
        return _outcome(condition, script, "unknown", answer.reason, **facts)
    if answer.verdict == "unsat":
        return _outcome(condition, script, "refuted" if condition.is_search else "proved", **facts)
    try:
        found = confirmed(condition, read_values(answer.values, condition.variables))
    except UnconfirmedError as fault:
        return _outcome(condition, script, "unknown", str(fault), **facts)
    return _outcome(condition, script, "proved" if condition.is_search else "refuted", counterexample=found, **facts)


def _outcome(
    condition: Condition,
    script: str,
    verdict: Verdict,
    reason: str = "",
    seconds: float = 0.0,
    solver: str = NO_SOLVER,
    counterexample: Trace | None = None,
) -> Outcome:
    about = (condition.system.name, condition.kind, condition.claim, condition.action_label)
    return Outcome(*about, verdict, reason, seconds, solver, counterexample, script)
