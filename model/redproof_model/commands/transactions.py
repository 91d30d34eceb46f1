"""MULTI, EXEC, DISCARD, WATCH and UNWATCH (`multi.c`)."""

from __future__ import annotations

from collections.abc import Sequence

from redproof_model.choice import Choice, Expected, describe, observe
from redproof_model.errors import ReplyError
from redproof_model.keyspace.blocking import serve_ready
from redproof_model.keyspace.command import CommandTable, Spec
from redproof_model.keyspace.expiry import expire_now
from redproof_model.keyspace.session import Session
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL_ARRAY, OK, Reply

table = CommandTable()

_Queue = Sequence[tuple[Spec, list[bytes]]]


@table.command("MULTI", arity=1, queued=False)
def multi(world: World, argv: list[bytes]) -> Expected:
    """MULTI (multi.c multiCommand)."""
    if world.session.queue is not None:
        raise ReplyError(b"ERR MULTI calls can not be nested")
    world.session.queue = []
    return OK


@table.command("DISCARD", arity=1, queued=False)
def discard(world: World, argv: list[bytes]) -> Expected:
    """DISCARD (multi.c discardCommand)."""
    if world.session.queue is None:
        raise ReplyError(b"ERR DISCARD without MULTI")
    _end(world, world.session)
    return OK


@table.command("WATCH", arity=-2, queued=False)
def watch(world: World, argv: list[bytes]) -> Expected:
    """WATCH key [key …] (multi.c watchCommand)."""
    if world.session.queue is not None:
        raise ReplyError(b"ERR WATCH inside MULTI is not allowed")
    for key in argv[1:]:
        world.session.watched[(world.session.database, key)] = True
    world.watchers = sum(bool(session.watched) for session in world.sessions.values())
    return OK


@table.command("UNWATCH", arity=1)
def unwatch(world: World, argv: list[bytes]) -> Expected:
    """UNWATCH (multi.c unwatchCommand)."""
    _unwatch(world, world.session)
    world.session.dirty_cas = False
    return OK


@table.command("EXEC", arity=1, queued=False)
def exec_(world: World, argv: list[bytes]) -> Expected:
    """EXEC (multi.c execCommand)."""
    session = world.session
    queue = session.queue
    if queue is None:
        raise ReplyError(b"ERR EXEC without MULTI")
    aborted, failed = session.dirty_exec, session.dirty_cas
    _end(world, session)
    if aborted:
        raise ReplyError(b"EXECABORT Transaction discarded because of previous errors.")
    if failed:
        return NULL_ARRAY
    return _run(world, queue)


def _end(world: World, session: Session) -> None:
    """Leave the transaction and forget what was watched (`multi.c` discardTransaction)."""
    session.queue = None
    session.dirty_exec = session.dirty_cas = False
    _unwatch(world, session)


def _unwatch(world: World, session: Session) -> None:
    session.watched.clear()
    world.watchers = sum(bool(other.watched) for other in world.sessions.values())


def _run(world: World, queue: _Queue) -> Expected:
    """Execute a transaction; it becomes a choice at the first command that leaves the server one."""
    replies: list[Reply] = []
    for position in range(len(queue)):
        expected = _execute_queued(world, queue, position)
        if isinstance(expected, Choice):
            return _Transaction(world, queue, replies, expected)
        replies.append(expected)
    return replies


def _execute_queued(world: World, queue: _Queue, position: int) -> Expected:
    for instant, index, key in world.doomed:
        if instant == position:
            expire_now(world, index, key)
    spec, argv = queue[position]
    world.in_exec = True
    try:
        return spec.handler(world, argv)
    except ReplyError as failed:
        return failed.reply
    finally:
        world.in_exec = False


class _Transaction(Choice):
    """The replies of a transaction from the first that was the server's choice."""

    def __init__(self, world: World, queue: _Queue, replies: list[Reply], expected: Expected) -> None:
        self._world = world
        self._queue = queue
        self._replies = replies
        self._expected = expected

    def observe(self, reply: Reply, resp: int) -> bool:
        if not isinstance(reply, list) or len(reply) != len(self._queue):
            return False
        start = len(self._replies)
        known: list[Expected] = [*self._replies, self._expected]
        for position, seen in enumerate(reply):
            expected = known[position] if position <= start else _execute_queued(self._world, self._queue, position)
            if not observe(expected, seen, resp):
                return False
        serve_ready(self._world)
        return True

    def example(self) -> Reply:
        raise NotImplementedError

    def describe(self) -> str:
        shown = ", ".join(describe(expected) for expected in (*self._replies, self._expected))
        return f"[{shown}, …], {len(self._queue)} replies"
