"""Valkey's hashtable: its scopes are exhausted to the last state, and what holds for three keys is proved for all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redproof_model.kernel.explore import Exploration, explore
from redproof_model.kernel.prove.prove import prove
from redproof_model.kernel.python import compile_function
from redproof_model.kernel.sorts import BitVec
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import variable
from redproof_model.systems.hashtable.chain import system as chain
from redproof_model.systems.hashtable.tables import system as tables
from redproof_model.systems.hashtable.tables.parts import size_for
from redproof_model.systems.hashtable.tables.scope import PROOF

SCOPES = {
    "tables-small": (tables.small, 390_144, 18),
    "tables-filling": (tables.filling, 390_144, 17),
    "chain-small": (chain.small, 17_043, 29),
    "chain-large": (chain.large, 633_731, 40),
}


@pytest.mark.parametrize(("make", "states", "depth"), SCOPES.values(), ids=SCOPES)
def test_scopes_are_exhausted(make: Callable[[], System], states: int, depth: int) -> None:
    exploration = explore(make(), deadlocks_allowed=False)
    assert not [violation.claim.name for violation in exploration.violations]
    assert exploration.holds
    assert not exploration.unseen
    assert (exploration.states, exploration.depth) == (states, depth)


def test_tables_are_proved_for_hashes_of_64_bits_and_any_number_of_keys() -> None:
    outcomes = list(prove(tables.tables()))
    assert {outcome.kind for outcome in outcomes} >= {"init", "induction", "always", "step", "leads-to", "possible"}
    assert not [(each.kind, each.claim, each.action, each.reason) for each in outcomes if each.verdict != "proved"]


def test_new_tables_have_the_least_power_of_two_of_buckets() -> None:
    """Doubled until it is enough by the fill that hashtable.c says, 5/32 of a bucket for an entry."""
    number = variable("number", BitVec(PROOF.hash_bits + 13, signed=True))
    computed = compile_function([number], [size_for(PROOF, number)])
    for entries in (*range(1, 600), 2**32, 2**32 + 1, PROOF.keys_max):
        size = 1
        while size * 32 < entries * 5:
            size *= 2
        assert computed(entries) == size
    assert computed(PROOF.keys_max) == PROOF.size_max


def shortest(exploration: Exploration, witness: str) -> list[str]:
    (trace,) = [each.trace for each in exploration.witnesses if each.claim.name == witness]
    assert trace is not None
    return [action.partition("(")[0] for action in trace.actions]


def test_an_insertion_lets_an_iterator_return_a_key_twice() -> None:
    """It has just returned the last entry of a full bucket, which the insertion moves to a child."""
    actions = shortest(explore(chain.small()), "an_iterator_returns_a_key_twice")
    assert actions[-2:] == ["add", "advance"]
    assert actions.count("add") == 3


def test_compaction_passes_over_a_hole_where_the_last_bucket_is_empty() -> None:
    actions = shortest(explore(chain.small()), "compaction_leaves_a_hole")
    assert actions[-1] == "leave"
    assert actions.count("delete") == 3
