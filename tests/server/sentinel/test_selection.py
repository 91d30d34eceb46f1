"""Which replica is promoted: by priority, then offset, then run ID, among those that may be."""

from __future__ import annotations

from typing import Any

import pytest
from redproof_server.sentinel import selection
from redproof_server.sentinel.instances import State
from scripted_world import MASTER, watched

FIRST, SECOND = 7001, 7002


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        ({"priority": 10}, {"priority": 20}, FIRST),
        ({"priority": 20, "offset": 900}, {"priority": 10, "offset": 1}, SECOND),
        ({"offset": 5}, {"offset": 6}, SECOND),
        ({"offset": 2**63 + 1}, {"offset": 2**63}, FIRST),
        ({"run_id": "b" * 40}, {"run_id": "a" * 40}, SECOND),
        ({"run_id": "A" * 40}, {"run_id": "b" * 40}, FIRST),
        ({"priority": 0}, {"priority": 100}, SECOND),
        ({"priority": 0}, {"priority": 0}, None),
        ({"link_is_up": False, "link_down_seconds": 3600, "offset": 900}, {}, SECOND),
        ({"link_is_up": False, "link_down_seconds": 5, "offset": 900}, {}, FIRST),
        ({"is_alive": False, "offset": 900}, {}, SECOND),
    ],
    ids=repr,
)
def test_the_replica_that_the_rule_names_is_promoted(
    first: dict[str, Any], second: dict[str, Any], chosen: int | None
) -> None:
    world, hosts = watched()
    for port, facts in ((FIRST, first), (SECOND, second)):
        for name, value in facts.items():
            setattr(world.nodes[port], name, value)
        if not world.nodes[port].is_alive:
            world.kill(port)
    world.run(15_000)
    world.kill(MASTER)
    world.run(12_000)
    promoted = {line.split()[3] for host in hosts for line in host.named("+promoted-slave")}
    assert promoted == ({str(chosen)} if chosen else set())
    if chosen is None:
        assert any(host.named("-failover-abort-no-good-slave") for host in hosts)


def test_what_is_known_must_be_fresh() -> None:
    _, (host, *_) = watched(1, 1, replicas=1)
    master = host.sentinel.masters["m"]
    (replica,) = master.replicas.values()
    now_ms = host.sentinel.now_ms
    assert selection.select(host.sentinel, master) is replica
    cases: list[tuple[object, str, object]] = [
        (replica, "info_refreshed_ms", now_ms - 30_001),
        (replica.connections, "last_available_ms", now_ms - 5_001),
        (replica.connections, "is_disconnected", True),
        (replica, "state", State.S_DOWN),
    ]
    for subject, name, value in cases:
        before = getattr(subject, name)
        setattr(subject, name, value)
        assert selection.select(host.sentinel, master) is None, name
        setattr(subject, name, before)
    replica.info_refreshed_ms = now_ms - 5_001
    assert selection.select(host.sentinel, master) is replica
    master.state |= State.S_DOWN
    assert selection.select(host.sentinel, master) is None, "INFO must be fresher once the master is down"


def test_a_replica_may_have_lost_its_master_when_that_went_down_and_somewhat_before() -> None:
    _, (host, *_) = watched(1, 1, replicas=1)
    master = host.sentinel.masters["m"]
    (replica,) = master.replicas.values()
    replica.master_link_down_ms = 20_000
    assert selection.select(host.sentinel, master) is replica
    replica.master_link_down_ms += 1
    assert selection.select(host.sentinel, master) is None
    master.state, master.s_down_since_ms = State.S_DOWN, host.sentinel.now_ms - 1
    assert selection.select(host.sentinel, master) is replica
