"""Faults in transactions."""

from __future__ import annotations

from planted.fault import fault, rows, substitute, wrap
from redproof_server.commands import transactions as commands
from redproof_server.engine import transactions
from redproof_server.engine.client import Client, Transaction
from redproof_server.engine.command import Handler
from redproof_server.engine.database import Database
from redproof_server.protocol.replies import OK, array

WITH_STRINGS = ("transactions", "strings")
WITH_KEYS = ("transactions", "generic")


@fault(
    "exec-ignores-expiry",
    "EXEC goes on although a watched key has expired",
    WITH_STRINGS,
    "EXEC",
    pauses=True,
    within=200_000,
    script=6,
)
def exec_ignores_expiry() -> None:
    substitute(transactions.watched_key_expired, lambda client: False)


@fault(
    "exec-ignores-watch",
    "EXEC goes on although a watched key was written",
    WITH_STRINGS,
    "EXEC",
    within=1_000,
    script=5,
)
def exec_ignores_watch() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        client.is_dirty = False
        return honest(client, args)

    wrap("exec", faulty)


@fault(
    "watch-survives-exec",
    "A key stays watched after EXEC, so that a later EXEC may fail",
    WITH_STRINGS,
    "EXEC",
    script=7,
)
def watch_survives_exec() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        keys = [watch.key for watch in client.watches]
        reply = honest(client, args)
        for key in keys:
            transactions.watch_key(client, key)
        return reply

    wrap("exec", faulty)


@fault(
    "watch-ignores-own-writes",
    "A client's own writes do not touch the keys that it watches",
    WITH_STRINGS,
    "EXEC",
    within=1_000,
    script=5,
)
def watch_ignores_own_writes() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        was_dirty = client.is_dirty
        reply = honest(client, args)
        client.is_dirty = was_dirty
        return reply

    for name in ("set", "append", "incr", "incrby", "mset", "setrange", "getset", "setex"):
        wrap(name, faulty)


@fault("unwatch-is-not-queued", "UNWATCH within MULTI is executed at once", WITH_STRINGS, "UNWATCH", script=3)
def unwatch_is_not_queued() -> None:
    for row in rows("unwatch"):
        row.skips_queue = True


@fault(
    "discard-keeps-the-error",
    "After DISCARD an error of the transaction still spoils the next one",
    WITH_STRINGS,
    "EXEC",
    within=10_000,
    script=6,
)
def discard_keeps_the_error() -> None:
    spoiled: set[int] = set()

    def discard(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        if client.transaction is not None and client.transaction.aborted:
            spoiled.add(client.id)
        return honest(client, args)

    def multi(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        if client.id in spoiled and client.transaction is not None:
            spoiled.discard(client.id)
            client.transaction.aborted = True
        return reply

    wrap("discard", discard)
    wrap("multi", multi)


@fault("multi-nests", "MULTI within MULTI is taken as a second one", WITH_STRINGS, "MULTI", script=3)
def multi_nests() -> None:
    wrap("multi", lambda honest, client, args: OK if client.transaction is not None else honest(client, args))


@fault(
    "errors-at-queueing-are-forgotten",
    "EXEC goes on although a command was refused when it was queued",
    WITH_STRINGS,
    "EXEC",
    within=500,
    script=6,
)
def errors_at_queueing_are_forgotten() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        if client.transaction is not None:
            client.transaction.aborted = False
        return honest(client, args)

    wrap("exec", faulty)


@fault(
    "exec-stops-at-an-error", "EXEC runs nothing after a command that fails", WITH_STRINGS, "EXEC", within=500, script=5
)
def exec_stops_at_an_error() -> None:
    def faulty(client: Client, transaction: Transaction) -> None:
        replies: list[bytes] = []
        for command, request in transaction.queue:
            replies.append(client.server.execute(client, command, request))
            if replies[-1].startswith(b"-"):
                break
        client.output.append(array(replies))

    substitute(commands.run_queue, faulty)


@fault(
    "flush-forgets-watchers",
    "FLUSHALL and FLUSHDB do not touch watched keys",
    WITH_KEYS,
    "EXEC",
    within=50_000,
    script=6,
)
def flush_forgets_watchers() -> None:
    honest = transactions.touch_all_watched

    def faulty(emptied: Database, replacement: Database | None = None) -> None:
        if replacement is not None:
            honest(emptied, replacement)

    substitute(honest, faulty)


@fault("swapdb-forgets-watchers", "SWAPDB does not touch watched keys", WITH_KEYS, "EXEC", within=50_000, script=6)
def swapdb_forgets_watchers() -> None:
    honest = transactions.touch_all_watched

    def faulty(emptied: Database, replacement: Database | None = None) -> None:
        if replacement is None:
            honest(emptied)

    substitute(honest, faulty)
