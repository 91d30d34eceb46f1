"""What real servers tell of a chain is a behaviour of the model's system, and is none once a field of it is false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from redproof_properties.replication.ends.info import ReplicationInfo
from redproof_properties.replication.judges.trace import ReplicationTrace
from redproof_properties.replication.topologies.deployment import Deployment
from redproof_properties.replication.topologies.topology import chain


def told(deployment: Deployment) -> Mapping[str, ReplicationInfo]:
    """What all nodes tell."""
    return {name: deployment.info(name) for name in deployment.names}


@pytest.fixture(scope="module")
def switched() -> Iterator[tuple[Deployment, ReplicationTrace]]:
    """A chain whose middle was promoted, wrote, and is replicated by the former master."""
    with Deployment(chain("redis", "redis")) as deployment:
        trace = ReplicationTrace(told(deployment), dict(deployment.following))
        deployment.tell("m", "SET", "a", "1")
        settle(deployment, trace)
        deployment.promote("r")
        trace.promoted("r")
        deployment.tell("r", "SET", "a", "2")
        settle(deployment, trace)
        deployment.repoint("m", "r")
        trace.repointed("m", "r")
        settle(deployment, trace)
        yield deployment, trace


def settle(deployment: Deployment, trace: ReplicationTrace) -> None:
    """Wait until every replica has everything, and note it."""
    deployment.wait_synced()
    trace.settled(told(deployment), dict(deployment.following))


def again(deployment: Deployment, trace: ReplicationTrace, infos: Mapping[str, ReplicationInfo]) -> list[str]:
    """What is said of the trace if this was told once more at its end."""
    with_one_more = trace.copy()
    with_one_more.settled(infos, dict(deployment.following))
    return list(with_one_more.judge().lines())


def test_a_switchover_is_a_behaviour(switched: tuple[Deployment, ReplicationTrace]) -> None:
    deployment, trace = switched
    validation = trace.judge()
    assert validation.verdict == "holds", "\n".join(validation.lines())
    assert deployment.syncs("r").partial == 2
    assert again(deployment, trace, told(deployment))[0].startswith("holds")


FALSE = {
    "second_repl_offset": lambda info: replace(info, second_repl_offset=info.second_repl_offset + 1),
    "histlen": lambda info: replace(info, repl_backlog_histlen=info.repl_backlog_histlen - 1),
    "replid": lambda info: replace(info, master_replid=info.master_replid2, master_replid2=info.master_replid),
    "new replid": lambda info: replace(info, master_replid="f" * 40),
    "offset": lambda info: replace(info, master_repl_offset=info.master_repl_offset - 1),
}


@pytest.mark.parametrize("node", ["m", "r", "s"])
@pytest.mark.parametrize("field", FALSE)
def test_a_false_field_is_noticed(switched: tuple[Deployment, ReplicationTrace], field: str, node: str) -> None:
    deployment, trace = switched
    infos = told(deployment)
    said = again(deployment, trace, {**infos, node: FALSE[field](infos[node])})
    assert said[0].startswith("broken: 4 observations are explained")
