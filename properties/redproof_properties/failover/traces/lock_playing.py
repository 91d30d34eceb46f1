"""Traces of the system `lock` played: clients of a real lock, and what takes it from them without their knowledge."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

from redproof_model.kernel.sorts import show_value
from redproof_model.kernel.trace import Trace
from redproof_model.reply import Null, Reply
from redproof_model.systems.failover.scope import SMALL
from redproof_model.systems.lock.scope import NOBODY

from redproof_properties.errors import TargetError, UsageError
from redproof_properties.failover.group import Group
from redproof_properties.failover.plan import group_of
from redproof_properties.failover.record import Settings
from redproof_properties.failover.traces.asking import NotFollowed
from redproof_properties.failover.traces.locking import LOCK, LockClient, Storage
from redproof_properties.failover.traces.playing import SENTINELS, Make, steady
from redproof_properties.failover.traces.shortest import Act, acts, extended
from redproof_properties.failover.traces.stage import Stage
from redproof_properties.failover.traces.stepping import SteppedClock
from redproof_properties.failover.traces.translation import Deed
from redproof_properties.targets import Connection

TOKENS: Final = "tokens"
"""The key that INCR counts fencing tokens in, where the server that has the lock does."""

TICK_MS: Final = 400
PATIENT_TICK_MS: Final = 30_000
"""The tick of the system's clock in a trace in which it ticks, and in one in which the lock is not to expire."""

JUMP_S: Final = 3_600
_A_LITTLE_MORE: Final = 1.2


class Ground(Protocol):
    """The server that has the lock, with what may happen to it."""

    def call(self, *argv: str | int) -> Reply:
        """Let a client send a command to the master, and wait for its reply."""

    def replicate(self) -> None:
        """Let the replica have what its master has."""

    def fail_over(self) -> None:
        """Kill the master, and let sentinels promote the replica."""

    def jump(self) -> None:
        """Let the clock of the server go ahead, beyond any time to live."""


class OneServer:
    """A server whose clock can be stepped, and which nobody replicates."""

    def __init__(self, connection: Connection, clock: SteppedClock) -> None:
        self._connection = connection
        self._clock = clock

    def call(self, *argv: str | int) -> Reply:
        """Send a command and wait for its reply."""
        return self._connection.call(*argv)

    def replicate(self) -> None:
        """Raise `UsageError`."""
        raise UsageError("a server by itself has no replica")

    def fail_over(self) -> None:
        """Raise `UsageError`."""
        raise UsageError("a server by itself has no replica")

    def jump(self) -> None:
        """Let its clock go ahead."""
        self._clock.step(JUMP_S, self._connection)


class MasterAndReplica:
    """A master whose replica gets nothing unless it is let, and sentinels."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def call(self, *argv: str | int) -> Reply:
        """Send a command to the master that sentinels tell, and wait for its reply."""
        return self._stage.call(self._stage.current, *argv)

    def replicate(self) -> None:
        """Let the link go until the replica has what its master has."""
        self._stage.deliver(1 - self._stage.current, self._stage.current)

    def fail_over(self) -> None:
        """Kill the master, and wait until the replica is promoted."""
        replica = 1 - self._stage.current
        self._stage.crash(self._stage.current)
        self._stage.await_promotion(replica)

    def jump(self) -> None:
        """Raise `UsageError`."""
        raise UsageError("the clocks of servers with sentinels are not stepped")


class LockPlay:
    """Two clients of a lock on some ground, and the storage that it guards."""

    def __init__(self, trace: Trace, ground: Ground, storage: Storage) -> None:
        names = [each.array for each in trace.system.variables]
        counts_in_redis = any(each.name == "replica_next_token" for each in trace.system.variables)
        next_token = self._count if counts_in_redis else count(1).__next__
        self._ground = ground
        self._storage = storage
        self._clients = [LockClient(f"client {at}", next_token) for at in range(names.count("working"))]
        self._tick_ms = TICK_MS if "tick" in trace.actions else PATIENT_TICK_MS

    def acquire(self, client: int, ttl: int) -> None:
        """Ask for the lock; raises `NotFollowed` where it is not given."""
        if not self._clients[client].acquire(self._ground.call, ttl * self._tick_ms):
            raise NotFollowed(f"client {client} was not given the lock")

    def release(self, client: int) -> None:
        """Be done with the lock."""
        self._clients[client].release(self._ground.call)

    def write(self, client: int) -> None:
        """Write to the storage with the token of the client."""
        self._storage.write(self._clients[client].token)

    def tick(self) -> None:
        """Let time pass, a little more than a tick: what ends with it has ended then."""
        time.sleep(_A_LITTLE_MORE * self._tick_ms / 1000)

    def pause(self, client: int) -> None:
        """Let a client stand still."""
        self._clients[client].pause()

    def go_on(self, client: int) -> None:
        """Let it go on."""
        self._clients[client].go_on()

    def replicate(self) -> None:
        """Let the replica have what its master has."""
        self._ground.replicate()

    def fail_over(self) -> None:
        """Let the replica take the place of its master."""
        self._ground.fail_over()

    def jump(self) -> None:
        """Let the server's clock jump."""
        self._ground.jump()

    def seen(self) -> Mapping[str, int]:
        """What the lock, the clients and the storage are like, in the system's variables."""
        told: dict[str, int] = {"holder": self._holder(), "accepted_stale": self._storage.took_stale}
        told["greatest"] = max(self._storage.written, default=0)
        for at, client in enumerate(self._clients):
            told |= {f"working[{at}]": client.works, f"token[{at}]": client.token}
        return told

    def _holder(self) -> int:
        reply = self._ground.call("GET", LOCK)
        names = [client.name.encode() for client in self._clients]
        if isinstance(reply, Null):
            return NOBODY
        if reply not in names:
            raise TargetError(f"the lock is held by {reply!r}")
        return names.index(reply)

    def _count(self) -> int:
        reply = self._ground.call("INCR", TOKENS)
        if not isinstance(reply, int):
            raise TargetError(f"INCR was answered with {reply!r}")
        return reply


