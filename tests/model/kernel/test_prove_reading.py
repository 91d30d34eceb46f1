"""The solver's reading of terms is Python's: for random terms and values, what Python computes is what z3 derives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from redproof_model.kernel.prove.smtlib import free_variables, script
from redproof_model.kernel.prove.solver import CVC5, Z3, Limits, Solver, ask
from redproof_model.kernel.python import compile_function, post_order
from redproof_model.kernel.sorts import BitVec, Int, Sort, Value
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, constant, equal, variable
from redproof_model.kernel.vocabulary import all_of, any_of, negate
from systems_strategy import UNBOUNDED, WIDE, systems, values

BYTE = variable("byte", BitVec(8))
BITS = any_of(BYTE < 128, BYTE >= 128)
"""Says nothing, but that there are bit-vectors, so that bounded integers become some."""

ENDLESS = any_of(variable("endless", Int()) < 0, variable("endless", Int()) >= 0)
"""Says nothing, but that some integer has no bounds."""

NO_BITS = tuple(sort for sort in UNBOUNDED if not isinstance(sort, BitVec))


def answers(scripts: Mapping[str, str], solver: Solver) -> dict[str, str]:
    """What the solver says to each script, with its reason if it does not know."""
    asked = ((name, text, "true") for name, text in scripts.items())
    return {name: said.reason or said.verdict for name, said in ask(asked, solver, Limits(), jobs=2)}


def terms_of(system: System) -> list[Term]:
    """The terms that a system is made of."""
    claims = [*system.invariants, *system.properties, *system.witnesses]
    terms = [*system.initial_predicates, *(claim.term for claim in claims)]
    for action in system.actions:
        terms += [action.guard, *action.updates.values(), *(claim.term for claim in system.step_claims(action))]
    return [term for term in terms if term.op not in ("const", "var")]


def has_bits(term: Term) -> bool:
    return any(isinstance(each.sort, BitVec) for each in post_order([term]))


def in_python(term: Term, given: Mapping[str, Value]) -> Term:
    """The value of the term for these values of its variables, as a constant."""
    variables = free_variables([term])
    value = compile_function(variables, [term])(*(given[str(each.payload)] for each in variables))
    return constant(value, Int() if isinstance(term.sort, Int) else term.sort)


@pytest.mark.parametrize(
    ("sorts", "aside", "logics"),
    [
        (NO_BITS, [], ("QF_LIA", "QF_NIA", "QF_UF")),
        (WIDE, [BITS], ("QF_BV",)),
        (UNBOUNDED, [BITS, ENDLESS], ("QF_BVLIA", "QF_BVNIA")),
    ],
    ids=["integers", "bounded integers as bits", "both"],
)
@pytest.mark.parametrize(("solver", "examples"), [(Z3, 25), (CVC5, 5)], ids=["z3", "cvc5"])
def test_solver_derives_what_python_computes(
    sorts: Sequence[Sort], aside: list[Term], logics: Sequence[str], solver: Solver, examples: int
) -> None:
    @settings(max_examples=examples)
    @given(systems(sorts), st.data())
    def held(system: System, data: st.DataObject) -> None:
        terms = [term for term in terms_of(system) if bool(aside) or not has_bits(term)]
        variables = free_variables(terms)
        given = {str(each.payload): data.draw(values(each.sort)) for each in variables}
        fixed = [*(each == given[str(each.payload)] for each in variables), *aside]
        as_in_python = all_of(equal(term, in_python(term, given)) for term in terms)
        scripts = {"sat": script([*fixed, as_in_python]), "unsat": script([*fixed, negate(as_in_python)])}
        note(scripts["sat"])
        assert any(f"(set-logic {logic})" in scripts["sat"] for logic in logics)
        assert answers(scripts, solver) == {"sat": "sat", "unsat": "unsat"}

    held()
