"""What is wrong with a server, a sentinel or the harness is found where traces are played: each property by one fault.

Some do not break the play but what it shows: a loss that does not come about is no loss that is shown.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from planted.replicated.hunt import faulty_target
from planted.replicated.register import REPLICATION_FAULTS
from redproof_properties.failover.group import Group
from redproof_properties.failover.plan import QUICK
from redproof_properties.failover.traces.playing import Attempt, Schedule, kept_schedules, play, schedule_of
from redproof_properties.failover.traces.shortest import Saying
from redproof_properties.failover.traces.wandering import wander
from redproof_properties.frozen import remove_dump
from redproof_properties.targets.bundled import BundledTarget
from redproof_properties.targets.process import ProcessTarget

LOST = schedule_of(Saying("failover", "small", "an_acknowledged_write_is_lost"))
BACK, OVER = kept_schedules()
SEEDS = range(4)


def with_fault(name: str) -> Callable[[str], ProcessTarget]:
    """What gives bundled servers, or sentinels, that have a planted fault."""
    return lambda spelling: faulty_target(REPLICATION_FAULTS[name])


def honest(spelling: str) -> ProcessTarget:
    """A bundled server, or sentinel, without a fault."""
    return BundledTarget(spelling, "7.0")


def attempt(schedule: Schedule, make: Callable[[str], ProcessTarget] = honest) -> Attempt:
    """What came of a schedule on bundled servers."""
    return play(schedule, "bundled", make, QUICK)


def test_a_write_that_is_not_held_back_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Group, "hold", lambda self, name, other: None)
    tried = attempt(LOST)
    assert not tried.is_shown or tried.broken


def test_a_promoted_server_that_deletes_its_data_is_no_behaviour() -> None:
    tried = attempt(OVER, with_fault("promotion-begins-without-data"))
    assert tried.broken
    assert tried.lost


def test_a_master_that_forgets_is_no_behaviour_where_servers_keep_data(monkeypatch: pytest.MonkeyPatch) -> None:
    restart = Group.restart

    def forget(group: Group, name: str) -> None:
        remove_dump(group.targets[name])
        restart(group, name)

    monkeypatch.setattr(Group, "restart", forget)
    assert attempt(BACK).broken


def test_random_faults_find_a_promoted_server_that_deletes_its_data() -> None:
    assert any(wander(seed, 3, "bundled", with_fault("promotion-begins-without-data"), QUICK).broken for seed in SEEDS)
