"""MULTI, EXEC, DISCARD, WATCH and UNWATCH."""

from redproof_server.engine.client import Client, Transaction
from redproof_server.engine.command import (
    ALLOW_BUSY,
    FAST,
    LOADING,
    NOSCRIPT,
    SKIP_QUEUE,
    SKIP_SLOWLOG,
    STALE,
    command,
)
from redproof_server.engine.errors import EXEC_ABORT, CommandError
from redproof_server.engine.transactions import discard, unwatch_all, watch_key, watched_key_expired
from redproof_server.protocol.replies import OK, array, null_array


@command("multi", arity=1, flags=NOSCRIPT | LOADING | STALE | FAST | SKIP_QUEUE | ALLOW_BUSY)
def multi(client: Client, args: list[bytes]) -> bytes:
    """MULTI (multi.c multiCommand)."""
    if client.transaction is not None:
        raise CommandError(b"ERR MULTI calls can not be nested")
    client.transaction = Transaction()
    return OK


@command("exec", arity=1, flags=SKIP_SLOWLOG | NOSCRIPT | LOADING | STALE | SKIP_QUEUE)
def exec_(client: Client, args: list[bytes]) -> bytes:
    """EXEC (multi.c execCommand)."""
    transaction = client.transaction
    if transaction is None:
        raise CommandError(b"ERR EXEC without MULTI")
    must_fail = client.is_dirty or watched_key_expired(client)
    if transaction.aborted or must_fail:
        discard(client)
        if transaction.aborted:
            raise CommandError(EXEC_ABORT)
        return null_array(client.resp)
    unwatch_all(client)
    replies = run_queue(client, transaction)
    discard(client)
    return array(replies)


def run_queue(client: Client, transaction: Transaction) -> list[bytes]:
    """Run the queued commands; none of them may block."""
    was_denied, client.deny_blocking = client.deny_blocking, True
    execute = client.server.execute
    replies = [execute(client, command, request) for command, request in transaction.queue]
    client.deny_blocking = was_denied
    return replies


@command("discard", arity=1, flags=NOSCRIPT | LOADING | STALE | FAST | SKIP_QUEUE | ALLOW_BUSY)
def discard_(client: Client, args: list[bytes]) -> bytes:
    """DISCARD (multi.c discardCommand)."""
    if client.transaction is None:
        raise CommandError(b"ERR DISCARD without MULTI")
    discard(client)
    return OK


@command("watch", arity=-2, flags=NOSCRIPT | LOADING | STALE | FAST | SKIP_QUEUE | ALLOW_BUSY, keys=(1, -1, 1))
def watch(client: Client, args: list[bytes]) -> bytes:
    """WATCH key [key ...] (multi.c watchCommand)."""
    if client.transaction is not None:
        raise CommandError(b"ERR WATCH inside MULTI is not allowed")
    for key in args[1:]:
        watch_key(client, key)
    return OK


@command("unwatch", arity=1, flags=NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY)
def unwatch(client: Client, args: list[bytes]) -> bytes:
    """UNWATCH (multi.c unwatchCommand)."""
    unwatch_all(client)
    client.is_dirty = False
    return OK
