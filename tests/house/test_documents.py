"""The documentation's links lead somewhere, and what it tells a reader to run exists."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from redproof_server.engine.parameters import ROWS

ROOT = Path(__file__).parents[2]
NAMED = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "reports/published/README.md"]
DOCUMENTS = [*NAMED, *sorted((ROOT / "docs").glob("**/[!_]*.md"))]
FENCE = re.compile(r"^(`{3,})(\S*).*?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
FOLDERS = ("model", "server", "properties", "reports", "tests", "docs", "changes")
PARAMETERS = {f"--{row.name}" for row in ROWS}
SOURCE = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`")


def commands(program: str) -> Iterator[list[str]]:
    """The words after `program` of each shell command in the documents that starts with it."""
    for document in DOCUMENTS:
        for _, language, block in FENCE.findall(document.read_text()):
            if language == "sh":
                for line in block.replace("\\\n", " ").splitlines():
                    words = shlex.split(line, comments=True)
                    if " ".join(words).startswith(f"{program} "):
                        yield words[len(program.split()) :]


def options(words: list[str]) -> set[str]:
    """The long options among the words of a command."""
    return {word.partition("=")[0] for word in words if word.startswith("--")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    for link in LINK.findall(FENCE.sub("", document.read_text())):
        if not link.startswith(("https://", "http://", "mailto:")):
            path, _, anchor = link.partition("#")
            target = (document.parent / path).resolve() if path else document
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(document: Path) -> None:
    missing = [name for name in SOURCE.findall(document.read_text()) if not (ROOT / name).exists()]
    assert missing == []


def test_documented_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[0] for words in commands("make")}
    assert {"verify", "test"} <= named <= targets


def test_documented_subcommands_of_redproof_and_their_options_exist() -> None:
    cli = importlib.import_module("redproof_reports.cli")
    named = list(commands("redproof"))
    assert {words[0] for words in named} >= {"check", "serve", "replay", "report"}
    for words in named:
        result = CliRunner().invoke(cli.main, [words[0], "--help"])
        assert result.exit_code == 0, words
        there = set(re.findall(r"--[\w-]+", result.output))
        assert options(words) <= there | (PARAMETERS if words[0] == "serve" else set()), words


def test_documented_options_of_pytest_properties_exist() -> None:
    named = [words for words in commands("pytest") if words[0] == "properties"]
    command = [sys.executable, "-m", "pytest", "properties", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set().union(*map(options, named)) <= set(re.findall(r"--[\w-]+", shown))


def test_documented_modules_to_run_exist() -> None:
    for words in commands("python -m"):
        assert importlib.util.find_spec(words[0]), words


def test_change_notes_are_named_by_an_issue_and_a_kind() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["towncrier"]
    kinds = "|".join(kind["directory"] for kind in settings["type"])
    notes = [path.name for path in (ROOT / "changes").iterdir() if path.name != "README.md"]
    assert [note for note in notes if not re.fullmatch(rf"(\d+|\+[\w-]+)\.({kinds})(\.\d+)?\.md", note)] == []


def anchors(document: Path) -> set[str]:
    """The anchors that headings of a Markdown document get."""
    headings = HEADING.findall(FENCE.sub("", document.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
