"""What a container runs and where it listens, from its entry and its image's configuration; no engine is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from redproof_properties.containers.command import command_line, listening_port
from redproof_properties.errors import TargetUnavailable, UsageError
from redproof_properties.targets import parse_target
from redproof_properties.targets.entries import Entry

NOWHERE = "unix:///no/such/engine.sock"


@pytest.mark.parametrize(
    ("config", "entry", "line"),
    [
        ({"Cmd": ["redis-server"]}, Entry(image="i"), ["redis-server"]),
        ({"Cmd": ["redis-server"]}, Entry(image="i", command=("mine",)), ["mine"]),
        ({"Cmd": None, "Entrypoint": ["server"]}, Entry(image="i", settings={"port": "1"}), ["--port", "1"]),
        ({"Cmd": ["s"]}, Entry(image="i", settings={"save": "", "port": "1"}), ["s", "--save", "", "--port", "1"]),
        ({"Cmd": ["s"]}, Entry(image="i", settings={"replicaof": "a 6379"}), ["s", "--replicaof", "a", "6379"]),
        ({"Cmd": ["s"]}, Entry(image="i", settings={"save": "'60 1'"}), ["s", "--save", "60 1"]),
        ({"Cmd": ["s"]}, Entry(image="i", arguments=("f",), settings={"port": "1"}), ["s", "f", "--port", "1"]),
    ],
)
def test_the_command_line(config: dict[str, object], entry: Entry, line: list[str]) -> None:
    assert command_line(config, entry) == line


@pytest.mark.parametrize(
    ("exposed", "port", "expected"),
    [
        (None, None, 6379),
        (["6379/tcp"], None, 6379),
        (["6379/tcp", "8001/tcp"], None, 6379),
        (["6666/tcp"], None, 6666),
        (["6666/tcp"], 7000, 7000),
        (["1/tcp", "2/tcp"], 2, 2),
    ],
)
def test_the_port(exposed: list[str] | None, port: int | None, expected: int) -> None:
    config: dict[str, object] = {} if exposed is None else {"ExposedPorts": {name: {} for name in exposed}}
    assert listening_port(config, Entry(image="i", port=port)) == expected


def test_of_several_ports_one_must_be_named() -> None:
    with pytest.raises(UsageError, match="i exposes the ports 1, 2: say in a target file"):
        listening_port({"ExposedPorts": {"2/tcp": {}, "1/tcp": {}}}, Entry(image="i"))


def test_without_an_engine_a_target_is_unavailable_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    with pytest.raises(TargetUnavailable, match=r"docker:redis: no container engine answers .*engine.sock.*docker.io"):
        parse_target("docker:redis").start()


def test_without_testcontainers_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redproof_properties.targets.parse.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'redproof\[containers\]'"):
        parse_target("docker:redis")


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python where there is no engine."""
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        check=False,
        text=True,
        cwd=folder,
        env=os.environ | {"DOCKER_HOST": NOWHERE},
    )


def test_check_ends_with_3_where_there_is_no_engine(tmp_path: Path) -> None:
    done = run("-c", "from redproof_reports.cli import main; main()", "check", "docker:redis", folder=tmp_path)
    assert done.returncode == 3
    assert "no container engine answers" in done.stderr
    assert "apt-get install docker.io" in done.stderr


def test_properties_are_skipped_with_the_reason_where_there_is_no_engine(tmp_path: Path) -> None:
    options = ("-p", "redproof_properties.plugin", "-p", "no:cacheprovider", "-rs", "-k", "canary")
    done = run(
        "-m", "pytest", *options, "--target", "docker:redis", "--pyargs", "redproof_properties.suite", folder=tmp_path
    )
    assert done.returncode == 0, done.stdout
    assert "docker:redis: no container engine answers" in done.stdout
    assert "1 skipped" in done.stdout
