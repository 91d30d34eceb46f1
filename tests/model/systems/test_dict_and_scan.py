"""The rehash of a dict and SCAN: scopes exhausted to the last state, proofs for 64 bits, and the cursor computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_model.kernel.explore import explore
from redproof_model.kernel.prove.prove import prove
from redproof_model.kernel.system import System
from redproof_model.systems import SYSTEMS
from redproof_model.systems.rehash.scope import PROOF, REDIS_6_0, REDIS_7_2, REDIS_7_4, SMALL, VERSIONS, Scope
from redproof_model.systems.rehash.system import rehash
from redproof_model.systems.scan.cursor import NEXT_CURSOR

SCOPES = {
    ("rehash", "small"): (307_712, 13, 2_562_176),
    ("visiting", "small"): (444_800, 12, 5_187_904),
    ("scan", "small"): (8_088, 19, 11_712),
    ("slots", "small"): (4_224, 5, 93_632),
}


@pytest.mark.parametrize(("names", "counts"), SCOPES.items(), ids=map("-".join, SCOPES))
def test_scopes_are_exhausted(names: tuple[str, str], counts: tuple[int, int, int]) -> None:
    name, scope = names
    exploration = explore(SYSTEMS[name].scopes[scope]())
    assert not [violation.claim.name for violation in exploration.violations]
    assert exploration.holds
    assert not exploration.unseen
    assert (exploration.states, exploration.depth, exploration.transitions) == counts


@pytest.mark.parametrize("name", ["rehash", "visiting", "scan", "slots"])
def test_systems_are_proved(name: str) -> None:
    make: Callable[[], System] | None = SYSTEMS[name].proof
    assert make is not None
    outcomes = list(prove(make()))
    assert not [(each.kind, each.claim, each.action, each.reason) for each in outcomes if each.verdict != "proved"]
    assert {each.kind for each in outcomes} >= {"init", "induction", "step", "leads-to", "possible"}


REDIS_6_0_SMALL = replace(SMALL, tracked=2, doubles=True, stall_ratio=1)


def test_the_dict_of_redis_6_0_is_exhausted() -> None:
    """It grows to twice as many buckets as it has keys, and no child process stops a rehash."""
    exploration = explore(rehash(REDIS_6_0_SMALL))
    assert exploration.holds
    assert not exploration.unseen
    assert (exploration.states, exploration.depth) == (14_848, 12)


def test_the_scopes_of_all_versions_are_proved() -> None:
    assert set(VERSIONS.values()) == {PROOF, REDIS_6_0, REDIS_7_2, REDIS_7_4}


@pytest.mark.parametrize("scope", [REDIS_6_0, REDIS_7_2], ids=["redis 6.0", "redis 7.2"])
def test_the_dict_is_proved_with_the_thresholds_of_other_versions(scope: Scope) -> None:
    assert not [(each.claim, each.action) for each in prove(rehash(scope)) if each.verdict != "proved"]


def test_the_shortest_scan_with_duplicates_takes_four_actions() -> None:
    exploration = explore(SYSTEMS["scan"].scopes["small"]())
    (trace,) = [each.trace for each in exploration.witnesses if each.claim.name == "duplicates"]
    assert trace is not None
    assert [action.partition("(")[0] for action in trace.actions] == ["visit", "resize", "move", "visit"]


@given(bits=st.integers(0, 12))
def test_the_cursor_visits_every_bucket_once(bits: int) -> None:
    mask, cursor = (1 << bits) - 1, 0
    visited: list[int] = []
    while not visited or cursor:
        visited.append(cursor)
        cursor = NEXT_CURSOR.compiled(cursor, mask)
    assert sorted(visited) == list(range(mask + 1))
    assert [f"{each:0{bits}b}"[::-1] for each in visited] == [f"{each:0{bits}b}" for each in range(mask + 1)]
