"""The shell's side of files: whole or not at all, also when it ends in between; and a server that ends and starts."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from redproof_server import files
from redproof_server.engine.files import FileRead, FileWrite

STARTED = "Ready to accept connections on port "
PIECES = [b"some", b"", b"pieces"]


class Outcome:
    """What `done` was told."""

    def __init__(self) -> None:
        self.told: list[str | bytes | None] = []

    def __call__(self, told: str | bytes | None) -> None:
        self.told.append(told)


def write(path: Path, outcome: Outcome) -> FileWrite:
    return FileWrite(str(path), iter(PIECES), outcome, is_background=True)


def test_a_file_takes_the_place_of_another_when_it_is_whole(tmp_path: Path) -> None:
    path, outcome = tmp_path / "dump.rdb", Outcome()
    path.write_bytes(b"old")
    with files.TemporaryFile(str(path)) as file:
        file.write(b"not committed")
        assert path.read_bytes() == b"old"
    files.write(write(path, outcome))
    assert path.read_bytes() == b"somepieces"
    asyncio.run(files.write_in_background(write(path, outcome)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["dump.rdb"]
    files.read(FileRead(str(path), outcome))
    assert outcome.told == [None, None, b"somepieces"]


def test_what_cannot_be_written_or_read_is_told(tmp_path: Path) -> None:
    outcome = Outcome()
    files.write(write(tmp_path / "none" / "dump.rdb", outcome))
    asyncio.run(files.write_in_background(write(tmp_path / "none" / "dump.rdb", outcome)))
    (tmp_path / "folder").mkdir()
    files.write(write(tmp_path / "folder", outcome))
    files.read(FileRead(str(tmp_path / "none"), outcome))
    assert [str(told).partition("]")[0] for told in outcome.told] == ["[Errno 2", "[Errno 2", "[Errno 21", "None"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_nothing_is_left_of_a_file_that_is_cancelled(tmp_path: Path) -> None:
    outcome = Outcome()
    effect = write(tmp_path / "dump.rdb", outcome)
    effect.is_cancelled = True
    asyncio.run(files.write_in_background(effect))

    async def cut_off() -> None:
        task = asyncio.ensure_future(files.write_in_background(write(tmp_path / "dump.rdb", outcome)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cut_off())
    assert not list(tmp_path.iterdir())
    assert outcome.told == []


@contextmanager
def running(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """A server with its files in `folder`, and a client of it."""
    command = [sys.executable, "-m", "redproof_server", "--port", "0", "--dir", str(folder), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(STARTED)
            with redis.Redis(port=int(line.removeprefix(STARTED))) as client:
                yield process, client
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_where_there_are_save_points(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, "--save", "3600 1") as (process, client):
        assert client.config_get("dir") == {"dir": str(tmp_path)}
        client.set("k", "v")
        process.send_signal(number)
        assert process.wait() == 0
    with running(tmp_path, "--save", "") as (process, client):
        assert client.get("k") == b"v"
        client.set("k", "w")
        process.send_signal(number)
        assert process.wait() == 0
    with running(tmp_path, "--dbfilename", "other.rdb") as (_, client):
        assert client.dbsize() == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["dump.rdb"]


def test_a_save_in_the_background_ends_while_clients_are_served(tmp_path: Path) -> None:
    with running(tmp_path, "--save", "") as (_, client):
        client.mset({f"key:{number}": "x" * 15 for number in range(20_000)})
        client.bgsave()
        while client.info("persistence")["rdb_bgsave_in_progress"]:
            assert client.ping()
        assert client.info("persistence")["rdb_last_bgsave_status"] == "ok"
    with running(tmp_path) as (_, client):
        assert client.dbsize() == 20_000


@pytest.mark.parametrize(("data", "problem"), [(b"REDIS0009", "unexpected end"), (b"", "unexpected end")])
def test_a_damaged_file_ends_the_start(tmp_path: Path, data: bytes, problem: str) -> None:
    (tmp_path / "dump.rdb").write_bytes(data)
    command = [sys.executable, "-m", "redproof_server", "--port", "0", "--dir", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == f"cannot load {tmp_path}/dump.rdb: the RDB file is damaged: {problem}\n"
    ended = subprocess.run([*command[:-1], str(tmp_path / "none")], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "none is no folder" in ended.stderr


def test_a_port_that_is_taken_ends_the_start_before_anyone_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = ["--port", str(taken.getsockname()[1]), "--unixsocket", str(path), "--dir", str(tmp_path)]
        command = [sys.executable, "-m", "redproof_server", *where]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "address already in use" in ended.stderr
    assert not path.exists()
