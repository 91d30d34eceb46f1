"""The model of a server: the worlds that agree with everything seen so far, advanced a command at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from redproof_model.choice import BLOCKED, SILENT, Choice, Expected, describe, example, observe
from redproof_model.commands import TABLES
from redproof_model.keyspace.blocking import tell_lost, time_out, unblock
from redproof_model.keyspace.command import Dispatcher, execute
from redproof_model.keyspace.expiry import branches
from redproof_model.keyspace.messages import Shuffled
from redproof_model.keyspace.roles import MASTER_CLIENT, NO_REPLICAS, READ_ONLY, Refusals, Role
from redproof_model.keyspace.session import Session
from redproof_model.keyspace.split import Splitting
from redproof_model.keyspace.world import World
from redproof_model.propagation.expected import ExpectedStream
from redproof_model.propagation.recorder import Recorder
from redproof_model.reply import Error, Push, Reply, project
from redproof_model.versions import Version


@cache
def _dispatcher(version: Version) -> Dispatcher:
    """The commands of a version; making the table takes longer than running a short history."""
    return Dispatcher(version, TABLES)


class Model:
    """What a correct server of `version`, empty at first, may answer to its clients.

    Give it each command with the interval in which the server executed it, in ms of the server's clock,
    and show the expectation that comes back the reply that the server gave. A model that `propagates` also tells
    what enters the replication stream, of a server whose expiry cycle is off unless there is `active_expire`; then no
    field of a hash may expire.

    A model in the role of a replica is given what its master sends by `apply`; that of a writable replica only where no
    key expires. It is of one without fields that expire; before Redis 7.0 its clients must not write to keys that have
    expired.
    """

    def __init__(
        self,
        version: Version,
        databases: int = 16,
        *,
        propagates: bool = False,
        active_expire: bool = False,
        role: Role = Role.MASTER,
    ) -> None:
        self.version = version
        self._dispatcher = _dispatcher(version)
        self.worlds = [World(version, databases)]
        self.worlds[0].dispatcher = self._dispatcher
        recorder = Recorder(active_expire=active_expire) if propagates else None
        self.worlds[0].replicate(role, recorder, Refusals(READ_ONLY if role is Role.REPLICA else None))
        if role is not Role.MASTER:
            self.worlds[0].sessions[MASTER_CLIENT] = Session(MASTER_CLIENT, is_master=True)

    def set_good_replicas(self, enough: bool) -> None:
        """A master has enough good replicas now, or it has not (`min-replicas-to-write`, `min-replicas-max-lag`)."""
        self._refuse(writes=None if enough else NO_REPLICAS)

    def set_saved(self, saved: bool) -> None:
        """The last snapshot was saved, or it was not, and the server minds (`stop-writes-on-bgsave-error`)."""
        self._refuse(saved=saved)

    def set_stale(self, stale: bool) -> None:
        """A replica's link is down, and it may not serve what it has (`replica-serve-stale-data no`), or it may."""
        self._refuse(stale=stale)

    def _refuse(self, **changes: Any) -> None:
        for world in self.worlds:
            world.replicate(world.role, world.recorder, replace(world.refusals, **changes))

    def connect(self, client: str, resp: int = 2) -> None:
        """A new client connects and speaks protocol `resp`."""
        for world in self.worlds:
            world.sessions[client] = Session(client, resp)

    def disconnect(self, client: str) -> None:
        """The client is gone: it waits for nothing, watches nothing, and its transaction is forgotten."""
        for world in self.worlds:
            unblock(world, client)
            world.end_transaction(world.sessions.pop(client))
            world.deliveries = [delivery for delivery in world.deliveries if delivery[0] != client]

    def step(self, client: str, argv: list[bytes], low_ms: int, high_ms: int) -> Expected:
        """What may be answered to `argv`, executed between `low_ms` and `high_ms`.

        A `Choice` must be shown the reply before the next step. After `BLOCKED` the client may do nothing until it
        has received a reply, which `receivers` and `deliver` are about, or is disconnected. Raises KeyError for an
        unknown client.
        """
        if len(self.worlds) == 1:
            world = self.worlds[0]
            world.now_low_ms = low_ms
            world.now_high_ms = high_ms
            if high_ms <= world.next_expiry_ms and not world.waiting:
                expected = execute(world, self._dispatcher, client, argv)
                return _Fork(self, [(world, expected)]) if isinstance(expected, Splitting) else expected
        return self._step_worlds(client, argv, low_ms, high_ms)

    def apply(self, argv: list[bytes], low_ms: int, high_ms: int) -> None:
        """Let a replica execute a command of its master's stream, whose reply is not sent, in this interval.

        What it does must not depend on a choice that only its reply tells; masters send no such command.
        """
        worlds: list[World] = []
        for world in self.worlds:
            world.now_low_ms, world.now_high_ms = low_ms, high_ms
            for branch in branches(world, MASTER_CLIENT, argv, wide=True):
                expected = execute(branch, self._dispatcher, MASTER_CLIENT, argv)
                if isinstance(expected, Choice):
                    observe(expected, project(expected.example(), 2), 2)
                worlds += branch.successors()
        self.worlds = _distinct(worlds)

    def _step_worlds(self, client: str, argv: list[bytes], low_ms: int, high_ms: int) -> Expected:
        spec = self._dispatcher.by_name.get(argv[0].upper())
        wide = spec is not None and spec.wide
        outcomes: list[tuple[World, Expected]] = []
        for world in self.worlds:
            world.now_low_ms, world.now_high_ms = low_ms, high_ms
            for branch in branches(world, client, argv, wide):
                outcomes.append((branch, execute(branch, self._dispatcher, client, argv)))
        if len(outcomes) == 1 and not isinstance(outcomes[0][1], Splitting):
            self.worlds = [outcomes[0][0]]
            return outcomes[0][1]
        if any(expected is BLOCKED for _, expected in outcomes):
            return self._block_perhaps(client, outcomes)
        if outcomes[0][1] is SILENT:
            self.worlds = _distinct(world for world, _ in outcomes)
            return SILENT
        return _Fork(self, outcomes)

    def _block_perhaps(self, client: str, outcomes: list[tuple[World, Expected]]) -> Expected:
        """The client blocks in some worlds; where it gets a reply, this is as if it had been blocked and served."""
        for world, expected in outcomes:
            if expected is not BLOCKED:
                world.deliveries.append((client, expected))
        self.worlds = _distinct(world for world, _ in outcomes)
        return BLOCKED

    def propagated(self) -> ExpectedStream:
        """What has entered the replication stream since that was last observed; raises LookupError if not recorded."""

        def keep(worlds: list[World]) -> None:
            self.worlds = _distinct(worlds)

        return ExpectedStream(self.version.propagation, self.worlds, keep)

    def protocol(self, client: str) -> int:
        """Which RESP version the client speaks, 2 or 3."""
        return self.worlds[0].sessions[client].resp

    def is_silent(self, client: str) -> bool:
        """Whether the client is sent no reply to its next command."""
        return any(world.sessions[client].silence is not None for world in self.worlds)

    def is_limited(self, client: str) -> bool:
        """Whether the client is another user than the default one, who may do everything."""
        return any(world.sessions[client].user is not None for world in self.worlds)

    def in_transaction(self, client: str) -> bool:
        """Whether the client's commands are queued."""
        return any(world.sessions[client].queue is not None for world in self.worlds)

    def blocks(self, client: str) -> bool:
        """Whether the client waits, or may wait, for a reply."""
        return any(world.sessions[client].wait is not None for world in self.worlds)

    def receivers(self) -> dict[str, bool]:
        """The clients that get something unasked, or late; False for one that may get none, or none yet.

        Where that is uncertain, what the client received shows only once all that was sent has been executed.
        """
        counts: dict[str, int] = {}
        for world in self.worlds:
            for name in dict.fromkeys(name for name, _ in world.deliveries):
                counts[name] = counts.get(name, 0) + 1
        return {name: count == len(self.worlds) for name, count in counts.items()}

    def expected_delivery(self, client: str) -> str:
        """What `client` is to receive, in words."""
        texts = [describe(e) for world in self.worlds for name, e in world.deliveries if name == client]
        waits = [world.sessions[client].wait for world in self.worlds]
        texts += [f"{describe(wait.at_timeout)} when its time is up" for wait in waits if wait and wait.deadline_ms]
        return " or ".join(dict.fromkeys(texts))

    def deadline_ms(self, client: str) -> int | None:
        """When the time of a blocked client is up at the latest; None if it is not blocked, or is for ever."""
        waits = [world.sessions[client].wait for world in self.worlds]
        deadlines = [wait.deadline_ms for wait in waits if wait is not None]
        return max((deadline[1] for deadline in deadlines if deadline is not None), default=None)

    def deliver(self, client: str, reply: Reply | None, resp: int, now_ms: int) -> bool:
        """Tell what a client has received next by `now_ms`, None for nothing; False if no world allows it.

        A client whose time may be up by then may also have received that.
        """
        agreeing = [world for world in self.worlds if _delivered(world, client, reply, resp, now_ms)]
        self.worlds = _distinct(heir for world in agreeing for heir in world.successors())
        return bool(self.worlds)


