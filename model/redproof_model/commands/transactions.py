"""MULTI, EXEC, DISCARD, WATCH and UNWATCH (`multi.c`)."""

from __future__ import annotations

from collections.abc import Sequence

from redproof_model.choice import Choice, Expected, describe, example, observe
from redproof_model.errors import ReplyError
from redproof_model.keyspace.blocking import serve_ready
from redproof_model.keyspace.command import CommandTable, Spec
from redproof_model.keyspace.split import Splitting, split
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL_ARRAY, OK, Reply, project

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
    world.end_transaction(world.session)
    return OK


@table.command("WATCH", arity=-2, queued=False)
def watch(world: World, argv: list[bytes]) -> Expected:
    """WATCH key [key …] (multi.c watchCommand)."""
    session = world.session
    if session.queue is not None:
        raise ReplyError(b"ERR WATCH inside MULTI is not allowed")
    if not session.watched:
        world.watchers += 1
    for key in argv[1:]:
        expired = world.version.watch_minds_expired_keys and key in world.db.ghosts
        session.watched.setdefault((session.database, key), expired)
    return OK


@table.command("UNWATCH", arity=1)
def unwatch(world: World, argv: list[bytes]) -> Expected:
    """UNWATCH (multi.c unwatchCommand)."""
    world.unwatch(world.session)
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
    may_fail = any(session.watched.values())
    world.end_transaction(session)
    if aborted:
        raise ReplyError(b"EXECABORT Transaction discarded because of previous errors.")
    if failed:
        return NULL_ARRAY
    if not may_fail:
        return _run(world, queue)
    return split(world, (True, False), lambda heir, fails: NULL_ARRAY if fails else _run(heir, queue))


def _run(world: World, queue: _Queue) -> Expected:
    """Execute a transaction; it becomes a choice at the first command that leaves the server one."""
    before = world.copy() if queue else world
    world.in_exec = True
    replies: list[Reply] = []
    for command in queue:
        expected = _call(world, command)
        if isinstance(expected, Choice):
            return _Transaction(world, queue, replies, expected, before)
        replies.append(expected)
    world.in_exec = False
    return replies


def _call(world: World, command: tuple[Spec, list[bytes]]) -> Expected:
    spec, argv = command
    try:
        return spec.handler(world, argv)
    except ReplyError as failed:
        return failed.reply


class _Transaction(Splitting):
    """The replies of a transaction that was executed up to the first command that left the server a choice."""

    def __init__(self, world: World, queue: _Queue, replies: list[Reply], expected: Choice, before: World) -> None:
        self._world = world
        self._queue = queue
        self._replies = replies
        self._expected = expected
        self._before = before

    def observe(self, reply: Reply, resp: int) -> bool:
        done = len(self._replies)
        if not isinstance(reply, list) or len(reply) != len(self._queue):
            return False
        if project(self._replies, resp) != reply[:done] or not self._expected.observe(reply[done], resp):
            return False
        worlds = self._world.successors()
        for command, seen in zip(self._queue[done + 1 :], reply[done + 1 :], strict=True):
            agreeing = [world for world in worlds if observe(_call(world, command), seen, resp)]
            worlds = [heir for world in agreeing for heir in world.successors()]
        for world in worlds:
            world.in_exec = False
            serve_ready(world)
        self._world.heirs = worlds if worlds != [self._world] else []
        return bool(worlds)

    def example(self) -> Reply:
        world = self._before.copy()
        world.in_exec = True
        replies: list[Reply] = []
        for command in self._queue:
            replies.append(_follow(world, _call(world, command)))
            world = world.successors()[0]
        return replies

    def describe(self) -> str:
        shown = ", ".join(map(describe, (*self._replies, self._expected)))
        more = len(self._queue) - len(self._replies) - 1
        return f"[{shown}]" if not more else f"[{shown}, then {more} more]"


def _follow(world: World, expected: Expected) -> Reply:
    """An allowed reply, after which the world goes on as if it had been seen."""
    reply = example(expected)
    observe(expected, project(reply, world.session.resp), world.session.resp)
    return reply
