"""When faults begin and end, as a record has them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from redproof_properties.failover import director
from redproof_properties.failover.director import Director
from redproof_properties.failover.plan import group_of
from redproof_properties.failover.schedule import FaultSchedule, Step
from redproof_properties.history import Fault

SLOW_MS = 10


class SlowGroup:
    """What a director asks of a group; to part its nodes and to bring them together takes time."""

    plan = group_of(("bundled", "bundled"), ("bundled",))
    dead: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.now_ms = 0

    def is_up(self, name: str) -> bool:
        return name in self.plan.names

    def isolate(self, node: str) -> None:
        self.now_ms += SLOW_MS

    def release_links(self) -> None:
        self.now_ms += SLOW_MS


def test_an_isolation_counts_from_when_it_is_whole_until_the_first_link_is_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(director, "wait_until", lambda *_: True)
    group: Any = SlowGroup()
    clock: Any = SimpleNamespace(now_ms=lambda: group.now_ms)
    sampler: Any = SimpleNamespace(server_samples=[], sentinel_samples=[])
    plays = Director(group, clock, sampler)
    plays.play(FaultSchedule((Step(0, Fault("isolate", "m")), Step(0, Fault("settle", "m")))))
    (span,) = plays.spans
    assert (span.begun_at_ms, span.ended_at_ms, plays.healed_at_ms) == (SLOW_MS, SLOW_MS, 2 * SLOW_MS)
