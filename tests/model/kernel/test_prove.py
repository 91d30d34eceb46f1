"""Proofs: every kind of condition is proved where it holds, and refuted with a confirmed counterexample where not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from redproof_model.kernel.prove.prove import NO_SOLVER, Outcome, prove
from redproof_model.kernel.prove.solver import CVC5, Limits, Solver
from redproof_model.kernel.sorts import BitVec, Bool, Enum, Int
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term, literals
from redproof_model.kernel.vocabulary import all_of, any_of, implies, ite, negate, value_of

LIGHT = Enum("Light", ("red", "green", "blue"))
ONE_OR_TWO = Int(1, 2)
RED, GREEN, BLUE = literals(LIGHT)

EXPORTED = """; tally: induction below of by_two
; The tally stays small.
; expected: unsat
(set-logic QF_LIA)
(set-option :produce-models true)
(declare-const s.tally Int)
(assert (<= 0 s.tally))
(declare-const s1.tally Int)
(assert (<= 0 s1.tally))
(assert (< s.tally 9))
(assert (< s.tally 7))
(assert (= (+ s.tally 2) s1.tally))
(assert (not (< s1.tally 9)))
(check-sat)
"""


def lamp() -> System:
    """A lamp that goes from red to green and back, never blue, and counts how often, up to 9."""
    system = System("lamp")
    system.variable("light", LIGHT, init=0)
    system.variable("n", Int(0, 9), init=0)

    @system.action()
    def switch(old: Any, new: Any) -> None:
        new.require(old.n < 9)
        new.light = ite(old.light == RED, GREEN, RED)
        new.n = old.n + 1

    @system.action(by=Int(1, 3))
    def forget(old: Any, new: Any, by: Term) -> None:
        new.require(old.n >= by)
        new.n = old.n - by

    @system.invariant
    def not_blue(s: Any) -> Any:
        """The lamp is never blue."""
        return s.light != BLUE

    return system


def told(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """The verdict on each condition, by its kind, claim and action."""
    return {" ".join(filter(None, (each.kind, each.claim, each.action))): each.verdict for each in outcomes}


def refuted(system: System) -> dict[str, list[str]]:
    """What is refuted, with the lines of the counterexample; all else is proved."""
    wrong = [each for each in prove(system) if each.verdict != "proved"]
    assert {each.verdict for each in wrong} <= {"refuted"}
    lines = ([] if each.counterexample is None else list(each.counterexample.lines()) for each in wrong)
    return dict(zip(told(wrong), lines, strict=True))


def test_all_that_a_system_claims_is_proved() -> None:
    assert told(prove(lamp())) == {
        "possible init": "proved",
        "possible switch": "proved",
        "possible forget": "proved",
        "init not_blue": "proved",
        "induction not_blue switch": "proved",
        "induction not_blue forget(by)": "proved",
        "range range of n switch": "proved",
        "range range of n forget(by)": "proved",
    }


def test_claims_can_be_chosen() -> None:
    assert set(told(prove(lamp(), claims={"not_blue"}))) == {
        "init not_blue",
        "induction not_blue switch",
        "induction not_blue forget(by)",
    }


def test_an_action_that_touches_nothing_of_a_claim_needs_no_solver() -> None:
    solvers = {each.action: each.solver for each in prove(lamp(), claims={"not_blue"})}
    assert solvers == {None: "z3", "switch": "z3", "forget(by)": NO_SOLVER}


def test_a_witness_shows_what_is_possible() -> None:
    (outcome,) = [each for each in prove(lamp()) if (each.kind, each.claim) == ("possible", "init")]
    assert outcome.counterexample is not None
    assert list(outcome.counterexample.lines()) == ["start  light=red  n=0"]


def test_an_initial_state_refutes_what_should_hold_at_the_start() -> None:
    system = System("any")
    system.variable("n", Int(0, 5), init=ANY)

    @system.invariant
    def below(s: Any) -> Any:
        return s.n < 5

    assert refuted(system) == {"init below": ["start  n=5"]}


def test_a_step_refutes_what_should_be_kept() -> None:
    system = lamp()

    @system.invariant
    def odd_is_green(s: Any) -> Term:
        return implies(s.n == 3, s.light == GREEN)

    @system.invariant
    def few(s: Any) -> Any:
        return s.n <= 3

    lines = refuted(system)
    assert lines["induction few switch"][1:] == ["    1  switch  light: green → red  n: 3 → 4"]
    assert set(lines) == {"induction few switch", "induction odd_is_green switch"}


def test_a_step_out_of_range_is_shown_with_where_it_leads() -> None:
    system = System("counter")
    system.variable("n", Int(0, 9), init=0)

    @system.action(by=range(1, 3))
    def add(old: Any, new: Any, by: int) -> None:
        new.require(old.n <= 8)
        new.n = old.n + by

    assert refuted(system) == {"range range of n add(by=2)": ["start  n=8", "    1  add(by=2)  n: 8 → 10"]}


def test_a_state_of_the_invariants_refutes_what_should_follow() -> None:
    system = lamp()

    @system.always
    def red_while_few(s: Any) -> Term:
        return any_of(s.light == RED, s.n > 1, s.n == 0)

    assert refuted(system) == {"always red_while_few": ["start  light=green  n=1"]}


def test_a_step_refutes_what_should_hold_of_every_step() -> None:
    system = lamp()

    @system.every_step
    def forgets_little(old: Any, new: Any) -> Any:
        return new.n >= old.n - 2

    (key, lines), *others = refuted(system).items()
    assert not others
    assert key == "step forgets_little forget(by)"
    assert lines[1].startswith("    1  forget(by=3)  n: ")


def test_values_refute_a_lemma() -> None:
    system = System("lemmas")

    @system.lemma(a=BitVec(8), b=BitVec(8))
    def sum_is_no_less(a: Term, b: Term) -> Term:
        return implies(b == 3, a + b >= a)

    @system.lemma(a=BitVec(8, signed=True))
    def halves(a: Term) -> Term:
        return value_of(a >> 1) == value_of(a) // 2

    lines = refuted(system)
    assert set(lines) == {"lemma sum_is_no_less"}
    assert lines["lemma sum_is_no_less"][0] in {f"start  a={a}  b=3" for a in (253, 254, 255)}


def test_what_is_said_of_nothing_is_noticed() -> None:
    system = lamp()

    @system.action()
    def burn(old: Any, new: Any) -> None:
        new.require(old.light == BLUE, old.n == 3)
        new.n = 0

    @system.lemma(a=BitVec(8))
    def of_nothing(a: Term) -> Term:
        return implies(all_of((a & 1) == 1, (a & 3) == 2), a == 77)

    @system.init
    def never(s: Any) -> Any:
        return s.n > 0

    assert refuted(system) == {"possible burn": [], "possible of_nothing": [], "possible init": []}


def countdown(
    *,
    by: Int = ONE_OR_TWO,
    least: int = 0,
    helps: bool = True,
    fair: bool = True,
    measure: Callable[[Any], Term] = lambda s: s.n,
    other: Callable[[Any, Any], None] | None = None,
) -> System:
    """A number that goes down to 0 while it is on."""
    system = System("countdown")
    system.variable("n", Int(0), init=ANY)
    system.variable("on", Bool, init=True)

    @system.action(fair=fair, by=by)
    def down(old: Any, new: Any, by: Term) -> None:
        new.require(old.on, old.n >= by, old.n > least)
        new.n = old.n - (by if helps else 0)

    if other is not None:
        other.__name__ = "other"
        system.action()(other)

    @system.leads_to(measure=measure, helpful="down")
    def ends(s: Any) -> tuple[Term, Term]:
        return s.on, s.n == 0

    return system


def off(old: Any, new: Any) -> None:
    new.on = False


def up(old: Any, new: Any) -> None:
    new.n = old.n + 1


def reset(old: Any, new: Any) -> None:
    new.n = 0
    new.on = False


@pytest.mark.parametrize(
    "system", [countdown(), countdown(by=Int(1)), countdown(by=Int(1, 999)), countdown(other=reset)]
)
def test_a_measure_that_goes_down_shows_that_the_goal_is_reached(system: System) -> None:
    assert refuted(system) == {}


@pytest.mark.parametrize(
    ("system", "wrong", "line"),
    [
        (countdown(measure=lambda s: s.n - 5), "leads-to ends", "start  n="),
        (countdown(least=4), "leads-to ends", "start  n="),
        (countdown(helps=False), "leads-to ends down(by)", "    1  down(by="),
        (countdown(other=off), "leads-to ends other", "    1  other  on: true → false"),
        (countdown(other=up), "leads-to ends other", "    1  other  n: "),
    ],
    ids=["negative measure", "impossible", "no progress", "trigger ends", "measure grows"],
)
def test_a_ranking_that_does_not_hold_is_refuted(system: System, wrong: str, line: str) -> None:
    ((key, lines),) = refuted(system).items()
    assert key == wrong
    assert lines[-1].startswith(line)


def test_help_must_be_fair() -> None:
    with pytest.raises(ValueError, match="countdown: ends is helped by down, which is no fair action"):
        list(prove(countdown(fair=False)))


def test_a_quantifier_that_fails_is_unknown_as_python_cannot_try_every_value() -> None:
    system = countdown(by=Int(1), least=4)
    assert {each.reason for each in prove(system) if each.verdict != "proved"} == {
        "that no parameters will do cannot be tried"
    }


def test_a_measure_is_needed_for_a_proof() -> None:
    system = lamp()

    @system.leads_to()
    def turns_green(s: Any) -> tuple[Term, Term]:
        return s.light == RED, s.light == GREEN

    assert not any("leads-to" in key for key in told(prove(system)))


def lying(text: str) -> Solver:
    return Solver("lying", lambda limits: [sys.executable, "-I", "-c", f"print({text!r})"])


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [
        (
            "sat\n((s.light 0) (s.n 0) (s1.light 2) (s1.n 1))",
            "unknown",
            "Python finds that the solver's values do not satisfy",
        ),
        (
            "sat\n((s.light 7) (s.n 0) (s1.light 2) (s1.n 1))",
            "unknown",
            "the solver gives light the value 7, which Light lacks",
        ),
        ("sat\n((s.light 0))", "unknown", "the solver's values cannot be read"),
        ("sat\n((s.light x) (s.n 0) (s1.light 2) (s1.n 1))", "unknown", "the solver's values cannot be read"),
        ("sat", "unknown", "the solver's values cannot be read"),
        ("satisfied", "unknown", "said 'satisfied'"),
    ],
)
def test_what_python_does_not_confirm_is_unknown(text: str, verdict: str, reason: str) -> None:
    (outcome,) = [each for each in prove(lamp(), claims={"not_blue"}, solver=lying(text)) if each.action == "switch"]
    assert outcome.verdict == verdict
    assert outcome.reason.startswith(reason)
    assert outcome.counterexample is None


def test_conditions_are_exported_as_they_are_asked() -> None:
    system = System("tally")
    system.variable("tally", Int(0), init=0)

    @system.action()
    def by_two(old: Any, new: Any) -> None:
        new.require(old.tally < 7)
        new.tally = old.tally + 2

    @system.invariant
    def below(s: Any) -> Any:
        """The tally stays small."""
        return s.tally < 9

    (outcome,) = [each for each in prove(system, claims={"below"}) if each.kind == "induction"]
    assert outcome.smtlib == EXPORTED


def test_a_second_solver_proves_the_same() -> None:
    assert told(prove(lamp(), solver=CVC5)) == told(prove(lamp()))


def test_time_is_limited() -> None:
    system = System("hard")

    @system.lemma(a=BitVec(64), b=BitVec(64))
    def no_factors(a: Term, b: Term) -> Term:
        return negate(all_of(value_of(a) * value_of(b) == (2**61 - 1) * (2**59 - 55), a > 1, b > 1))

    (outcome,) = prove(system, limits=Limits(time_s=0.2))
    assert (outcome.verdict, outcome.counterexample) == ("unknown", None)
