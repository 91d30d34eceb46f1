"""Mixed groups of processes: whoever watches whom, the master is killed and its replica takes over."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from sentinel_processes import discovery_by, eventually, fail_over, names, watched_pair

GROUPS = {
    "three bundled watch real servers": (("real", "7.0"), [("bundled", "7.0")] * 3),
    "one bundled and two real watch real servers": (
        ("real", "7.0"),
        [("bundled", "7.0"), ("real", "7.0"), ("real", "7.0")],
    ),
    "two bundled and one real watch bundled servers": (
        ("bundled", "7.0"),
        [("bundled", "7.0"), ("bundled", "7.0"), ("real", "7.0")],
    ),
    "three real watch bundled servers": (("bundled", "7.0"), [("real", "7.0")] * 3),
    "one bundled and two real of 6.2 watch a bundled pair of 6.2": (
        ("bundled", "6.2"),
        [("bundled", "6.2"), ("real", "6.2"), ("real", "6.2")],
    ),
}


@pytest.mark.parametrize(("servers", "sentinels"), GROUPS.values(), ids=GROUPS.keys())
def test_a_killed_master_is_replaced_and_clients_follow(
    tmp_path: Path, servers: tuple[str, str], sentinels: list[tuple[str, str]]
) -> None:
    with watched_pair(tmp_path, servers, sentinels) as (group, master, replica, ports):
        discovery = discovery_by(ports)
        assert discovery.discover_master("m") == ("127.0.0.1", master)
        assert discovery.discover_slaves("m") == [("127.0.0.1", replica)]
        client = discovery.master_for("m", socket_timeout=5)
        assert client.set("before", "1")
        assert client.wait(1, 5_000) == 1
        group.kill(master)

        eventually(lambda: client.set("after", "2"))
        assert client.mget("before", "after") == [b"1", b"2"]
        for port in ports:
            eventually(partial(names, group.client(port), replica))
        epochs = [group.client(port).sentinel_master("m")["config-epoch"] for port in ports]
        assert len(set(epochs)) == 1
        assert group.client(replica).role()[0] == b"master"
        client.close()


@pytest.mark.parametrize("kind", ["bundled", "real"])
def test_a_master_that_comes_back_becomes_a_replica(tmp_path: Path, kind: str) -> None:
    with watched_pair(tmp_path, (kind, "7.0"), [("bundled", "7.0")] * 3) as (group, master, replica, ports):
        group.kill(master)
        for port in ports:
            eventually(partial(names, group.client(port), replica))
        group.server(kind, "7.0", port=master)
        old = group.client(master)
        eventually(lambda: old.info("replication").get("master_port") == replica)
        eventually(lambda: old.info("replication").get("master_link_status") == "up")
        assert any("+convert-to-slave" in group.log(port) for port in ports)


def test_a_failover_on_demand_and_a_restart_that_remembers(tmp_path: Path) -> None:
    with watched_pair(tmp_path, ("real", "7.0"), [("bundled", "7.0")]) as (group, _master, replica, (port,)):
        client = group.client(port)
        fail_over(client)
        eventually(partial(names, client, replica))
        my_id = client.execute_command("SENTINEL MYID")
        group.restart(port)
        again = group.client(port)
        assert again.execute_command("SENTINEL MYID") == my_id
        assert names(again, replica)
        assert again.sentinel_master("m")["config-epoch"] == 1
        again.shutdown()
        assert group.running.pop(port).wait() == 0


def test_a_simulated_crash_ends_the_process(tmp_path: Path) -> None:
    with watched_pair(tmp_path, ("real", "7.0"), [("bundled", "7.0")]) as (group, _master, _replica, (port,)):
        group.client(port).execute_command("SENTINEL", "SIMULATE-FAILURE", "crash-after-promotion")
        fail_over(group.client(port))
        assert group.running.pop(port).wait() == 99
        assert group.log(port).rstrip().splitlines()[-1].startswith("+failover-state-wait-promotion")
        (configuration,) = tmp_path.glob("*.conf")
        assert "sentinel config-epoch m 1\n" in configuration.read_text()
