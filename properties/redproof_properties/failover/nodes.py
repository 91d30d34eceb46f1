"""The running nodes of a group, be they processes or containers: who they are, and what is asked of all of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Final, Self

from redproof_model.reply import OK

from redproof_properties.closing import Closing
from redproof_properties.errors import TargetSilent
from redproof_properties.failover.plan import GroupPlan
from redproof_properties.failover.record import Kind, Node
from redproof_properties.failover.saved import SavedPoint
from redproof_properties.failover.views import sentinel_view
from redproof_properties.replication.ends.info import ReplicationInfo, read_info
from redproof_properties.targets import Connection, Target
from redproof_properties.targets.address import TcpAddress
from redproof_properties.waiting import READY_WITHIN_MS, wait_until

SAVED_WITHIN_MS: Final = 10_000
ASKED_EVERY_S: Final = 0.04
"""What many processes come to in their own time is not asked of them more often: they need the processors for it, and
sentinels themselves learn of it every tenth of a second."""

QUICK_SENTINEL: Final = ("info-period", 100, "publish-period", 300, "ask-period", 20, "ping-period", 220)
"""Times of a sentinel, by which it learns, asks and tells sooner (SENTINEL DEBUG, from Redis 7.0 on).

Shorter ones of PING fail, as an answer that is late by a moment counts as none. A sentinel waits for four periods of
publishing before it corrects a server.
"""


class Nodes(Closing):
    """The nodes of a plan; `dead` and `paused` are those that are so at present.

    Methods raise `TargetError` when a node fails.
    """

    targets: Mapping[str, Target]

    @abstractmethod
    def __enter__(self) -> Self:
        """Start all, and wait until each knows whom it should; when this raises, nothing is left behind."""

    def __init__(self, plan: GroupPlan) -> None:
        self.plan = plan
        self.dead: set[str] = set()
        self.paused: set[str] = set()
        self._cleanup = ExitStack()

    def close(self) -> None:
        """End all."""
        self._cleanup.close()

    # ---- who is who

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes as a record has them."""
        return tuple(map(self._node, self.plan.names))

    @property
    def servers(self) -> tuple[str, ...]:
        """The names of the servers."""
        return tuple(server.name for server in self.plan.servers)

    @property
    def sentinels(self) -> tuple[str, ...]:
        """The names of the sentinels."""
        return tuple(sentinel.name for sentinel in self.plan.sentinels)

    def is_up(self, name: str) -> bool:
        """Whether a node is neither dead nor paused."""
        return name not in self.dead and name not in self.paused

    @abstractmethod
    def address(self, name: str) -> TcpAddress:
        """Where the others know a node to be."""

    @abstractmethod
    def run_id(self, sentinel: str) -> str:
        """The id of a sentinel, which it keeps over restarts."""

    def node_at(self, host: str, port: int) -> str | None:
        """The node that others know by this address, None for no node."""
        return next((name for name in self.plan.names if self.address(name) == TcpAddress(host, port)), None)

    def connect(self, name: str) -> Connection:
        """A connection to which nothing happens that happens to links; raises `TargetError` when there is none."""
        return self.targets[name].connect()

    def info(self, name: str) -> ReplicationInfo:
        """What a server tells of its replication."""
        with self.connect(name) as connection:
            return read_info(connection)

    # ---- what can happen

    @abstractmethod
    def kill(self, name: str) -> None:
        """End a node as `kill -9` does."""

    @abstractmethod
    def restart(self, name: str) -> None:
        """Start a node again, killing it first when it runs."""

    def pause(self, name: str) -> None:
        """Stop a node in its tracks."""
        self.targets[name].pause()
        self.paused.add(name)

    def resume(self, name: str) -> None:
        """Let a paused node go on."""
        self.targets[name].resume()
        self.paused.discard(name)

    def save(self, name: str) -> None:
        """Let a server write its RDB file, once it writes none for a replica."""
        with self.connect(name) as connection:
            if not wait_until(lambda: connection.call("SAVE") == OK, SAVED_WITHIN_MS, ASKED_EVERY_S):
                raise TargetSilent(f"waited in vain for {name} to save")

    @abstractmethod
    def saved(self, name: str) -> SavedPoint | None:
        """Which data a dead server begins with; None for no data."""

    @abstractmethod
    def isolate(self, name: str) -> None:
        """Part a node from all others, not from clients."""

    @abstractmethod
    def rejoin(self, name: str) -> None:
        """Let a node that was isolated reach the others again."""

    @abstractmethod
    def hold(self, name: str, other: str) -> None:
        """Let no byte pass between two nodes, whoever has connected to whom."""

    @abstractmethod
    def release(self, name: str, other: str) -> None:
        """Let all pass between two nodes again, and what waits first."""

    @abstractmethod
    def delay(self, name: str, other: str, delay_ms: int) -> None:
        """Let each byte between two nodes take so long."""

    @abstractmethod
    def cut(self, name: str, other: str) -> None:
        """Close all connections between two nodes; they may connect again."""

    @abstractmethod
    def release_links(self) -> None:
        """Let all links forward, and nobody be isolated."""

    def heal(self) -> None:
        """Let all links forward, paused nodes go on, and dead ones start again."""
        self.release_links()
        for name in self.plan.names:
            if name in self.paused:
                self.resume(name)
            if name in self.dead:
                self.restart(name)

    # ---- waiting

    def wait_ready(self) -> None:
        """Wait until each sentinel knows all others, and that the replicas are linked; raises `TargetSilent` else."""
        for name in self.sentinels:
            with self.connect(name) as connection:
                is_ready = partial(self._knows_all, connection)
                if not wait_until(is_ready, READY_WITHIN_MS, ASKED_EVERY_S):
                    view = sentinel_view(connection, self.plan.settings.master_name)
                    raise TargetSilent(f"waited in vain for {name} to know all others: {view}")

    def _wait_linked(self) -> None:
        """Wait until replicas are linked: a sentinel that asks them sooner may ask again ten seconds later only."""
        for name in self.plan.replicas:
            if not wait_until(partial(self._is_linked, name), READY_WITHIN_MS):
                raise TargetSilent(f"waited in vain for {name} to be linked: {self.info(name)}")

    def _is_linked(self, name: str) -> bool:
        told = self.info(name)
        return told.master_link_status == "up" and bool(told.slave_repl_offset)

    def _knows_all(self, connection: Connection) -> bool:
        told = sentinel_view(connection, self.plan.settings.master_name)
        linked = [each for each in told.replicas if each.flags == "slave" and each.link_up and each.offset_bytes > 0]
        return (
            told.flags == "master"
            and len(linked) == len(self.plan.replicas)
            and told.other_sentinels == len(self.plan.sentinels) - 1
            and not told.missed_sentinels
        )

    def _hasten(self, sentinel: str) -> None:
        with self.connect(sentinel) as connection:
            # Redis 6 has no such command, and takes longer.
            connection.call("SENTINEL", "DEBUG", *QUICK_SENTINEL)

    def _node(self, name: str) -> Node:
        address = self.address(name)
        is_sentinel = name in self.sentinels
        priorities = {server.name: server.priority for server in self.plan.servers}
        return Node(
            name=name,
            kind=Kind.SENTINEL if is_sentinel else Kind.SERVER,
            spelling=self.plan.spellings[name],
            version=str(self.targets[name].version),
            address=f"{address.host}:{address.port}",
            priority=priorities.get(name),
            run_id=self.run_id(name) if is_sentinel else None,
        )
