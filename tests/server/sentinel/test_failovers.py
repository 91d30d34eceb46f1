"""The steps of a failover, what ends it early, and how wrong masters and replicas are put right."""

from __future__ import annotations

import pytest
from redproof_server.protocol.replies import bulks
from redproof_server.sentinel.instances import FailoverState, State
from scripted_world import FAILOVER_TIMEOUT_MS, MASTER, REPLICAS, watched

TRANSACTION = ["CONFIG REWRITE", "CLIENT KILL TYPE normal", "CLIENT KILL TYPE pubsub"]


def test_the_events_come_in_order() -> None:
    world, (host,) = watched(1, 1, replicas=2)
    del host.log[:]
    world.nodes[7001].offset = 200
    world.run(10_000)
    world.kill(MASTER)
    world.run(20_000)
    chosen, other = "slave 127.0.0.1:7001 127.0.0.1 7001", "slave 127.0.0.1:7002 127.0.0.1 7002"
    master, at, me = "master m 127.0.0.1 7000", "@ m 127.0.0.1 7000", host.sentinel.my_id
    assert host.log == [
        f"+sdown {master}",
        f"+odown {master} #quorum 1/1",
        "+new-epoch 1",
        f"+try-failover {master}",
        f"+vote-for-leader {me} 1",
        f"+elected-leader {master}",
        f"+failover-state-select-slave {master}",
        f"+selected-slave {chosen} {at}",
        f"+failover-state-send-slaveof-noone {chosen} {at}",
        f"+failover-state-wait-promotion {chosen} {at}",
        f"-role-change {chosen} {at} new reported role is master",
        f"+promoted-slave {chosen} {at}",
        f"+failover-state-reconf-slaves {master}",
        f"+slave-reconf-sent {other} {at}",
        f"+slave-reconf-inprog {other} {at}",
        f"+slave-reconf-done {other} {at}",
        f"+failover-end {master}",
        "+switch-master m 127.0.0.1 7000 127.0.0.1 7001",
        f"+slave {other} @ m 127.0.0.1 7001",
        "+slave slave 127.0.0.1:7000 127.0.0.1 7000 @ m 127.0.0.1 7001",
        "+sdown slave 127.0.0.1:7000 127.0.0.1 7000 @ m 127.0.0.1 7001",
    ]
    for line in ("monitor m 127.0.0.1 7001 1", "config-epoch m 1", "leader-epoch m 1", "current-epoch 1"):
        assert f"sentinel {line}\n" in host.file
    words = [" ".join(each) for each in world.nodes[7001].told if each[0] != "CLIENT" or each[1] == "KILL"]
    assert words == ["SLAVEOF NO ONE", *TRANSACTION]


def test_events_are_published() -> None:
    world, (host,) = watched(1, 1, replicas=1)
    server = host.sentinel.server
    client = server.connect(b"127.0.0.1:1", server.now_ms)
    server.receive(client, b"SUBSCRIBE +switch-master\r\nPSUBSCRIBE +s?own\r\n", server.now_ms)
    client.take_output()
    world.kill(MASTER)
    world.run_until("+switch-master")
    assert client.take_output() == bulk_array("pmessage", "+s?own", "+sdown", "master m 127.0.0.1 7000") + bulk_array(
        "message", "+switch-master", "m 127.0.0.1 7000 127.0.0.1 7001"
    )


def bulk_array(*words: str) -> bytes:
    """A message as it is sent."""
    return bulks(word.encode() for word in words)


@pytest.mark.parametrize("parallel_syncs", [1, 2, 5])
def test_replicas_follow_some_at_a_time(parallel_syncs: int) -> None:
    more = f"sentinel parallel-syncs m {parallel_syncs}\nsentinel failover-timeout m 30000\n"
    world, (host,) = watched(1, 1, replicas=5, more=more)
    for port in (7002, 7003, 7004, 7005):
        world.nodes[port].link_is_up = False
    world.kill(MASTER)
    world.run_until("+slave-reconf-sent")
    world.run(1_500)
    assert sum(node.master_port == 7001 for node in world.nodes.values()) == min(parallel_syncs, 4)
    for node in world.nodes.values():
        node.link_is_up = True
    world.run_until("+failover-end")
    assert len(host.named("+slave-reconf-done")) == 4


def test_a_failover_ends_for_its_time_though_a_replica_does_not_follow() -> None:
    world, (host,) = watched(1, 1, replicas=2)
    world.nodes[7002].is_stuck = True
    world.kill(MASTER)
    world.run_until("+switch-master")
    assert host.named("+failover-end-for-timeout")
    assert host.sentinel.masters["m"].address.port == 7001


