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
from typing import Final

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
from redproof_model.keyspace.programs import PROGRAM_CALLS_SENT
from redproof_model.keyspace.roles import Role, sees_expired
from redproof_model.keyspace.streams import Stream
from redproof_model.keyspace.values import Interval
from redproof_model.keyspace.world import NEVER, World
from redproof_model.propagation.recorder import Place

_Doubt = tuple[int, bytes] | FieldDoubt

_COUNTING_EXPIRED: Final = PROGRAM_CALLS_SENT | {b"DEL", b"UNLINK", b"EXEC"}
"""What may tell whether a writable replica still has a key that has expired."""


def settle(world: World, low_ms: int, high_ms: int) -> list[_Doubt]:
    """Expire the keys and fields that are past their time at `low_ms`; return those that may be by `high_ms`."""
    doubts: list[_Doubt] = []
    world.next_expiry_ms = NEVER
    early_ms = _early_ms(world)
    for index, db in enumerate(world.databases):
        for key, (earliest, latest) in list(db.expires.items()):
            if low_ms > latest:
                expire_now(world, index, key)
                continue
            earliest -= early_ms
            world.next_expiry_ms = min(world.next_expiry_ms, earliest)
            if high_ms > earliest:
                doubts.append((index, key))
        if db.hidden or (db.ghosts and (_deletes_any_time(world) or world.role is Role.WRITABLE_REPLICA)):
            # Whoever comes next may be one who sees them.
            world.next_expiry_ms = low_ms - 1
    if world.version.fields is not None:
        doubts += settle_fields(world, low_ms, high_ms)
    return doubts


def _early_ms(world: World) -> int:
    """By how much the cycle that deletes keys may be early; there is none on a replica."""
    return int(world.version.cycle_is_early and world.role is not Role.REPLICA)


def _deletes_any_time(world: World) -> bool:
    """Whether it shows in the stream when the expiry cycle deletes a key: where it does not run that is never."""
    return world.recorder is not None and world.recorder.active_expire


def may_have_expired(world: World, now_ms: int) -> set[Place]:
    """The keys that are kept, and that the expiry cycle may have deleted by now (`expire.c` activeExpireCycle)."""
    early_ms = _early_ms(world)
    return {
        (index, key)
        for index, db in enumerate(world.databases)
        for key in (*db.ghosts, *(key for key, (earliest, _) in db.expires.items() if now_ms > earliest - early_ms))
    }


def expire_now(world: World, index: int, key: bytes) -> None:
    """The key has expired: nobody sees it again, whether the server has deleted it yet or not; a replica keeps it."""
    db = world.databases[index]
    if world.role is Role.REPLICA:
        db.hide(key)
        world.touch(index, key)
        return
    if world.queues and isinstance(db.values.get(key), Stream):
        lose(world, index, key)
    if db.discard(key):
        db.ghosts.add(key)
        world.touch(index, key)


def branches(world: World, client: str, argv: list[bytes], wide: bool) -> Iterator[World]:
    """The worlds in which `argv` may be executed, `now` being set: one for each resolution of the doubts it can see."""
    for db in world.databases:
        db.conceal()
    doubts = settle(world, world.now_low_ms, world.now_high_ms)
    if world.role is Role.REPLICA and sees_expired(world, world.sessions[client], argv[0].upper(), len(argv)):
        # Clients that it serves may do again what they have waited for, and see less.
        doubts = doubts if world.queues else []
    expiring = [doubt for doubt in doubts if wide or _sees(world, client, argv, doubt)]
    waiting = _may_time_out(world)
    if world.recorder is not None and world.recorder.active_expire:
        unseen = may_have_expired(world, world.now_high_ms)
        world.recorder.due = frozenset(place for place in unseen if not (wide or _sees(world, client, argv, place)))
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
    """The world, or those in which some of the expired keys or fields that the command may meet have been deleted."""
    if _deletes_any_time(world):
        yield from _cycles(world, client, argv, wide)
        return
    if world.role is Role.WRITABLE_REPLICA and argv[0].upper() in _COUNTING_EXPIRED:
        for branch, _ in _without_some(world, _expired(world, client, argv, wide)):
            yield from _without_fields(branch, client, argv, wide)
        return
    yield from _without_fields(world, client, argv, wide)


def _without_fields(world: World, client: str, argv: list[bytes], wide: bool) -> Iterator[World]:
    """The world, or those in which some of the expired fields that the command may meet have been deleted."""
    # A model that tells what is propagated is about a server whose expiry cycle is off.
    is_open = world.version.fields is not None and world.recorder is None and argv[0].upper() not in BLIND
    is_open = is_open and world.role is not Role.REPLICA
    places = haunted(world) if is_open else []
    met = [place for place in places if wide or _sees(world, client, argv, place)]
    if met:
        yield from deletions(world, met)
    else:
        yield world


def _cycles(world: World, client: str, argv: list[bytes], wide: bool) -> Iterator[World]:
    """The worlds that the expiry cycle may have made of this one, deleting keys that the command may meet."""
    for branch, taken in _without_some(world, _expired(world, client, argv, wide)):
        recorder = branch.recorder
        assert recorder is not None
        recorder.cycle(taken, branch.version.propagation.deletion)
        yield branch


def _expired(world: World, client: str, argv: list[bytes], wide: bool) -> list[Place]:
    """The keys that have expired, may be kept still, and that the command may meet."""
    places = [(index, key) for index, db in enumerate(world.databases) for key in db.ghosts]
    return sorted(place for place in places if wide or _sees(world, client, argv, place))


def _without_some(world: World, places: list[Place]) -> Iterator[tuple[World, list[Place]]]:
    """The worlds in which any of these keys are deleted, and which they are."""
    for deleted in product((False, True), repeat=len(places)):
        branch = world.copy() if places else world
        taken = list(compress(places, deleted))
        for index, key in taken:
            branch.databases[index].ghosts.discard(key)
        yield branch, taken


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
    return earliest - _early_ms(world), latest


def _sees(world: World, client: str, argv: list[bytes], doubt: _Doubt) -> bool:
    """Whether the command can see a key: it names it, its transaction does or watches it, or a client may be served."""
    key = doubt[1]
    if world.queues or _names(world, argv, key):
        return True
    session = world.sessions[client]
    if session.queue is None:
        return False
    return doubt[:2] in session.watched or any(spec.wide or _names(world, words, key) for spec, words in session.queue)


def _names(world: World, argv: list[bytes], key: bytes) -> bool:
    """Whether a command names a key; also in a script's text, where it shows in the stream that the key was met."""
    return key in argv or (world.recorder is not None and argv[0].upper() in PROGRAM_CALLS_SENT)


def _may_time_out(world: World) -> list[str]:
    """The blocked clients whose time may be up."""
    if not world.waiting:
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
