"""The dataset of one moment, kept while the server goes on: what a child process of Redis has in its memory.

Strings are shared, for they never change; of everything else the tables are copied, without their buckets. That costs
the server some 60 ns for each key and each element, and memory for references alone. To write them out takes about
forty times as long, and can be done between requests.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redproof_server.engine.values.value import List, Value

if TYPE_CHECKING:
    from redproof_server.engine.database import Database
    from redproof_server.engine.server import Server


@dataclass(frozen=True, slots=True)
class ReplicationState:
    """Where a dataset stands in a replication stream (rdbSaveInfo): the database that the stream has selected, the
    stream's id in 40 hexadecimal digits, and the offset in bytes."""

    stream_db: int
    replid: bytes
    offset_bytes: int


@dataclass(frozen=True, slots=True)
class DatabaseSnapshot:
    """The values and the expiry times (unix times in ms) of the keys of a database."""

    index: int
    values: dict[bytes, Value]
    expires_ms: dict[bytes, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Databases that hold keys, the code of the libraries, and what a file's head tells."""

    release: bytes
    rdb_version: int
    list_fill: int
    taken_ms: int
    used_memory_bytes: int
    replication: ReplicationState | None
    databases: list[DatabaseSnapshot]
    libraries: list[bytes]

    @property
    def keys(self) -> int:
        """How many keys there are in all databases."""
        return sum(len(db.values) for db in self.databases)


def take_snapshot(server: "Server", replication: ReplicationState | None) -> Snapshot:
    """Everything that a server holds now."""
    libraries = server.libraries
    return Snapshot(
        server.version.release,
        server.version.rdb_version,
        server.config.integer("list-max-ziplist-size"),
        server.now_ms,
        server.usage.peak_memory_bytes,
        replication,
        [_database(db) for db in server.databases if db.keys.entries],
        [] if libraries is None else [library.code for library in libraries.by_name.values()],
    )


def _database(db: "Database") -> DatabaseSnapshot:
    values = db.keys.entries.copy()
    for key, value in db.keys.entries.items():
        if not isinstance(value, bytes):
            values[key] = value.copy() if isinstance(value, List) else value.frozen()
    return DatabaseSnapshot(db.index, values, db.expires.entries.copy())