def test_who_does_not_become_a_master_in_time_is_given_up() -> None:
    world, (host,) = watched(1, 1, replicas=1)
    world.nodes[7001].is_stuck = True
    world.kill(MASTER)
    world.run_until("-failover-abort-slave-timeout")
    master = host.sentinel.masters["m"]
    assert master.failover_state is FailoverState.NONE
    assert master.promoted is None
    assert not any(replica.has_any(State.PROMOTED) for replica in master.replicas.values())
    world.nodes[7001].is_stuck = False
    world.run_until("+switch-master")
    assert master.config_epoch == 2


def test_the_old_master_becomes_a_replica_when_it_is_back() -> None:
    world, hosts = watched()
    world.kill(MASTER)
    world.run(20_000)
    new = hosts[0].sentinel.masters["m"].address.port
    world.restart(MASTER)
    back_ms = world.now_ms
    world.run_until("+convert-to-slave")
    assert world.now_ms - back_ms > 8_000, "others are given time to tell of a newer configuration"
    assert world.nodes[MASTER].master_port == new


def test_a_replica_of_another_is_told_to_follow_its_master() -> None:
    world, (host, *_) = watched()
    world.nodes[7002].master_port = 7001
    world.run_until("+fix-slave-config")
    assert world.nodes[7002].master_port == MASTER
    assert host.sentinel.masters["m"].config_epoch == 0


def test_nobody_is_put_right_while_the_master_is_not_well() -> None:
    world, (host,) = watched(1, 2)
    world.kill(MASTER)
    world.nodes[7002].master_port = 7001
    world.nodes[7001].master_port = None
    world.run(60_000)
    assert not host.named("+fix-slave-config")
    assert not host.named("+convert-to-slave")


def test_a_failover_on_demand_asks_nobody() -> None:
    world, (host, *others) = watched()
    for other in others:
        world.kill(other.port)
    assert host.call("SENTINEL", "FAILOVER", "m") == b"+OK\r\n"
    assert host.call("SENTINEL", "FAILOVER", "m") == b"-INPROG Failover already in progress\r\n"
    world.run_until("+switch-master")
    world.run_until("+convert-to-slave")
    assert world.nodes[MASTER].master_port in REPLICAS
    assert not host.sentinel.masters["m"].has_any(State.FORCE_FAILOVER)


@pytest.mark.parametrize(
    ("when", "last"), [("crash-after-election", "+elected-leader"), ("crash-after-promotion", "+promoted-slave")]
)
def test_a_simulated_crash_ends_it_there(when: str, last: str) -> None:
    world, (host,) = watched(1, 1)
    assert host.call("SENTINEL", "SIMULATE-FAILURE", when) == b"+OK\r\n"
    world.kill(MASTER)
    world.run(20_000)
    assert not host.is_alive
    assert host.log[-1].startswith(last)
    assert f"sentinel config-epoch m {int(when.endswith('promotion'))}\n" in host.file
    world.restart(host.port)
    world.run(40_000)
    assert host.sentinel.masters["m"].address.port in REPLICAS


def test_another_failover_waits_twice_the_time() -> None:
    world, (_host,) = watched(1, 1, priority=0)
    world.kill(MASTER)
    world.run_until("-failover-abort-no-good-slave")
    assert 2 * FAILOVER_TIMEOUT_MS - 1_000 < world.run_until("+try-failover") < 2 * FAILOVER_TIMEOUT_MS + 1_500


def test_a_greater_config_epoch_wins_and_a_smaller_does_not() -> None:
    world, (host, *_) = watched()

    def hello(epoch: int, port: int) -> None:
        message = f"127.0.0.1,26009,{'e' * 40},3,m,127.0.0.1,{port},{epoch}"
        assert host.call("PUBLISH", "__sentinel__:hello", message) in (b":1\r\n", b"")

    hello(2, 7001)
    assert host.named("+config-update-from") == [f"sentinel {'e' * 40} 127.0.0.1 26009 @ m 127.0.0.1 7000"]
    assert host.named("+switch-master") == ["m 127.0.0.1 7000 127.0.0.1 7001"]
    assert len(host.sentinel.masters["m"].peers) == 3, "other Sentinels are still known"
    hello(2, 7002)
    hello(1, 7002)
    assert host.sentinel.masters["m"].address.port == 7001
    assert host.sentinel.current_epoch == 3
    world.run(100)
    assert "sentinel config-epoch m 2\n" in host.file
