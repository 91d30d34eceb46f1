"""The record of a failover goes to JSON and back, and what is none is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded import small_record
from redproof_properties.errors import UsageError
from redproof_properties.failover.record import FailoverRecord


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    record = small_record()
    record.write(tmp_path / "record.json")
    assert FailoverRecord.read(tmp_path / "record.json") == record


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 99}, "format 99"),
        ({"seed": "many"}, "seed"),
        ({"colour": "red"}, "colour"),
        ({"settings": {}}, "master_name"),
        ({"nodes": []}, "does not have: m"),
    ],
)
def test_what_is_no_record_is_refused(change: dict[str, object], told: str) -> None:
    text = json.dumps({**json.loads(small_record().dumps()), **change})
    with pytest.raises(UsageError, match=told):
        FailoverRecord.loads(text)


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_what_is_no_json_of_ours_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="a record of a failover"):
        FailoverRecord.loads(text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.json"):
        FailoverRecord.read(tmp_path / "gone.json")
