"""Two runs compared: what is new, still there, unobserved and fixed, and that only what was reached is fixed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.run import Profile, Run, TargetSummary
from redproof_reports.baseline.unseen import Fate, Unseen
from redproof_reports.cli import main
from redproof_reports.records.journal import Sighting, append
from redproof_reports.results import add_looked_at, read_record

MakeDivergence = Callable[..., Divergence]


def diff(*words: object) -> Result:
    return CliRunner().invoke(main, ["diff", *map(str, words)], catch_exceptions=False)


def states(result: Result) -> dict[str, str]:
    """The state of each divergence by its command, of a comparison printed as JSON."""
    return {each["command"]: each["state"] for each in json.loads(result.output)["divergences"]}


@pytest.fixture
def run_in(tmp_path: Path) -> Callable[..., Path]:
    """Writes a run that has seen these divergences into a folder of this name."""

    def write(name: str, *divergences: Divergence) -> Path:
        run = Run(Profile("quick", 1, 1, 1), 7, Comparison.EXACT, tmp_path / name)
        run.summaries["bundled"] = TargetSummary("bundled", "redis 7.0.0", "redis 7.0", 10, 1)
        for divergence in divergences:
            run.enter(divergence)
        return run.write()

    return write


def test_what_was_not_seen_is_fixed_only_where_it_was_reached(
    run_in: Callable[..., Path], make_divergence: MakeDivergence
) -> None:
    kept, gone, passed, back, fresh = map(make_divergence, ("KEPT", "GONE", "PASSED", "BACK", "FRESH"))
    old, new = run_in("old", kept, gone, passed, back), run_in("new", kept, fresh)
    add_looked_at(
        new,
        [Unseen(passed.signature, Fate.FIXED, "passed"), Unseen(back.signature, Fate.THERE, "its steps show it")],
    )
    result = diff(old, new, "--json")
    assert result.exit_code == 1
    assert states(result) == {
        "FRESH": "new",
        "BACK": "still",
        "KEPT": "still",
        "GONE": "unobserved",
        "PASSED": "fixed",
    }
    told = diff(old, new).output
    assert "1 new, 2 still, 1 unobserved, 1 fixed" in told
    assert diff(new, new).exit_code == diff(new, old, "--json").exit_code - 1 == 0


def test_the_steps_of_what_is_missing_are_taken_again_on_a_target(
    run_in: Callable[..., Path], strlen_record: Path, refuses_strlen: str
) -> None:
    empty = run_in("new")
    command = read_record(strlen_record).divergence.command
    assert states(diff(strlen_record, empty, "--json")) == {command: "unobserved"}
    assert states(diff(strlen_record, empty, "--json", "--target", "redis")) == {command: "fixed"}
    assert states(diff(strlen_record, empty, "--json", "--target", refuses_strlen)) == {command: "still"}


def test_journals_records_and_runs_are_compared_alike(
    run_in: Callable[..., Path], make_divergence: MakeDivergence, tmp_path: Path
) -> None:
    journal = tmp_path / "known.jsonl"
    append(journal, [Sighting("a run", make_divergence())])
    assert states(diff(journal, run_in("run", make_divergence(server="redis 7.0.1")), "--json")) == {"GET": "still"}


def test_what_is_no_run_is_bad_usage(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        result = diff(path, path)
        assert (result.exit_code, "neither a record, nor a journal" in result.output) == (2, True)
