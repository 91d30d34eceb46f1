"""What happens to databases without a request: expiry, resizing and rehashing (server.c databasesCron)."""

from typing import TYPE_CHECKING

from redproof_server.engine.database import Database
from redproof_server.engine.expiry import expire_cycle
from redproof_server.replication import expiry as replicas_expiry

if TYPE_CHECKING:
    from redproof_server.engine.server import Server

DATABASES_PER_CALL = 16
# Redis goes on for a millisecond, batch by batch; without a clock the engine takes what Python moves in about that.
BATCHES_PER_CALL = 10
BUCKETS_PER_BATCH = 100


class DatabasesCron:
    """The periodic work on databases. Resizing and rehashing take some at each call, and go on from there."""

    __slots__ = ("_rehash_index", "_resize_index", "_server", "is_paused", "may_expire")

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._resize_index = 0
        self._rehash_index = 0
        self.is_paused = False
        self.may_expire = True

    def run(self) -> None:
        """Do what is due; tables are left alone while a child exists."""
        server = self._server
        if not server.replication.is_master:
            replicas_expiry.expire_local(server.replication)
        elif self.may_expire and not server.blocking.pauses:
            for db in server.databases:
                expire_cycle(db)
            server.propagation.flush(wraps=False)
        if not server.saving.is_running:
            self._resize(server.databases)
            if server.config.is_yes("activerehashing"):
                self._rehash(server.databases)

    def _resize(self, databases: list[Database]) -> None:
        """Shrink what is sparse (tryResizeHashTables)."""
        for _ in databases[:DATABASES_PER_CALL]:
            db = databases[self._resize_index]
            db.keys.shrink_if_sparse()
            db.expires.shrink_if_sparse()
            self._resize_index = (self._resize_index + 1) % len(databases)

    def _rehash(self, databases: list[Database]) -> None:
        """Move buckets of the first database that needs it."""
        for _ in databases[:DATABASES_PER_CALL]:
            if rehash_for_a_while(databases[self._rehash_index]):
                return
            self._rehash_index = (self._rehash_index + 1) % len(databases)


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
