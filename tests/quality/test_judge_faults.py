"""Faults planted in the judging side are noticed: by the canary, by a planted fault of the server, or by a test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from planted.judge_faults import JUDGE_FAULTS, VARIABLE, JudgeFault

ROOT = Path(__file__).parents[2]


def run_check(arguments: tuple[str, ...], fault: str, out: Path) -> subprocess.CompletedProcess[str]:
    """Run pytest in a process of its own, whose judging side has the fault; none if the name is empty."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "planted.judge_faults"]
    if arguments[0] == "properties":
        options += ["--seed", "1", "--out", str(out)]
    path = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, *options],
        cwd=ROOT,
        env={**os.environ, VARIABLE: fault, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("fault", JUDGE_FAULTS, ids=lambda fault: fault.name)
def test_fault_of_the_judge_is_noticed(fault: JudgeFault, tmp_path: Path) -> None:
    result = run_check(fault.noticed_by, fault.name, tmp_path)
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout + result.stderr


def test_checks_pass_without_a_fault_of_the_judge(tmp_path: Path) -> None:
    for arguments in {fault.noticed_by for fault in JUDGE_FAULTS}:
        result = run_check(arguments, "", tmp_path)
        assert result.returncode == pytest.ExitCode.OK, result.stdout + result.stderr
