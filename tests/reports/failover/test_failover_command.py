"""`redproof failover`: bad input, runs that are simulated, interrupted and failed, and records judged again."""

from __future__ import annotations

import gzip
import re
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from xml.etree.ElementTree import parse

import pytest
from click.testing import CliRunner, Result
from redproof_properties.errors import TargetError
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Finding, Judge, Verdict
from redproof_properties.failover.plan import GroupPlan
from redproof_properties.failover.record import FailoverRecord
from redproof_reports.cli import main
from redproof_reports.failover import running
from redproof_reports.failover.judging import claim_of
from redproof_reports.failover.stages import Simulation

RECORD = Path(__file__).parent / "records" / "isolated.json.gz"
"""A run of Redis 7.0.15 in which the master was isolated: `redproof failover local:redis-server`, of one round."""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """The record of a real run."""
    path = tmp_path / "isolated.json"
    path.write_bytes(gzip.decompress(RECORD.read_bytes()))
    return path


def call(tmp_path: Path, *words: object) -> Result:
    """Call the command with a folder of its own."""
    return CliRunner().invoke(main, ["failover", *map(str, words), "--out", str(tmp_path / "out")])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Missing argument"),
        (("nonsense",), "no such target: 'nonsense'"),
        (("bundled", "bundled"), "one target at a time, not 2"),
        (("bundled", "--quorum", "4"), "a quorum of 4 of 3 sentinels never comes about"),
        (("bundled", "--faults", "kill, earthquake"), "'earthquake' is no fault here; there are kill, pause"),
        (("bundled", "--simulate", "--faults", "replica behind"), "'replica behind' is no fault"),
        (("redis", "--simulate"), "only the bundled server can be simulated: bundled, bundled:6.2"),
        (("bundled", "--simulate", "--sentinel-target", "redis"), "only the bundled server can be simulated"),
        (("redis://127.0.0.1:6379",), "nodes are started, killed and paused; this is no process of ours"),
        (("bundled", "--sentinel-target", "unix:///tmp/none"), "unix:///tmp/none: nodes are started"),
        (("docker:x", "--sentinel-target", "redis://h:1"), "no process of ours, and no container"),
        (("docker:x", "--faults", "hold"), "'hold' is no fault here; there are kill, pause, isolate, replica behind"),
        (("bundled", "--max-time", "soon"), "is no time such as 30s"),
        (("nowhere.json",), "nowhere.json: cannot be read"),
    ],
)
def test_bad_usage_ends_with_2(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    result = call(tmp_path, *words)
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 99}', "\udcff"])
def test_a_file_that_is_no_record_ends_with_2(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, errors="surrogateescape")
    result = call(tmp_path, path)
    assert (result.exit_code, f"redproof: {path}" in result.output) == (2, True), result.output


def test_the_record_of_a_real_run_is_judged_and_drawn_again(tmp_path: Path, record: Path) -> None:
    result = call(tmp_path, record)
    assert result.exit_code == 0, result.output
    assert "Nothing was lost against a promise in 1 failover" in result.output
    told = "it was taken by a server that was the master no more: r1 was promoted in epoch 1 at offset 353"
    assert told in " ".join(result.output.split())
    page = (tmp_path / "out" / "failover.html").read_text()
    assert "redis 7.0.15" in page
    assert all(claim_of(name)[0] in page for name in JUDGES)


def test_a_write_that_a_real_run_should_have_is_a_bug_when_it_is_not_there(tmp_path: Path, record: Path) -> None:
    told = FailoverRecord.read(record)
    replace(told, final=tuple(replace(each, values=each.values[1:]) for each in told.final)).write(record)
    result = call(tmp_path, record)
    assert result.exit_code == 1, result.output
    assert "Something is broken in 1 of 1 run" in result.output
    assert "a bug        1 write" in result.output
    assert "the agreed history has its offset" in (tmp_path / "out" / "failover.html").read_text()


def test_what_judges_say_goes_to_junit(tmp_path: Path, record: Path) -> None:
    told = FailoverRecord.read(record)
    broken = replace(told, final=tuple(replace(each, values=each.values[1:]) for each in told.final))
    broken.write(tmp_path / "broken.json")
    call(tmp_path, record, tmp_path / "broken.json", "--junit", tmp_path / "junit.xml")
    (suite,) = parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("name"), suite.get("tests")) == (told.target, str(len(JUDGES)))
    failures = {case.get("name"): failure.text for case in suite for failure in case.findall("failure")}
    assert suite.get("failures") == str(len(failures))
    assert "the agreed history has its offset" in str(failures["Every loss is explained"])


