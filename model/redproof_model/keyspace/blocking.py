"""Clients that wait, mostly for a key: how they block, in which order they are served, and how their time runs out.

How a blocking command is written, on top of its refusals:

    wait_ms = timeout_argument(world, argv[-1])
    pop = Pop(head=True)                       # what serves the client, now or later
    for key in keys:
        value = world.list_at(key)
        if value:
            return pop(world, key, value)
    return block(world, keys, List, pop, wait_ms)

A value that appears at a key (`World.put`, `World.created`) makes the key ready if a client waits for a value of that
type there. When the command, or the whole transaction, has been executed, `serve_ready`
serves the clients, and what they get is entered in `World.deliveries`. Source: `blocked.c` and `timeout.c`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from redproof_model.choice import BLOCKED, Expected, OneOf, example
from redproof_model.errors import ReplyError
from redproof_model.extended import extended, times
from redproof_model.keyspace.roles import Role
from redproof_model.keyspace.streams import Stream
from redproof_model.keyspace.values import List, SortedSet
from redproof_model.number import INT64_MAX, integer
from redproof_model.propagation.recorder import SERVED
from redproof_model.reply import NULL_ARRAY, Error, Reply

if TYPE_CHECKING:
    from redproof_model.keyspace.values import Value
    from redproof_model.keyspace.world import World

Serve: TypeAlias = "Callable[[World, bytes, Any], Expected]"

_NOT_A_TIMEOUT: Final = b"ERR timeout is not a float or out of range"
_NOT_A_TIMEOUT_MS: Final = b"ERR timeout is not an integer or out of range"
_NEGATIVE_TIMEOUT: Final = b"ERR timeout is negative"
_LONG_TIMEOUT: Final = b"ERR timeout is out of range"


@dataclass(slots=True, frozen=True)
class Wait:
    """What a blocked client waits for: a value of type `kind` at one of `keys`, or for none.

    `serve` takes from that value and gives the reply; it is called with the client's session and database
    selected, the key, and its value, which is not empty. It is a function of a module or an instance of a frozen
    dataclass, so that equal waits are equal. Where it gives `BLOCKED` the client goes on waiting. `deadline_ms` is the
    interval in which the time-out lies, None for ever, and `at_timeout` is what the client is told then. A client that
    `minds_deletion` is also served, with None for the value, when a key has lost its stream; `lost` is a key whose
    stream has expired, so that the server will do so once it deletes it.
    """

    database: int
    keys: tuple[bytes, ...]
    kind: type[Value] | None
    serve: Serve | None
    deadline_ms: tuple[int, int] | None
    at_timeout: Reply = NULL_ARRAY
    minds_deletion: bool = False
    lost: bytes | None = None

    def may_end_before(self, now_ms: int) -> bool:
        """Whether the time may be up: it is once the clock is past the deadline (`timeout.c`)."""
        return self.deadline_ms is not None and self.deadline_ms[0] < now_ms


def timeout_argument(world: World, text: bytes) -> int:
    """A time-out given in seconds, as ms, 0 for ever (`timeout.c` getTimeoutFromObjectOrReply).

    What is out of a long long's range becomes its smallest number, as the cast does on every 64-bit machine, unless
    the version refuses it before.
    """
    mantissa, exponent = milliseconds = times(extended(text, _NOT_A_TIMEOUT), 1000)
    too_long = _LONG_TIMEOUT if world.version.refuses_long_timeouts else _NEGATIVE_TIMEOUT
    if not milliseconds.finite:
        raise ReplyError(too_long if mantissa > 0 else _NEGATIVE_TIMEOUT)
    if exponent >= 0:
        wait_ms = mantissa << exponent
    elif mantissa < 0 or world.version.timeout_rounds_up:
        wait_ms = -(-mantissa >> -exponent)
    else:
        wait_ms = mantissa >> -exponent
    longest_ms = INT64_MAX - world.now_low_ms if world.version.refuses_long_timeouts else INT64_MAX
    if not 0 <= wait_ms <= longest_ms:
        raise ReplyError(too_long if wait_ms > 0 else _NEGATIVE_TIMEOUT)
    return wait_ms


def timeout_ms_argument(world: World, text: bytes) -> int:
    """A time-out given in ms, 0 for ever (`timeout.c` getTimeoutFromObjectOrReply)."""
    wait_ms = integer(text, _NOT_A_TIMEOUT_MS)
    if wait_ms < 0:
        raise ReplyError(_NEGATIVE_TIMEOUT)
    if world.version.refuses_long_timeouts and wait_ms > INT64_MAX - world.now_low_ms:
        raise ReplyError(_LONG_TIMEOUT)
    return wait_ms


def block(
    world: World,
    keys: Iterable[bytes],
    kind: type[Value],
    serve: Serve,
    wait_ms: int,
    instead: Reply = NULL_ARRAY,
    minds_deletion: bool = False,
) -> Expected:
    """Let the client wait, up to `wait_ms`, until `serve` can take from a value at one of the keys.

    Inside a transaction nobody waits: the reply is `instead`. Source: `blocked.c` blockForKeys.
    """
    if world.in_exec:
        return instead
    database, deadline_ms = world.session.database, _deadline_ms(world, wait_ms)
    wait = Wait(database, tuple(dict.fromkeys(keys)), kind, serve, deadline_ms, minds_deletion=minds_deletion)
    for key in wait.keys:
        world.queues.setdefault((database, key), []).append(world.session.name)
    return _wait(world, wait)


def block_until_timeout(world: World, wait_ms: int, at_timeout: Reply) -> Expected:
    """Let the client wait for `wait_ms` for what does not come in this world, and then be told `at_timeout`.

    Inside a transaction or a script it is told so at once. Source: `replication.c` waitCommand.
    """
    if world.in_exec:
        return at_timeout
    return _wait(world, Wait(world.session.database, (), None, None, _deadline_ms(world, wait_ms), at_timeout))


def _wait(world: World, wait: Wait) -> Expected:
    world.session.wait = wait
    world.waiting += 1
    return BLOCKED


def _deadline_ms(world: World, wait_ms: int) -> tuple[int, int] | None:
    """When a wait ends that begins now; one that overflows is taken for one in the far future."""
    low_ms, high_ms = world.now_low_ms + wait_ms, world.now_high_ms + wait_ms
    return (low_ms, high_ms) if wait_ms > 0 and high_ms <= INT64_MAX else None


def unblock(world: World, client: str) -> None:
    """The client waits no longer (`blocked.c` unblockClient)."""
    session = world.sessions[client]
    if session.wait is None:
        return
    for key in session.wait.keys:
        queue = world.queues[(session.wait.database, key)]
        queue.remove(client)
        if not queue:
            del world.queues[(session.wait.database, key)]
    session.wait = None
    world.waiting -= 1


def time_out(world: World, client: str) -> None:
    """The client's time is up (`blocked.c` replyToBlockedClientTimedOut)."""
    wait = world.sessions[client].wait
    assert wait is not None
    unblock(world, client)
    world.deliveries.append((client, wait.at_timeout))


