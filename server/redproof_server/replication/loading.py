"""Taking a master's snapshot for one's own data (replication.c readSyncBulkPayload, useDisklessLoad)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redproof_server.replication.state import Replication
    from redproof_server.replication.transfer import Transfer


def load_snapshot(replication: "Replication", data: bytes) -> int | None:
    """Replace the data by a snapshot, and return the database of the stream that follows; None when it is broken:
    then nothing has changed. Redis ends instead, or has lost the old data by then unless it was to be swapped."""
    # The reader of files stands on the engine, of which this is a part.
    from redproof_server.persistence.rdb import load
    from redproof_server.persistence.rdb_reading import CorruptRdbError

    server = replication.server
    replication.snapshots.kill()
    try:
        loaded = load(server, data, keeps_expired=True)
    except CorruptRdbError:
        return None
    replication.upstream.attach_to_new_master()
    replication.local_expiries.clear()
    return loaded.replication.stream_db if loaded.replication is not None else 0


def load_without_mark(replication: "Replication", transfer: "Transfer") -> None:
    """Take a snapshot that broke off in its mark, where the version looks for that too late."""
    server = replication.server
    mode = server.config.values["repl-diskless-load"]
    is_empty = not any(len(db.keys) for db in server.databases)
    loads_diskless = mode == "swapdb" or (mode == "on-empty-db" and is_empty)
    if transfer.has_mark and loads_diskless and server.version.diskless_load_precedes_mark:
        load_snapshot(replication, transfer.data_without_mark())
