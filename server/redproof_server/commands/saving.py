"""SAVE, BGSAVE, LASTSAVE, SHUTDOWN and BGREWRITEAOF: the RDB file. There is no append-only file."""

from redproof_server.engine.blocking import Wait
from redproof_server.engine.client import Client
from redproof_server.engine.command import (
    ADMIN,
    ALLOW_BUSY,
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
from redproof_server.protocol.replies import NO_REPLY, OK, error, integer, status

NO_APPEND_ONLY_FILE = b"ERR BGREWRITEAOF is not supported by this server: it writes no append-only file"
SAVE_IN_PROGRESS = b"ERR Background save already in progress"
NOT_SAVED = b"ERR"
NOT_STOPPED = b"ERR Errors trying to SHUTDOWN. Check logs."
SHUTDOWN_OPTIONS = {b"nosave", b"save", b"now", b"force"}


def wait_for_file(client: Client) -> None:
    """Let a client wait until the shell has written or read a file, which it does before it serves another."""
    client.server.blocking.block(client, Wait(client.db, [], bytes, None, lambda key: None, b""))


def answer(client: Client, reply: bytes) -> None:
    """Answer a client that waited for a file."""
    client.server.blocking.unblock(client)
    client.server.push(client, reply)


@command("save", arity=1, flags=ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI)
def save(client: Client, args: list[bytes]) -> bytes:
    """SAVE (rdb.c saveCommand)."""
    saving = client.server.saving
    if saving.is_running:
        raise CommandError(SAVE_IN_PROGRESS)
    wait_for_file(client)
    saving.save(lambda problem: answer(client, OK if problem is None else error(NOT_SAVED)))
    return NO_REPLY


@command("bgsave", arity=-1, flags=ADMIN | NOSCRIPT | NO_ASYNC_LOADING)
def bgsave(client: Client, args: list[bytes]) -> bytes:
    """BGSAVE [SCHEDULE] (rdb.c bgsaveCommand)."""
    saving = client.server.saving
    if len(args) > 2 or (len(args) == 2 and args[1].lower() != b"schedule"):
        raise CommandError(SYNTAX)
    if saving.is_running:
        raise CommandError(SAVE_IN_PROGRESS)
    if client.transaction is not None and client.server.version.bgsave_in_exec_is_scheduled:
        saving.is_scheduled = True
        return status(b"Background saving scheduled")
    saving.start()
    return status(b"Background saving started")


@command("bgrewriteaof", arity=1, flags=ADMIN | NOSCRIPT | NO_ASYNC_LOADING)
def bgrewriteaof(client: Client, args: list[bytes]) -> bytes:
    """BGREWRITEAOF (aof.c bgrewriteaofCommand): refused."""
    raise CommandError(NO_APPEND_ONLY_FILE)


@command("lastsave", arity=1, flags=LOADING | STALE | FAST | RANDOM)
def lastsave(client: Client, args: list[bytes]) -> bytes:
    """LASTSAVE (db.c lastsaveCommand): the start counts as one."""
    return integer(client.server.saving.saved_ms // 1000)


@command("shutdown", arity=-1, flags=ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY | NO_MULTI)
def shutdown(client: Client, args: list[bytes]) -> bytes:
    """SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] (db.c shutdownCommand): it goes on where it cannot save, unless forced."""
    options = {arg.lower() for arg in args[1:]}
    if options - SHUTDOWN_OPTIONS or {b"nosave", b"save"} <= options:
        raise CommandError(SYNTAX)
    server = client.server
    wanted = True if b"save" in options else False if b"nosave" in options else None

    def saved(problem: str | None) -> None:
        if problem is None or b"force" in options:
            server.stopping = True
            server.close(client)
        else:
            answer(client, error(NOT_STOPPED))

    wait_for_file(client)
    server.saving.save_for_good(wanted, saved)
    return NO_REPLY
