"""Faults by which a popular claim would be true, or what a write and a synchronisation cost would be another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planted.fault import replace_attribute, substitute, wrap
from planted.replicated.fault import replication_fault
from redproof_server.engine import client_limits
from redproof_server.protocol.replies import integer
from redproof_server.replication import psync, replicas, snapshots
from redproof_server.replication.state import Replication

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redproof_server.engine.client import Client
    from redproof_server.engine.command import Handler
    from redproof_server.engine.server import Server

LIMIT_SHARE = 4
UNTOLD_BYTES = 1_000


@replication_fault(
    "wait-counts-the-linked",
    "WAIT takes it that replicas have what was acknowledged",
    "test_a_write_is_answered_although_no_replica_has_it",
)
def wait_counts_the_linked() -> None:
    substitute(replicas.count_acks, lambda known, offset: len(known))


@replication_fault(
    "message-is-no-part-of-the-stream",
    "PUBLISH is for those who are there, and is not propagated",
    "test_a_replica_gets_what_it_missed_and_a_subscriber_does_not",
)
def message_is_no_part_of_the_stream() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        return integer(client.server.pubsub.publish(args[1], args[2]))

    wrap("publish", faulty)


@replication_fault(
    "late-writer-goes-on",
    "An old master that has written since the promotion is answered +CONTINUE",
    "test_a_promotion_leaves_the_old_master_writing",
)
def late_writer_goes_on() -> None:
    def faulty(replication: Replication, replid: bytes, offset: int) -> bool:
        return replid.lower() in (replication.replid, replication.replid2)

    substitute(psync.shares_history, faulty)


@replication_fault(
    "stream-counts-for-each-replica",
    "The offset goes up by the bytes that are sent to all replicas together",
    "test_a_write_costs_the_same_bytes_for_any_number_of_replicas",
)
def stream_counts_for_each_replica() -> None:
    honest = Replication.feed

    def faulty(replication: Replication, data: bytes) -> None:
        honest(replication, data)
        replication.offset += len(data) * max(0, len(replication.replicas) - 1)

    replace_attribute(Replication, "feed", faulty)


@replication_fault(
    "output-limit-is-a-quarter",
    "A replica loses its link at a quarter of what its output buffer may hold",
    "test_a_synchronisation_lasts_while_the_stream_fits",
)
def output_limit_is_a_quarter() -> None:
    honest = client_limits.is_over_output_limit

    def faulty(server: Server, client: Client, unsent_bytes: int) -> bool:
        return honest(server, client, unsent_bytes * LIMIT_SHARE)

    substitute(honest, faulty)


@replication_fault(
    "snapshot-is-longer-than-announced",
    "More of a snapshot is sent than was announced",
    "test_a_snapshot_is_as_many_bytes_as_are_announced",
    how="from disk",
)
def snapshot_is_longer_than_announced() -> None:
    honest = snapshots.Pieces

    def faulty(pieces: Iterable[bytes]) -> snapshots.Pieces:
        head, *rest = pieces
        told = re.fullmatch(rb"\$(\d+)\r\n", head)
        return honest([b"$%d\r\n" % (int(told[1]) - UNTOLD_BYTES) if told else head, *rest])

    substitute(honest, faulty)
