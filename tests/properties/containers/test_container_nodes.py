"""Containers as the nodes of a topology: they replicate through links of ours, and are brought back to a beginning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from container_tools import engine_with
from redproof_properties.errors import UsageError
from redproof_properties.replication.topologies.deployment import Deployment
from redproof_properties.replication.topologies.nodes import why_no_node
from redproof_properties.replication.topologies.topology import pair

IMAGE: Final = "redproof/redis:7.0"
SPELLING: Final = f"docker:{IMAGE}"


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    """A pair of containers, where there is an engine that has the image."""
    with engine_with(IMAGE):
        pass
    with Deployment(pair(SPELLING, SPELLING)) as deployment:
        yield deployment


def test_a_cut_a_pause_and_a_change_of_places_are_settled(deployment: Deployment) -> None:
    deployment.reset()
    deployment.link("r").cut()
    deployment.tell("m", "SET", "cut", 1)
    deployment.settle()
    deployment.pause("r")
    deployment.tell("m", "SET", "paused", 1)
    deployment.settle()
    deployment.failover("r")
    deployment.tell("r", "SET", "after", 1)
    deployment.settle()
    assert deployment.following == {"m": "r", "r": None}
    assert [deployment.control(name).call("DBSIZE") for name in "mr"] == [3, 3]
    deployment.reset()
    assert deployment.following == {"m": None, "r": "m"}
    assert [deployment.control(name).call("DBSIZE") for name in "mr"] == [0, 0]


def test_none_is_started_again(deployment: Deployment) -> None:
    target = deployment.targets["r"]
    assert why_no_node(target, restarts=False) is None
    with pytest.raises(UsageError) as caught:
        deployment.restart("r", keep_rdb=True)
    assert str(caught.value) == why_no_node(target, restarts=True)
    assert "r" not in deployment.dead
