"""The model's own systems: what they claim is proved, holds in every state of a small scope, and on random walks."""

from __future__ import annotations

from typing import Final

import pytest
from redproof_model.kernel.explore import explore
from redproof_model.kernel.prove.prove import prove
from redproof_model.kernel.simulate import Simulator
from redproof_model.systems import SYSTEMS

from redproof_properties.errors import RedproofError
from redproof_properties.run import Run

SOURCE: Final = "docs/properties.md"
PROVED: Final = [name for name, entry in SYSTEMS.items() if entry.proof is not None]
FINITE: Final = [name for name, entry in SYSTEMS.items() if entry.scopes]


@pytest.mark.documented("What {system} claims is proved for all its states", source=SOURCE)
@pytest.mark.parametrize("system", PROVED)
def test_claims_are_proved(system: str) -> None:
    make = SYSTEMS[system].proof
    assert make is not None
    outcomes = list(prove(make()))
    refuted = [f"{each.kind} of {each.claim}" for each in outcomes if each.verdict == "refuted"]
    assert not refuted, f"refuted: {'; '.join(refuted)}; see redproof prove {system}"
    unknown = [f"{each.claim}: {each.reason}" for each in outcomes if each.verdict != "proved"]
    if unknown or not outcomes:
        raise RedproofError(f"unknown: {'; '.join(unknown) or 'nothing is claimed'}; see redproof prove {system}")


@pytest.mark.documented("Every state of a small {system} keeps its claims, and shows every witness", source=SOURCE)
@pytest.mark.parametrize("system", FINITE)
def test_small_scopes_are_exhausted(system: str) -> None:
    scope, make = next(iter(SYSTEMS[system].scopes.items()))
    exploration = explore(make())
    hint = f"see redproof explore {system} --scope {scope}"
    broken = [each.claim.name for each in exploration.violations]
    assert not broken, f"broken: {', '.join(broken)}; {hint}"
    if not exploration.complete:
        raise RedproofError(f"unknown: {exploration.stopped}; {hint}")
    assert not exploration.unseen, f"never seen: {', '.join(exploration.unseen)}; {hint}"


@pytest.mark.documented("Random walks through {system} meet no state or step that breaks a claim", source=SOURCE)
@pytest.mark.parametrize("system", FINITE)
def test_random_walks_agree(system: str, run: Run) -> None:
    for scope, make in SYSTEMS[system].scopes.items():
        simulator = Simulator(make(), run.seed)
        broken = simulator.walk(run.profile.campaign_commands)
        hint = f"see redproof simulate {system} --scope {scope} --seed {run.seed}"
        assert broken is None, f"broken: {broken.claim.name}; {hint}"
        assert simulator.steps, f"no step is possible; {hint}"
