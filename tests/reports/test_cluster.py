"""Campaigns with `--executor dask://…` on a real scheduler and workers, each a process of its own."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from socket import create_server

import pytest
from campaign_process import WITHIN_S, children_of, start, wait_until
from click.testing import CliRunner, Result
from redproof_reports.cli import main
from redproof_reports.fuzzing.ledger import CAMPAIGN_FOLDER, Ledger
from redproof_reports.results import read_results

DASK = str(Path(sys.executable).with_name("dask"))


def invoke(*words: object, command: str = "fuzz") -> Result:
    return CliRunner().invoke(main, [command, *map(str, words)])


def histories(out: Path, shard: int) -> int:
    """How many a shard has finished, as far as is known here."""
    return Ledger(out / CAMPAIGN_FOLDER, shard, "").read().histories


class Cluster:
    """A scheduler and its workers, which nobody starts again when they end."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._log = folder / "dask.log"
        self._stack = stack
        self._workers: list[subprocess.Popen[bytes]] = []
        with closing(create_server(("127.0.0.1", 0))) as listening:
            port = listening.getsockname()[1]
        self.address = f"dask://127.0.0.1:{port}"
        self._start("scheduler", "--host", "127.0.0.1", "--port", str(port))
        self._await("Scheduler at", 1)

    def workers(self, number: int) -> list[subprocess.Popen[bytes]]:
        """At least so many that run; each has one shard at a time."""
        self._workers = [worker for worker in self._workers if worker.poll() is None]
        while len(self._workers) < number:
            self._workers.append(
                self._start("worker", self.address.replace("dask", "tcp"), "--no-nanny", "--nthreads=1")
            )
        self._await("Register worker", number)
        return self._workers

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context(self._log.open("ab"))
        process = subprocess.Popen([DASK, *words, "--no-dashboard"], cwd=self._log.parent, stdout=log, stderr=log)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    def _await(self, told: str, times: int) -> None:
        wait_until(lambda: self._log.read_text().count(told) >= times)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that has no workers before a test asks for some."""
    with ExitStack() as stack:
        yield Cluster(tmp_path_factory.mktemp("cluster"), stack)


def test_a_cluster_without_workers_is_told(cluster: Cluster, tmp_path: Path) -> None:
    result = invoke("redis", "--executor", cluster.address, "--out", tmp_path)
    assert (result.exit_code, "the cluster has no workers" in result.output) == (3, True), result.output


def test_a_cluster_finds_what_one_machine_finds(cluster: Cluster, refuses_strlen: str, tmp_path: Path) -> None:
    words = [refuses_strlen, "--groups", "strings", "--seed", 5, "--commands", 3000, "--workers", 2]
    here, there = tmp_path / "here", tmp_path / "there"
    cluster.workers(2)
    for out, executor in ((here, []), (there, ["--executor", cluster.address])):
        assert invoke(*words, *executor, "--out", out).exit_code == 1
    told = [
        (results.commands, sorted(each.id for each in results.records)) for results in map(read_results, (here, there))
    ]
    assert told[0] == told[1]
    assert [histories(here, shard) for shard in (0, 1)] == [histories(there, shard) for shard in (0, 1)]


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server with COMMAND DOCS on PATH")
def test_a_cluster_compares_as_one_machine_does(cluster: Cluster, refusing: str, tmp_path: Path) -> None:
    words = ["local:redis-server", refusing, "--seed", 2, "--commands", 400]
    cluster.workers(2)
    told = []
    for out, executor in ((tmp_path / "here", []), (tmp_path / "there", ["--executor", cluster.address])):
        result = invoke(*words, "--workers", 2, *executor, "--out", out, command="compare")
        assert result.exit_code == 1, result.output
        told.append({record.divergence.command for record in read_results(out).records})
    assert told[0] == told[1] > set()
    assert all(histories(tmp_path / "there", shard) for shard in (0, 1))


def test_a_worker_that_is_killed_loses_nothing(cluster: Cluster, refuses_strlen: str, tmp_path: Path) -> None:
    workers = cluster.workers(2)
    words = ["--groups", "strings", "--seed", "1", "--max-time", "8h", "--workers", str(len(workers))]
    process = start("fuzz", refuses_strlen, *words, "--executor", cluster.address, "--out", tmp_path)
    shards = range(len(workers))
    wait_until(lambda: all(histories(tmp_path, shard) for shard in shards) and bool(children_of(workers[0].pid)))
    servers = children_of(workers[0].pid)
    before = [histories(tmp_path, shard) for shard in shards]
    workers[0].kill()
    wait_until(lambda: all(histories(tmp_path, shard) > before[shard] for shard in shards))
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 1, told
    results = read_results(tmp_path)
    assert (results.interrupted, {record.divergence.command for record in results.records}) == (True, {"STRLEN"})
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in servers))


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["--executor", "kubernetes"], 2, "'kubernetes' is no executor: it is written dask://host:port"),
        (["--executor", "dask://127.0.0.1:1", "--corpus", "here"], 2, "a corpus is kept on this machine"),
        (["--executor", "dask://nowhere"], 3, "dask://nowhere: no Dask scheduler answers there"),
    ],
)
def test_what_is_no_cluster_is_told(words: list[str], exit_code: int, said: str, tmp_path: Path) -> None:
    result = invoke("redis", *words, "--out", tmp_path)
    assert (result.exit_code, said in result.output) == (exit_code, True), result.output
