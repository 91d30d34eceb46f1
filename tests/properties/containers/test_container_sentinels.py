"""Sentinels in a network of containers: they watch a master by its name, and replace it when it was killed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest
from container_tools import engine_with, eventually, left
from redproof_model.reply import OK, Reply
from redproof_properties.containers.engine import LABEL, Engine
from redproof_properties.containers.network import ContainerNetwork, replica_of, sentinel_of
from redproof_properties.errors import TargetClosed
from redproof_properties.targets.entries import Entry, entry_of_image
from redproof_properties.targets.inquiry import fields

IMAGES: Final = ("redproof/redis:7.0", "redproof/valkey:8.1")
SENTINELS: Final = ("sentinel1", "sentinel2", "sentinel3")
QUICKLY: Final = {"repl-diskless-sync-delay": "0"}
OFTEN: Final = ("publish-period", "100", "info-period", "200", "ask-period", "100")
"""In ms; half of the time would be spent waiting for the Sentinels' next word else."""


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[Engine]:
    """The engine, where there is one that has the images."""
    with engine_with(*IMAGES) as engine:
        yield engine


@pytest.fixture(params=IMAGES)
def network(engine: Engine, request: pytest.FixtureRequest) -> Iterator[ContainerNetwork]:
    """A master, its replica, and three Sentinels that know of both and of each other; nothing is left of them."""
    known = entry_of_image(request.param)
    entry = replace(known, settings={**known.settings, **QUICKLY})
    with ContainerNetwork() as network:
        network.add("master", entry)
        network.add("replica", replica_of("master", "replica", entry))
        for name in SENTINELS:
            network.add(name, sentinel_of("master", name, entry))
            assert ask(network, name, "SENTINEL", "DEBUG", *OFTEN) == OK
        assert eventually(lambda: all(knows_all(network, name) for name in SENTINELS))
        run = network.members["master"].container.labels[LABEL]
        assert left(engine, run) == 6
        yield network
    assert left(engine, run) == 0


def ask(network: ContainerNetwork, name: str, *argv: str) -> Reply:
    """The reply of one server."""
    with network.members[name].connect() as connection:
        return connection.call(*argv)


def replication(network: ContainerNetwork, name: str) -> dict[str, str]:
    """What INFO tells of a server's replication, nothing while a Sentinel tells it whom to follow.

    That ends the connections of all its clients (`sentinel.c` sentinelSendSlaveOf).
    """
    try:
        return fields(ask(network, name, "INFO", "replication"))
    except TargetClosed:
        return {}


def address(network: ContainerNetwork, name: str) -> Reply:
    """Where a Sentinel says that the master is."""
    return ask(network, name, "SENTINEL", "get-master-addr-by-name", "master")


def knows_all(network: ContainerNetwork, name: str) -> bool:
    """Whether a Sentinel knows a replica that is linked, and the other two."""
    told = fields(ask(network, name, "SENTINEL", "master", "master"))
    replicas = ask(network, name, "SENTINEL", "replicas", "master")
    if not isinstance(replicas, list) or told.get("num-other-sentinels") != "2":
        return False
    return [fields(replica).get("master-link-status") for replica in replicas] == ["ok"]


def test_the_replica_of_a_killed_master_is_promoted(network: ContainerNetwork) -> None:
    assert [address(network, name) for name in SENTINELS] == [[b"master", b"6379"]] * 3
    with network.members["master"].connect() as master:
        master.call("SET", "key", "value")
        assert master.call("WAIT", 1, 5_000) == 1

    network.members["master"].kill()
    assert eventually(lambda: all(address(network, name) == [b"replica", b"6379"] for name in SENTINELS))
    assert eventually(lambda: replication(network, "replica").get("role") == "master")
    assert ask(network, "replica", "GET", "key") == b"value"

    # What the Sentinels have learnt is in their files, and the old master is told whom to follow now.
    network.members["sentinel1"].restart()
    assert address(network, "sentinel1") == [b"replica", b"6379"]
    network.members["master"].restart()
    assert eventually(lambda: replication(network, "master").get("master_host") == "replica")


def test_a_sentinel_keeps_no_keys_and_replicates_nobody() -> None:
    entry = entry_of_image(IMAGES[0])
    with ContainerNetwork() as network:
        network.add("master", entry)
        sentinel = network.add("sentinel", sentinel_of("master", "sentinel", entry, quorum=1))
        assert not sentinel.capabilities.can_flush
        assert not sentinel.capabilities.can_replicate


def test_the_entry_of_a_sentinel_has_no_settings_of_a_server() -> None:
    entry = sentinel_of("m", "s", Entry(image="i", settings={"save": ""}), port=7, quorum=3)
    (text,) = entry.files.values()
    assert "sentinel monitor m m 7 3\n" in text
    assert not entry.settings
