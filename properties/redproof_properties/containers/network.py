"""Several containers in a network of ours, where they reach each other by name, and the faults of such a network.

What a container itself can suffer, pause, kill and restart, is a method of its target.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from testcontainers.core.network import Network

from redproof_properties.containers.engine import Engine, engine_calls
from redproof_properties.containers.target import ContainerTarget, Membership
from redproof_properties.errors import UsageError
from redproof_properties.targets.entries import Entry

SPELLING: Final = "a network of containers"


class ContainerNetwork:
    """A network with no way out, and the containers in it by their names; all end together.

    Use it with `with`. Raises `TargetUnavailable` when there is no engine.
    """

    def __init__(self) -> None:
        self.members: dict[str, ContainerTarget] = {}
        self._cleanup = ExitStack()
        self._engine: Engine
        self._network: Network

    def __enter__(self) -> Self:
        with ExitStack() as undo, engine_calls(SPELLING):
            self._engine = undo.enter_context(Engine(SPELLING))
            labelled = {"labels": self._engine.labels, "internal": True}
            self._network = undo.enter_context(Network(docker_network_kw=labelled))
            self._cleanup = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.members.clear()
        self._cleanup.close()

    def add(self, name: str, entry: Entry) -> ContainerTarget:
        """Start a container that the others reach as `name`; it ends with the network."""
        if name in self.members:
            raise UsageError(f"{name}: the network has a container of this name")
        spelling = f"docker:{entry.image} as {name}"
        member = ContainerTarget(spelling, entry, Membership(self._engine, self._network, name))
        self.members[name] = self._cleanup.enter_context(member)
        return member

    def disconnect(self, name: str) -> None:
        """Cut a container off from all others; we still reach it."""
        member = self.members[name]
        with engine_calls(member.spelling):
            self._engine.client.networks.get(self._network.name).disconnect(member.container)

    def connect(self, name: str) -> None:
        """Let a container that was cut off take part again, under its name."""
        member = self.members[name]
        with engine_calls(member.spelling):
            self._engine.client.networks.get(self._network.name).connect(member.container, aliases=[name])


def replica_of(master: str, name: str, entry: Entry, port: int = 6379) -> Entry:
    """The entry of a replica that follows the container `master` and tells all to call it by its own name.

    Names instead of addresses: a container that starts again may have another address. Source: `replication.c`
    replicationGetSlaveName, redis.conf `replica-announce-ip`.
    """
    settings = {"replicaof": f"{master} {port}", "replica-announce-ip": name, "replica-announce-port": str(port)}
    return replace(entry, settings={**entry.settings, **settings})
