"""A property's own steps on several servers are recorded, and a claim that is false becomes a divergence of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redproof_properties.comparison import Comparison
from redproof_properties.history import Call, Fault
from redproof_properties.judged import DivergenceError, Judged
from redproof_properties.replication.schedules.play import Play
from redproof_properties.replication.topologies.nodes import need_nodes, why_no_node
from redproof_properties.replication.topologies.topology import pair
from redproof_properties.run import PROFILES, Run
from redproof_properties.script import CLAIM
from redproof_properties.targets import Target, parse_target

REDIS = "redis"


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[Judged]:
    with parse_target(REDIS) as target:
        yield Judged(target, Run(PROFILES["quick"], 5, Comparison.EXACT, tmp_path))


def test_a_claim_that_is_false_is_recorded_with_all_steps(judged: Judged) -> None:
    topology = pair(REDIS, REDIS)
    with Play(judged, topology) as play:
        play.write("m", 2)
        play.settle()
        play.suffer("promote", "r")
        assert play.call("r", "DBSIZE") == 2
        play.require(True, "what holds", "this")
        with pytest.raises(DivergenceError):
            play.require(False, "what does not", "that", "now")
    (found,) = judged.run.divergences.values()
    assert found.steps == [
        Call("m.A", (b"SET", b"m0", b"x")),
        Call("m.A", (b"SET", b"m1", b"x")),
        Fault("settle", "m"),
        Fault("promote", "r"),
        Call("r.A", (b"DBSIZE",)),
    ]
    assert (found.kind, found.expected, found.actual) == (CLAIM, "what does not: now", "that")
    assert (found.topology, found.server) == (topology, "redis 6.2.14")
    assert (judged.summary.histories, judged.summary.commands) == (1, 3)


class Contained(Target):
    """A target that is no process of ours, of a version."""


def test_where_no_node_is_started_again_it_need_not_be_a_process_of_ours(
    judged: Judged, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_nodes(judged)
    monkeypatch.setattr("redproof_properties.replication.topologies.deployment.ProcessTarget", Contained)
    assert why_no_node(judged.target, restarts=False) is None
    reason = why_no_node(judged.target, restarts=True)
    assert reason is not None
    assert "a container keeps the settings that it was made with, and its files" in reason
    with pytest.raises(pytest.skip.Exception, match="is started again with the address of its master"):
        need_nodes(judged)
    monkeypatch.setattr("redproof_properties.replication.topologies.nodes.connects_at_once", lambda version: False)
    assert why_no_node(judged.target, restarts=False) == reason
