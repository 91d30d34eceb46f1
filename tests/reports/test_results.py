"""Runs read back from disk, and the verdict on them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.run import RECORDS_FOLDER, PropertyOutcome
from redproof_reports.baseline.unseen import Fate
from redproof_reports.page import write_report
from redproof_reports.records.journal import JOURNAL_NAME, Sighting, append
from redproof_reports.results import Results, read_record, read_results

MakeRun = Callable[..., Results]
MakeDivergence = Callable[..., Divergence]
MakeOutcome = Callable[..., PropertyOutcome]


@pytest.mark.parametrize(
    ("outcomes", "found", "is_known", "interrupted", "exit_code", "headline"),
    [
        (["holds"], False, False, False, 0, "No divergence in 1,234 commands"),
        (["holds", "skipped"], False, False, False, 0, "No divergence in 1,234 commands"),
        (["holds", "broken"], True, False, False, 1, "1 divergence in 1,234 commands"),
        (["holds", "broken"], True, False, True, 1, "1 divergence in 1,234 commands"),
        (["error", "broken"], True, False, False, 1, "1 divergence in 1,234 commands"),
        (["holds", "broken"], True, True, False, 0, "No new divergence, 1 known, in 1,234 commands"),
        (["error", "broken"], True, True, False, 3, "Unknown: 1 property could not be judged"),
        (["holds", "broken"], False, False, False, 1, "1 property broken"),
        (["holds", "error"], False, False, False, 3, "Unknown: 1 property could not be judged"),
        (
            ["holds"],
            False,
            False,
            True,
            3,
            "Unknown: interrupted after 1,234 commands, without a divergence until then",
        ),
        (["skipped"], False, False, False, 3, "Unknown: nothing was judged"),
        ([], False, False, False, 3, "Unknown: nothing was judged"),
    ],
)
def test_verdict(
    make_run: MakeRun,
    make_divergence: MakeDivergence,
    make_outcome: MakeOutcome,
    outcomes: list[str],
    found: bool,
    is_known: bool,
    interrupted: bool,
    exit_code: int,
    headline: str,
) -> None:
    divergences = [make_divergence()] if found else []
    made = [make_outcome(each, divergences if each == "broken" else []) for each in outcomes]
    known = {make_divergence().signature: "it is so"} if is_known else {}
    results = make_run(made, divergences, known, interrupted)
    assert (results.exit_code, results.headline) == (exit_code, headline)


def test_known_divergences_that_were_not_seen_are_told(make_run: MakeRun, make_outcome: MakeOutcome) -> None:
    (unseen,) = make_run([make_outcome()], known={"0123456789ab": "fixed by now?"}).unseen
    assert (unseen.id, unseen.fate) == ("0123456789ab", Fate.UNOBSERVED)


def test_the_same_run_is_had_again(make_run: MakeRun, make_outcome: MakeOutcome) -> None:
    assert make_run([make_outcome()]).reproduce == "redproof check bundled --profile quick --seed 7"


def test_the_same_divergence_on_two_targets_is_told_apart(
    make_run: MakeRun, make_divergence: MakeDivergence, make_outcome: MakeOutcome
) -> None:
    here, there = make_divergence(), make_divergence(target="redis")
    outcomes = [make_outcome("broken", [here]), make_outcome("broken", [there], target="redis")]
    results = make_run(outcomes, [here, there])
    assert [[record.divergence for record in results.divergences_of(each)] for each in outcomes] == [[here], [there]]
    assert len({record.anchor for record in results.records}) == 2


def test_a_run_is_read_from_its_journal_where_only_that_is_kept(
    make_run: MakeRun, make_divergence: MakeDivergence, make_outcome: MakeOutcome
) -> None:
    seen = [make_divergence(), make_divergence(target="redis"), make_divergence("SET")]
    written = make_run([make_outcome("broken", seen)], seen)
    journal = written.folder / JOURNAL_NAME
    append(
        journal, [Sighting("another run", make_divergence("DEL")), *(Sighting(written.started, each) for each in seen)]
    )
    shutil.rmtree(written.folder / RECORDS_FOLDER)
    read = read_results(written.folder)
    assert [record.divergence for record in read.records] == seen
    assert read.records[0].replay.startswith(f"redproof replay {seen[0].signature} --records {written.folder} ")
    write_report(read)
    assert read_results(written.folder).records == read.records
    journal.unlink()
    with pytest.raises(UsageError, match="not a record"):
        read_results(written.folder)


def _without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda data: data.pop(key)


@pytest.mark.parametrize(
    "spoil",
    [
        _without("format"),
        _without("seed"),
        _without("properties"),
        lambda data: data.update(format=2),
        lambda data: data.update(targets=[{}]),
        lambda data: data.update(divergences=["missing.json"]),
        lambda data: data.update(seed="seven"),
        lambda data: data.update(properties=None),
    ],
)
def test_a_run_that_cannot_be_read_is_bad_usage(make_run: MakeRun, spoil: Callable[[dict[str, Any]], object]) -> None:
    path = make_run().folder / "run.json"
    data = json.loads(path.read_text())
    spoil(data)
    path.write_text(json.dumps(data))
    with pytest.raises(UsageError):
        read_results(path.parent)


def test_a_folder_without_a_run_is_bad_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run is kept there"):
        read_results(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"format": 9}', '{"format": 1, "clients": 3}', "\xff"])
def test_a_record_that_cannot_be_read_is_bad_usage(tmp_path: Path, text: str) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match="not a record"):
        read_record(path)
