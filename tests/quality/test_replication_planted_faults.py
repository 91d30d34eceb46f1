"""Each fault planted in replication is found by the property that is named for it, which holds without the fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutants.psync import PSYNC
from planted.replicated.hunt import Sighting, SoundTarget, faulty_target, find_broken_claim, look
from planted.replicated.register import REPLICATION_FAULTS, ReplicationFault

PROPERTIES = {(fault.found_by, fault.emulate, tuple(fault.parameters.items())) for fault in REPLICATION_FAULTS.values()}
PLANTED = {
    "PSYNC with the secondary ID is answered +CONTINUE at any offset": "second-offset-is-not-looked-at",
    "PSYNC with the secondary ID may ask for one byte too many": "secondary-id-is-valid-too-long",
    "PSYNC may ask for what lies beyond the backlog": "backlog-has-no-end",
    "PSYNC may ask for one byte beyond the next": "backlog-ends-a-byte-late",
    "PSYNC may ask for what the backlog has lost": "backlog-has-no-beginning",
    "a promoted server keeps its ID": "promotion-keeps-the-id",
    "a promoted server keeps the links of its replicas": "promotion-keeps-replicas",
    "a promoted server still waits for the answer to its PSYNC": "promotion-goes-on-with-an-attempt",
    "+CONTINUE of a former master is taken for one of the new": "former-master-is-taken-for-the-new",
    "a master whose backlog expires keeps its ID": "freed-backlog-keeps-the-id",
    "a restarted master keeps the ID of its RDB file": "restart-keeps-the-id",
    "a master begins its first backlog under its old ID": "first-backlog-keeps-the-id",
    "a replica keeps its secondary ID when it is sent everything": "full-sync-keeps-the-former-id",
    "the stream is applied from where it is, not from where the snapshot was": "stream-during-a-snapshot-is-lost",
    "a replica that could not load a snapshot asks to go on": "cut-snapshot-is-gone-on-from",
    "a snapshot that could not be loaded is taken for loaded": "broken-snapshot-is-taken-for-loaded",
    "a replica that goes on keeps its ID where the master has another": "continue-keeps-the-old-id",
    "a replica that goes on under another ID keeps the links of its replicas": "continue-keeps-replicas",
    "a master without a backlog saves its ID": "id-is-saved-without-a-backlog",
    "a replica that loads a snapshot may ask to go on from before": "former-history-is-asked-for-in-6.2",
    "a replica keeps the links of its replicas when it is sent everything": "full-sync-keeps-replicas",
    "a replica keeps its backlog when it is sent everything": "full-sync-keeps-the-backlog",
    "the secondary ID is valid for one byte too few": "second-offset-is-the-offset",
}
"""Each mutant of the system of replication, and the fault that is the same in a server."""


def test_each_mutant_of_the_system_is_planted_in_a_server() -> None:
    assert PLANTED.keys() == {mutant.breaks for mutant in PSYNC}
    assert set(PLANTED.values()) <= REPLICATION_FAULTS.keys()


@pytest.mark.parametrize("fault", REPLICATION_FAULTS.values(), ids=REPLICATION_FAULTS.keys())
def test_fault_in_replication_is_found(fault: ReplicationFault, sightings: list[Sighting], tmp_path: Path) -> None:
    with faulty_target(fault) as target:
        sighting = look(fault, target, tmp_path)
    assert sighting is not None, f"{fault.found_by} does not find it: {fault.breaks}"
    sightings.append(sighting)


@pytest.mark.parametrize(("name", "emulate", "parameters"), sorted(PROPERTIES))
def test_property_holds_without_a_fault(
    name: str,
    emulate: str,
    parameters: tuple[tuple[str, str | int], ...],
    sound_target: SoundTarget,
    tmp_path: Path,
) -> None:
    assert find_broken_claim(name, dict(parameters), sound_target(emulate), tmp_path) is None
