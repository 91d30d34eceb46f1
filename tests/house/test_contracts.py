"""The import contracts hold back what they were written against."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "model": "redproof_model",
    "server": "redproof_server",
    "properties": "redproof_properties",
    "reports": "redproof_reports",
}
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
PURE, SOLVERS = (next(each for each in CONTRACTS if each["id"] == contract) for contract in ("pure", "solvers"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the four packages, to put bad modules into."""
    house = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", house)
    for folder in PACKAGES:
        shutil.copytree(ROOT / folder, house / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return house


def lint(house: Path, contract: str) -> subprocess.CompletedProcess[str]:
    """Check one contract in `house`, whose packages come before the installed ones."""
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--contract", contract],
        cwd=house,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(house / folder) for folder in PACKAGES)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("contract", [contract["id"] for contract in CONTRACTS])
def test_contract_is_kept_by_the_house_as_it_is(house: Path, contract: str) -> None:
    result = lint(house, contract)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("contract", "importer", "imported"),
    [
        ("layers", "redproof_model", ["redproof_server"]),
        ("layers", "redproof_model", ["redproof_properties"]),
        ("layers", "redproof_server", ["redproof_model.reply"]),
        ("layers", "redproof_server", ["redproof_properties.targets"]),
        ("layers", "redproof_properties", ["redproof_reports"]),
        ("one-way-to-the-server", "redproof_properties", ["redproof_server"]),
        ("one-way-to-the-server", "redproof_properties.targets", ["redproof_server.engine"]),
        ("one-way-to-the-server", "redproof_reports", ["redproof_server.protocol"]),
        *(("pure", part, PURE["forbidden_modules"]) for part in PURE["source_modules"]),
        *(("solvers", package, SOLVERS["forbidden_modules"]) for package in PACKAGES.values()),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),
)
def test_contract_catches(house: Path, contract: str, importer: str, imported: list[str]) -> None:
    is_module = module_path(house, importer).exists()
    name = importer if is_module else f"{importer}.bad"
    path = module_path(house, name)
    before = path.read_text() if is_module else ""
    path.write_text(before + "".join(f"import {module}\n" for module in imported))
    try:
        result = lint(house, contract)
    finally:
        if is_module:
            path.write_text(before)
        else:
            path.unlink()
    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 broken" in result.stdout
    for module in imported:
        assert f"{name} -> {module} (l." in result.stdout


def test_purity_reaches_through_other_modules(house: Path) -> None:
    bad, shell = (module_path(house, f"redproof_server.{name}") for name in ("engine.bad", "bad_shell"))
    bad.write_text("import redproof_server.bad_shell\n")
    shell.write_text("import asyncio\n")
    try:
        result = lint(house, "pure")
    finally:
        bad.unlink()
        shell.unlink()
    assert result.returncode == 1
    assert "redproof_server.bad_shell -> asyncio" in result.stdout


def test_every_part_of_the_server_but_its_shell_is_held_to_purity() -> None:
    package = ROOT / "server" / "redproof_server"
    parts = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    held = {part.removeprefix("redproof_server.") for part in PURE["source_modules"]}
    assert parts - held == {"__init__", "__main__", "connections", "files", "sentinel_shell", "shell"}


def module_path(house: Path, module: str) -> Path:
    """The file of a module of the house."""
    folder = next(folder for folder, package in PACKAGES.items() if module.split(".")[0] == package)
    return house.joinpath(folder, *module.split(".")).with_suffix(".py")
