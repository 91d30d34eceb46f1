"""What a write costs a master, and what a full synchronisation takes: counted in bytes, never timed.

A replica of a diskless synchronisation that has its snapshot is sent the stream after its first acknowledgement only.
Until then all of the stream stays in the master, and none in the buffers of a socket.
"""

from __future__ import annotations

import re
import socket
from random import Random
from typing import Final

import pytest
from redproof_model.reply import OK
from redproof_model.versions.since import descends

from redproof_properties.encoding import encode_command
from redproof_properties.errors import TargetClosed
from redproof_properties.judged import Judged
from redproof_properties.replication.ends.link import FullResync, ReplicaLink
from redproof_properties.replication.ends.stage import Stage
from redproof_properties.replication.ends.stream import ReplicationStream
from redproof_properties.replication.topologies.nodes import deploy, need_nodes
from redproof_properties.replication.topologies.proxy import Proxies
from redproof_properties.replication.topologies.servers import link_address
from redproof_properties.replication.topologies.topology import pair
from redproof_properties.targets import Connection
from redproof_properties.targets.inquiry import fields
from redproof_properties.waiting import wait_until

REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
SOURCE = "https://github.com/redis/redis/blob/7.0.15/src/replication.c"
LIMITS = "https://redis.io/docs/latest/develop/reference/clients/"

REPLICAS_MAX: Final = 3
VALUE_BYTES: Final = 10_000
WRITES: Final = 400
DISKLESS: Final = {"repl-diskless-sync": "yes", "repl-diskless-sync-delay": "0", "repl-backlog-size": "16kb"}
UNLIMITED: Final = {**DISKLESS, "client-output-buffer-limit": "replica 0 0 0"}
LIMIT_BYTES: Final = 1 << 20
LIMITED: Final = {**DISKLESS, "client-output-buffer-limit": f"replica {LIMIT_BYTES} 0 0"}

SHARED_SINCE: Final = ("redis", (7, 0))
"""From this release on all replicas and the backlog share one buffer; before, each has a copy of the stream."""

BUFFERED_BYTES: Final = 1 << 14
"""What the output buffer of a replica holds beside what `omem` tells, before Redis 7.0."""

RDB_CHANNEL: Final = "repl-rdb-channel"
"""Where Redis 8.0 has this on, the snapshot has a connection of its own, and the replica itself keeps the stream."""

_ANSWER: Final = re.compile(rb"\n*\+FULLRESYNC [0-9a-f]{40} \d+\r\n\n*\$(?:EOF:([0-9a-f]{40})|(\d+))\r\n")


def take_snapshot(stage: Stage) -> ReplicaLink:
    """A link that has its snapshot, and acknowledges nothing."""
    link = stage.link()
    assert isinstance(link.psync(), FullResync)
    link.read_snapshot()
    return link


def write(stage: Stage, count: int) -> int:
    """Let a client write, each time with an OK; give by how many bytes the offset has moved."""
    before = stage.info().master_repl_offset
    for _ in range(count):
        assert stage.client.call("SET", "key", "x" * VALUE_BYTES) == OK
    return stage.info().master_repl_offset - before


@pytest.mark.documented(
    "A write is answered, and costs as many bytes of the stream, however many replicas there are, none of which reads",
    source=REPLICATION,
)
def test_a_write_costs_the_same_bytes_for_any_number_of_replicas(judged: Judged) -> None:
    expected = WRITES * len(encode_command([b"SET", b"key", b"x" * VALUE_BYTES]))
    with Stage(judged, UNLIMITED) as stage:
        stage.hang_up(take_snapshot(stage))
        for replicas in range(REPLICAS_MAX + 1):
            write(stage, 1)
            growth = write(stage, WRITES)
            text = f"{expected} bytes with {replicas} replicas"
            stage.script.require(growth == expected, "the bytes of the commands", text, actual=str(growth))
            take_snapshot(stage)


@pytest.mark.documented(
    "What replicas have not read a master keeps once for all of them from Redis 7.0 on, and once for each before",
    source=SOURCE,
)
def test_the_stream_is_kept_once_or_for_each_replica(judged: Judged) -> None:
    is_shared = descends(judged.version, *SHARED_SINCE)
    with Stage(judged, UNLIMITED) as stage:
        if "mem_clients_slaves" not in fields(stage.client.call("INFO", "memory")):
            pytest.skip(f"{judged.target.spelling} does not tell what the output buffers of its replicas take")
        stage.hang_up(take_snapshot(stage))
        for replicas in range(REPLICAS_MAX + 1):
            write(stage, 1)
            before_bytes = used_bytes(stage)
            stream_bytes = write(stage, WRITES)
            copies = (used_bytes(stage) - before_bytes) / stream_bytes
            expected = min(replicas, 1) if is_shared else replicas
            text = f"{expected} for {replicas} replicas"
            stage.script.require(
                round(copies) == expected, "as many copies of the stream", text, actual=f"{copies:.2f}"
            )
            charged = [size for size in charged_bytes(stage) if size >= stream_bytes - BUFFERED_BYTES]
            stage.script.require(len(charged) == replicas, "all of it charged to each", actual=repr(charged))
            take_snapshot(stage)