DEEDS: Final[Mapping[str, Deed]] = {
    "acquire": Deed("client {client} sends SET lock TOKEN NX PX, and is told OK", LockPlay.acquire),
    "release": Deed("client {client} is done, and a script deletes the lock if it is its own", LockPlay.release),
    "write": Deed("client {client} writes to the storage with its token", LockPlay.write),
    "tick": Deed("time passes", LockPlay.tick),
    "replicate": Deed("the link to the replica is let go until it has what its master has", LockPlay.replicate),
    "fail_over": Deed("the master is killed, and sentinels promote the replica", LockPlay.fail_over),
    "pause": Deed("client {client} stands still after a look at its clock", LockPlay.pause),
    "go_on": Deed("client {client} goes on", LockPlay.go_on),
    "jump": Deed("the clock of the server is set ahead by an hour", LockPlay.jump),
}
"""What is done for each action of `lock`."""


def fenced(trace: Trace) -> Trace:
    """The trace, after which both clients that took the lock write, the one that took it last before the other."""
    takers = [act.arguments["client"] for act in acts(trace) if act.action == "acquire"]
    return extended(trace, [Act("write", {"client": client}) for client in reversed(takers)])


def play_lock(trace: Trace, spelling: str, make: Make, settings: Settings, *, checks_tokens: bool = True) -> str:
    """Play a trace on servers of a target's kind, and say where what is seen is not what it says; empty where it is.

    Where the storage does not check tokens, a write that is late is taken.
    Raises `TargetError` when a server fails.
    """
    with _ground(trace, spelling, make, settings) as ground:
        play = LockPlay(trace, ground, Storage(checks_tokens))
        for act, state in zip(acts(trace), trace.states[1:], strict=True):
            try:
                DEEDS[act.action].take(play, **act.arguments)
            except NotFollowed as left:
                return str(left)
            seen = play.seen()
            for each, value in zip(trace.system.variables, state, strict=True):
                if each.name in seen and seen[each.name] != value:
                    texts = (show_value(each.sort, seen[each.name]), show_value(each.sort, value))
                    return f"after {act} {each.name} is {texts[0]}, not {texts[1]}"
    return ""


@contextmanager
def _ground(trace: Trace, spelling: str, make: Make, settings: Settings) -> Iterator[Ground]:
    """What a trace is played on: sentinels are there where it has a failover."""
    with ExitStack() as stack:
        if {"fail_over", "replicate"} & {act.action for act in acts(trace)}:
            group = stack.enter_context(
                Group(group_of((spelling,) * 2, (spelling,) * SENTINELS, steady(settings)), make)
            )
            yield MasterAndReplica(stack.enter_context(Stage(group, group.servers, replace(SMALL, servers=2), (1, 1))))
            return
        target = make(spelling)
        clock = SteppedClock(Path(stack.enter_context(TemporaryDirectory(prefix="redproof-"))))
        target.environment = {**target.environment, **clock.environment}
        stack.enter_context(target)
        yield OneServer(stack.enter_context(target.connect()), clock)
