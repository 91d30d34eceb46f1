"""`redproof fuzz`: it ends when it is told to, loses nothing of what it found, and goes on where it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from campaign_process import WITHIN_S, position, start, wait_until, workers_of
from click.testing import CliRunner, Result
from redproof_reports.cli import main
from redproof_reports.fuzzing.ledger import CAMPAIGN_FOLDER
from redproof_reports.fuzzing.settings import read_settings
from redproof_reports.records.causes import cause_of
from redproof_reports.records.journal import JOURNAL_NAME, read_journal
from redproof_reports.results import read_results


def invoke(*words: object) -> Result:
    return CliRunner().invoke(main, ["fuzz", *map(str, words)], prog_name="redproof")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bundled", "--max-time", "soon"], "'soon' is no time such as 30s, 10m or 8h"),
        (["bundled", "--max-time", "0s"], "'0s' is no time"),
        (["bundled", "--resume", "--out", "OUT"], "no campaign to resume is kept there"),
    ],
)
def test_bad_usage_ends_with_2(words: list[str], said: str, tmp_path: Path) -> None:
    result = invoke(*(tmp_path / "nothing" if word == "OUT" else word for word in words))
    assert (result.exit_code, said in result.output) == (2, True)


@pytest.mark.parametrize("part", ["", "1", "4/4", "-1/2", "1/0", "a/b", "1/2/3"])
def test_a_shard_that_there_is_not_is_bad_usage(part: str) -> None:
    result = invoke("redis", "--shard", part)
    assert (result.exit_code, "is no part of a campaign" in result.output) == (2, True)


def test_parts_on_several_machines_judge_other_histories_of_the_same_campaign(tmp_path: Path) -> None:
    words = ["redis", "--groups", "strings", "--seed", 7, "--commands", 1600, "--workers", 2]
    found = []
    for part in ("0/2", "1/2"):
        out = tmp_path / part[0]
        assert invoke(*words, "--shard", part, "--out", out).exit_code == 0
        found.append(read_settings(out / CAMPAIGN_FOLDER))
        results = read_results(out)
        assert 800 <= results.commands < 1200
        assert f"--shard {part}" in results.reproduce
    together = replace(found[0], workers=4, part="0/1")
    seeds = [each.seed_of(worker) for each in found for worker in range(2)]
    assert seeds == [together.seed_of(worker) for worker in range(4)]


def test_it_ends_when_its_time_is_up(tmp_path: Path) -> None:
    result = invoke("redis", "--max-time", "1s", "--groups", "strings", "--seed", 3, "--out", tmp_path)
    assert result.exit_code == 0
    assert "redis: 1s of strings; seed 3" in result.output
    assert "reproduce  redproof fuzz redis --max-time 1s --seed 3 --groups strings" in result.output


def test_a_resumed_campaign_judges_what_is_left_and_finds_what_the_whole_does(
    refuses_strlen: str, tmp_path: Path
) -> None:
    words = [refuses_strlen, "--groups", "strings,lists", "--seed", 5]
    whole = invoke(*words, "--commands", 2000, "--out", tmp_path / "whole")
    assert whole.exit_code == 1
    parts = tmp_path / "parts"
    assert invoke(*words, "--commands", 1000, "--out", parts).exit_code == 1
    halfway = position(parts)
    assert invoke(refuses_strlen, "--resume", "--commands", 2000, "--out", parts).exit_code == 1
    assert halfway < position(parts) == position(tmp_path / "whole")
    found = [{record.id for record in read_results(folder).records} for folder in (tmp_path / "whole", parts)]
    assert found[0] == found[1]
    commands = [read_results(folder).commands for folder in (tmp_path / "whole", parts)]
    assert commands[0] == commands[1]


def test_a_reply_that_is_no_resp_is_kept_and_the_campaign_goes_on(breaks_wrongtype: str, tmp_path: Path) -> None:
    words = ["--groups", "strings,lists", "--seed", 5, "--commands", 1000, "--out", tmp_path]
    assert invoke(breaks_wrongtype, *words).exit_code == 1
    results = read_results(tmp_path)
    assert results.commands >= 1000
    for record in results.records:
        divergence = record.divergence
        assert (divergence.kind, divergence.reproduced) == ("malformed reply", 5)
        assert divergence.actual.startswith("a CR or LF inside the line b'WRONGTYPE")
        assert len(divergence.steps) == 2
    assert len(results.records) > 2
    assert {cause_of(record.divergence) for record in results.records} == {"malformed reply"}


def test_what_is_resumed_must_be_the_same_campaign(tmp_path: Path) -> None:
    words = ["--groups", "strings", "--commands", 100, "--out", tmp_path]
    assert invoke("redis", *words, "--seed", 5).exit_code == 0
    result = invoke("redis", "--resume", "--seed", 6, "--out", tmp_path)
    assert (result.exit_code, "what is resumed has another seed: 5" in result.output) == (2, True)
    result = invoke("bundled", "--resume", "--out", tmp_path)
    assert (result.exit_code, "what is resumed has another target: 'redis'" in result.output) == (2, True)


@pytest.mark.parametrize("signalled", [os.killpg, os.kill], ids=["terminal", "process"])
def test_ctrl_c_keeps_what_fuzz_has_found(
    refuses_strlen: str, tmp_path: Path, signalled: Callable[[int, int], None]
) -> None:
    process = start("fuzz", refuses_strlen, "--groups", "strings", "--commands", 10**9, "--out", tmp_path)
    wait_until((tmp_path / CAMPAIGN_FOLDER / "shard-0.jsonl").exists)
    signalled(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=WITHIN_S)
    assert (process.returncode, err) == (1, "")
    results = read_results(tmp_path)
    assert results.interrupted
    assert results.records


def test_a_worker_that_is_killed_loses_nothing_and_is_started_again(refuses_strlen: str, tmp_path: Path) -> None:
    words = ["--groups", "strings", "--seed", 1, "--max-time", "8h", "--workers", 2, "--out", tmp_path]
    process = start("fuzz", refuses_strlen, *words)
    journal = tmp_path / CAMPAIGN_FOLDER / "shard-0.jsonl"
    wait_until(lambda: journal.exists() and position(tmp_path, 0) > 0 and position(tmp_path, 1) > 0)
    before = position(tmp_path, 0), position(tmp_path, 1)
    killed = workers_of(process.pid)
    assert len(killed) == 2
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: position(tmp_path, 0) > before[0] + 1 and position(tmp_path, 1) > before[1] + 1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=WITHIN_S)
    assert (process.returncode, err) == (1, "")
    assert out.count("a worker ended with exit code -9") == 2
    assert "STRLEN" in {record.divergence.command for record in read_results(tmp_path).records}
    assert [pid for pid in killed if Path(f"/proc/{pid}").exists()] == []


WITHOUT_WORKERS = """
from redproof_reports.cli import main
if __name__ != "__main__":
    raise ImportError("nothing can be imported here")