def _delivered(world: World, client: str, reply: Reply | None, resp: int, now_ms: int) -> bool:
    wait = world.sessions[client].wait
    if reply is not None and wait is not None and not isinstance(reply, Push):
        if wait.lost is not None and isinstance(reply, Error):
            tell_lost(world, client)
        elif wait.may_end_before(now_ms):
            time_out(world, client)
    position = next((at for at, delivery in enumerate(world.deliveries) if delivery[0] == client), None)
    if reply is None or position is None:
        return reply is None and position is None
    _, expected = world.deliveries.pop(position)
    if isinstance(expected, Shuffled):
        rest = expected.after(reply, resp)
        if rest:
            world.deliveries.insert(position, (client, rest))
        return rest is not None
    return observe(expected, reply, resp)


def _distinct(worlds: Iterable[World]) -> list[World]:
    """The worlds without those in which no command can tell a difference to one before."""
    distinct: list[World] = []
    for world in worlds:
        if not any(world.agrees_with(other) for other in distinct):
            distinct.append(world)
    return distinct


class _Fork(Choice):
    """What is allowed in several worlds; those that do not allow the reply are given up."""

    def __init__(self, model: Model, outcomes: list[tuple[World, Expected]]) -> None:
        self._model = model
        self._outcomes = outcomes

    def observe(self, reply: Reply, resp: int) -> bool:
        agreeing = [world for world, expected in self._outcomes if observe(expected, reply, resp)]
        self._model.worlds = _distinct(heir for world in agreeing for heir in world.successors())
        return bool(agreeing)

    def example(self) -> Reply:
        return example(self._outcomes[0][1])

    def describe(self) -> str:
        return " or ".join(dict.fromkeys(describe(expected) for _, expected in self._outcomes))
