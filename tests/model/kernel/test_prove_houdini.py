"""Houdini keeps what is inductive together, and nothing else."""

from __future__ import annotations

import sys

import pytest
from redproof_model.kernel.parts import Claim
from redproof_model.kernel.prove.houdini import houdini, templates
from redproof_model.kernel.prove.prove import prove
from redproof_model.kernel.prove.solver import Solver
from redproof_model.kernel.python import StateValues, compile_step
from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.system import System
from redproof_model.kernel.vocabulary import all_of, any_of, negate
from small_systems import CRITICAL, IDLE, PLACE, peterson, wheel


def reached(system: System, steps: int) -> set[StateValues]:
    """The states that are reached in so many steps from the state in which all is 0."""
    taken = [compile_step(system, action) for action in system.actions]
    seen: set[StateValues] = {tuple(each.init or 0 for each in system.variables)}
    for _ in range(steps):
        seen |= {after for state in seen for step in taken if (after := step(state)) is not None}
    return seen


@pytest.mark.parametrize("steps", [0, 6], ids=["no states known", "some states known"])
def test_houdini_finds_what_proves_mutual_exclusion(steps: int) -> None:
    system = peterson()
    asked = Claim("asked", all_of((s.place[me] != IDLE) == s.flag[me] for s in [system.state] for me in range(2)), "")
    waits = [
        Claim(
            f"the other of {me} waits",
            any_of(s.place[me] != CRITICAL, negate(s.flag[1 - me]), s.turn == me),
            "",
        )
        for s in [system.state]
        for me in range(2)
    ]
    found = houdini(system, [*templates(system), asked, *waits], reached(system, steps))
    names = {claim.name for claim in found}
    assert {"asked", *(claim.name for claim in waits)} <= names
    system.invariants += found
    assert {outcome.verdict for outcome in prove(system)} == {"proved"}


def test_houdini_drops_what_fails_at_the_start_or_after_a_step() -> None:
    system = wheel()
    n = system.state.n
    late, gap, odd, low = (Claim(repr(term), term, "") for term in (n > 0, n != 2, n != 7, n < 4))
    assert houdini(system, [late, gap, odd]) == []
    assert houdini(system, [late, gap, odd, low]) == [odd, low]


def test_houdini_drops_what_no_solver_knows_of() -> None:
    system = wheel()
    silent = Solver("silent", lambda limits: [sys.executable, "-I", "-c", ""])
    assert houdini(system, [Claim("low", system.state.n < 4, "")], solver=silent) == []


def test_templates_are_of_the_variables_sorts() -> None:
    system = System("sorts")
    system.variable("up", Bool, init=False)
    system.variable("place", PLACE, init=0)
    system.variable("n", Int(0, 9), init=3)
    system.variable("m", Int(0, 9), init=0)
    names = {claim.name for claim in templates(system)}
    assert {"le(n, m)", "lt(m, n)"} <= names
    # Which side of an equation comes first depends on which of the terms was built first.
    assert all({f"eq({one}, {other})", f"eq({other}, {one})"} & names for one, other in (("n", "3"), ("n", "m")))
    assert sum(name.startswith("or(") for name in names) == 2 * 6
