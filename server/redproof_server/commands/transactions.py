"""MULTI, EXEC, DISCARD, WATCH and UNWATCH."""

from redproof_server.engine.client import Client, SkippedReply, Transaction, Unsent
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
from redproof_server.protocol.replies import NO_REPLY, OK, null_array


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
    propagation = client.server.propagation
    propagation.begin_exec()
    run_queue(client, transaction)
    discard(client)
    propagation.end_exec()
    return NO_REPLY


def run_queue(client: Client, transaction: Transaction) -> None:
    """Run the queued commands; none of them may block, and what they publish to the client is among the replies."""
    was_denied, client.deny_blocking = client.deny_blocking, True
    skipped = client.replies if isinstance(client.replies, SkippedReply) else None
    execute = client.server.execute
    answer(client, b"*%d\r\n" % len(transaction.queue), skipped)
    for queued, request in transaction.queue:
        client.server.replication.current_command = queued
        answer(client, execute(client, queued, request), skipped)
    client.deny_blocking = was_denied
    if client.replies is skipped:
        client.replies = client.output


def answer(client: Client, reply: bytes, skipped: SkippedReply | None) -> None:
    """Send one of several replies, unless CLIENT REPLY keeps it; a SKIP within is for what follows EXEC."""
    if client.replies is not skipped and type(client.replies) is not Unsent:
        client.output.append(reply)
        client.output_bytes += len(reply)


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
