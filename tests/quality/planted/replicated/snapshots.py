"""Faults in full synchronisations: the snapshot, the stream behind it, and what a replica does with both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planted.fault import replace_attribute, substitute
from planted.replicated.fault import replication_fault
from redproof_server.persistence import rdb_reading
from redproof_server.persistence.rdb import dump
from redproof_server.replication.handshake import LinkState, full_resync_point
from redproof_server.replication.loading import load_snapshot
from redproof_server.replication.replicas import replica_of
from redproof_server.replication.snapshots import Snapshots
from redproof_server.replication.state import Replication
from redproof_server.replication.stream import Master
from redproof_server.replication.transfer import Progress, Transfer
from redproof_server.replication.upstream import Upstream

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.replication.link import Link

BEHIND = "test_the_stream_goes_on_behind_a_snapshot"
CUT = "test_a_cut_snapshot_harms_nothing"
DAMAGED = "test_a_damaged_snapshot_is_not_served"
FILE, SOCKET = "through a file", "without a file"
LENGTH = "its length"


def keep_back_wrongly(copies: int) -> None:
    """Send what was kept back for a replica during its snapshot so many times."""
    honest = Replication.release

    def faulty(replication: Replication, client: Client) -> None:
        replica_of(client).held *= copies
        honest(replication, client)

    replace_attribute(Replication, "release", faulty)


@replication_fault(
    "stream-during-a-snapshot-is-lost", "What is written while a snapshot is made is not sent", BEHIND, form=FILE
)
def stream_during_a_snapshot_is_lost() -> None:
    keep_back_wrongly(0)


@replication_fault(
    "stream-during-a-snapshot-comes-twice", "What is written while a snapshot is made is sent twice", BEHIND, form=FILE
)
def stream_during_a_snapshot_comes_twice() -> None:
    keep_back_wrongly(2)


@replication_fault(
    "stream-during-a-diskless-snapshot-is-lost",
    "What is written while a snapshot is made without a file is not sent",
    BEHIND,
    form=SOCKET,
)
def stream_during_a_diskless_snapshot_is_lost() -> None:
    keep_back_wrongly(0)


@replication_fault(
    "snapshot-is-of-when-it-is-sent",
    "A snapshot has what was written while it was made, and the stream has it again",
    BEHIND,
    form=FILE,
)
def snapshot_is_of_when_it_is_sent() -> None:
    honest = Snapshots.end_if_over

    def faulty(snapshots: Snapshots) -> None:
        running = snapshots._current
        if running is not None and running.child.succeeded and running.child.pieces:
            running.child.pieces = [dump(snapshots._server)]
        honest(snapshots)

    replace_attribute(Snapshots, "end_if_over", faulty)


@replication_fault(
    "snapshot-counts-from-the-next-byte",
    "A replica counts the stream from the byte behind the offset of its snapshot",
    "test_a_transaction_that_is_cut_off_comes_again",
)
def snapshot_counts_from_the_next_byte() -> None:
    def faulty(line: bytes) -> tuple[bytes, int] | None:
        point = full_resync_point(line)
        return None if point is None else (point[0], point[1] + 1)

    substitute(full_resync_point, faulty)


@replication_fault(
    "cut-snapshot-loses-the-old-data",
    "A replica has lost what it held when a snapshot breaks off",
    CUT,
    load="swapdb",
    form=LENGTH,
)
def cut_snapshot_loses_the_old_data() -> None:
    honest = Upstream.lost

    def faulty(following: Upstream, link: Link) -> None:
        if link is following.link and following.state is LinkState.TRANSFER:
            for db in following._server.databases:
                db.empty()
        honest(following, link)

    replace_attribute(Upstream, "lost", faulty)


@replication_fault(
    "mark-is-whole-too-soon", "All but the last byte of the mark ends a snapshot", CUT, load="swapdb", form="a mark"
)
def mark_is_whole_too_soon() -> None:
    honest = Transfer.take

    def faulty(transfer: Transfer, link: Link) -> Progress:
        progress = honest(transfer, link)
        almost = transfer._mark[:-1]
        if progress is Progress.INCOMPLETE and almost and transfer.data.endswith(almost):
            del transfer.data[-len(almost) :]
            return Progress.COMPLETE
        return progress

    replace_attribute(Transfer, "take", faulty)


@replication_fault(
    "cut-snapshot-is-gone-on-from",
    "A replica whose snapshot broke off asks to go on from its offset",
    CUT,
    load="disabled",
    form=LENGTH,
)
def cut_snapshot_is_gone_on_from() -> None:
    honest = Upstream.lost

    def faulty(following: Upstream, link: Link) -> None:
        if link is following.link and following.state is LinkState.TRANSFER:
            following.cached = Master(following._replication, *following._full_resync)
        honest(following, link)

    replace_attribute(Upstream, "lost", faulty)


@replication_fault(
    "checksum-is-not-looked-at",
    "A snapshot with a wrong checksum is served",
    DAMAGED,
    damage="a wrong checksum",
    load="disabled",
)
def checksum_is_not_looked_at() -> None:
    replace_attribute(rdb_reading._RdbReader, "_check_checksum", lambda reader: None)


@replication_fault(
    "broken-snapshot-is-taken-for-loaded",
    "A replica goes on with the stream although it could not load",
    DAMAGED,
    damage="an unknown type",
    load="swapdb",
)
def broken_snapshot_is_taken_for_loaded() -> None:
    def faulty(replication: Replication, data: bytes) -> int | None:
        index = load_snapshot(replication, data)
        return 0 if index is None else index

    substitute(load_snapshot, faulty)


@replication_fault(
    "former-history-is-asked-for-in-6.2",
    "A replica to which a snapshot is promised may ask to go on from before, up to 6.2",
    CUT,
    emulate="6.2",
    load="disabled",
    form=LENGTH,
)
def former_history_is_asked_for_in_62() -> None:
    honest = Upstream.attach_to_new_master

    def faulty(following: Upstream) -> None:
        cached = following.cached
        honest(following)
        following.cached = cached

    replace_attribute(Upstream, "attach_to_new_master", faulty)
