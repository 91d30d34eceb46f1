"""The published reports are what they say: each record is whole and explained, and tables tell what the runs have."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import shutil
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from redproof_properties.judged import version_named
from redproof_properties.targets import parse_target
from redproof_reports.baseline.file import Baseline, read_baseline
from redproof_reports.baseline.unseen import records_beside
from redproof_reports.records.lookup import find_record
from redproof_reports.results import Results, read_results
from redproof_reports.site.gather import gather
from redproof_reports.site.write import write_site

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "reports/published"
README = (PUBLISHED / "README.md").read_text()
FOLDERS = sorted(path.parent for path in PUBLISHED.glob("*/run.json"))
CELLS = re.compile(r"(?<!\\)\|")
ROWS = [[cell.strip() for cell in CELLS.split(line)[1:-1]] for line in README.splitlines() if line[:1] == "|"]
COMMAND = re.compile(r"^redproof .*", re.MULTILINE)


@pytest.fixture(scope="module")
def known() -> Baseline:
    """Why each divergence is there."""
    return read_baseline(PUBLISHED / "known.toml")


@pytest.fixture(scope="module")
def runs(known: Baseline) -> dict[str, Results]:
    """The runs by the names of their folders."""
    return {folder.name: read_results(folder, known) for folder in FOLDERS}


def number(cell: str) -> int:
    """What a cell of a table counts."""
    return int(cell.replace(",", ""))


def test_each_record_has_the_right_id_and_a_version_that_judges_it() -> None:
    for journal in PUBLISHED.glob("*/divergences.jsonl"):
        results = read_results(journal.parent)
        told = [json.loads(line) for line in journal.read_text().splitlines()]
        assert [each["id"] for each in told] == [record.id for record in results.records], journal
        for record in results.records:
            name = record.divergence.model
            assert version_named(name.removeprefix("redis ")).name == name


def test_each_divergence_is_explained_and_each_explanation_is_of_one(runs: dict[str, Results], known: Baseline) -> None:
    found = {record.id for results in runs.values() for record in results.records}
    assert found == set(known.entries)
    assert all(entry.ticket for entry in known.entries.values())
    assert {results.exit_code for results in runs.values()} == {0}


def test_the_record_of_each_explanation_lies_beside_it(runs: dict[str, Results], known: Baseline) -> None:
    found = {record.id: record.divergence for results in runs.values() for record in results.records}
    kept = records_beside(known)
    assert list(kept) == list(known.entries)
    assert all(kept[name].steps and kept[name].command == found[name].command for name in kept)


def test_the_tables_of_runs_tell_what_they_judged(runs: dict[str, Results]) -> None:
    whole = [row for row in ROWS if len(row) == 6 and row[1].startswith("`") and not row[1].startswith("`redproof")]
    fake = [row for row in ROWS if row[0].startswith("[fakeredis-")]
    told: dict[str, tuple[int, int]] = {}
    for name, target, model, one, three, divergences in whole:
        parse_target(target.strip("`"))
        of_target = [each for each in runs.values() if each.targets[0].spelling == target.strip("`")]
        assert {each.targets[0].model for each in of_target} == {model}
        assert sorted(each.commands for each in of_target) == sorted((number(one), number(three)))
        assert number(divergences) == sum(len(each.records) for each in of_target)
        told |= {each.folder.name: (0, 0) for each in of_target}
        assert name == "the bundled server" or all(name.lower() == each.targets[0].server for each in of_target)
    for name, commands, divergences, command in fake:
        run = runs[re.findall(r"\[(.*)\]", name)[0]]
        assert (number(commands), number(divergences)) == (run.commands, len(run.records))
        assert command.strip("`") == run.reproduce
        told[run.folder.name] = (0, 0)
    assert set(told) == set(runs)
    for is_fake in (True, False):
        total = sum(run.commands for name, run in runs.items() if name.startswith("fakeredis") is is_fake)
        assert f"{total:,} commands" in README


def test_the_table_of_causes_counts_the_explanations(known: Baseline) -> None:
    reasons = Counter(entry.reason for entry in known.entries.values())
    causes = [row for row in ROWS if len(row) == 5 and re.fullmatch(r"[0-9a-f]{12}", row[4])]
    assert {cause.replace(r"\|", "|"): number(count) for cause, _, count, _, _ in causes} == reasons
    assert all(known.entries[name].reason == cause.replace(r"\|", "|") for cause, _, _, _, name in causes)


def test_the_commands_that_are_named_exist(tmp_path: Path) -> None:
    cli = importlib.import_module("redproof_reports.cli")
    named = [shlex.split(line) for line in (*COMMAND.findall(README), *re.findall(r"`(redproof [^`]*)`", README))]
    helps = {name: CliRunner().invoke(cli.main, [name, "--help"]).output for name in {words[1] for words in named}}
    for words in named:
        assert all(word in helps[words[1]] for word in words if word.startswith("--")), words
        if "--records" in words:
            folder = shutil.copytree(
                ROOT / words[words.index("--records") + 1], tmp_path / words[2], dirs_exist_ok=True
            )
            assert find_record(words[2], [folder]).signature == words[2]


def test_the_site_of_them_has_nothing_new(tmp_path: Path, known: Baseline) -> None:
    few = [PUBLISHED / "redis-8.0.2-one-client", PUBLISHED / "fakeredis-lists"]
    assert "Nothing new in" in write_site(gather(few, known), known, tmp_path).read_text()
