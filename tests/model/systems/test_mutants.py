"""Every mutant of a system is noticed by the claim that its row names, and by the shortest trace that it tells."""

from __future__ import annotations

import pytest
from mutants.mutant import Mutant
from mutants.register import MUTANTS
from redproof_model.kernel.explore import explore
from redproof_model.kernel.prove.prove import prove
from redproof_model.systems import SYSTEMS


@pytest.mark.parametrize("row", MUTANTS, ids=lambda row: row.breaks)
def test_mutant_is_noticed(row: Mutant, caught: list[Mutant]) -> None:
    if row.reading == "explore":
        exploration = explore(row.system().only(row.caught_by), stop_at_first=True)
        found = {violation.claim.name.partition("(")[0]: len(violation.trace) for violation in exploration.violations}
        assert found.get(row.caught_by) == row.trace_length, found
    else:
        outcomes = prove(row.system(), claims={row.caught_by})
        assert "refuted" in {outcome.verdict for outcome in outcomes}
    caught.append(row)


def test_every_system_has_mutants() -> None:
    mutated = {row.system().name for row in MUTANTS}
    assert mutated == set(SYSTEMS)
    assert len({(row.package, row.breaks) for row in MUTANTS}) == len(MUTANTS) >= 20