def lose(world: World, database: int, key: bytes) -> None:
    """The stream at a key has expired: those who mind that are told when the server deletes it, which may be later."""
    for client in world.queues.get((database, key), []):
        session = world.sessions[client]
        if session.wait is not None and session.wait.minds_deletion:
            session.wait = replace(session.wait, lost=key)


def tell_lost(world: World, client: str) -> None:
    """The server has deleted an expired stream that the client waits for (`db.c` dbGenericDelete)."""
    wait = world.sessions[client].wait
    if wait is not None and wait.lost is not None:
        caller = world.session
        _serve(world, client, replace(wait, lost=None), wait.lost, None)
        world.select(caller)


def serve_ready(world: World) -> None:
    """Serve the clients that wait for keys which the last command made ready (`blocked.c` handleClientsBlockedOnKeys).

    Keys are served in the order in which they became ready. Serving one may make further keys ready, whose turn
    comes after.
    """
    caller = world.session
    if world.role is Role.REPLICA and world.version.blocked_commands_run_again:
        for db in world.databases:
            db.conceal()
    while world.ready:
        database, key = next(iter(world.ready))
        del world.ready[(database, key)]
        _serve_key(world, database, key)
    world.select(caller)


def _serve_key(world: World, database: int, key: bytes) -> None:
    queue = world.queues.get((database, key), [])
    value = world.databases[database].values.get(key)
    if isinstance(value, List | SortedSet):
        _serve_takers(world, queue, key, value)
    for client in world.queues.get((database, key), []).copy():
        wait = world.sessions[client].wait
        if wait is not None and wait.kind is Stream and (type(value) is Stream or wait.minds_deletion):
            _serve(world, client, wait, key, value)


def _serve_takers(world: World, queue: list[str], key: bytes, value: List | SortedSet) -> None:
    """Serve a key's clients in the order in which they blocked, as long as there is something to take.

    A client that waits for another type is passed over; where the version says so it loses its place, and a list
    that is empty by then still costs those before the next client that wanted a list theirs.
    """
    for client in queue.copy():
        if not value and type(value) is SortedSet:
            return
        wait = world.sessions[client].wait
        if wait is None or wait.kind is not type(value):
            if world.version.passed_over_clients_go_last:
                queue.remove(client)
                queue.append(client)
        elif not value:
            return
        else:
            _serve(world, client, wait, key, value)


def _serve(world: World, client: str, wait: Wait, key: bytes, value: Value | None) -> None:
    world.select(world.sessions[client])
    if world.recorder is not None:
        world.recorder.begin(SERVED, [], world.session.database, nested=False)
    expected = _served(world, wait, key, value)
    if wait.lost is not None and isinstance(expected, Error):
        # The server may have deleted the expired stream before, and have told the client then.
        expected = OneOf([expected, example(_served(world, wait, wait.lost, None))])
    if expected is BLOCKED:
        if world.version.blocked_commands_run_again:
            _go_last(world, client, wait)
        return
    unblock(world, client)
    world.deliveries.append((client, expected))


def _served(world: World, wait: Wait, key: bytes, value: Value | None) -> Expected:
    assert wait.serve is not None
    assert wait.kind is not None
    try:
        if world.version.blocked_commands_run_again and wait.kind is not Stream:
            key, value = _first_there(world, wait, wait.kind)
        return wait.serve(world, key, value)
    except ReplyError as failed:
        return failed.reply


def _first_there(world: World, wait: Wait, kind: type[Value]) -> tuple[bytes, Value]:
    """Where the command, executed again, finds something to take; ends it with WRONGTYPE if another type is before."""
    return next((key, value) for key in wait.keys if (value := world.typed(key, kind)))


def _go_last(world: World, client: str, wait: Wait) -> None:
    """The client has executed its command again and blocks anew (`blocked.c` unblockClientOnKey)."""
    for key in wait.keys:
        queue = world.queues[(wait.database, key)]
        queue.remove(client)
        queue.append(client)
