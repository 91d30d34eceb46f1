"""The active expire cycle: deleting expired keys that nobody asks for (expire.c activeExpireCycle)."""

from redproof_server.engine.database import Database

KEYS_PER_LOOP = 20
LOOPS_PER_CYCLE_MAX = 16
STALE_PERCENT_ACCEPTABLE = 10


def expire_cycle(db: Database) -> None:
    """Sample keys that have an expiry time, and go on while many of them had expired.

    Redis bounds a cycle by time; without a clock of its own the engine bounds it by the number of loops.
    """
    for _ in range(LOOPS_PER_CYCLE_MAX):
        sampled = min(len(db.expires), KEYS_PER_LOOP)
        if not sampled or expire_sample(db, sampled) * 100 // sampled <= STALE_PERCENT_ACCEPTABLE:
            return


def expire_sample(db: Database, count: int) -> int:
    """Look at `count` random keys that have an expiry time; how many of them were deleted."""
    random = db.server.random
    keys = {db.expires.random_key(random) for _ in range(count)}
    return sum(db.expire_if_needed(key) for key in keys)
