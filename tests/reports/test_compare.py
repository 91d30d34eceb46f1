"""`redproof compare`: equal servers do not differ, one that refuses a command does, and what is left out is told."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from campaign_process import WITHIN_S, position, start, wait_until, workers_of
from click.testing import CliRunner, Result
from redproof_reports.cli import main
from redproof_reports.fuzzing.ledger import CAMPAIGN_FOLDER
from redproof_reports.records.journal import read_journal
from redproof_reports.results import read_results

LOCAL = "local:redis-server"
needs_docs = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="no redis-server with COMMAND DOCS on PATH"
)


def invoke(*words: object) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), prog_name="redproof")


@needs_docs
def test_a_server_does_not_differ_from_another_of_its_kind(tmp_path: Path) -> None:
    result = invoke("compare", LOCAL, LOCAL, "--seed", 1, "--commands", 1500, "--out", tmp_path)
    assert (result.exit_code, "No divergence in 1,500 commands" in result.output) == (0, True)
    assert f"reproduce  redproof compare {LOCAL} {LOCAL} --commands 1500 --seed 1" in result.output


@needs_docs
def test_a_server_that_refuses_a_command_differs_and_only_both_can_tell(refusing: str, tmp_path: Path) -> None:
    words = ["compare", LOCAL, refusing, "--commands", 2000, "--out", tmp_path / "out"]
    assert invoke(*words, "--seed", 2).exit_code == 1
    records = read_results(tmp_path / "out").records
    assert {"STRLEN", "LCS"} <= {record.divergence.command for record in records} <= {"STRLEN", "LCS", "ACL"}
    strlen = next(record for record in records if record.divergence.command == "STRLEN")
    assert len(strlen.divergence.steps) == 1
    assert strlen.divergence.reproduced == strlen.divergence.attempts == 5
    replayed = invoke("replay", strlen.path)
    assert replayed.exit_code == 2
    assert f"redproof compare {LOCAL} {refusing} --seed {strlen.divergence.seed} --commands 1" in replayed.output


@needs_docs
def test_workers_that_are_killed_lose_nothing_and_their_shards_are_gone_on_with(refusing: str, tmp_path: Path) -> None:
    words = ["compare", LOCAL, refusing, "--out", tmp_path / "out"]
    process = start(*words, "--seed", 1, "--max-time", "8h", "--workers", 2)
    out = tmp_path / "out"
    journals = [out / CAMPAIGN_FOLDER / f"shard-{shard}.jsonl" for shard in range(2)]
    wait_until(lambda: all(journal.exists() for journal in journals) and position(out, 0) > 0 and position(out, 1) > 0)
    before = position(out, 0), position(out, 1)
    killed = workers_of(process.pid)
    assert len(killed) == 2
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: position(out, 0) > before[0] + 1 and position(out, 1) > before[1] + 1)
    process.send_signal(signal.SIGINT)
    told, err = process.communicate(timeout=WITHIN_S)
    assert (process.returncode, err, told.count("a worker ended with exit code -9")) == (1, "", 2)
    before = position(out, 0), position(out, 1)
    results = read_results(out)
    found = {record.id for record in results.records}
    assert found >= {sighting.divergence.signature for journal in journals for sighting in read_journal(journal)}
    resumed = invoke(*words, "--resume", "--commands", 2 * results.commands)
    assert (resumed.exit_code, "--workers 2" in resumed.output) == (1, True)
    assert sum(before) < position(out, 0) + position(out, 1)
    assert found <= {record.id for record in read_results(out).records}


@needs_docs
def test_another_comparison_is_not_resumed(tmp_path: Path) -> None:
    words = ["--resume", "--out", tmp_path]
    assert invoke("compare", LOCAL, LOCAL, "--seed", 1, "--commands", 1, "--out", tmp_path).exit_code == 0
    result = invoke("compare", LOCAL, "bundled", *words)
    assert (result.exit_code, f"has another second-target: '{LOCAL}'" in result.output) == (2, True)
    result = invoke("fuzz", LOCAL, *words)
    assert (result.exit_code, f"has another second-target: '{LOCAL}'" in result.output) == (2, True)


def test_a_server_that_runs_already_is_for_one_worker(tmp_path: Path) -> None:
    result = invoke("compare", "bundled", "redis://127.0.0.1:1", "--workers", 2, "--out", tmp_path)
    assert (result.exit_code, "several workers would empty this server" in result.output) == (2, True)


def test_servers_without_documentation_are_refused(tmp_path: Path) -> None:
    result = invoke("compare", "redis", "bundled", "--out", tmp_path)
    assert (result.exit_code, "tells no arguments of commands in COMMAND DOCS" in result.output) == (2, True)


def test_what_is_left_out_is_told_with_the_reasons() -> None:
    result = invoke("compare", "--left-out")
    assert result.exit_code == 0
    assert "SHUTDOWN" in result.output
    assert "not sent: it ends the server, or lets it hang" in result.output
    assert "only the kind of its reply is compared: it depends on the allocator" in result.output
