"""SAVE, BGSAVE, BGREWRITEAOF and LASTSAVE, of a server that keeps everything in memory and writes no files."""

from redproof_server.engine.client import Client
from redproof_server.engine.command import (
    ADMIN,
    FAST,
    LOADING,
    NO_ASYNC_LOADING,
    NO_MULTI,
    NOSCRIPT,
    RANDOM,
    STALE,
    command,
)
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.protocol.replies import integer, status

NOTHING_SAVED = b"ERR %b is not supported by this server: it keeps everything in memory and writes no files"


@command("bgsave", arity=-1, flags=ADMIN | NOSCRIPT | NO_ASYNC_LOADING)
def bgsave(client: Client, args: list[bytes]) -> bytes:
    """BGSAVE [SCHEDULE] (rdb.c bgsaveCommand): a child that does all but write."""
    save = client.server.background_save
    if len(args) > 2 or (len(args) == 2 and args[1].lower() != b"schedule"):
        raise CommandError(SYNTAX)
    if save.is_running:
        raise CommandError(b"ERR Background save already in progress")
    if client.transaction is not None and client.server.version.bgsave_in_exec_is_scheduled:
        save.is_scheduled = True
        return status(b"Background saving scheduled")
    save.start()
    return status(b"Background saving started")


def refuse_saving(client: Client, args: list[bytes]) -> bytes:
    """SAVE and BGREWRITEAOF (rdb.c, aof.c): refused."""
    raise CommandError(NOTHING_SAVED % args[0].upper())


command("save", arity=1, flags=ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI)(refuse_saving)
command("bgrewriteaof", arity=1, flags=ADMIN | NOSCRIPT | NO_ASYNC_LOADING)(refuse_saving)


@command("lastsave", arity=1, flags=LOADING | STALE | FAST | RANDOM)
def lastsave(client: Client, args: list[bytes]) -> bytes:
    """LASTSAVE (db.c lastsaveCommand): as if the start had been one."""
    return integer(client.server.started_ms // 1000)
