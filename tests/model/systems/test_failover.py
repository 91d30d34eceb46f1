"""What failovers keep, and the lock: scopes are exhausted, losses have their shortest traces, the rest is proved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_model.kernel.explore import Exploration, explore
from redproof_model.kernel.prove.prove import prove
from redproof_model.systems import SYSTEMS
from redproof_model.systems.failover.choice import comes_first

LOSSES = {
    "an_acknowledged_write_is_lost": 3,
    "a_write_to_the_old_master_is_lost": 3,
    "a_write_is_lost_with_its_history": 7,
    "another_had_more": 4,
}
BROKEN = {"two_work_after_a_failover": 3, "two_work_after_a_pause": 4, "two_work_after_a_jump": 3}
SCOPES = {
    ("failover", "lagging"): (83_296, 29, LOSSES),
    ("failover", "forgetful"): (
        1_599_400,
        37,
        LOSSES
        | {
            "a_write_to_the_old_master_is_lost": 4,
            "a_write_is_lost_with_its_history": 5,
            "a_write_is_forgotten_by_all": 3,
            "a_confirmed_write_is_lost": 6,
        },
    ),
    ("failover", "confirmed_by_all"): (627_136, 42, LOSSES | {"a_write_to_the_old_master_is_lost": 4}),
    ("failover", "small"): (9_341_440, 48, LOSSES | {"a_confirmed_write_is_lost": 5}),
    ("lock", "small"): (14_970, 11, BROKEN),
    ("lock", "counter"): (79_606, 18, BROKEN | {"two_have_one_token": 3}),
}


def seen(exploration: Exploration) -> dict[str, int]:
    """How many actions lead to each witness."""
    return {each.claim.name: len(each.trace) for each in exploration.witnesses if each.trace is not None}


@pytest.mark.parametrize(("system", "scope"), SCOPES)
def test_scopes_are_exhausted(system: str, scope: str) -> None:
    states, depth, shortest = SCOPES[system, scope]
    exploration = explore(SYSTEMS[system].scopes[scope]())
    assert not [violation.claim.name for violation in exploration.violations]
    assert exploration.holds
    assert not exploration.unseen
    assert (exploration.states, exploration.depth) == (states, depth)
    assert seen(exploration) == shortest


@pytest.mark.parametrize("name", ["failover", "lock"])
def test_what_is_promised_is_proved_without_bounds(name: str) -> None:
    make = SYSTEMS[name].proof
    assert make is not None
    outcomes = list(prove(make()))
    assert not [(each.kind, each.claim, each.action, each.reason) for each in outcomes if each.verdict != "proved"]
    assert {each.kind for each in outcomes} >= {"init", "induction", "always", "step", "possible"}


REPLICA = st.tuples(st.integers(1, 3), st.integers(0, 3), st.integers(0, 3))


@given(one=REPLICA, other=REPLICA)
def test_replicas_are_compared_as_in_the_source(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    """compareSlavesForPromotion: ascending priority, then descending offset, then ascending run ID."""

    def key(replica: tuple[int, int, int]) -> tuple[int, int, int]:
        return replica[0], -replica[1], replica[2]

    assert comes_first.compiled(*one, *other) == (key(one) < key(other))
