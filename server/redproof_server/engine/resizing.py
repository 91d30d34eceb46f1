"""Resizing and rehashing the tables of databases in the background (server.c databasesCron)."""

from redproof_server.engine.database import Database

DATABASES_PER_CALL = 16
# Redis goes on for a millisecond, batch by batch; without a clock the engine takes what Python moves in about that.
BATCHES_PER_CALL = 10
BUCKETS_PER_BATCH = 100


class TableCron:
    """Visits some databases at each call, and goes on from there at the next."""

    __slots__ = ("_databases", "_rehash_index", "_resize_index")

    def __init__(self, databases: list[Database]) -> None:
        self._databases = databases
        self._resize_index = 0
        self._rehash_index = 0

    def run(self, rehashes: bool) -> None:
        """Shrink what is sparse, then rehash the first database that needs it. No child may exist meanwhile."""
        count = len(self._databases)
        for _ in range(min(DATABASES_PER_CALL, count)):
            db = self._databases[self._resize_index]
            db.keys.shrink_if_sparse()
            db.expires.shrink_if_sparse()
            self._resize_index = (self._resize_index + 1) % count
        for _ in range(min(DATABASES_PER_CALL, count) if rehashes else 0):
            if rehash_for_a_while(self._databases[self._rehash_index]):
                return
            self._rehash_index = (self._rehash_index + 1) % count


def rehash_for_a_while(db: Database) -> bool:
    """Move many buckets of the keys, or else of the expiry times; whether there was something to do
    (incrementallyRehash)."""
    for table in (db.keys, db.expires):
        if table.rehash_index >= 0:
            for _ in range(BATCHES_PER_CALL):
                if not table.rehash(BUCKETS_PER_BATCH):
                    break
            return True
    return False
