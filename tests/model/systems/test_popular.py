"""Popular claims about replication: what refutes them, in how many actions, and that the system itself does it."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import pytest
from redproof_model.kernel.explore import Exploration, explore
from redproof_model.kernel.prove.prove import prove
from redproof_model.kernel.python import compile_step
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of
from redproof_model.systems.psync.popular import popular
from redproof_model.systems.psync.system import small as pair
from redproof_model.systems.psync.transfer import BLOCK_BYTES, Scope, block_count, small, transfer

ACTIONS = {
    "a_linked_replica_lacks_what_was_acknowledged": 5,
    "a_replica_has_what_it_missed": 9,
    "a_left_master_goes_on_writing": 7,
    "a_late_write_is_undone": 10,
}
"""How many actions a shortest refutation has."""


@pytest.fixture(scope="module")
def exploration() -> Exploration:
    return explore(popular())


def test_popular_claims_are_refuted_and_what_is_so_holds(exploration: Exploration) -> None:
    assert exploration.holds
    assert not exploration.unseen
    assert (exploration.states, exploration.depth, exploration.transitions) == (13_747, 27, 42_060)
    assert {each.claim.name: len(each.trace or ()) for each in exploration.witnesses} == ACTIONS


@pytest.mark.parametrize("claim", ACTIONS)
def test_the_system_without_memory_takes_the_same_steps(exploration: Exploration, claim: str) -> None:
    (witness,) = (each for each in exploration.witnesses if each.claim.name == claim)
    assert witness.trace is not None
    system = pair()
    names = [each.name for each in exploration.system.variables]
    places = [names.index(each.name) for each in system.variables]
    states = [tuple(state[place] for place in places) for state in witness.trace.states]
    actions = {action.label(): action for action in system.concrete_actions}
    for label, before, after in zip(witness.trace.actions, states, states[1:], strict=False):
        assert compile_step(system, actions[label])(before) == after, label


def test_synchronisations_that_fit_end() -> None:
    exploration = explore(small())
    assert exploration.holds
    assert not exploration.unseen
    assert (exploration.states, exploration.depth, exploration.transitions) == (491, 10, 701)


def test_what_does_not_fit_may_start_over_for_ever() -> None:
    for duration, rate, limit in product((2, 3), (1, 2), range(1, 6)):
        system = transfer(Scope(duration_max=duration, rate_max=rate, limit_max=limit))
        system.init(partial(_is, duration=duration, rate=rate, limit=limit))
        system.leads_to()(everything_ends)
        endless = [each for each in explore(system).violations if each.claim.name == "everything_ends"]
        assert bool(endless) == (rate * duration >= limit), (duration, rate, limit)


def _is(s: Any, **values: int) -> Term:
    return all_of(getattr(s, name) == value for name, value in values.items())


def everything_ends(s: Any) -> tuple[Term, Term]:
    return s.left > 0, s.left == 0


def test_what_fits_is_proved_for_any_time_rate_and_limit() -> None:
    outcomes = list(prove(transfer()))
    assert not [(each.claim, each.reason) for each in outcomes if each.verdict != "proved"]
    assert {each.kind for each in outcomes} >= {"lemma", "induction", "leads-to", "possible"}


@pytest.mark.parametrize("size_bytes", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 10 * BLOCK_BYTES])
def test_blocks_are_those_of_a_loop(size_bytes: int) -> None:
    assert block_count.compiled(size_bytes) == len(range(0, size_bytes, BLOCK_BYTES))
