"""Sentinels agree that a master is down, vote once in an epoch, and let one of them fail over."""

from __future__ import annotations

from collections import Counter

import pytest
from redproof_server.sentinel import agreement
from redproof_server.sentinel.instances import State
from scripted_world import DOWN_AFTER_MS, FAILOVER_TIMEOUT_MS, MASTER, Host, ScriptedWorld, watched

ADDRESS = ["127.0.0.1", str(MASTER)]


def assert_votes_are_single(hosts: list[Host]) -> None:
    """No Sentinel voted twice in an epoch, and nobody was elected by too few."""
    for host in hosts:
        epochs = [line.split()[1] for line in host.named("+vote-for-leader")]
        assert len(epochs) == len(set(epochs)), host.log


def assert_agreed(world: ScriptedWorld, hosts: list[Host]) -> int:
    """All name the same master, in the same epoch; its port."""
    masters = [host.sentinel.masters["m"] for host in hosts]
    assert len({master.config_epoch for master in masters}) == 1
    (port,) = {master.current_address.port for master in masters}
    assert world.nodes[port].master_port is None
    return port


@pytest.mark.parametrize("version", ["6.2", "7.0"])
@pytest.mark.parametrize(("sentinels", "quorum"), [(1, 1), (3, 2), (5, 3), (5, 2), (5, 5)])
def test_one_leader_promotes_one_replica_and_all_follow(sentinels: int, quorum: int, version: str) -> None:
    world, hosts = watched(sentinels, quorum, version=version)
    world.kill(MASTER)
    world.run(30_000)
    assert_votes_are_single(hosts)
    leaders = Counter(host.port for host in hosts for _ in host.named("+elected-leader"))
    assert sum(leaders.values()) == 1
    assert assert_agreed(world, hosts) in (7001, 7002)
    assert sum(len(host.named("+switch-master")) for host in hosts) == sentinels
    assert all(node.master_port != MASTER for node in world.nodes.values() if node.port != MASTER)
    assert all(host.sentinel.masters["m"].config_epoch >= 1 for host in hosts)


@pytest.mark.parametrize("sentinels", [3, 5])
def test_a_minority_promotes_nobody(sentinels: int) -> None:
    world, hosts = watched(sentinels, quorum=1)
    few, many = hosts[: sentinels // 2], hosts[sentinels // 2 :]
    everyone = {host.port for host in many}
    world.part_ports({host.port for host in few} | set(world.nodes), everyone)
    world.kill(MASTER)
    world.run(20_000)
    assert any(host.named("-failover-abort-not-elected") for host in few)
    assert not any(host.named("+elected-leader") for host in few)
    world.heal()
    world.run(40_000)
    assert_votes_are_single(hosts)
    assert assert_agreed(world, hosts) in (7001, 7002)


def test_a_quorum_that_is_not_reached_leaves_the_master_alone() -> None:
    world, hosts = watched(3, quorum=3)
    world.kill(hosts[2].port)
    world.kill(MASTER)
    world.run(30_000)
    assert all(host.named("+sdown") and not host.named("+odown") for host in hosts[:2])


def test_split_votes_elect_nobody_and_another_epoch_is_tried() -> None:
    world, hosts = watched(2, quorum=1)
    world.part_ports(*({host.port} for host in hosts))
    world.kill(MASTER)
    world.run_until("+try-failover")
    world.run(DOWN_AFTER_MS)
    assert [host.named("+vote-for-leader") for host in hosts] == [[f"{host.sentinel.my_id} 1"] for host in hosts], (
        "each votes for itself in the first epoch"
    )
    world.heal()
    world.run(FAILOVER_TIMEOUT_MS)
    assert [len(host.named("-failover-abort-not-elected")) for host in hosts] == [1, 1]
    world.run(4 * FAILOVER_TIMEOUT_MS)
    assert_votes_are_single(hosts)
    assert assert_agreed(world, hosts) in (7001, 7002)


def ask_for_vote(host: Host, epoch: int, candidate: str) -> tuple[str, int]:
    """The vote of a Sentinel in an epoch."""
    reply = host.call("SENTINEL", "IS-MASTER-DOWN-BY-ADDR", *ADDRESS, str(epoch), candidate).split(b"\r\n")
    return reply[3].decode(), int(reply[4][1:])


def test_a_vote_is_given_once_in_an_epoch_and_kept_over_a_restart() -> None:
    world, (host, *_) = watched()
    assert ask_for_vote(host, 5, "a") == ("a", 5)
    assert "sentinel leader-epoch m 5\n" in host.file
    assert "sentinel current-epoch 5\n" in host.file
    assert ask_for_vote(host, 5, "b") == ("a", 5)
    world.kill(host.port)
    world.restart(host.port)
    assert ask_for_vote(host, 5, "b") == ("*", 5), "for whom it was is not kept, only that there was one"
    assert ask_for_vote(host, 4, "b") == ("*", 5)
    assert ask_for_vote(host, 6, "b") == ("b", 6)


def test_a_vote_is_on_the_disk_before_anybody_hears_of_it() -> None:
    _, (host, *_) = watched()
    server = host.sentinel.server
    client = server.connect(b"127.0.0.1:1", server.now_ms)
    server.receive(client, b"SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 7000 5 a\r\nPING\r\n", server.now_ms)
    assert not client.output
    assert "leader-epoch m 5" not in host.file
    host.sleep_and_see_to_files()
    server.resume(server.now_ms)
    assert "leader-epoch m 5" in host.file
    assert client.take_output() == b"*3\r\n:0\r\n$1\r\na\r\n:5\r\n+PONG\r\n"


def test_a_vote_is_kept_in_an_epoch_that_was_known_before() -> None:
    world, (host, other, _) = watched()
    host.call("PUBLISH", "__sentinel__:hello", f"127.0.0.1,26002,{other.sentinel.my_id},5,m,127.0.0.1,7000,0")
    assert ask_for_vote(host, 5, "a") == ("a", 5)
    world.kill(host.port)
    world.restart(host.port)
    assert ask_for_vote(host, 5, "b") == ("*", 5)


def test_who_voted_for_another_waits_before_it_tries_itself() -> None:
    world, (host, *others) = watched(3, quorum=1)
    for other in others:
        world.kill(other.port)
    ask_for_vote(host, 1, "somebody")
    world.kill(MASTER)
    world.run_until("+odown")
    assert world.run_until("+try-failover") >= 2 * FAILOVER_TIMEOUT_MS - DOWN_AFTER_MS - 1_000


def test_a_leader_needs_the_quorum_and_a_majority() -> None:
    _, (host, *_) = watched(5, quorum=2)
    master = host.sentinel.masters["m"]
    peers = list(master.peers.values())
    master.state |= State.O_DOWN
    host.sentinel.current_epoch = 1
    for peer in peers[:1]:
        peer.leader, peer.leader_epoch = host.sentinel.my_id, 1
    assert agreement.elect(host.sentinel, master, 1) is None
    peers[1].leader, peers[1].leader_epoch = host.sentinel.my_id, 0
    assert agreement.elect(host.sentinel, master, 1) is None, "a vote of another epoch does not count"
    peers[1].leader_epoch = 1
    assert agreement.elect(host.sentinel, master, 1) == host.sentinel.my_id
    master.quorum = 4
    assert agreement.elect(host.sentinel, master, 1) is None


def test_the_word_of_others_lapses() -> None:
    world, (host, *others) = watched()
    world.kill(MASTER)
    world.run_until("+odown")
    world.part_ports({host.port}, {other.port for other in others})
    world.run(6_000)
    assert agreement.agreeing(host.sentinel.masters["m"]) == 1
