"""The track record: each of its records can be read, is named by what it shows, and is in the table."""

from pathlib import Path

import pytest
from redproof_properties.history import clients_of
from redproof_properties.judged import version_named
from redproof_reports.results import read_record

DOCS = Path(__file__).parents[2] / "docs"
RECORDS = sorted((DOCS / "track-record").glob("*.json"))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_can_be_replayed_and_is_listed(path: Path) -> None:
    divergence = read_record(path).divergence
    assert f'"id": "{divergence.signature}"' in path.read_text()
    assert version_named(divergence.model.removeprefix("redis ")).name == divergence.model
    assert set(clients_of(divergence.steps)) <= set(divergence.clients)
    assert f"(track-record/{path.name})" in (DOCS / "track-record.md").read_text()


def test_there_are_records() -> None:
    assert len(RECORDS) > 10
