"""Sentinels whose processes die and whose connections are cut: what holds all the time, and what once all is well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from scripted_world import MASTER, REPLICAS, Host, ScriptedWorld, watched

STEPS = 15
# A pause makes Sentinels careful for half a minute, so that little happens.
WEIGHTS = {"kill": 3, "restart": 4, "part": 3, "heal": 5, "kill master": 6, "revive": 5, "pause": 0.4}
SETTLES_WITHIN_MS = 90_000


def disturb(world: ScriptedWorld, hosts: list[Host], random: Random) -> None:
    """Let one thing happen."""
    dead = [host for host in hosts if not host.is_alive]
    nodes = [MASTER, *REPLICAS]
    match random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]:
        case "kill" if len(dead) < len(hosts) - 1:
            world.kill(random.choice([host.port for host in hosts if host.is_alive]))
        case "restart" if dead:
            world.restart(random.choice(dead).port)
        case "part":
            ports = [*nodes, *(host.port for host in hosts)]
            random.shuffle(ports)
            at = random.randrange(1, len(ports))
            world.part_ports(set(ports[:at]), set(ports[at:]))
        case "kill master":
            masters = [port for port in nodes if world.nodes[port].is_alive and world.nodes[port].master_port is None]
            if masters:
                world.kill(random.choice(masters))
        case "revive":
            for port in nodes:
                if not world.nodes[port].is_alive:
                    world.restart(port)
        case "pause":
            world.step_clocks(2_500)
        case _:
            world.heal()


def elections(host: Host) -> Iterator[int]:
    """The epochs in which a Sentinel was elected."""
    newest = tried = 0
    for line in host.log:
        event, *words = line.split()
        if event == "+new-epoch":
            newest = int(words[0])
        elif event == "+try-failover":
            tried = newest
        elif event == "+elected-leader":
            yield tried


def assert_safe(hosts: list[Host]) -> None:
    """One vote in an epoch and Sentinel, over restarts, and one leader in an epoch."""
    for host in hosts:
        votes = Counter(line.split()[1] for line in host.named("+vote-for-leader"))
        assert not votes or max(votes.values()) == 1, host.log
    leaders = Counter(epoch for host in hosts for epoch in elections(host))
    assert not leaders or max(leaders.values()) == 1, leaders


@pytest.mark.parametrize("seed", range(8))
def test_no_epoch_has_two_leaders_and_all_agree_in_the_end(seed: int) -> None:
    random = Random(seed)
    world, hosts = watched(random.choice([3, 5]), 2)
    for _ in range(STEPS):
        disturb(world, hosts, random)
        world.run(random.randrange(500, 12_000))
        assert_safe(hosts)
    world.heal()
    for host in hosts:
        if not host.is_alive:
            world.restart(host.port)
    for node in world.nodes.values():
        if not node.is_alive:
            node.start()
    world.run(SETTLES_WITHIN_MS)
    assert_safe(hosts)
    assert any(epoch for host in hosts for epoch in elections(host)), "nothing was put to the test"
    masters = {port for port, node in world.nodes.items() if node.master_port is None}
    assert {host.sentinel.masters["m"].current_address.port for host in hosts} == masters
    assert len({host.sentinel.masters["m"].config_epoch for host in hosts}) == 1
