"""Faults in whom a Sentinel chooses, and in when it takes it for promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planted.failover.fault import failover_fault
from planted.fault import replace_item, substitute
from redproof_properties.failover.simulated.run import RANKED
from redproof_server.sentinel import failover, selection
from redproof_server.sentinel.instances import FailoverState

if TYPE_CHECKING:
    from redproof_server.sentinel.instances import Master, Replica
    from redproof_server.sentinel.sentinel import Sentinel

RULE = "the_rule_names_the_promoted"
FOREVER_MS = 2**63 - 1

PROMOTED = "the_promoted_says_that_it_is_a_master"


@failover_fault("least-offset-is-chosen", "The replica with the least data is promoted", RULE, scenario="kills")
def least_offset_is_chosen() -> None:
    substitute(selection.rank, lambda replica: (replica.priority, replica.offset, replica.run_id or "~"))


@failover_fault("offset-is-not-looked-at", "Replicas are not compared by their data", RULE, scenario="kills")
def offset_is_not_looked_at() -> None:
    substitute(selection.rank, lambda replica: (replica.priority, 0, replica.run_id or "~"))


@failover_fault("greatest-run-id-is-chosen", "Of replicas with the same data the last one is promoted", RULE)
def greatest_run_id_is_chosen() -> None:
    honest = selection.rank

    def faulty(replica: Replica) -> tuple[int, int, str]:
        priority, offset, run_id = honest(replica)
        return priority, offset, "".join(f"{15 - int(digit, 16):x}" for digit in run_id if digit in "0123456789abcdef")

    substitute(honest, faulty)


@failover_fault("priority-is-not-looked-at", "Replicas are not compared by their priorities", RULE, plan=RANKED)
def priority_is_not_looked_at() -> None:
    substitute(selection.rank, lambda replica: (0, -replica.offset, replica.run_id or "~"))


@failover_fault("priority-0-is-promoted", "A replica with priority 0 is promoted", RULE, plan=RANKED)
def priority_0_is_promoted() -> None:
    honest = selection.is_suitable

    def faulty(sentinel: Sentinel, master: Master, replica: Replica) -> bool:
        if replica.priority:
            return honest(sentinel, master, replica)
        replica.priority = 1
        is_suitable = honest(sentinel, master, replica)
        replica.priority = 0
        return is_suitable

    substitute(honest, faulty)


@failover_fault("replica-that-is-down-is-promoted", "A replica that does not answer is promoted", RULE, seeds_max=150)
def replica_that_is_down_is_promoted() -> None:
    substitute(
        selection.is_suitable,
        lambda sentinel, master, replica: replica.priority > 0 and replica.info_refreshed_ms > 0,
    )


@failover_fault(
    "lost-link-is-not-looked-at",
    "A replica is promoted however long it has been without its master",
    RULE,
    plan=RANKED,
    scenario="lost links",
)
def lost_link_is_not_looked_at() -> None:
    substitute(selection.link_down_ms_max, lambda sentinel, master: FOREVER_MS)


@failover_fault(
    "good-replica-is-refused",
    "A Sentinel gives up where the replica to promote has no link to the master, which is down",
    RULE,
    scenario="kills",
)
def good_replica_is_refused() -> None:
    honest = selection.select

    def faulty(sentinel: Sentinel, master: Master) -> Replica | None:
        chosen = honest(sentinel, master)
        return None if chosen is None or chosen.master_link_down_ms else chosen

    substitute(honest, faulty)


@failover_fault(
    "promoted-before-it-says-so",
    "A replica counts as promoted as soon as it was told",
    PROMOTED,
    scenario="elections",
)
def promoted_before_it_says_so() -> None:
    def faulty(sentinel: Sentinel, master: Master) -> None:
        assert master.promoted is not None
        failover.promoted(sentinel, master, master.promoted)

    replace_item(failover.STEPS, FailoverState.WAIT_PROMOTION, faulty)
