"""What is often said of replication and is not so: the traces of the model's system `popular`, on real servers.

Each property takes servers of the target's kind along the steps of a witness that refutes a saying.
"""

from __future__ import annotations

import pytest
from redproof_model.reply import Reply

from redproof_properties.judged import Judged
from redproof_properties.replication.topologies.deployment import Deployment
from redproof_properties.replication.topologies.nodes import deploy, need_nodes
from redproof_properties.replication.topologies.topology import fork, pair
from redproof_properties.targets import Connection

REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
WRITES = 10
"""So many commands of the new master come further than those of the old one."""

PUBSUB = "https://redis.io/docs/latest/develop/pubsub/"


def held(deployment: Deployment, key: str) -> dict[str, Reply]:
    """How often each node has a key."""
    return {name: deployment.control(name).call("EXISTS", key) for name in deployment.names}


def subscribe(connection: Connection) -> None:
    """Subscribe to the channel `news`."""
    assert connection.call("SUBSCRIBE", "news") == [b"subscribe", b"news", 1]


@pytest.mark.documented(
    "A master replies to a write while none of its replicas has it: replication is asynchronous", source=REPLICATION
)
def test_a_write_is_answered_although_no_replica_has_it(judged: Judged) -> None:
    need_nodes(judged, restarts=False)
    spelling = judged.target.spelling
    with deploy(judged, fork(spelling, spelling)) as deployment:
        for name in "rs":
            deployment.link(name).hold()
        deployment.tell("m", "SET", "key", "value")
        assert held(deployment, "key") == {"m": 1, "r": 0, "s": 0}, "at the master alone, which has said OK"
        assert deployment.control("m").call("WAIT", 1, 1) == 0, "no replica that has it"
        assert deployment.info("m").connected_slaves == 2, "both linked"
        deployment.settle()
        assert held(deployment, "key") == {"m": 1, "r": 1, "s": 1}


@pytest.mark.documented(
    "A replica that was away is sent what it has missed, messages too; a subscriber that was away is not",
    source=PUBSUB,
)
def test_a_replica_gets_what_it_missed_and_a_subscriber_does_not(judged: Judged) -> None:
    need_nodes(judged, restarts=False)
    spelling = judged.target.spelling
    with deploy(judged, pair(spelling, spelling)) as deployment:
        master, replica, link = deployment.targets["m"], deployment.targets["r"], deployment.link("r")
        with master.connect() as subscriber:
            subscribe(subscriber)
        with replica.connect() as below:
            subscribe(below)
            before = deployment.syncs("m")
            link.hold()
            link.cut()
            deployment.tell("m", "SET", "key", "value")
            assert deployment.control("m").call("PUBLISH", "news", "while away") == 0, "no one who is there"
            assert held(deployment, "key") == {"m": 1, "r": 0}
            link.release()
            deployment.wait_synced()
            assert held(deployment, "key") == {"m": 1, "r": 1}
            after = deployment.syncs("m")
            assert after == (before.full, before.partial + 1), "one synchronisation, in part"
            assert below.readable(), "the message, from the stream"
            assert below.receive() == [b"message", b"news", b"while away"]
        with master.connect() as subscriber:
            subscribe(subscriber)
            assert deployment.control("m").call("PUBLISH", "news", "later") == 1
            assert subscriber.receive() == [b"message", b"news", b"later"], "nothing of what came before"


@pytest.mark.documented(
    "After REPLICAOF NO ONE the old master goes on: a key that is deleted there stays at the new one, and comes back",
    source=REPLICATION,
)
def test_a_promotion_leaves_the_old_master_writing(judged: Judged) -> None:
    need_nodes(judged, restarts=False)
    spelling = judged.target.spelling
    with deploy(judged, pair(spelling, spelling)) as deployment:
        deployment.tell("m", "MSET", "key", "value", "old", "value")
        deployment.wait_synced()
        deployment.promote("r")
        assert deployment.control("m").call("DEL", "key") == 1, "one key that is deleted"
        deployment.tell("m", "SET", "late", "value")
        assert deployment.control("r").call("DEL", "old") == 1, "another one, at the new master"
        for number in range(WRITES):
            deployment.tell("r", "SET", "more", number)
        assert [deployment.info(name).role for name in "mr"] == ["master", "master"]
        assert held(deployment, "key") == {"m": 0, "r": 1}
        assert held(deployment, "late") == {"m": 1, "r": 0}
        before = deployment.syncs("r")
        deployment.repoint("m", "r")
        deployment.wait_synced()
        assert held(deployment, "key") == {"m": 1, "r": 1}, "the key again"
        assert held(deployment, "late") == {"m": 0, "r": 0}, "nothing of what was written to the old master"
        assert held(deployment, "old") == {"m": 0, "r": 0}
        assert deployment.syncs("r") == (before.full + 1, before.partial), "a full synchronisation"
