"""Whole runs held against the system that is proved: what servers tell must be one of its behaviours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final, TypeAlias

import pytest
from redproof_model.versions.since import descends

from redproof_properties.errors import TargetError
from redproof_properties.judged import Judged
from redproof_properties.replication.ends.info import ReplicationInfo
from redproof_properties.replication.judges.trace import ReplicationTrace
from redproof_properties.replication.schedules.play import Play
from redproof_properties.replication.topologies.nodes import need_nodes
from redproof_properties.replication.topologies.topology import chain

Deed: TypeAlias = tuple[str, ...]

WRITES_MAX = 6
MASTER_GOES_ON_SINCE = ("redis", (7, 0))
"""Since when a master that is started again keeps the ID of its RDB file as its second one; replicas always did."""

RUNS: Final[Mapping[str, Sequence[Deed]]] = {
    "the middle is promoted and followed": (("promote", "r"), ("repoint", "m", "r"), ("repoint", "s", "m")),
    "the end is promoted and started again": (("promote", "s"), ("restart", "s"), ("repoint", "r", "s")),
    "the master is started again": (("restart", "m"),),
}
"""What is done, one after the other, to m, to r, which replicates it, and to s, which replicates r."""


class _Watched:
    """A chain of servers, and the trace of what they told."""

    def __init__(self, play: Play, masters_go_on: bool) -> None:
        self._play = play
        self._masters_go_on = masters_go_on
        self.trace = ReplicationTrace(self._told(), self._following())
        for node in play.deployment.names:
            # An RDB file of before the trace is none of its states.
            play.suffer("save", node)
            self.trace.saved(node)

    def do(self, kind: str, node: str, master: str | None = None) -> None:
        """Promote a node, let it replicate another, or start it again."""
        self._play.suffer(kind, node, 1 if kind == "restart" else master)
        if kind == "promote":
            self.trace.promoted(node)
        elif kind == "restart":
            master = self._following()[node]
            self.trace.restarted(node, master, keeps_id=master is not None or self._masters_go_on)
        elif master is not None:
            self.trace.repointed(node, master)

    def write(self, chance: Random) -> None:
        """Write to every master."""
        for node in [name for name, master in self._following().items() if master is None]:
            self._play.write(node, chance.randrange(WRITES_MAX))

    def settle(self) -> None:
        """Wait until every replica has everything, and note what all tell."""
        self._play.deployment.wait_synced()
        self.trace.settled(self._told(), self._following())

    def _told(self) -> Mapping[str, ReplicationInfo]:
        return {name: self._play.info(name) for name in self._play.deployment.names}

    def _following(self) -> Mapping[str, str | None]:
        return dict(self._play.deployment.following)


@pytest.mark.documented(
    "What the servers of a chain tell while {run} is a behaviour of the system `psync`",
    source="https://redis.io/docs/latest/operate/oss_and_stack/management/replication/",
)
@pytest.mark.parametrize("run", RUNS)
def test_what_a_chain_tells_is_a_behaviour(judged: Judged, run: str) -> None:
    need_nodes(judged)
    spelling, chance = judged.target.spelling, Random(judged.run.seed)
    with Play(judged, chain(spelling, spelling)) as play:
        watched = _Watched(play, descends(judged.version, *MASTER_GOES_ON_SINCE))
        for deed in RUNS[run]:
            # Nothing is under way then: how much of it a replica has read would be left open.
            watched.do(*deed)
            watched.write(chance)
            watched.settle()
        validation = watched.trace.judge()
        lines = "\n".join(validation.lines())
        if validation.verdict == "unknown":
            raise TargetError(f"{judged.target.spelling}: too many states are possible to tell: {lines}")
        play.require(validation.verdict == "holds", "a behaviour of the system psync", lines)
