"""Sentinel: elections and configurations are exhausted in scopes, and proved for any number of sentinels and epochs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redproof_model.kernel.explore import Exploration, explore
from redproof_model.kernel.prove.prove import prove
from redproof_model.systems import SYSTEMS
from redproof_model.systems.sentinel.configuration import scope as configurations
from redproof_model.systems.sentinel.configuration.system import configuration

SCOPES = {
    ("election", "calm"): (54_584, 15),
    ("election", "three"): (41_672, 15),
    ("election", "five"): (81_367, 15),
    ("election", "down"): (341_504, 26),
    ("election", "source"): (480_079, 19),
    ("configuration", "three"): (69_464, 16),
    ("configuration", "source"): (77_144, 16),
    ("configuration", "calm"): (158_628, 18),
    ("configuration", "five"): (1_274_936, 18),
}
SHORTEST = {
    ("election", "three"): {"a_leader_is_there": 4, "votes_are_split": 3, "a_leader_is_elected_late": 6},
    ("election", "source"): {"two_lead_in_an_epoch": 10},
    ("configuration", "three"): {"a_failover_is_over": 8, "there_are_two_masters": 2, "two_lead": 2},
    ("configuration", "source"): {"two_masters_have_one_epoch": 9},
}
"""How many actions lead to each witness."""


def seen(exploration: Exploration) -> dict[str, int]:
    """How many actions lead to each witness."""
    return {each.claim.name: len(each.trace) for each in exploration.witnesses if each.trace is not None}


@pytest.mark.parametrize(("system", "scope"), SCOPES)
def test_scopes_are_exhausted(system: str, scope: str) -> None:
    exploration = explore(SYSTEMS[system].scopes[scope]())
    assert not [violation.claim.name for violation in exploration.violations]
    assert exploration.holds
    assert not exploration.unseen
    assert (exploration.states, exploration.depth) == SCOPES[system, scope]
    assert seen(exploration).items() >= SHORTEST.get((system, scope), {}).items()


@pytest.mark.parametrize("name", ["election", "configuration"])
def test_any_number_of_sentinels_is_proved_for_epochs_without_end(name: str) -> None:
    make = SYSTEMS[name].proof
    assert make is not None
    outcomes = list(prove(make()))
    assert not [(each.kind, each.claim, each.action, each.reason) for each in outcomes if each.verdict != "proved"]
    assert {each.kind for each in outcomes} >= {"init", "induction", "always", "step", "possible"}


def test_in_the_source_a_configuration_epoch_may_go_back() -> None:
    """A leader that waits for a promotion hears of a newer configuration of the same address, and goes on."""
    scope = replace(configurations.SOURCE, sentinels=2, epochs_max=3)
    exploration = explore(configuration(scope).only("config_epochs_go_up"), stop_at_first=True)
    (found,) = exploration.violations
    assert found.claim.name == "config_epochs_go_up"
    assert [each.partition("(")[0] for each in found.trace.actions][-1] == "see_promotion"