def test_a_simulated_run_leaves_its_record_and_is_the_same_from_its_seed(tmp_path: Path) -> None:
    first = call(tmp_path / "one", "bundled", "--simulate", "--runs", 2, "--seed", 3, "--wait", 1)
    assert first.exit_code == 0, first.output
    assert "reproduce  redproof failover bundled --seed 3 --wait 1 --runs 2 --simulate" in first.output
    call(tmp_path / "other", "bundled", "--simulate", "--runs", 1, "--seed", 4, "--wait", 1)
    one, other = (tmp_path / name / "out" / "seed-4.json" for name in ("one", "other"))
    assert one.read_text() == other.read_text()


def test_a_simulated_run_that_is_broken_is_made_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "one_vote_in_an_epoch"

    def nobody_is_killed(record: FailoverRecord) -> list[Finding]:
        kills = sum(fault.kind == "kill" for fault in record.faults)
        return [Finding(Verdict.BROKEN if kills else Verdict.HOLDS, f"{kills} were killed")]

    nobody_is_killed.__module__ = JUDGES[name].__module__
    monkeypatch.setitem(dict_of_judges(), name, nobody_is_killed)
    result = call(tmp_path, "bundled", "--simulate", "--runs", 1, "--seed", 2, "--faults", "kill,pause")
    assert result.exit_code == 1, result.output
    assert len(FailoverRecord.read(tmp_path / "out" / "seed-2.json").faults) > 1
    (fault,) = FailoverRecord.read(tmp_path / "out" / "seed-2-smaller.json").faults
    assert fault.kind == "kill"
    assert re.search(r"fault 1 +at \d+ ms: kill", result.output)
    assert "fault 2" not in result.output
    page = (tmp_path / "out" / "failover.html").read_text()
    assert "The same is broken with these faults alone" in page
    assert "seed 2 smaller" in page


def dict_of_judges() -> MutableMapping[str, Judge]:
    """The judges, to be changed for a while."""
    assert isinstance(JUDGES, dict)
    return JUDGES


@pytest.mark.parametrize(
    ("ended_by", "said"), [(KeyboardInterrupt(), "interrupted"), (TargetError("redis has died"), "by a failure")]
)
def test_what_was_found_is_kept_when_a_run_ends_before_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: Path, ended_by: BaseException, said: str
) -> None:
    outcomes: list[FailoverRecord | BaseException] = [FailoverRecord.read(record), ended_by]

    def run(_stage: Simulation, _plan: GroupPlan, _faults: Sequence[str], _seed: int) -> FailoverRecord:
        outcome = outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(Simulation, "run", run)
    result = call(tmp_path, "bundled", "--simulate", "--seed", 5)
    assert result.exit_code == 3
    assert f"Unknown: {'ended' if 'failure' in said else 'interrupted'} after 1 run" in result.output
    assert said in result.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"seed-5.json", "failover.html"}


def test_no_run_begins_after_the_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: Path) -> None:
    begun_s: list[float] = []

    def run(_stage: Simulation, _plan: GroupPlan, _faults: Sequence[str], _seed: int) -> FailoverRecord:
        if len(begun_s) == 3:
            raise KeyboardInterrupt
        begun_s.append(clock_s[0])
        clock_s[0] += 0.4
        return FailoverRecord.read(record)

    clock_s = [0.0]
    monkeypatch.setattr(running, "time", SimpleNamespace(monotonic=lambda: clock_s[0]))
    monkeypatch.setattr(Simulation, "run", run)
    result = call(tmp_path, "bundled", "--simulate", "--max-time", "1s", "--seed", 1)
    assert result.exit_code == 0, result.output
    assert "--max-time 1s" in result.output
    assert begun_s == [0.0, 0.4, 0.8]


@pytest.mark.parametrize("name", JUDGES)
def test_every_judge_has_a_sentence(name: str) -> None:
    sentence, source = claim_of(name)
    assert (sentence[:1].isupper(), len(sentence) > 20) == (True, True)
    assert source == "" or source.startswith("https://redis.io/")
