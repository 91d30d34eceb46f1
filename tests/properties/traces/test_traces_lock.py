"""Clients of the lock, the storage that it guards, and the clock that is stepped."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from redproof_model.reply import OK, Null, Reply
from redproof_properties.errors import TargetError
from redproof_properties.failover.members import need_process
from redproof_properties.failover.plan import QUICK
from redproof_properties.failover.traces import lock_playing, locking
from redproof_properties.failover.traces.lock_playing import fenced, play_lock
from redproof_properties.failover.traces.locking import LockClient, Storage
from redproof_properties.failover.traces.shortest import Saying, shortest
from redproof_properties.failover.traces.stepping import SteppedClock, why_no_steps
from redproof_properties.targets import parse_target
from redproof_properties.targets.process import ProcessTarget

ALONE = ("two_work_after_a_pause", "two_work_after_a_jump")
"""What needs no sentinels."""


def granting(*argv: str | int) -> Reply:
    """A server that gives the lock to whoever asks."""
    return OK if argv[0] == "SET" else 1


def make_process(spelling: str) -> ProcessTarget:
    """The target of a spelling."""
    return need_process(parse_target(spelling))


def test_a_client_works_until_its_time_is_over() -> None:
    client = LockClient("one", count(1).__next__)
    assert client.acquire(granting, ttl_ms=60_000)
    assert client.works
    assert client.token == 1
    assert LockClient("late", count(1).__next__).acquire(granting, ttl_ms=0)
    client.release(granting)
    assert not client.works


def test_a_client_that_is_paused_works_on_and_stops_when_it_looks_at_its_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock_s = [0.0]
    monkeypatch.setattr(locking, "time", SimpleNamespace(monotonic=lambda: clock_s[0]))
    client = LockClient("one", count(1).__next__)
    client.acquire(granting, ttl_ms=20)
    client.pause()
    clock_s[0] = 0.03
    assert client.works
    client.go_on()
    assert not client.works


def test_a_client_that_is_refused_has_no_token() -> None:
    client = LockClient("one", count(1).__next__)
    assert not client.acquire(lambda *argv: Null.BULK, ttl_ms=60_000)
    assert not client.works
    assert client.token == 0


def test_a_script_that_fails_is_an_error() -> None:
    with pytest.raises(TargetError, match="releases the lock"):
        LockClient("one", count(1).__next__).release(lambda *argv: Null.BULK)


def test_a_storage_takes_no_write_with_a_token_below_one_that_it_took() -> None:
    storage = Storage()
    for token in (1, 3, 2, 3):
        storage.write(token)
    assert storage.written == [1, 3, 3]
    assert not storage.took_stale


@pytest.mark.parametrize("witness", ALONE)
def test_a_storage_that_checks_no_token_is_found(witness: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The lock must not be over before the next action, however busy the machine is.
    monkeypatch.setattr(lock_playing, "TICK_MS", 1_500)
    target = make_process("redis")
    if (reason := why_no_steps(target)) is not None:
        pytest.skip(reason)
    trace = fenced(shortest(Saying("lock", "small", witness)))
    assert play_lock(trace, "redis", make_process, QUICK) == ""
    left = play_lock(trace, "redis", make_process, QUICK, checks_tokens=False)
    assert left == f"after {trace.actions[-1]} accepted_stale is true, not false"


def test_a_lock_that_does_not_expire_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SteppedClock, "step", lambda self, seconds, connection: None)
    target = make_process("redis")
    if (reason := why_no_steps(target)) is not None:
        pytest.skip(reason)
    left = play_lock(shortest(Saying("lock", "small", ALONE[1])), "redis", make_process, QUICK)
    assert left == "after jump holder is 1, not -1"


@pytest.mark.parametrize("spelling", ["bundled", "redis"])
def test_a_step_of_the_clock_is_seen_and_ends_what_was_to_live(spelling: str, tmp_path: Path) -> None:
    target = make_process(spelling)
    if (reason := why_no_steps(target)) is not None:
        pytest.skip(reason)
    clock = SteppedClock(tmp_path)
    target.environment = {**target.environment, **clock.environment}
    with target, target.connect() as connection:
        connection.call("SET", "short", "1", "PX", 200_000)
        connection.call("SET", "long", "1", "PX", 1_000_000)
        for _ in range(2):
            clock.step(150, connection)
        assert connection.call("GET", "short") == Null.BULK
        assert connection.call("GET", "long") == b"1"


def test_only_processes_of_ours_have_a_clock_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "only a process of ours" in (why_no_steps(parse_target("redis://127.0.0.1:1")) or "")
    monkeypatch.setenv("PATH", "")
    assert "no C compiler" in (why_no_steps(make_process("bundled")) or "")
