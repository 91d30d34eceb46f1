"""Faults in the IDs of histories: when one begins, and which other it goes on from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planted.fault import replace_attribute, substitute
from planted.replicated.fault import replication_fault
from planted.replicated.psync import PROMOTED, PSYNC
from redproof_server.persistence.snapshot import ReplicationState
from redproof_server.replication import cron
from redproof_server.replication.handshake import LinkState
from redproof_server.replication.state import NO_REPLID, Replication
from redproof_server.replication.stream import Master
from redproof_server.replication.upstream import Upstream

if TYPE_CHECKING:
    from redproof_server.replication.link import Link

FULL_SYNC = "test_a_full_synchronisation_leaves_no_former_history"
ATTEMPT = "test_an_attempt_ends_with_its_role"
OTHER_ID = "test_a_replica_takes_the_id_that_its_master_goes_on_under"


@replication_fault("promotion-keeps-the-id", "A promoted server keeps its ID", PSYNC, situation=PROMOTED)
def promotion_keeps_the_id() -> None:
    honest = Replication.shift_replid

    def faulty(replication: Replication, replid: bytes | None = None) -> None:
        if replid is not None:
            honest(replication, replid)

    replace_attribute(Replication, "shift_replid", faulty)


@replication_fault(
    "promotion-forgets-the-former-id",
    "A promoted server begins a history that goes on from none",
    PSYNC,
    situation=PROMOTED,
)
def promotion_forgets_the_former_id() -> None:
    replace_attribute(Replication, "shift_replid", lambda replication, replid=None: replication.change_replid())


@replication_fault(
    "second-offset-is-the-offset", "The secondary ID is valid for one byte too few", "test_promotion_begins_a_history"
)
def second_offset_is_the_offset() -> None:
    honest = Replication.shift_replid

    def faulty(replication: Replication, replid: bytes | None = None) -> None:
        honest(replication, replid)
        replication.second_offset -= 1

    replace_attribute(Replication, "shift_replid", faulty)


@replication_fault(
    "second-offset-is-two-further",
    "The secondary ID is valid for one byte too many",
    "test_what_a_chain_tells_is_a_behaviour",
    run="the middle is promoted and followed",
)
def second_offset_is_two_further() -> None:
    honest = Replication.shift_replid

    def faulty(replication: Replication, replid: bytes | None = None) -> None:
        honest(replication, replid)
        replication.second_offset += 1

    replace_attribute(Replication, "shift_replid", faulty)


@replication_fault(
    "promotion-keeps-replicas",
    "A promoted server keeps the links of its replicas, which know the old ID",
    "test_a_promoted_replica_lets_its_replicas_ask_again",
)
def promotion_keeps_replicas() -> None:
    honest = Upstream.unset_master

    def faulty(upstream: Upstream) -> None:
        kept, upstream._replication.replicas = upstream._replication.replicas, []
        honest(upstream)
        upstream._replication.replicas = kept

    replace_attribute(Upstream, "unset_master", faulty)


@replication_fault("continue-keeps-the-old-id", "A replica keeps its ID where the master has another", OTHER_ID)
def continue_keeps_the_old_id() -> None:
    honest = Upstream._continue
    replace_attribute(Upstream, "_continue", lambda upstream, link, replid: honest(upstream, link, None))


@replication_fault(
    "continue-forgets-the-former-id", "A replica that goes on under another ID remembers no former one", OTHER_ID
)
def continue_forgets_the_former_id() -> None:
    def faulty(replication: Replication, replid: bytes | None = None) -> None:
        replication.forget_second()
        replication.replid = replid or replication.new_replid()

    replace_attribute(Replication, "shift_replid", faulty)


@replication_fault(
    "continue-keeps-replicas", "A replica that goes on under another ID keeps the links of its replicas", OTHER_ID
)
def continue_keeps_replicas() -> None:
    honest = Upstream._continue

    def faulty(upstream: Upstream, link: Link, replid: bytes | None) -> None:
        kept, upstream._replication.replicas = upstream._replication.replicas, []
        honest(upstream, link, replid)
        upstream._replication.replicas = kept

    replace_attribute(Upstream, "_continue", faulty)


@replication_fault(
    "full-sync-keeps-the-former-id", "A replica that is sent everything keeps its secondary ID", FULL_SYNC
)
def full_sync_keeps_the_former_id() -> None:
    honest = Upstream._take_snapshot

    def faulty(upstream: Upstream, link: Link) -> None:
        replication = upstream._replication
        former = replication.replid2, replication.second_offset
        honest(upstream, link)
        replication.replid2, replication.second_offset = former

    replace_attribute(Upstream, "_take_snapshot", faulty)


@replication_fault("full-sync-keeps-the-backlog", "A replica that is sent everything keeps its old bytes", FULL_SYNC)
def full_sync_keeps_the_backlog() -> None:
    def faulty(upstream: Upstream) -> None:
        upstream.cached = None
        upstream._replication.drop_replicas()

    replace_attribute(Upstream, "attach_to_new_master", faulty)


@replication_fault(
    "full-sync-keeps-replicas", "A replica that is sent everything keeps the links of its own", FULL_SYNC
)
def full_sync_keeps_replicas() -> None:
    def faulty(upstream: Upstream) -> None:
        upstream.cached = None
        upstream._replication.free_backlog()

    replace_attribute(Upstream, "attach_to_new_master", faulty)


@replication_fault(
    "first-backlog-keeps-the-id",
    "A master begins its first backlog under its old ID",
    "test_first_replica_begins_a_history",
)
def first_backlog_keeps_the_id() -> None:
    honest = Replication.change_replid

    def faulty(replication: Replication) -> None:
        if replication.backlog is not None:
            honest(replication)

    replace_attribute(Replication, "change_replid", faulty)


@replication_fault(
    "freed-backlog-keeps-the-id",
    "A master whose backlog expires keeps its ID",
    "test_a_backlog_that_is_freed_ends_its_history",
)
def freed_backlog_keeps_the_id() -> None:
    honest = cron.forget_unused_backlog

    def faulty(replication: Replication) -> None:
        replid = replication.replid
        honest(replication)
        replication.replid = replid

    substitute(honest, faulty)


@replication_fault(
    "restart-keeps-the-id",
    "A restarted master keeps the ID of its RDB file",
    "test_a_restarted_master_takes_another_id",
)
def restart_keeps_the_id() -> None:
    honest = Replication.restore

    def faulty(replication: Replication, state: ReplicationState | None, expired: list[tuple[int, bytes]]) -> None:
        honest(replication, state, expired)
        if state is not None:
            replication.replid, replication.replid2, replication.second_offset = state.replid, NO_REPLID, -1

    replace_attribute(Replication, "restore", faulty)


@replication_fault(
    "demotion-forgets-the-history",
    "A master that is made a replica asks for everything",
    "test_a_clean_switchover_is_partial",
)
def demotion_forgets_the_history() -> None:
    honest = Upstream.set_master

    def faulty(upstream: Upstream, host: str, port: int) -> None:
        honest(upstream, host, port)
        upstream.cached = None

    replace_attribute(Upstream, "set_master", faulty)


@replication_fault(
    "cached-master-is-a-byte-back",
    "A replica asks for the last byte that it has",
    "test_a_transaction_that_is_cut_off_comes_again",
)
def cached_master_is_a_byte_back() -> None:
    honest = Master.cache

    def faulty(master: Master) -> None:
        honest(master)
        master.applied_offset -= 1

    replace_attribute(Master, "cache", faulty)


@replication_fault(
    "id-is-saved-without-a-backlog",
    "A master without a backlog saves its ID",
    "test_a_master_alone_saves_no_history",
)
def id_is_saved_without_a_backlog() -> None:
    honest = Replication.saved_state

    def faulty(replication: Replication) -> ReplicationState | None:
        return honest(replication) or ReplicationState(0, replication.replid, replication.offset)

    replace_attribute(Replication, "saved_state", faulty)


@replication_fault(
    "promotion-goes-on-with-an-attempt",
    "A promoted server still waits for the answer to its PSYNC",
    ATTEMPT,
    role="a master",
)
def promotion_goes_on_with_an_attempt() -> None:
    go_on_with_attempts("unset_master")


@replication_fault(
    "former-master-is-taken-for-the-new",
    "A replica that is sent to another master still waits for the answer of the former one",
    ATTEMPT,
    role="a replica of another",
)
def former_master_is_taken_for_the_new() -> None:
    go_on_with_attempts("set_master")


def go_on_with_attempts(change_role: str) -> None:
    """Let a server that changes its role keep the link over which it waits for an answer to PSYNC."""
    honest = getattr(Upstream, change_role)

    def faulty(following: Upstream, *where: str | int) -> None:
        link, handshake, state = following.link, following._handshake, following.state
        if state is LinkState.HANDSHAKE:
            following.link, following.state = None, LinkState.CONNECT
        honest(following, *where)
        if state is LinkState.HANDSHAKE:
            following.link, following._handshake, following.state = link, handshake, state

    replace_attribute(Upstream, change_role, faulty)
