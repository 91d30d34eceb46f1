"""A group as data: a master with replicas, the sentinels that watch them, and the settings of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from redproof_properties.errors import UsageError
from redproof_properties.failover.record import Settings

MASTER_NAME: Final = "mine"
"""The name by which sentinels know the master."""

QUICK: Final = Settings(master_name=MASTER_NAME, quorum=2, down_after_ms=500, failover_timeout_ms=3_000)
"""Times after which a failover begins soon, and is begun anew soon where it fails."""

PATIENT: Final = Settings(master_name=MASTER_NAME, quorum=2, down_after_ms=2_000, failover_timeout_ms=6_000)
"""Times for sentinels before Redis 7.0, which send a PING a second: to those who wait for less all is down anew."""


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """A server of a target's spelling, with its `replica-priority`."""

    name: str
    spelling: str
    priority: int = 100


@dataclass(frozen=True, slots=True)
class SentinelPlan:
    """A sentinel of a target's spelling."""

    name: str
    spelling: str


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """Who takes part: servers, of which the first is the master at first, and sentinels.

    Clients WAIT for `wait_replicas`, for all without it. Raises `UsageError` where there is no replica, no sentinel, or
    a name twice.
    """

    servers: tuple[ServerPlan, ...]
    sentinels: tuple[SentinelPlan, ...]
    settings: Settings = field(default=QUICK)
    wait_replicas: int | None = None

    def __post_init__(self) -> None:
        if len(self.servers) < 2 or not self.sentinels:
            raise UsageError("a group needs a master, a replica and a sentinel at least")
        if len(self.names) < len(self.servers) + len(self.sentinels):
            raise UsageError(f"two of these nodes have the same name: {', '.join(self.names)}")

    @property
    def master(self) -> str:
        """The master at first."""
        return self.servers[0].name

    @property
    def replicas(self) -> tuple[str, ...]:
        """The replicas at first."""
        return tuple(server.name for server in self.servers[1:])

    @property
    def waited_for(self) -> int:
        """For how many replicas clients WAIT; 0 if they do not."""
        return len(self.replicas) if self.wait_replicas is None else self.wait_replicas

    @property
    def names(self) -> tuple[str, ...]:
        """All nodes, servers first."""
        return tuple(self.spellings)

    @property
    def spellings(self) -> dict[str, str]:
        """The spelling of each node's target."""
        servers = {server.name: server.spelling for server in self.servers}
        return servers | {sentinel.name: sentinel.spelling for sentinel in self.sentinels}


def group_of(
    servers: tuple[str, ...], sentinels: tuple[str, ...], settings: Settings = QUICK, priorities: tuple[int, ...] = ()
) -> GroupPlan:
    """The group of servers of these spellings, `m`, `r1` and so on, and sentinels of those, `s1` and so on.

    `priorities` are those of the servers, 100 where they are not given.
    """
    names = ["m", *(f"r{number}" for number in range(1, len(servers)))]
    given = (*priorities, *([100] * (len(servers) - len(priorities))))
    return GroupPlan(
        tuple(ServerPlan(name, spelling, at) for name, spelling, at in zip(names, servers, given, strict=True)),
        tuple(SentinelPlan(f"s{number}", spelling) for number, spelling in enumerate(sentinels, 1)),
        settings,
    )
