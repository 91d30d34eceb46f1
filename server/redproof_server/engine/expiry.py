"""The active expire cycle: deleting expired keys that nobody asks for (expire.c activeExpireCycle)."""

from redproof_server.engine.database import Database
from redproof_server.engine.dict import INITIAL_SIZE

KEYS_PER_LOOP = 20
BUCKETS_PER_KEY_MAX = 20
LOOPS_PER_CYCLE_MAX = 16
STALE_PERCENT_ACCEPTABLE = 10


def expire_cycle(db: Database) -> None:
    """Sample keys that have an expiry time, and go on while many of them had expired.

    Redis bounds a cycle by time; without a clock of its own the engine bounds it by the number of loops.
    """
    for _ in range(LOOPS_PER_CYCLE_MAX):
        if not len(db.expires) or is_too_sparse(db):
            return
        sampled, expired = expire_sample(db)
        if sampled and expired * 100 // sampled <= STALE_PERCENT_ACCEPTABLE:
            return


def is_too_sparse(db: Database) -> bool:
    """Whether less than one bucket in a hundred is used, so that looking for keys is better put off."""
    buckets = sum(map(len, db.expires.tables))
    return buckets > INITIAL_SIZE and len(db.expires) * 100 < buckets


def expire_sample(db: Database) -> tuple[int, int]:
    """Go on through the buckets of the expiry times; how many keys were seen, and how many of them deleted."""
    wanted, sampled, expired = min(len(db.expires), KEYS_PER_LOOP), 0, 0
    for _ in range(wanted * BUCKETS_PER_KEY_MAX):
        for key in db.expires.keys_at(db.expires_cursor):
            sampled += 1
            if db.server.now_ms > db.expires.entries[key]:
                db.delete_expired(key)
                expired += 1
        db.expires_cursor += 1
        if sampled >= wanted:
            break
    return sampled, expired
