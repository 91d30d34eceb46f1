"""FLUSHDB, FLUSHALL and DBSIZE."""

from redproof_server.engine.client import Client
from redproof_server.engine.command import FAST, READONLY, WRITE, command
from redproof_server.engine.database import Database
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.transactions import touch_all_watched
from redproof_server.protocol.replies import OK, integer


@command("flushdb", arity=-1, flags=WRITE)
def flushdb(client: Client, args: list[bytes]) -> bytes:
    """FLUSHDB [ASYNC | SYNC] (db.c flushdbCommand)."""
    check_flush_options(args)
    flush(client.db)
    return OK


@command("flushall", arity=-1, flags=WRITE)
def flushall(client: Client, args: list[bytes]) -> bytes:
    """FLUSHALL [ASYNC | SYNC] (db.c flushallCommand)."""
    check_flush_options(args)
    for db in client.server.databases:
        if db.keys.entries or db.watches:
            flush(db)
    client.server.dirty += 1
    return OK


def check_flush_options(args: list[bytes]) -> None:
    """Refuse other options than ASYNC and SYNC (db.c getFlushCommandFlags)."""
    if len(args) > 2 or (len(args) == 2 and args[1].lower() not in (b"sync", b"async")):
        raise CommandError(SYNTAX)


def flush(db: Database) -> None:
    """Delete all keys of a database (db.c emptyDb)."""
    touch_all_watched(db)
    db.server.dirty += db.empty()


@command("dbsize", arity=1, flags=READONLY | FAST)
def dbsize(client: Client, args: list[bytes]) -> bytes:
    """DBSIZE (db.c dbsizeCommand)."""
    return integer(len(client.db.keys))
