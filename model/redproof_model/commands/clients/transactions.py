"""MULTI, EXEC, DISCARD, WATCH and UNWATCH (`multi.c`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from redproof_model.choice import AnyOrder, Choice, Expected, describe, example, observe
from redproof_model.errors import ReplyError
from redproof_model.keyspace.blocking import serve_ready
from redproof_model.keyspace.command import CommandTable, Spec
from redproof_model.keyspace.messages import Shuffled, answer, in_turn, take_written
from redproof_model.keyspace.roles import Role, look
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
        session.watched.setdefault((session.database, key), expired or key in world.db.hidden)
        if world.version.watch_minds_expired_keys and key in world.db.hidden:
            session.dirty_cas = True
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
    may_fail = world.version.watch_minds_expired_keys and any(session.watched.values())
    world.end_transaction(session)
    if aborted:
        raise ReplyError(b"EXECABORT Transaction discarded because of previous errors.")
    if failed:
        return NULL_ARRAY
    if not may_fail:
        return _run(world, queue)
    return split(world, (True, False), lambda heir, fails: NULL_ARRAY if fails else in_turn(heir, _run(heir, queue)))


def _run(world: World, queue: _Queue) -> Expected:
    """Execute a transaction; it becomes a choice at the first command that leaves the server one.

    Its array has as many places as there are commands, whatever each of them writes: what there is no place for comes
    after it.
    """
    before = world.copy() if queue else world
    world.in_exec = True
    replies: list[Reply] = []
    for position, command in enumerate(queue, 1):
        for output in (outputs := _call(world, command)):
            if isinstance(output, Choice):
                return _Transaction(world, queue, position, replies, outputs, before)
        replies += cast("list[Reply]", outputs)
    world.in_exec = False
    places = len(queue)
    return answer(world, replies[:places], *replies[places:]) if len(replies) > places else replies


def _call(world: World, command: tuple[Spec, list[bytes]]) -> list[Expected]:
    """Execute a command and give all that the client is sent for it."""
    spec, argv = command
    if world.recorder is not None:
        world.recorder.begin(spec.name, argv, world.session.database, nested=True)
    if world.role is Role.REPLICA:
        look(world, argv)
    try:
        return take_written(world, spec.handler(world, argv))
    except ReplyError as failed:
        return take_written(world, failed.reply)


class _Transaction(Splitting):
    """The replies of a transaction of which `executed` commands were executed, the last with the first choice."""

    def __init__(
        self,
        world: World,
        queue: _Queue,
        executed: int,
        replies: list[Reply],
        outputs: list[Expected],
        before: World,
    ) -> None:
        self._world = world
        self._queue = queue
        self._executed = executed
        self._replies = replies
        self._outputs = outputs
        self._before = before

    def observe(self, reply: Reply, resp: int) -> bool:
        done, places = len(self._replies), len(self._queue)
        if not isinstance(reply, list) or len(reply) != places:
            return False
        if project(self._replies[:places], resp) != reply[:done]:
            return False
        self._world.written += self._replies[places:]
        left = _Left(self._outputs, self._queue[self._executed :])
        return _go_on(self._world, left, reply[done:], resp)

    def example(self) -> Reply:
        world = self._before.copy()
        world.in_exec = True
        replies: list[Reply] = []
        for command in self._queue:
            for output in _call(world, command):
                replies += _follow(world, output)
            world = world.successors()[0]
        return replies[: len(self._queue)]

    def describe(self) -> str:
        shown = ", ".join(map(describe, (*self._replies, *self._outputs)))
        more = len(self._queue) - self._executed
        return f"[{shown}]" if not more else f"[{shown}, then those of {more} more]"


class _Left(NamedTuple):
    """What is left of a transaction: what the caller is still to be sent, and then the commands to be executed."""

    outputs: list[Expected]
    queue: _Queue


class _Late(Splitting):
    """A reply after the array that leaves the server a choice: what is left is executed when it has come."""

    def __init__(self, world: World, left: _Left) -> None:
        self._world = world
        self._left = left

    def observe(self, reply: Reply, resp: int) -> bool:
        self._world.in_exec = True
        return _go_on(self._world, self._left, [reply], resp)

    def example(self) -> Reply:
        return example(self._left.outputs[0])

    def describe(self) -> str:
        return describe(self._left.outputs[0])


def _go_on(world: World, left: _Left, seen: list[Reply], resp: int) -> bool:
    """Take what was seen next of a transaction; the heirs of the world are those in which it may be."""
    worlds = _agreeing(world, left, seen, resp)
    world.heirs = worlds if worlds != [world] else []
    return bool(worlds)


def _agreeing(world: World, left: _Left, seen: list[Reply], resp: int) -> list[World]:
    """The worlds in which what was seen came next, each after the commands that were executed by then.

    The rest of what commands wrote comes after the array. Where that leaves the server a choice, of more than an order,
    no further command is executed before it has come: it may depend on it.
    """
    outputs, queue = left.outputs.copy(), left.queue
    while outputs or queue:
        if not outputs:
            outputs, queue = _call(world, queue[0]), queue[1:]
            continue
        output = outputs.pop(0)
        if not seen:
            if isinstance(output, Choice) and not isinstance(output, Shuffled | AnyOrder):
                return _pause(world, _Left([output, *outputs], queue))
            world.written.append(output)
            continue
        first, seen = seen[0], seen[1:]
        if isinstance(output, Shuffled):
            rest = output.after(first, resp)
            if rest is None:
                return []
            outputs = [rest, *outputs] if rest else outputs
        elif not observe(output, first, resp):
            return []
        elif world.heirs:
            heirs = world.heirs
            return [last for heir in heirs for last in _agreeing(heir, _Left(outputs, queue), seen, resp)]
    return [] if seen else [_finish(world)]


def _pause(world: World, left: _Left) -> list[World]:
    """Let the caller be sent what is due, and what is left when it has come."""
    world.in_exec = False
    _hand_over(world, _Late(world, left))
    return [world]


def _finish(world: World) -> World:
    world.in_exec = False
    serve_ready(world)
    _hand_over(world)
    world.deliveries += [(world.session.name, late) for late in world.postponed]
    world.postponed = []
    return world


def _hand_over(world: World, *more: Expected) -> None:
    """Let the caller be sent what was written, and more after it, before what anybody else may get."""
    world.deliveries[:0] = [(world.session.name, late) for late in (*world.written, *more)]
    world.written = []


def _follow(world: World, expected: Expected) -> list[Reply]:
    """Allowed replies, after which the world goes on as if they had been seen."""
    reply, resp = example(expected), world.session.resp
    if isinstance(expected, Shuffled):
        rest = expected.after(project(reply, resp), resp)
        return [reply, *_follow(world, rest)] if rest else [reply]
    observe(expected, project(reply, resp), resp)
    return [reply]
