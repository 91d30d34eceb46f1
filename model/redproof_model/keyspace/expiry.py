"""Time as an interval: which keys have expired, and the worlds that a doubt about it makes.

A command is executed at some instant between its sending and its reply, and so is a whole transaction, for
which Redis stops the clock (`server.c` call). Before it is, every key whose expiry lies before that interval is
gone; a key whose expiry may lie on either side of the instant and that the command can see makes two worlds, one
in which it has expired and one in which it has not. So does a blocked client whose time may be up: the server
looks at the time-outs only between two turns of its event loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress, product

from redproof_model.keyspace.blocking import lose, time_out
from redproof_model.keyspace.field_expiry import (
    BLIND,
    FieldDoubt,
    deletions,
    field_span,
    haunted,
    resolve_field,
    settle_fields,
)
from redproof_model.keyspace.streams import Stream
from redproof_model.keyspace.values import Interval
from redproof_model.keyspace.world import NEVER, World

_Doubt = tuple[int, bytes] | FieldDoubt


def settle(world: World, low_ms: int, high_ms: int) -> list[_Doubt]:
    """Expire the keys and fields that are past their time at `low_ms`; return those that may be by `high_ms`."""
    doubts: list[_Doubt] = []
    world.next_expiry_ms = NEVER
    for index, db in enumerate(world.databases):
        for key, (earliest, latest) in list(db.expires.items()):
            if low_ms > latest:
                expire_now(world, index, key)
                continue
            earliest -= world.version.cycle_is_early
            world.next_expiry_ms = min(world.next_expiry_ms, earliest)
            if high_ms > earliest:
                doubts.append((index, key))
    if world.version.fields is not None:
        doubts += settle_fields(world, low_ms, high_ms)
    return doubts


def expire_now(world: World, index: int, key: bytes) -> None:
    """The key has expired: nobody sees it again, whether the server has deleted it yet or not."""
    db = world.databases[index]
    if world.queues and isinstance(db.values.get(key), Stream):
        lose(world, index, key)
    if db.discard(key):
        db.ghosts.add(key)
        world.touch(index, key)


def branches(world: World, client: str, argv: list[bytes], wide: bool) -> Iterator[World]:
    """The worlds in which `argv` may be executed, `now` being set: one for each resolution of the doubts it can see."""
    doubts = settle(world, world.now_low_ms, world.now_high_ms)
    expiring = [doubt for doubt in doubts if wide or _sees(world, client, argv, doubt)]
    waiting = _may_time_out(world)
    if not expiring and not waiting:
        yield from _without_ghosts(world, client, argv, wide)
        return
    for expired in _resolutions(world, expiring):
        for timed_out in product((False, True), repeat=len(waiting)):
            branch = world.copy()
            for doubt, gone in zip(expiring, expired, strict=True):
                _resolve(branch, doubt, gone)
            for name in compress(waiting, timed_out):
                time_out(branch, name)
            yield from _without_ghosts(branch, client, argv, wide)


def _without_ghosts(world: World, client: str, argv: list[bytes], wide: bool) -> Iterator[World]:
    """The world, or those in which some of the expired fields that the command may meet have been deleted."""
    places = haunted(world) if world.version.fields is not None and argv[0].upper() not in BLIND else []
    met = [place for place in places if wide or _sees(world, client, argv, place)]
    if met:
        yield from deletions(world, met)
    else:
        yield world


def _resolutions(world: World, doubts: list[_Doubt]) -> Iterator[tuple[bool, ...]]:
    """For which keys each doubt may turn out true: what expires no later than an expired key has expired too."""
    spans = [_span(world, doubt) for doubt in doubts]
    for expired in product((False, True), repeat=len(spans)):
        first_alive = min((latest for (_, latest), gone in zip(spans, expired, strict=True) if not gone), default=NEVER)
        if all(earliest < first_alive for (earliest, _), gone in zip(spans, expired, strict=True) if gone):
            yield expired


def _span(world: World, doubt: _Doubt) -> Interval:
    """When the key or field may go: a cycle that is early may take it a millisecond before it expires."""
    if len(doubt) == 3:
        return field_span(world, doubt)
    earliest, latest = world.databases[doubt[0]].expires[doubt[1]]
    return earliest - world.version.cycle_is_early, latest


def _sees(world: World, client: str, argv: list[bytes], doubt: _Doubt) -> bool:
    """Whether the command can see a key: it names it, its transaction does or watches it, or a client may be served."""
    key = doubt[1]
    if world.queues or key in argv:
        return True
    session = world.sessions[client]
    if session.queue is None:
        return False
    return doubt[:2] in session.watched or any(spec.wide or key in queued for spec, queued in session.queue)


def _may_time_out(world: World) -> list[str]:
    """The blocked clients whose time may be up."""
    if not world.queues:
        return []
    sessions = world.sessions.values()
    return [s.name for s in sessions if s.wait is not None and s.wait.may_end_before(world.now_high_ms)]


def _resolve(world: World, doubt: _Doubt, gone: bool) -> None:
    """Let the key or field have expired, or be alive to the end of the command."""
    if len(doubt) == 3:
        # A key that has expired as well took its fields with it.
        if doubt[1] in world.databases[doubt[0]].values:
            resolve_field(world, doubt, gone)
    elif gone:
        expire_now(world, *doubt)
    else:
        index, key = doubt
        earliest, latest = world.databases[index].expires[key]
        world.databases[index].expires[key] = (max(earliest, world.now_low_ms), latest)