main(prog_name="redproof")
"""


def test_a_worker_that_cannot_start_is_told_with_the_reason(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(WITHOUT_WORKERS)
    command = [sys.executable, str(script), "fuzz", "redis", "--groups", "strings", "--commands", "1"]
    ended = subprocess.run([*command, "--out", str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    told = "a worker ended with exit code 1 (ImportError: nothing can be imported here) in shard 0 after 0 histories"
    assert f"{told}, and 3 in a row got no further" in ended.stdout
    assert ended.stderr.count("Traceback") == 3


def killed_with_findings(target: str, out: Path) -> set[str]:
    """Start a campaign, kill it once it has found something, and say what that is."""
    process = start("fuzz", target, "--groups", "strings", "--seed", 1, "--max-time", "8h", "--out", out)
    journal = out / CAMPAIGN_FOLDER / "shard-0.jsonl"
    wait_until(lambda: journal.exists() and position(out) > 0)
    process.kill()
    process.communicate(timeout=WITHIN_S)
    with journal.open("ab") as torn:
        torn.write(b'{"format": 2, "id": "half a li')
    found = {sighting.divergence.signature for sighting in read_journal(journal)}
    assert found
    return found


def test_a_campaign_that_is_killed_is_resumed_with_what_it_had_found(refuses_strlen: str, tmp_path: Path) -> None:
    found = killed_with_findings(refuses_strlen, tmp_path)
    assert invoke(refuses_strlen, "--resume", "--commands", 1, "--out", tmp_path).exit_code == 1
    assert found <= {record.id for record in read_results(tmp_path).records}


def test_a_campaign_begun_anew_keeps_what_one_that_was_killed_had_found(refuses_strlen: str, tmp_path: Path) -> None:
    found = killed_with_findings(refuses_strlen, tmp_path)
    for is_first in (True, False):
        result = invoke("redis", "--groups", "strings", "--commands", 1, "--out", tmp_path)
        assert (result.exit_code, "of a campaign that was killed" in result.output) == (0, is_first)
    kept = [sighting.divergence.signature for sighting in read_journal(tmp_path / JOURNAL_NAME)]
    assert found == set(kept)
    assert len(kept) == len(found)


def test_a_guided_campaign_keeps_a_corpus_and_goes_on_with_it(tmp_path: Path) -> None:
    corpus, out = tmp_path / "corpus", tmp_path / "out"
    words = ["redis", "--groups", "lists", "--seed", 4, "--corpus", corpus, "--out", out]
    assert invoke(*words, "--commands", 3000).exit_code == 0
    kept = len(list(corpus.glob("*.json")))
    assert kept > 10
    result = invoke("redis", "--resume", "--commands", 6000, "--out", out)
    assert (result.exit_code, f"--corpus {corpus}" in result.output) == (0, True)
    assert len(list(corpus.glob("*.json"))) > kept


def test_a_replica_is_held_to_its_master(tmp_path: Path) -> None:
    words = ["--groups", "lists,sets", "--seed", 2, "--clients", 2, "--commands", 300, "--out", tmp_path]
    result = invoke("redis", "--replica", *words)
    assert (result.exit_code, "--clients 2 --replica" in result.output) == (0, True)
    (outcome,) = read_results(tmp_path).properties
    assert outcome.title.endswith("and a replica holds the same data")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["redis://127.0.0.1:1", "--replica"], "its process is not ours"),
        (["bundled", "--documented"], "no redis-server that could be started with an AOF"),
        (["redis", "--documented"], "has no COMMAND DOCS; servers have it from Redis 7.0 on"),
        (["redis", "--documented", "--clients", "2"], "leave --corpus and --clients out"),
    ],
)
def test_what_cannot_be_held_to_itself_is_refused(words: list[str], said: str, tmp_path: Path) -> None:
    result = invoke(*words, "--out", tmp_path)
    assert (result.exit_code, said in result.output) == (2, True)
