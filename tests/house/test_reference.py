"""What the documentation lists is what there is, and the code that it shows is real."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import redproof_properties.suite
from redproof_model.commands import TABLES
from redproof_properties.conformance import TargetConformance
from redproof_properties.run import PROFILES
from redproof_properties.vocabulary import GROUPS
from redproof_reports.baseline.file import read_baseline
from redproof_reports.cli import COMMANDS, main
from redproof_server import commands  # noqa: F401  (fills the command table)
from redproof_server.engine.command import TABLE

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (.+?) \| (.+?) \|", re.MULTILINE)
QUOTED_FROM = re.compile(r"# (\w[\w/]+\.py)\n")


def page(name: str) -> str:
    """The text of a page of the documentation."""
    return (ROOT / "docs" / name).read_text()


def sections(name: str) -> dict[str, str]:
    """The sections of a page by their headings."""
    return dict(SECTION.findall(page(name)))


def listed(section: str) -> set[str]:
    """What the first column of a section's tables names in code."""
    return {cell.strip("`") for cell, _ in ROW.findall(section) if cell.startswith("`")}


def blocks(language: str) -> list[tuple[str, str]]:
    """The code blocks of a language, each with the name of its page."""
    return [(path.name, text) for path in PAGES for kind, text in BLOCK.findall(path.read_text()) if kind == language]


def top_level(names: set[str]) -> set[str]:
    """The commands among the names of commands and subcommands."""
    return {name.partition("|")[0].upper() for name in names}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_on_its_page(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    options = {word for each in command.params if isinstance(each, click.Option) for word in each.opts}
    assert listed(sections("command-line.md")[f"redproof {name}"]) == options


def test_every_command_is_in_the_readme() -> None:
    named = set(re.findall(r"^\| `redproof (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert named == set(COMMANDS)


def test_every_option_of_pytest_properties_is_on_its_page() -> None:
    command = [sys.executable, "-m", "pytest", "properties", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    _, _, ours = shown.partition("\nredproof:\n")
    options = set(re.findall(r"^  (--[\w-]+)", ours.partition("\n\n")[0], re.MULTILINE))
    assert listed(sections("command-line.md")["pytest properties"]) == options


def test_profiles_and_groups_are_those_there_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|", page("command-line.md"), re.MULTILINE)
    told = {name: tuple(int(number.replace(",", "")) for number in numbers) for name, *numbers in rows}
    assert told == {each.name: (each.examples, each.steps, each.campaign_commands) for each in PROFILES.values()}
    (groups,) = re.findall(r"^The groups are (.+?)\.", page("command-line.md"), re.MULTILINE)
    assert re.findall(r"`(\w+)`", groups) == list(GROUPS)


def sentence(function: ast.FunctionDef) -> str | None:
    """The documented sentence that a property checks."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.documented":
            return str(ast.literal_eval(decorator.args[0]))
    return None


def test_every_property_is_listed_with_its_sentence() -> None:
    (folder,) = redproof_properties.suite.__path__
    trees = [ast.parse(path.read_text()) for path in Path(folder).glob("test_*.py")]
    functions = [node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    there = {(each.name, sentence(each)) for each in functions if each.name.startswith("test_")}
    rows = {(name.strip("`"), told) for name, told in ROW.findall(page("properties.md"))}
    assert {row for row in rows if row[0].startswith("test_")} == there


def test_every_command_of_the_model_is_listed() -> None:
    rows = ROW.findall(sections("model.md")["What is modelled"])
    named = {word for _, names in rows for word in re.findall(r"\b[A-Z_]+\b", names)}
    assert named == top_level({name for table in TABLES for name in table.specs})


def test_every_command_of_the_server_is_listed() -> None:
    rows = ROW.findall(sections("bundled-server.md")["What is served"])
    named = {word for _, names in rows for word in re.findall(r"\b[A-Z_-]{2,}\b", names)}
    served = top_level({row.name.decode() for row in TABLE})
    modelled = top_level({name for table in TABLES for name in table.specs})
    assert named == served - modelled


def test_quoted_code_is_what_the_file_says() -> None:
    quotations = [(name, text) for name, text in blocks("python") if QUOTED_FROM.match(text)]
    assert {name for name, _ in quotations} == {"properties.md", "writing-a-command.md"}
    for _, text in quotations:
        first, _, quoted = text.partition("\n")
        assert quoted in (ROOT / first.removeprefix("# ")).read_text(), text


@pytest.mark.parametrize("name", ["model.md", "targets.md"])
def test_shown_code_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "my-server"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m redproof_server "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    shown: dict[str, object] = {}
    for _, text in filter(lambda block: block[0] == name, blocks("python")):
        exec(compile(text, name, "exec"), shown)
    kits = [kind for kind in shown.values() if isinstance(kind, type) and issubclass(kind, TargetConformance)]
    for kit in set(kits) - {TargetConformance}:
        with kit().make_target() as target, target.connect() as connection:
            assert connection.call("DBSIZE") == 0


def test_shown_baselines_are_some(tmp_path: Path) -> None:
    shown = [(name, text) for name, text in blocks("toml") if "reason = " in text]
    assert {name for name, _ in shown} == {"divergences.md", "fuzz-in-ci.md"}
    for _, text in shown:
        path = tmp_path / "redproof.toml"
        path.write_text(text)
        assert read_baseline(path).entries
