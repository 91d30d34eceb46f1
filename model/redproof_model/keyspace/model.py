"""The model of a server: the worlds that agree with everything seen so far, advanced a command at a time."""

from __future__ import annotations

from redproof_model.choice import Choice, Expected, describe, example, observe
from redproof_model.commands import TABLES
from redproof_model.keyspace.command import Dispatcher, execute
from redproof_model.keyspace.expiry import branches
from redproof_model.keyspace.session import Session
from redproof_model.keyspace.world import World
from redproof_model.reply import Reply
from redproof_model.version import Version

_dispatchers: dict[Version, Dispatcher] = {}


class Model:
    """What a correct server of `version`, empty at first, may answer to its clients.

    Give it each command with the interval in which the server executed it, in ms of the server's clock,
    and show the expectation that comes back the reply that the server gave.
    """

    def __init__(self, version: Version, databases: int = 16) -> None:
        self.version = version
        self._dispatcher = _dispatchers.setdefault(version, Dispatcher(version, TABLES))
        self.worlds = [World(version, databases)]

    def connect(self, client: str, resp: int = 2) -> None:
        """A new client connects and speaks protocol `resp`."""
        for world in self.worlds:
            world.sessions[client] = Session(client, resp)

    def step(self, client: str, argv: list[bytes], low_ms: int, high_ms: int) -> Expected:
        """What may be answered to `argv`, executed between `low_ms` and `high_ms`.

        A `Choice` must be shown the reply before the next step. Raises KeyError for an unknown client.
        """
        if len(self.worlds) == 1:
            world = self.worlds[0]
            world.now_low_ms = low_ms
            world.now_high_ms = high_ms
            if high_ms <= world.next_expiry_ms:
                return execute(world, self._dispatcher, client, argv)
        return self._step_worlds(client, argv, low_ms, high_ms)

    def _step_worlds(self, client: str, argv: list[bytes], low_ms: int, high_ms: int) -> Expected:
        spec = self._dispatcher.by_name.get(argv[0].upper())
        wide = spec is not None and spec.wide
        outcomes: list[tuple[World, Expected]] = []
        for world in self.worlds:
            world.now_low_ms, world.now_high_ms = low_ms, high_ms
            for branch in branches(world, client, argv, wide):
                outcomes.append((branch, execute(branch, self._dispatcher, client, argv)))
        if len(outcomes) == 1:
            self.worlds = [outcomes[0][0]]
            return outcomes[0][1]
        return _Fork(self, outcomes)

    def receivers(self) -> dict[str, bool]:
        """The blocked clients that now get a reply; False for one that gets it only in some worlds."""
        counts: dict[str, int] = {}
        for world in self.worlds:
            for name in dict.fromkeys(name for name, _ in world.deliveries):
                counts[name] = counts.get(name, 0) + 1
        return {name: count == len(self.worlds) for name, count in counts.items()}

    def expected_delivery(self, client: str) -> str:
        """What `client` is to receive, in words."""
        texts = [describe(e) for world in self.worlds for name, e in world.deliveries if name == client]
        return " or ".join(dict.fromkeys(texts))

    def deliver(self, client: str, reply: Reply | None, resp: int) -> bool:
        """Tell what a receiver got, None for nothing; False if no world allows it."""
        self.worlds = [world for world in self.worlds if _delivered(world, client, reply, resp)]
        return bool(self.worlds)


def _delivered(world: World, client: str, reply: Reply | None, resp: int) -> bool:
    expected = next((e for name, e in world.deliveries if name == client), None)
    if reply is None or expected is None:
        return reply is None and expected is None
    world.deliveries.remove((client, expected))
    return observe(expected, reply, resp)


class _Fork(Choice):
    """What is allowed in several worlds; those that do not allow the reply are given up."""

    def __init__(self, model: Model, outcomes: list[tuple[World, Expected]]) -> None:
        self._model = model
        self._outcomes = outcomes

    def observe(self, reply: Reply, resp: int) -> bool:
        worlds: list[World] = []
        for world, expected in self._outcomes:
            if observe(expected, reply, resp) and not any(world.agrees_with(other) for other in worlds):
                worlds.append(world)
        self._model.worlds = worlds
        return bool(worlds)

    def example(self) -> Reply:
        return example(self._outcomes[0][1])

    def describe(self) -> str:
        return " or ".join(dict.fromkeys(describe(expected) for _, expected in self._outcomes))
