"""How long a group may take, by what it is configured to and by the constants of Sentinel."""

from __future__ import annotations

from typing import Final

from redproof_properties.failover.record import Settings

DESYNC_MS_MAX: Final = 1_000
"""How long a sentinel may put off a failover by chance (SENTINEL_MAX_DESYNC)."""

INFO_PERIOD_MS: Final = 10_000
"""How long a sentinel may take to learn what a server is (SENTINEL_INFO_PERIOD); the longest of its periods."""

BUSY_INFO_PERIOD_MS: Final = 1_000
"""How often it asks replicas what they are while a failover is under way (sentinelSendPeriodicCommands)."""

PUBLISH_PERIOD_MS: Final = 2_000
"""How often a sentinel publishes what it knows; it waits for four of these before it corrects a server."""

RECONNECT_MS: Final = 1_000
"""How long a replica waits before it connects to its master again (replicationCron)."""

PING_PERIOD_MS: Final = 1_000
"""How often a sentinel pings at least (SENTINEL_PING_PERIOD)."""

ASK_PERIOD_MS: Final = 1_000
"""How often a sentinel asks the others whether a master is down that it takes for down (SENTINEL_ASK_PERIOD)."""

ELECTION_TIMEOUT_MS: Final = 10_000
"""How long a sentinel waits at most to be elected (SENTINEL_ELECTION_TIMEOUT)."""

LINK_RECONNECT_MS: Final = 15_000
"""How long a sentinel may keep a connection that is dead (SENTINEL_MIN_LINK_RECONNECT_PERIOD)."""

LINK_DOWN_UNIT_MS: Final = 1_000
"""In what a replica counts for how long its master was gone: whole seconds (`server.c`, master_link_down_since)."""

TIMER_MS_MAX: Final = 200
"""More than the time between two calls of a sentinel's timer, which is a tenth of a second at most (sentinelTimer)."""

_STEPS_OF_A_FAILOVER: Final = 4
"""Each state of a failover is left in a call of the timer (sentinelFailoverStateMachine)."""

_FAILOVERS_MAX: Final = 2
"""One may be under way when all is healed, and fail; the next begins after twice the failover timeout."""


def failover_within_ms(settings: Settings) -> int:
    """Within how long a failover begins and ends that nothing disturbs: down, a vote, a promotion, its notice."""
    return settings.down_after_ms + DESYNC_MS_MAX + settings.failover_timeout_ms + PUBLISH_PERIOD_MS


def agreement_within_ms(settings: Settings) -> int:
    """Within how long all agree once all is healed.

    A failover that has just failed is begun again after twice the failover timeout, and ends; then sentinels hear of
    its configuration, learn from INFO what each server is, wait until they correct it, and it is synchronised.
    """
    retried_ms = 2 * settings.failover_timeout_ms + _FAILOVERS_MAX * failover_within_ms(settings)
    return retried_ms + 2 * INFO_PERIOD_MS + 4 * PUBLISH_PERIOD_MS + RECONNECT_MS


def down_within_ms(settings: Settings) -> int:
    """Within how long a sentinel takes a master for down: it pings, and waits (sentinelCheckSubjectivelyDown)."""
    return min(settings.down_after_ms, PING_PERIOD_MS) + settings.down_after_ms + 2 * TIMER_MS_MAX


def agreed_within_ms(settings: Settings) -> int:
    """Within how long all sentinels take a master for objectively down, from when all stop to reach it.

    Source: `sentinel.c` (sentinelAskMasterStateToOtherSentinels, sentinelCheckObjectivelyDown).
    """
    return down_within_ms(settings) + ASK_PERIOD_MS + 2 * TIMER_MS_MAX


def attempt_within_ms(settings: Settings) -> int:
    """Within how long a try to fail over has promoted a replica, or has failed and another may begin.

    It begins to count up to `DESYNC_MS_MAX` late, and gives up when it is not elected (sentinelFailoverWaitStart), when
    the replica cannot be told (sentinelFailoverSendSlaveOfNoOne) and when it does not become a master
    (sentinelFailoverWaitPromotion). The next begins twice the failover timeout after this one has begun to count
    (sentinelStartFailoverIfNeeded), which is less.
    """
    elected_ms = min(ELECTION_TIMEOUT_MS, settings.failover_timeout_ms)
    told_ms = promoted_ms = settings.failover_timeout_ms
    return DESYNC_MS_MAX + elected_ms + told_ms + promoted_ms + _STEPS_OF_A_FAILOVER * TIMER_MS_MAX


def failover_timeout_suffices(settings: Settings) -> bool:
    """Whether a sentinel learns of a promotion before it gives up."""
    return settings.failover_timeout_ms >= BUSY_INFO_PERIOD_MS + 2 * TIMER_MS_MAX


def retried_within_ms(settings: Settings) -> int:
    """Within how long a replica is promoted when all miss the master, though one try may fail."""
    return agreed_within_ms(settings) + 2 * attempt_within_ms(settings)


def link_down_ms_max(settings: Settings, down_for_ms: float) -> float:
    """For how long a replica may be without its master, which a sentinel takes for down for so long, to be promoted.

    Source: `sentinel.c` (sentinelSelectSlave).
    """
    return down_for_ms + 10 * settings.down_after_ms


def replica_is_fit_for_ms(settings: Settings) -> float:
    """How long before its master was lost a replica may have been linked to it last, so that it may be promoted.

    What counts is for how long it had been without it when the master was taken for down (sentinelSelectSlave).
    """
    return link_down_ms_max(settings, 0) - down_within_ms(settings) - LINK_DOWN_UNIT_MS
