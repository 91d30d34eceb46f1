"""Terms made simpler by what is known have the same values where it holds."""

from __future__ import annotations

from hypothesis import assume, given, note
from hypothesis import strategies as st
from redproof_model.kernel.explore.assuming import assuming
from redproof_model.kernel.python import compile_predicate
from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.terms import variable
from redproof_model.kernel.vocabulary import all_of, ite, negate
from systems_strategy import WIDE, described, states_of, systems


@given(data=st.data())
def test_simpler_terms_are_equal_where_the_condition_holds(data: st.DataObject) -> None:
    system = data.draw(systems(WIDE))
    note(described(system))
    known = system.invariants[0].term
    claims = [claim.term for claim in (*system.properties, *system.witnesses)]
    terms = [*claims, *(all_of(known, claim) for claim in claims), *(ite(known, claim, known) for claim in claims)]
    states = data.draw(st.lists(states_of(system), min_size=1, max_size=20))
    states = [state for state in states if compile_predicate(system, known)(state)]
    assume(states)
    for term, simpler in zip(terms, assuming(known, terms), strict=True):
        before, after = compile_predicate(system, term), compile_predicate(system, simpler)
        assert [before(state) for state in states] == [after(state) for state in states]


def test_what_follows_from_a_condition_is_replaced() -> None:
    n, on, off = variable("n", Int(0, 9)), variable("on", Bool), variable("off", Bool)
    known = all_of(n == 3, on, negate(off))
    number, choice = assuming(known, [n + n, ite(on, ite(off, 1, n), 2)])
    assert (number.payload, choice.payload) == (6, 3)
    assert assuming(known, [known])[0].payload is True
