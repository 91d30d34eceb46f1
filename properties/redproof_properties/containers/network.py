"""Several containers in a network of ours, where they reach each other by name, and the faults of such a network.

What a container itself can suffer, pause, kill and restart, is a method of its target.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from docker.errors import APIError
from docker.types import IPAMConfig, IPAMPool
from testcontainers.core.network import Network

from redproof_properties.containers.engine import Engine, engine_calls
from redproof_properties.containers.membership import Membership
from redproof_properties.containers.target import ContainerTarget
from redproof_properties.errors import UsageError
from redproof_properties.targets.entries import Entry

SPELLING: Final = "a network of containers"
SENTINEL_PORT: Final = 26379
SENTINEL_FILE: Final = "/data/sentinel.conf"
"""In the folder of the data, which belongs to the server: Sentinel replaces its file."""

SUBNET_ATTEMPTS: Final = 5
_OVERLAPS: Final = "overlaps"
"""What the engine says of a subnet that another of its networks has."""


class ContainerNetwork:
    """A network with no way out, and the containers in it by their names; all end together.

    Each container keeps its address there, also when it is started again. `gateway` is the address at which they reach
    what listens on the engine's machine.

    Use it with `with`. Raises `TargetUnavailable` when there is no engine.
    """

    def __init__(self) -> None:
        self.members: dict[str, ContainerTarget] = {}
        self._places: dict[str, Membership] = {}
        self._prefix = ""
        self._cleanup = ExitStack()
        self._engine: Engine
        self._network: Network

    def __enter__(self) -> Self:
        with ExitStack() as undo, engine_calls(SPELLING):
            self._engine = undo.enter_context(Engine(SPELLING))
            self._network = self._make()
            undo.callback(self._network.remove)
            self._cleanup = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.members.clear()
        self._cleanup.close()

    @property
    def gateway(self) -> str:
        """The engine's own address in the network."""
        return f"{self._prefix}.1"

    def place(self, name: str) -> Membership:
        """A place for a container that the others reach as `name`, at an address that no other has."""
        if name in self._places:
            raise UsageError(f"{name}: the network has a container of this name")
        host = f"{self._prefix}.{2 + len(self._places)}"
        self._places[name] = Membership(self._engine, self._network, name, host)
        return self._places[name]

    def add(self, name: str, entry: Entry) -> ContainerTarget:
        """Start a container that the others reach as `name`; it ends with the network."""
        member = ContainerTarget(f"docker:{entry.image} as {name}", entry, self.place(name))
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
            network = self._engine.client.networks.get(self._network.name)
            network.connect(member.container, aliases=[name], ipv4_address=self._places[name].host)

    def _make(self) -> Network:
        """The network in the engine, with addresses that none of its networks has.

        They are of those for tests of network devices, which machines do not use (RFC 2544, appendix C.2.2). An engine
        that chooses them itself gives no container one to keep.
        """
        for _ in range(SUBNET_ATTEMPTS - 1):
            try:
                return self._make_at_random()
            except APIError as error:
                if _OVERLAPS not in str(error.explanation):
                    raise
        return self._make_at_random()

    def _make_at_random(self) -> Network:
        self._prefix = f"198.{18 + secrets.randbelow(2)}.{secrets.randbelow(256)}"
        addresses = IPAMConfig(pool_configs=[IPAMPool(subnet=f"{self._prefix}.0/24", gateway=self.gateway)])
        told = {"labels": self._engine.labels, "internal": True, "ipam": addresses}
        return Network(docker_network_kw=told).create()


def replica_of(master: str, name: str, entry: Entry, port: int = 6379) -> Entry:
    """The entry of a replica that follows the container `master` and tells all to call it by its own name.

    Source: `replication.c` replicationGetSlaveName, redis.conf `replica-announce-ip`.
    """
    settings = {"replicaof": f"{master} {port}", "replica-announce-ip": name, "replica-announce-port": str(port)}
    return replace(entry, settings={**entry.settings, **settings})


def sentinel_of(
    master: str,
    name: str,
    entry: Entry,
    port: int = 6379,
    quorum: int = 2,
    down_after_ms: int = 500,
    failover_timeout_ms: int = 3_000,
) -> Entry:
    """The entry of a Sentinel that watches the container `master` under that name, and is called by its own name.

    It knows all by their names, as replicas of `replica_of` announce theirs: Redis 6.2 or later. Sources: `sentinel.c`
    sentinelHandleConfiguration, https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/.
    """
    lines = (
        "sentinel resolve-hostnames yes",
        "sentinel announce-hostnames yes",
        f"sentinel announce-ip {name}",
        f"sentinel announce-port {SENTINEL_PORT}",
        f"sentinel monitor {master} {master} {port} {quorum}",
        f"sentinel down-after-milliseconds {master} {down_after_ms}",
        f"sentinel failover-timeout {master} {failover_timeout_ms}",
    )
    return sentinel_with(lines, entry)


def sentinel_with(lines: Iterable[str], entry: Entry) -> Entry:
    """The entry of a Sentinel with these lines in its file, which is its own: it writes there what it learns."""
    text = "".join(f"{line}\n" for line in (f"port {SENTINEL_PORT}", *lines))
    arguments = (SENTINEL_FILE, "--sentinel")
    return replace(entry, port=SENTINEL_PORT, arguments=arguments, files={SENTINEL_FILE: text}, settings={})
