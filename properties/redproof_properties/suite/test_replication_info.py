"""What a server tells of its replication, moment by moment, held against what the model says of its state."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from redproof_model.replication.state import NO_REPLID, Link, LinkState, ReplicationState, UpstreamState

from redproof_properties.encoding import encode_command
from redproof_properties.judged import Judged
from redproof_properties.replication.ends.info import ReplicaRole, read_role
from redproof_properties.replication.ends.link import ReplicaLink, Snapshot
from redproof_properties.replication.ends.stage import FEEDER_REPLID, Stage
from redproof_properties.replication.judges.roles import disagreements
from redproof_properties.suite.test_replication_acks import acknowledge
from redproof_properties.waiting import wait_until

INFO = "https://redis.io/docs/latest/commands/info/"

LATELY_S: Final = (0, 60)
"""How long ago a replica has acknowledged in these properties, in seconds."""

FEEDER_OFFSET: Final = 1_000
CUT_BYTES: Final = 10
"""How much of a command comes before the rest of it."""


class Telling:
    """A target and the state that it must tell of."""

    def __init__(self, stage: Stage, judged: Judged) -> None:
        info = stage.info()
        self._stage = stage
        self._state = ReplicationState(
            facts=judged.version.replication, replid=info.master_replid, backlog_size=info.repl_backlog_size
        )

    @property
    def state(self) -> ReplicationState:
        """What was held last, with what has been propagated since."""
        return self._state

    def hold(self, moment: str, state: ReplicationState) -> None:
        """Claim that INFO and ROLE tell of this state, and go on from there."""
        self._claim(moment, state, disagreements(state, self._stage.client))

    def follow(self, link: ReplicaLink, moment: str) -> None:
        """Let a replica read what has entered the stream, and claim that INFO and ROLE tell of it.

        Once more if the stream has gone on meanwhile: Valkey 9.1 PINGs a replica soon after it has come.
        """
        while True:
            link.catch_up(self._stage.client)
            state = self._state.streamed(link.offset - self._state.offset)
            found = disagreements(state, self._stage.client)
            if self._stage.info().master_repl_offset == link.offset:
                break
        self._claim(moment, state, found)

    def attach(self, moment: str) -> tuple[ReplicaLink, Snapshot]:
        """Let a replica come, which then is online and has acknowledged no more than its snapshot."""
        link, snapshot = self._stage.synchronised()
        line = Link(link.listening_port, LinkState.ONLINE, link.stream.start_offset, LATELY_S)
        self._state = self._state.attached(line, link.replid)
        self.follow(link, moment)
        return link, snapshot

    def _claim(self, moment: str, state: ReplicationState, found: list[str]) -> None:
        self._state = state
        self._stage.script.require(not found, f"INFO and ROLE of {moment}", actual="; ".join(found))


@pytest.mark.documented(
    "INFO and ROLE tell the role, the history and its offsets, the backlog, and each replica, at every moment",
    source=INFO,
)
def test_info_and_role_tell_the_state(judged: Judged) -> None:
    with Stage(judged, fresh=True) as stage:
        told = Telling(stage, judged)
        stage.script.call("SET", "key", 1)
        told.hold("a master alone", told.state)
        first, snapshot = told.attach("a master with its first replica")
        stage.script.call("SET", "key", 2)
        told.follow(first, "a master that has propagated")
        acknowledge(stage, first, first.offset)
        told.hold("an acknowledgement", told.state.acknowledged(first.listening_port, first.offset, LATELY_S))
        second, _ = told.attach("a master with two replicas")
        stage.script.call("SET", "key", 3)
        told.follow(second, "a master that has propagated to two")
        stage.client.call("CONFIG", "SET", "min-replicas-to-write", 1)
        told.hold("good replicas", replace(told.state, min_replicas=1))
        stage.client.call("CONFIG", "SET", "min-replicas-to-write", 0)
        stage.hang_up(first)
        told.hold("a replica gone", replace(told.state, min_replicas=0).detached(first.listening_port))
        hold_as_replica(stage, told, snapshot)


def hold_as_replica(stage: Stage, told: Telling, snapshot: Snapshot) -> None:
    """Let the target become a replica, and a master again, and hold what it tells meanwhile."""
    master = stage.false_master()
    link = stage.follow(master)
    host, port = master.address.host, master.address.port
    told.hold("a replica that has asked", told.state.follows(host, port).reached(UpstreamState.HANDSHAKE))
    link.full_resync(FEEDER_REPLID, FEEDER_OFFSET)
    wait_until(lambda: is_synchronising(stage))
    told.hold("a replica that waits for a snapshot", told.state.reached(UpstreamState.SYNC))
    link.send_snapshot(snapshot)
    link.await_ack()
    question = link.offset - FEEDER_OFFSET
    told.hold("a replica", told.state.loaded(FEEDER_REPLID, FEEDER_OFFSET).received(question, question))
    command = encode_command([b"SET", b"key", b"3"])
    whole = link.offset + len(command)
    link.feed_bytes(command + command[:CUT_BYTES])
    wait_until(lambda: stage.info().slave_repl_offset == whole)
    told.hold("a replica in a command", told.state.received(len(command) + CUT_BYTES, len(command)))
    link.feed_bytes(command[CUT_BYTES:])
    link.await_ack()
    rest = len(command) - CUT_BYTES + question
    told.hold("a replica that goes on", told.state.received(rest, len(command) + question))
    stage.promote()
    replid = stage.info().master_replid
    stage.script.require(replid not in (FEEDER_REPLID, NO_REPLID), "an id of its own", actual=replid)
    told.hold("a replica that was promoted", told.state.promoted(replid))


def is_synchronising(stage: Stage) -> bool:
    """Whether the target says that it waits for a snapshot, or loads it."""
    role = read_role(stage.client)
    return isinstance(role, ReplicaRole) and role.state == UpstreamState.SYNC.value
