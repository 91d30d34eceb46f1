"""Databases as a whole: FLUSHDB, FLUSHALL, DBSIZE and SWAPDB."""

from redproof_server.commands.generic import DB_OUT_OF_RANGE
from redproof_server.engine.arguments import read_int32, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import FAST, READONLY, WRITE, command
from redproof_server.engine.database import Database
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.transactions import touch_all_watched
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.value import List
from redproof_server.protocol.replies import OK, integer


@command("flushdb", arity=-1, flags=WRITE)
def flushdb(client: Client, args: list[bytes]) -> bytes:
    """FLUSHDB [ASYNC | SYNC] (db.c flushdbCommand)."""
    check_flush_options(args)
    flush(client.db)
    propagate_flush(client)
    return OK


@command("flushall", arity=-1, flags=WRITE)
def flushall(client: Client, args: list[bytes]) -> bytes:
    """FLUSHALL [ASYNC | SYNC] (db.c flushallCommand)."""
    check_flush_options(args)
    for db in client.server.databases:
        if db.keys.entries or db.watches:
            flush(db)
    saving = client.server.saving
    saving.kill()
    if saving.save_points:
        saving.save()
    client.server.dirty += client.server.version.flushall_is_a_change
    propagate_flush(client)
    return OK


def propagate_flush(client: Client) -> None:
    """Versions differ in whether emptying what is empty is propagated."""
    if client.server.version.empty_flush_is_propagated:
        client.server.propagation.force()


def check_flush_options(args: list[bytes]) -> None:
    """Refuse other options than ASYNC and SYNC (db.c getFlushCommandFlags)."""
    if len(args) > 2 or (len(args) == 2 and read_word(args[1]) not in (b"sync", b"async")):
        raise CommandError(SYNTAX)


def flush(db: Database) -> None:
    """Delete all keys of a database (db.c emptyDb)."""
    touch_all_watched(db)
    db.server.dirty += db.empty()


@command("dbsize", arity=1, flags=READONLY | FAST)
def dbsize(client: Client, args: list[bytes]) -> bytes:
    """DBSIZE (db.c dbsizeCommand)."""
    return integer(len(client.db.keys))


@command("swapdb", arity=3, flags=WRITE | FAST)
def swapdb(client: Client, args: list[bytes]) -> bytes:
    """SWAPDB index1 index2 (db.c swapdbCommand)."""
    databases = client.server.databases
    first = read_int32(args[1], b"ERR invalid first DB index")
    second = read_int32(args[2], b"ERR invalid second DB index")
    if not (0 <= first < len(databases) and 0 <= second < len(databases)):
        raise CommandError(DB_OUT_OF_RANGE)
    if first != second:
        swap(databases[first], databases[second])
    client.server.dirty += 1
    return OK


def swap(first: Database, second: Database) -> None:
    """Exchange the keys of two databases, while clients that watch or wait stay (db.c dbSwapDatabases)."""
    touch_all_watched(first, second)
    touch_all_watched(second, first)
    first.keys, second.keys = second.keys, first.keys
    first.expires, second.expires = second.expires, first.expires
    first.expires_cursor, second.expires_cursor = second.expires_cursor, first.expires_cursor
    first.accessed_ms, second.accessed_ms = second.accessed_ms, first.accessed_ms
    first.uses, second.uses = second.uses, first.uses
    signal_waiting(first)
    signal_waiting(second)


def signal_waiting(db: Database) -> None:
    """Let clients be served whose key has come to hold something (db.c scanDatabaseForReadyKeys)."""
    for key in db.blocked:
        if isinstance(db.keys.entries.get(key), List | SortedSet):
            db.server.blocking.signal_ready(db, key)
