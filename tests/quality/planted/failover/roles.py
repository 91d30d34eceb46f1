"""Faults in servers: what they keep, discard and take when their roles change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planted.failover.fault import failover_fault
from planted.fault import replace_attribute, substitute
from planted.replicated.failovers import promotion_begins_without_data, promotion_tells_too_great_an_offset
from planted.replicated.psync import shares
from redproof_properties.failover.simulated.run import GUARDED, RETRYING
from redproof_server.commands import replication
from redproof_server.replication import loading, replicas
from redproof_server.replication.state import Replication
from redproof_server.replication.stream import Master

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.engine.server import Server

LOSS = "every_loss_is_explained"
KEEPS = "the_promoted_keeps_a_prefix"
READS = "reads_from_replicas_are_prefixes"
DISCARDS = "what_was_taken_after_a_split_is_discarded"
LAG = "writes_end_with_the_lag"
AGREE = "all_agree_after_healing"
ENDS = "a_failover_ends"

TOO_FEW_BYTES = 300

failover_fault("promotion-loses-the-data", "A promoted server deletes all that it has", KEEPS)(
    promotion_begins_without_data
)
failover_fault("promotion-tells-too-much", "A promoted server tells an offset that it had not", LOSS)(
    promotion_tells_too_great_an_offset
)


@failover_fault("promotion-tells-too-little", "A promoted server tells a lesser offset than it had", DISCARDS)
def promotion_tells_too_little() -> None:
    honest = Replication.shift_replid

    def faulty(replication: Replication, replid: bytes | None = None) -> None:
        honest(replication, replid)
        replication.second_offset = max(replication.second_offset - TOO_FEW_BYTES, 1)

    replace_attribute(Replication, "shift_replid", faulty)


@failover_fault("old-master-keeps-its-writes", "An old master goes on with what it took after a promotion", AGREE)
def old_master_keeps_its_writes() -> None:
    shares(None)


@failover_fault("promoted-keeps-the-history", "A promoted server goes on under the ID of the old master", AGREE)
def promoted_keeps_the_history() -> None:
    honest = Replication.shift_replid

    def faulty(replication: Replication, replid: bytes | None = None) -> None:
        honest(replication, replid or replication.replid)

    replace_attribute(Replication, "shift_replid", faulty)


@failover_fault("snapshot-is-added", "A replica adds a snapshot to what it has", READS)
def snapshot_is_added() -> None:
    honest = loading.load_snapshot

    def faulty(replication: Replication, data: bytes) -> int | None:
        db = replication.server.databases[0]
        before = db.keys.entries.get(b"values")
        loaded = honest(replication, data)
        if before is not None and b"values" in db.keys.entries:
            db.put(b"values", before)
        return loaded

    substitute(honest, faulty)


@failover_fault("all-replicas-have-confirmed", "WAIT counts replicas that have not confirmed", LOSS, scenario="kills")
def all_replicas_have_confirmed() -> None:
    substitute(replicas.count_acks, lambda known, offset: len(known))


@failover_fault(
    "min-replicas-is-ignored", "A master without replicas takes writes", LAG, plan=GUARDED, scenario="isolation"
)
def min_replicas_is_ignored() -> None:
    replace_attribute(Replication, "wants_good_replicas", property(lambda replication: False))


@failover_fault(
    "lag-is-not-looked-at",
    "A replica that acknowledges nothing counts for min-replicas",
    LAG,
    plan=GUARDED,
    scenario="isolation",
)
def lag_is_not_looked_at() -> None:
    def faulty(server: Server, known: list[Client]) -> int:
        return len(known)

    substitute(replicas.count_good, faulty)


@failover_fault("stream-goes-on-elsewhere", "A replica asks to go on from behind what it has", READS)
def stream_goes_on_elsewhere() -> None:
    honest = Master.cache

    def faulty(master: Master) -> None:
        honest(master)
        master.applied_offset += 57

    replace_attribute(Master, "cache", faulty)


@failover_fault(
    "promoted-stays-a-replica",
    "A server that is told to be a master answers OK, and stays a replica",
    ENDS,
    plan=RETRYING,
    scenario="absence",
)
def promoted_stays_a_replica() -> None:
    honest = replication.replicaof

    def faulty(client: Client, args: list[bytes]) -> bytes:
        return b"+OK\r\n" if args[1].lower() == b"no" else honest(client, args)

    substitute(honest, faulty)
