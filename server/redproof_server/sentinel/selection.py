"""Which replica is promoted (sentinelSelectSlave, compareSlavesForPromotion)."""

from typing import TYPE_CHECKING

from redproof_server.sentinel.instances import Master, Replica, State

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

# What sorts behind every run ID, which is in hexadecimal.
NO_RUN_ID = "~"


def select(sentinel: "Sentinel", master: Master) -> Replica | None:
    """The replica to promote, or None: by priority, then by offset, then by run ID."""
    candidates = [replica for replica in master.replicas.values() if is_suitable(sentinel, master, replica)]
    return min(candidates, key=rank, default=None)


def rank(replica: Replica) -> tuple[int, int, str]:
    """The order of promotion, least first."""
    return replica.priority, -replica.offset, (replica.run_id or NO_RUN_ID).lower()


def is_suitable(sentinel: "Sentinel", master: Master, replica: Replica) -> bool:
    """Whether a replica may be promoted: it is up, was heard of lately and did not lose its master long ago."""
    now_ms, periods = sentinel.now_ms, sentinel.periods
    if replica.has_any(State.S_DOWN | State.O_DOWN) or replica.connections.is_disconnected:
        return False
    if now_ms - replica.connections.last_available_ms > 5 * periods.ping_period_ms:
        return False
    if replica.priority == 0:
        return False
    is_down = master.has_any(State.S_DOWN)
    info_lasts_ms = 5 * periods.ping_period_ms if is_down else 3 * periods.info_period_ms
    if now_ms - replica.info_refreshed_ms > info_lasts_ms:
        return False
    return replica.master_link_down_ms <= link_down_ms_max(sentinel, master)


def link_down_ms_max(sentinel: "Sentinel", master: Master) -> int:
    """For how long a replica may have been without its master, which is down itself by now."""
    down_ms = sentinel.now_ms - master.s_down_since_ms if master.has_any(State.S_DOWN) else 0
    return down_ms + 10 * master.down_after_ms
