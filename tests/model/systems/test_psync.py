"""Replication: scopes exhausted to the last state, the proof for any offsets, and the decision on numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_model.kernel.explore import Exploration, explore
from redproof_model.kernel.prove.prove import prove
from redproof_model.systems import SYSTEMS
from redproof_model.systems.psync.decision import NO_ID, NO_OFFSET, answers_continue

SCOPES = {"small": (742_834, 28, 4_315_402), "chain": (7_492_101, 48, 35_345_202)}
WITNESSES = {
    "partial_resync_after_promotion": 7,
    "stream_goes_on_behind_a_snapshot": 5,
    "data_is_lost_with_a_snapshot": 9,
    "a_snapshot_outlives_its_link": 4,
    "continue_is_read_from_a_closed_link": 7,
}
OF_THREE = {"chained_partial_resync": 10, "data_is_lost_with_a_snapshot": 8}
"""How many actions lead to each, and where there are three servers."""


def seen(exploration: Exploration) -> dict[str, int]:
    """How many actions lead to each witness."""
    return {each.claim.name: len(each.trace) for each in exploration.witnesses if each.trace is not None}


@pytest.mark.parametrize(("scope", "counts"), SCOPES.items(), ids=SCOPES)
def test_scopes_are_exhausted(scope: str, counts: tuple[int, int, int]) -> None:
    exploration = explore(SYSTEMS["psync"].scopes[scope]())
    assert not [violation.claim.name for violation in exploration.violations]
    assert exploration.holds
    assert not exploration.unseen
    assert (exploration.states, exploration.depth, exploration.transitions) == counts
    assert seen(exploration) == WITNESSES | (OF_THREE if scope == "chain" else {})


def test_restarted_servers_go_on_by_the_id_of_their_file() -> None:
    exploration = explore(SYSTEMS["psync"].scopes["restarts"](), states_max=100_000)
    assert not exploration.violations
    assert seen(exploration)["partial_resync_after_restart"] == 5


def test_replication_is_proved_for_offsets_and_ids_without_bounds() -> None:
    make = SYSTEMS["psync"].proof
    assert make is not None
    outcomes = list(prove(make()))
    assert not [(each.kind, each.claim, each.action, each.reason) for each in outcomes if each.verdict != "proved"]
    assert {each.kind for each in outcomes} >= {"init", "induction", "always", "step", "possible"}


IDS = st.integers(NO_ID, 3)
OFFSETS = st.integers(0, 8)


@given(asked=IDS, offset=OFFSETS, ids=st.tuples(IDS, IDS), second=st.integers(NO_OFFSET, 9), data=st.data())
def test_the_decision_is_that_of_the_source(
    asked: int, offset: int, ids: tuple[int, int], second: int, data: st.DataObject
) -> None:
    """masterTryPartialResynchronization, in the order of its conditions."""
    is_active, first, length = data.draw(st.tuples(st.booleans(), OFFSETS, OFFSETS))

    def continues() -> bool:
        if asked != ids[0] and (asked != ids[1] or offset > second):
            return False
        return is_active and not offset < first and not offset > first + length

    assert answers_continue.compiled(asked, offset, *ids, second, is_active, first, length) == continues()
