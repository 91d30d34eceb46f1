"""Faults in what a failover keeps: data that goes at a promotion, and offsets that are told wrongly."""

from __future__ import annotations

from planted.fault import replace_attribute
from planted.replicated.fault import replication_fault
from planted.replicated.psync import shares
from redproof_server.replication.state import Replication

KILL = "test_failover_after_a_kill_loses_what_is_explained"
UNANSWERED = "test_failover_may_keep_what_was_not_answered"
DISCARDS = "test_failover_discards_what_the_old_master_took"

TOO_MANY_BYTES = 1_000


@replication_fault("promotion-begins-without-data", "A promoted server deletes all that it has", UNANSWERED)
def promotion_begins_without_data() -> None:
    honest = Replication.shift_replid

    def faulty(replication: Replication, replid: bytes | None = None) -> None:
        honest(replication, replid)
        if replid is None:
            for db in replication.server.databases:
                db.empty()

    replace_attribute(Replication, "shift_replid", faulty)


@replication_fault("promotion-tells-too-great-an-offset", "A promoted server tells an offset that it had not", KILL)
def promotion_tells_too_great_an_offset() -> None:
    honest = Replication.shift_replid

    def faulty(replication: Replication, replid: bytes | None = None) -> None:
        honest(replication, replid)
        replication.second_offset += TOO_MANY_BYTES

    replace_attribute(Replication, "shift_replid", faulty)


@replication_fault("old-master-goes-on", "An old master goes on with what it took after another was promoted", DISCARDS)
def old_master_goes_on() -> None:
    shares(None)
