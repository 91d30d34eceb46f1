"""The times that Sentinel keeps to, in milliseconds; from 7.0 on `SENTINEL DEBUG` sets them."""

from dataclasses import dataclass

# Constants of Redis that no command changes.
DESYNC_MS_MAX = 1_000
BUSY_INFO_PERIOD_MS = 1_000
PENDING_COMMANDS_MAX = 100


@dataclass(slots=True)
class Periods:
    """How often something is done, and how long something is waited for (sentinel.c sentinel_*_period)."""

    info_period_ms: int = 10_000
    ping_period_ms: int = 1_000
    ask_period_ms: int = 1_000
    publish_period_ms: int = 2_000
    default_down_after_ms: int = 30_000
    default_failover_timeout_ms: int = 180_000
    tilt_trigger_ms: int = 2_000
    tilt_period_ms: int = 30_000
    slave_reconf_timeout_ms: int = 10_000
    min_link_reconnect_period_ms: int = 15_000
    election_timeout_ms: int = 10_000
    script_max_runtime_ms: int = 60_000
    script_retry_delay_ms: int = 30_000


# By the names that SENTINEL DEBUG has for them, in its order.
FIELDS = {name.removesuffix("_ms").replace("_", "-").encode(): name for name in Periods.__dataclass_fields__}
