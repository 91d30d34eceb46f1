"""Time as an interval: which keys have expired, and the worlds that a doubt about it makes.

A command is executed at some instant between its sending and its reply. Before it is, every key whose
expiry lies before that interval is gone; a key whose expiry may lie on either side of the instant and
that the command can see makes two worlds, one in which it has expired and one in which it has not.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from redproof_model.keyspace.session import Session
from redproof_model.keyspace.world import NEVER, World

_Doubt = tuple[int, bytes]


def settle(world: World, low_ms: int, high_ms: int) -> list[_Doubt]:
    """Expire the keys that are past their time at `low_ms`; return those that may be by `high_ms`."""
    doubts: list[_Doubt] = []
    world.next_expiry_ms = NEVER
    for index, db in enumerate(world.databases):
        for key, (earliest, latest) in list(db.expires.items()):
            if low_ms > latest:
                expire_now(world, index, key)
                continue
            world.next_expiry_ms = min(world.next_expiry_ms, earliest)
            if high_ms > earliest:
                doubts.append((index, key))
    return doubts


def expire_now(world: World, index: int, key: bytes) -> None:
    """The key has expired: nobody sees it again, whether the server has deleted it yet or not."""
    db = world.databases[index]
    if db.discard(key):
        db.ghosts.add(key)
        world.touch(index, key)


def branches(world: World, client: str, argv: list[bytes], wide: bool) -> Iterator[World]:
    """The worlds in which `argv` may be executed, `now` being set: one for each resolution of the doubts it can see."""
    doubts = settle(world, world.now_low_ms, world.now_high_ms)
    seen = [doubt for doubt in doubts if wide or _mentions(world, client, argv, doubt[1])]
    if not seen:
        yield world
        return
    instants = _instants(world.sessions[client], argv)
    for resolution in product((None, *range(instants)), repeat=len(seen)):
        branch = world.copy()
        for (index, key), instant in zip(seen, resolution, strict=True):
            _resolve(branch, index, key, instant)
        yield branch


def _mentions(world: World, client: str, argv: list[bytes], key: bytes) -> bool:
    """Whether the command can see `key`: it names it, or a queued or a waiting command may."""
    if world.waiting or key in argv:
        return True
    queue = world.sessions[client].queue
    if queue is None:
        return False
    return any(spec.wide or key in queued for spec, queued in queue)


def _instants(session: Session, argv: list[bytes]) -> int:
    """At how many points of the command a key may expire: before it, or before any command of a transaction."""
    if session.queue is not None and argv[0].upper() == b"EXEC":
        return len(session.queue) + 1
    return 1


def _resolve(world: World, index: int, key: bytes, instant: int | None) -> None:
    """Let the key expire at that point of the command, or be alive to its end."""
    if instant == 0:
        expire_now(world, index, key)
    elif instant is not None:
        world.doomed.append((instant, index, key))
    else:
        earliest, latest = world.databases[index].expires[key]
        world.databases[index].expires[key] = (max(earliest, world.now_low_ms), latest)
