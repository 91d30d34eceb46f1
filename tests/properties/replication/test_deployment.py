"""Topologies run as they are written down, suffer what they are told, and leave nothing behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from redproof_properties.errors import TargetError, UsageError
from redproof_properties.replication.ends.info import ReplicaRole, read_role
from redproof_properties.replication.topologies.deployment import Deployment
from redproof_properties.replication.topologies.servers import Syncs
from redproof_properties.replication.topologies.topology import QUICK, Node, Topology, chain, fork, pair, quick_settings
from redproof_properties.targets.greeting import ServerVersion
from redproof_properties.targets.process import ProcessTarget
from redproof_properties.waiting import wait_until

REDIS = "redis"


@pytest.fixture(scope="module")
def started() -> Iterator[Deployment]:
    with Deployment(chain(REDIS, REDIS, **{"repl-backlog-size": "16kb"})) as deployment:
        yield deployment


@pytest.fixture
def deployment(started: Deployment) -> Deployment:
    """A chain m, r, s of warm servers without data."""
    started.reset()
    return started


def put(deployment: Deployment, node: str, key: str, value: str = "x") -> None:
    deployment.tell(node, "SET", key, value)


def held(deployment: Deployment, key: str) -> list[object]:
    return [deployment.control(name).call("EXISTS", key) for name in deployment.names]


def has_failed(deployment: Deployment, replica: str) -> bool:
    """Whether a replica waits for its next attempt to connect."""
    role = read_role(deployment.control(replica))
    return isinstance(role, ReplicaRole) and role.state == "connect"


def test_a_topology_is_data() -> None:
    topology = Topology({"a": Node("redis"), "b": Node("bundled", "a", {"repl-backlog-size": "16kb"})})
    assert Topology.from_json(topology.to_json()) == topology


@pytest.mark.parametrize("nodes", [{"a": Node("redis", "a")}, {"a": Node("redis", "b"), "b": Node("redis")}])
def test_a_node_follows_one_before_it(nodes: dict[str, Node]) -> None:
    with pytest.raises(UsageError, match="no node before it"):
        Topology(nodes)


def test_shapes() -> None:
    assert {name: node.master for name, node in pair("a", "b").nodes.items()} == {"m": None, "r": "m"}
    assert {name: node.master for name, node in fork("a", "b").nodes.items()} == {"m": None, "r": "m", "s": "m"}
    assert {name: node.master for name, node in chain("a", "b").nodes.items()} == {"m": None, "r": "m", "s": "r"}
    assert [node.spelling for node in chain("a", "b").nodes.values()] == ["a", "b", "b"]


def test_settings_are_of_the_version() -> None:
    assert quick_settings(ServerVersion("redis", (7, 0, 15))) == QUICK
    assert quick_settings(ServerVersion("valkey", (9, 1, 0))).keys() > QUICK.keys()


def test_replicas_follow_through_links(deployment: Deployment) -> None:
    put(deployment, "m", "k")
    deployment.wait_synced()
    assert held(deployment, "k") == [1, 1, 1]
    assert deployment.masters == ["m"]
    assert deployment.chain_of("s") == ["s", "r", "m"]
    assert deployment.info("s").master_port == deployment.link("s").address.port
    assert deployment.link("s").traffic.to_replica_bytes > 0


def test_a_held_link_keeps_what_is_below_it_behind(deployment: Deployment) -> None:
    deployment.link("r").hold()
    put(deployment, "m", "k")
    assert held(deployment, "k") == [1, 0, 0]
    assert not deployment.is_synced("r")
    deployment.settle()
    assert held(deployment, "k") == [1, 1, 1]


def test_a_cut_is_resynchronised_in_part(deployment: Deployment) -> None:
    before = deployment.syncs("m")
    deployment.link("r").cut()
    put(deployment, "m", "k")
    deployment.wait_synced()
    assert deployment.syncs("m") == Syncs(before.full, before.partial + 1)


def test_more_than_the_backlog_is_resynchronised_in_full(deployment: Deployment) -> None:
    before = deployment.syncs("m")
    deployment.link("r").hold()
    deployment.link("r").cut()
    put(deployment, "m", "k", "x" * 20_000)
    deployment.settle()
    assert deployment.syncs("m") == Syncs(before.full + 1, before.partial)


def test_a_replica_whose_attempt_failed_is_settled_at_once(deployment: Deployment) -> None:
    port = deployment.link("r").address.port
    deployment.link("r").refuse()
    deployment.link("r").cut()
    assert wait_until(lambda: has_failed(deployment, "r"))
    put(deployment, "m", "k")
    deployment.settle()
    assert held(deployment, "k") == [1, 1, 1]
    assert deployment.link("r").address.port != port


def test_a_promoted_node_replicates_none_and_a_cycle_is_refused(deployment: Deployment) -> None:
    with pytest.raises(UsageError, match="which replicates it"):
        deployment.repoint("m", "s")
    deployment.promote("r")
    assert deployment.masters == ["m", "r"]
    deployment.repoint("m", "s")
    deployment.wait_synced()
    assert deployment.chain_of("m") == ["m", "s", "r"]
    with pytest.raises(UsageError, match="has no link"):
        deployment.link("r")


def test_failover_goes_through_links(deployment: Deployment) -> None:
    put(deployment, "m", "k")
    deployment.wait_synced()
    deployment.failover("r")
    assert deployment.following == {"m": "r", "r": None, "s": "r"}
    assert deployment.info("m").master_port == deployment.link("m").address.port
    assert held(deployment, "k") == [1, 1, 1]


@pytest.mark.parametrize(("keep_rdb", "syncs"), [(True, (0, 1)), (False, (1, 0))])
def test_a_replica_that_is_restarted_knows_what_it_saved(
    deployment: Deployment, keep_rdb: bool, syncs: tuple[int, int]
) -> None:
    put(deployment, "m", "k")
    deployment.wait_synced()
    deployment.save("r")
    before = deployment.syncs("m")
    deployment.kill("r")
    with pytest.raises(TargetError, match="was killed"):
        deployment.control("r")
    deployment.restart("r", keep_rdb=keep_rdb)
    deployment.settle()
    after = deployment.syncs("m")
    assert (after.full - before.full, after.partial - before.partial) == syncs
    assert held(deployment, "k") == [1, 1, 1]


@pytest.mark.parametrize("keep_rdb", [True, False])
def test_a_master_that_is_restarted_has_what_it_saved(deployment: Deployment, keep_rdb: bool) -> None:
    put(deployment, "m", "k")
    deployment.wait_synced()
    deployment.save("m")
    deployment.restart("m", keep_rdb=keep_rdb)
    deployment.settle()
    assert held(deployment, "k") == [int(keep_rdb)] * 3


def test_a_paused_server_gets_everything_when_it_goes_on(deployment: Deployment) -> None:
    deployment.pause("r")
    put(deployment, "m", "k")
    with pytest.raises(TargetError, match="is paused"):
        deployment.info("r")
    deployment.settle()
    assert held(deployment, "k") == [1, 1, 1]


def test_reset_leaves_nothing_of_what_was(deployment: Deployment) -> None:
    put(deployment, "m", "k")
    deployment.save("m")
    deployment.promote("r")
    deployment.pause("s")
    deployment.kill("m")
    replids = {deployment.info("r").master_replid}
    deployment.reset()
    assert deployment.following == {"m": None, "r": "m", "s": "r"}
    assert held(deployment, "k") == [0, 0, 0]
    assert replids.isdisjoint({deployment.info("m").master_replid, deployment.info("m").master_replid2})
    deployment.restart("m", keep_rdb=True)
    assert deployment.control("m").call("DBSIZE") == 0


def test_settings_of_a_node_hold_after_a_restart_too(deployment: Deployment) -> None:
    for _ in range(2):
        assert deployment.control("r").call("CONFIG", "GET", "repl-backlog-size") == [b"repl-backlog-size", b"16384"]
        deployment.restart("r", keep_rdb=True)


def test_nothing_is_left_when_starting_fails() -> None:
    pids: list[int] = []
    folders: list[Path] = []
    with Deployment(pair(REDIS, REDIS)) as deployment:
        for target in deployment.targets.values():
            assert isinstance(target, ProcessTarget)
            pids.append(target.pid)
            folders.append(target.place.folder)
    with (
        pytest.raises(TargetError, match="not-a-setting"),
        Deployment(pair(REDIS, REDIS, **{"not-a-setting": "1"})) as deployment,
    ):
        pass
    assert not any(folder.exists() for folder in folders)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
