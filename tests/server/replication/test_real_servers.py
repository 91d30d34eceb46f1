"""The bundled server as master and as replica of real servers, which read what it writes and write what it reads."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redproof_properties.replication.data.dataset import read_dataset
from redproof_properties.replication.data.differences import differences
from redproof_properties.replication.schedules.performance import expiry_slack_ms
from redproof_properties.replication.topologies.deployment import Deployment
from redproof_properties.replication.topologies.topology import pair
from redproof_properties.suites.store import store_folder
from redproof_properties.targets import Connection

REAL = ["redis", "local:redis-server", "suite:trixie/redis", "suite:trixie/valkey", "suite:sid/valkey"]
# Redis 6.2 cannot read what 7.0 writes.
PAIRS = [
    *((real, own) for real in REAL for own in ("bundled", "bundled:6.2")),
    *(("bundled", real) for real in REAL[1:]),
    *(("bundled:6.2", real) for real in REAL),
]
FILL = [
    ["SET", "text", "x" * 100],
    ["SET", "number", "12345"],
    ["SET", "expires", "v", "EX", "100"],
    ["RPUSH", "list", *map(str, range(300))],
    ["SADD", "integers", "1", "2", "3"],
    ["SADD", "members", *(f"m{number}" for number in range(600))],
    ["HSET", "small", "a", "1"],
    ["HSET", "large", *map(str, range(1200))],
    ["ZADD", "scores", "1.5", "a", "-inf", "b"],
    ["ZADD", "many", *(word for number in range(300) for word in (str(number), f"m{number}"))],
    ["SELECT", "3"],
    ["SET", "other", "1"],
    ["SELECT", "0"],
]
MORE = [
    ["INCR", "number"],
    ["SPOP", "members", "3"],
    ["MULTI"],
    ["SET", "t", "1"],
    ["INCRBYFLOAT", "t", "0.5"],
    ["EXEC"],
    ["EVAL", "redis.call('set', KEYS[1], '1') redis.call('expire', KEYS[1], 100)", "1", "scripted"],
    ["LPOP", "list", "5"],
    ["SELECT", "3"],
    ["DEL", "other"],
    ["SELECT", "0"],
]


def skip_unless_here(spelling: str) -> None:
    """Skip where a server would have to be fetched."""
    kind, _, name = spelling.partition(":")
    if kind == "local" and shutil.which(name) is None:
        pytest.skip(f"no {name} on PATH")
    if kind == "suite" and not (store_folder() / name).exists():
        pytest.skip(f"{spelling} has not been fetched: `redproof check --target {spelling}` does")


@contextmanager
def deployed(master: str, replica: str, **settings: str) -> Iterator[Deployment]:
    """A running pair."""
    for spelling in (master, replica):
        skip_unless_here(spelling)
    with Deployment(pair(master, replica, **settings)) as deployment:
        yield deployment


def assert_equal(deployment: Deployment, began_s: float) -> None:
    """Both hold the same at the same offset."""
    deployment.settle()
    left, right = (read_dataset(deployment.control(name)) for name in "mr")
    assert differences(left, right, expiry_slack_ms(deployment, "r", began_s)) == []
    assert deployment.info("m").master_repl_offset == deployment.info("r").master_repl_offset
    assert deployment.info("m").master_replid == deployment.info("r").master_replid


def count(connection: Connection, name: str) -> int:
    """A number of INFO stats."""
    text = connection.call("INFO", "stats")
    assert isinstance(text, bytes)
    return int(text.decode().partition(f"\r\n{name}:")[2].partition("\r\n")[0])


@pytest.mark.parametrize(("master", "replica"), PAIRS, ids=lambda spelling: spelling)
def test_data_goes_over_and_a_broken_link_costs_no_snapshot(master: str, replica: str) -> None:
    with deployed(master, replica) as deployment:
        began_s = time.monotonic()
        control = deployment.control("m")
        for command in FILL:
            control.call(*command)
        assert_equal(deployment, began_s)
        control.call("CLIENT", "KILL", "TYPE", "replica")
        for command in MORE:
            control.call(*command)
        deployment.control("r").call("CLIENT", "KILL", "TYPE", "master")
        assert_equal(deployment, began_s)
        assert count(control, "sync_full") == 1
        assert count(control, "sync_partial_ok") >= 1


@pytest.mark.parametrize("diskless", ["yes", "no"])
@pytest.mark.parametrize(("master", "replica"), [("bundled", "local:redis-server"), ("local:redis-server", "bundled")])
def test_data_that_was_there_before_goes_over_in_both_forms(master: str, replica: str, diskless: str) -> None:
    with deployed(master, replica) as deployment:
        began_s = time.monotonic()
        deployment.promote("r")
        control = deployment.control("m")
        control.call("CONFIG", "SET", "repl-diskless-sync", diskless)
        control.call("CONFIG", "SET", "repl-diskless-sync-delay", "0")
        for command in FILL:
            control.call(*command)
        control.call("DEBUG", "CHANGE-REPL-ID")
        deployment.repoint("r", "m")
        assert_equal(deployment, began_s)
        assert count(control, "sync_full") == 2


def test_commands_that_the_bundled_server_lacks_cost_nothing_but_themselves() -> None:
    with deployed("local:redis-server", "bundled") as deployment:
        control = deployment.control("m")
        control.call("XADD", "stream", "*", "f", "v")
        control.call("GEOADD", "places", "13.4", "52.5", "berlin")
        control.call("SET", "after", "1")
        deployment.settle()
        assert deployment.control("r").call("GET", "after") == b"1"
        assert deployment.info("m").master_repl_offset == deployment.info("r").master_repl_offset


@pytest.mark.parametrize(("real", "own"), [("redis", "bundled:6.2"), ("local:redis-server", "bundled")])
def test_the_backlog_holds_what_that_of_redis_holds(real: str, own: str) -> None:
    skip_unless_here(real)
    seen = []
    for spelling in (real, own):
        with Deployment(pair(spelling, spelling)) as deployment:
            control, held = deployment.control("m"), []
            control.call("CONFIG", "SET", "repl-backlog-size", "16384")
            for number in range(120):
                control.call("SET", "k", "x" * (number * 37 % 1500 if number % 30 else 30_000))
                deployment.settle()
                told = deployment.info("m")
                start = told.master_repl_offset - told.repl_backlog_histlen + 1
                assert told.repl_backlog_first_byte_offset == start
                held.append(told.repl_backlog_histlen)
            seen.append(held)
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("master", "replica", "continues"),
    [
        ("local:redis-server", "bundled", True),
        ("bundled", "local:redis-server", True),
        ("redis", "bundled", False),
        ("bundled:6.2", "redis", False),
    ],
)
def test_a_master_that_comes_back_continues_its_history_from_7_0_on(master: str, replica: str, continues: bool) -> None:
    with deployed(master, replica) as deployment:
        began_s = time.monotonic()
        for command in FILL:
            deployment.control("m").call(*command)
        assert_equal(deployment, began_s)
        deployment.save("m")
        deployment.kill("m")
        deployment.restart("m", keep_rdb=True)
        assert_equal(deployment, began_s)
        for command in MORE:
            deployment.control("m").call(*command)
        assert_equal(deployment, began_s)
        assert count(deployment.control("m"), "sync_partial_ok") == int(continues)


@pytest.mark.parametrize(("master", "replica"), [("bundled", "local:redis-server"), ("local:redis-server", "bundled")])
def test_a_failover_costs_no_snapshot(master: str, replica: str) -> None:
    with deployed(master, replica) as deployment:
        began_s = time.monotonic()
        for command in FILL:
            deployment.control("m").call(*command)
        assert_equal(deployment, began_s)
        deployment.failover("r")
        deployment.control("r").call("SET", "after", "1")
        deployment.settle()
        assert deployment.info("m").role == "slave"
        assert deployment.control("m").call("GET", "after") == b"1"
        assert count(deployment.control("r"), "sync_full") == 0
        assert count(deployment.control("r"), "sync_partial_ok") == 1
