"""Clients that wait for a key: what they wait for and how they are served (`blocked.c`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redproof_model.choice import Expected
from redproof_model.reply import Reply

if TYPE_CHECKING:
    from redproof_model.keyspace.values import Value
    from redproof_model.keyspace.world import World


@dataclass(slots=True, frozen=True)
class Wait:
    """A blocked client's request.

    `kind` is the type of value that can serve it and `serve` does so: it is given the world, with the
    client's session and database selected, the key and its value, and returns the reply, or None when
    the client must go on waiting. `deadline_ms` is the interval in which the time-out lies, None for ever.
    """

    database: int
    keys: tuple[bytes, ...]
    kind: type[Value]
    serve: Callable[[World, bytes, Value], Expected | None]
    deadline_ms: tuple[int, int] | None
    timeout_reply: Reply


def serve_ready(world: World) -> None:
    """Serve the clients that wait for keys which the last command made ready (`blocked.c` handleClientsBlockedOnKeys).

    Keys are served in the order in which they became ready, and the clients of a key in the order in which
    they blocked. Serving one may make further keys ready, whose turn comes after.
    """
    caller = world.session
    while world.ready:
        ready = dict.fromkeys(world.ready)
        world.ready = []
        for index, key in ready:
            _serve_key(world, index, key)
    world.select(caller)


def _serve_key(world: World, index: int, key: bytes) -> None:
    for name in world.waiting.copy():
        session = world.sessions[name]
        wait = session.wait
        value = world.databases[index].values.get(key)
        if wait is None or wait.database != index or key not in wait.keys or type(value) is not wait.kind:
            continue
        world.select(session)
        expected = wait.serve(world, key, value)
        if expected is not None:
            session.wait = None
            world.waiting.remove(name)
            world.deliveries.append((name, expected))