def used_bytes(stage: Stage) -> int:
    """What the target has allocated."""
    return int(fields(stage.client.call("INFO", "memory"))["used_memory"])


def charged_bytes(stage: Stage) -> list[int]:
    """The size of each replica's output buffer, which `client-output-buffer-limit` is about."""
    told = stage.client.call("CLIENT", "LIST", "TYPE", "replica")
    assert isinstance(told, bytes)
    return [int(size) for size in re.findall(rb" omem=(\d+)", told)]


@pytest.mark.documented("A full synchronisation {how} sends the snapshot, its frame, and nothing else", source=SOURCE)
@pytest.mark.parametrize("how", ["from disk", "without a file"])
def test_a_snapshot_is_as_many_bytes_as_are_announced(judged: Judged, how: str) -> None:
    settings = {**DISKLESS, "repl-diskless-sync": "yes" if how == "without a file" else "no"}
    with Stage(judged, settings) as stage, Proxies() as proxies:
        stage.script.call("SET", "key", Random(judged.run.seed).randbytes(VALUE_BYTES))
        proxy = proxies.link()
        proxy.forward_to(link_address(judged.target))
        through = socket.create_connection((proxy.address.host, proxy.address.port))
        with ReplicaLink(Connection(through, "the target, through a proxy", judged.target.timeout_ms)) as replica:
            replica.handshake()
            before = proxy.traffic.to_replica_bytes
            replica.connection.send(encode_command([b"PSYNC", b"?", b"-1"]))
            received = ReplicationStream(0)
            while (expected := expected_bytes(received.raw)) is None or len(received.raw) < expected:
                replica.connection.receive_into(received)
            counted = proxy.traffic.to_replica_bytes - before
        text = f"{expected}, of which {len(received.raw)} came"
        is_all = counted == expected == len(received.raw)
        stage.script.require(is_all, "as many bytes as are announced", text, actual=str(counted))


def expected_bytes(received: bytes) -> int | None:
    """How much there is to the end of the snapshot, if known: with what answers, and the frame."""
    answer = _ANSWER.match(received)
    if answer is None:
        return None
    mark, length = answer.groups()
    if length is not None:
        return answer.end() + int(length)
    end = received.find(mark, answer.end())
    return None if end < 0 else end + len(mark)


@pytest.mark.documented(
    "A replica that is synchronised loses its link when more is written than its output buffer may hold, and only then",
    source=LIMITS,
)
def test_a_synchronisation_lasts_while_the_stream_fits(judged: Judged) -> None:
    with Stage(judged, LIMITED) as stage:
        link = take_snapshot(stage)
        write(stage, LIMIT_BYTES // 2 // VALUE_BYTES)
        stage.script.require(is_there(stage, link), "a link with half of what the buffer may hold")
        write(stage, 2 * LIMIT_BYTES // VALUE_BYTES)
        gone = wait_until(lambda: not is_there(stage, link))
        stage.script.require(gone, "no link with twice of it and more", actual=repr(stage.info().replicas))
        with pytest.raises(TargetClosed):
            link.read_raw_to(stage.info().master_repl_offset)


def is_there(stage: Stage, link: ReplicaLink) -> bool:
    """Whether the target has this replica."""
    return any(line.port == link.listening_port for line in stage.info().replicas)


@pytest.mark.documented(
    "A full synchronisation during which more is written than the output buffer may hold is begun anew", source=LIMITS
)
def test_a_synchronisation_that_does_not_fit_starts_over(judged: Judged) -> None:
    need_nodes(judged, restarts=False)
    spelling = judged.target.spelling
    with deploy(judged, pair(spelling, spelling, **LIMITED)) as deployment:
        deployment.promote("r")
        assert wait_until(lambda: deployment.info("m").connected_slaves == 0), "no replica any more"
        if deployment.control("r").call("CONFIG", "GET", RDB_CHANNEL):
            deployment.tell("r", "CONFIG", "SET", RDB_CHANNEL, "no")
        deployment.tell("r", "SET", "divergent", "x")
        deployment.tell("m", "CONFIG", "SET", "repl-diskless-sync-delay", 3_600)
        before = deployment.syncs("m")
        deployment.repoint("r", "m")
        assert wait_until(lambda: deployment.info("m").connected_slaves == 1), "a replica that waits for a snapshot"
        deployment.link("r").hold()
        deployment.tell("m", "CONFIG", "SET", "repl-diskless-sync-delay", 0)
        assert wait_until(lambda: deployment.info("m").replicas[0].state == "online"), "a snapshot that was sent"
        for _ in range(2 * LIMIT_BYTES // VALUE_BYTES):
            deployment.tell("m", "SET", "key", "x" * VALUE_BYTES)
        assert wait_until(lambda: deployment.info("m").connected_slaves == 0), "a link that is closed"
        deployment.link("r").release()
        deployment.wait_synced()
        assert deployment.syncs("m") == (before.full + 2, before.partial), "one more synchronisation, in full"
        assert deployment.control("r").call("STRLEN", "key") == VALUE_BYTES
        assert deployment.control("r").call("EXISTS", "divergent") == 0
