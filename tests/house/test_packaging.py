"""What is installed from a wheel is what lies in the four folders, with its types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    "model/redproof_model",
    "server/redproof_server",
    "properties/redproof_properties",
    "reports/redproof_reports",
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """A wheel built from this checkout, with the build backend of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    (path,) = folder.glob("*.whl")
    return ZipFile(path)


def test_wheel_holds_the_four_packages_and_nothing_else(wheel: ZipFile) -> None:
    expected = {
        path.relative_to((ROOT / package).parent).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == expected


@pytest.mark.parametrize("package", PACKAGES)
def test_package_says_that_it_is_typed(wheel: ZipFile, package: str) -> None:
    assert f"{Path(package).name}/py.typed" in wheel.namelist()


def test_wheel_carries_the_licence_and_the_command(wheel: ZipFile) -> None:
    texts = {Path(name).name: wheel.read(name).decode() for name in wheel.namelist() if ".dist-info/" in name}
    assert texts["LICENSE"] == (ROOT / "LICENSE").read_text()
    assert "redproof = redproof_reports.cli:main" in texts["entry_points.txt"]
