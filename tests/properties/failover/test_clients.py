"""Clients of a group, of which one server is there, and has been found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from redproof_model.loss.record import Outcome
from redproof_properties.failover.clients import ANSWERED_WITHIN_MS, Writer
from redproof_properties.failover.clock import RunClock
from redproof_properties.failover.plan import group_of
from redproof_properties.targets import Target, parse_target


@pytest.fixture
def target() -> Iterator[Target]:
    with parse_target("redis") as started:
        yield started


def writer_to(target: Target, monkeypatch: pytest.MonkeyPatch, *, stays: bool) -> Writer:
    """A client that has written to the server once."""
    monkeypatch.setattr(Writer, "_ask_for_master", lambda writer: "m")
    group: Any = SimpleNamespace(plan=group_of(("redis", "redis"), ("redis",)), connect=lambda name: target.connect())
    writer = Writer(group, RunClock(), "c", "seed", stays=stays)
    writer.turn()
    return writer


def test_who_stays_waits_for_a_server_that_is_slow(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    with writer_to(target, monkeypatch, stays=True) as writer, ThreadPoolExecutor(1) as pool:
        target.pause()
        turn = pool.submit(writer.turn)
        time.sleep(2 * ANSWERED_WITHIN_MS / 1000)
        target.resume()
        turn.result()
        assert [write.outcome for write in writer.writes] == [Outcome.OK, Outcome.OK]


def test_another_gives_up_soon(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    with writer_to(target, monkeypatch, stays=False) as writer:
        target.pause()
        writer.turn()
        assert [write.outcome for write in writer.writes] == [Outcome.OK, Outcome.UNKNOWN]
