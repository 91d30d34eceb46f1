"""A simulated group: the nodes of a plan in a world of virtual time, and what can be asked of them from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from redproof_model.reply import Reply

from redproof_properties.failover.members import Peer, sentinel_lines
from redproof_properties.failover.plan import GroupPlan
from redproof_properties.failover.record import Kind, Node
from redproof_properties.resp import Decoder
from redproof_properties.targets.address import TcpAddress
from redproof_properties.targets.bundled import simulated_world
from redproof_properties.targets.inquiry import fields

if TYPE_CHECKING:
    from redproof_properties.targets.bundled import SentinelNode, ServerNode

SERVER_SETTINGS: Final = {
    "databases": "1",
    "save": "",
    "repl-diskless-sync-delay": "0",
    "repl-ping-replica-period": "1",
}
PERIODS: Final = {
    "info-period": 1_000,
    "ask-period": 200,
    "publish-period": 600,
    "tilt-period": 2_000,
}
"""What a sentinel is given by SENTINEL DEBUG whenever it starts, in milliseconds: failovers are soon over."""


class Stage:
    """The group of a plan, started and without a fault.

    A server that starts again has the role that it had, as with a configuration file that is rewritten.
    """

    def __init__(self, plan: GroupPlan, seed: int, version: str, delay_ms_max: int) -> None:
        self.plan = plan
        self.seed = seed
        self.world = simulated_world(seed, delay_ms_max)
        self.version = version
        self.addresses = {
            each.name: TcpAddress(f"10.0.0.{number}", 6379) for number, each in enumerate(plan.servers, 1)
        } | {each.name: TcpAddress(f"10.0.1.{number}", 26379) for number, each in enumerate(plan.sentinels, 1)}
        self.names = {f"{at.host}:{at.port}": name for name, at in self.addresses.items()}
        self._add_servers()
        self._add_sentinels()
        for process in tuple(self.world.processes.values()):
            process.start()

    @property
    def servers(self) -> dict[str, ServerNode]:
        """The servers by name."""
        return self.world.servers

    @property
    def sentinels(self) -> dict[str, SentinelNode]:
        """The sentinels by name."""
        return self.world.sentinels

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes as a record has them."""
        priorities = {server.name: server.priority for server in self.plan.servers}
        return tuple(
            Node(
                name=name,
                kind=Kind.SERVER if name in priorities else Kind.SENTINEL,
                spelling="bundled in simulation",
                version=self.version,
                address=f"{at.host}:{at.port}",
                priority=priorities.get(name),
                run_id=None if name in priorities else self._run_id(name),
            )
            for name, at in self.addresses.items()
        )

    def _add_servers(self) -> None:
        settings, master = self.plan.settings, self.addresses[self.plan.master]
        for server in self.plan.servers:
            given = SERVER_SETTINGS | {
                "replica-priority": str(server.priority),
                "min-replicas-to-write": str(settings.min_replicas_to_write),
                "min-replicas-max-lag": str(settings.min_replicas_max_lag_s),
                "replicaof": "" if server.name == self.plan.master else f"{master.host} {master.port}",
            }
            at = self.addresses[server.name]
            self.world.add_server(server.name, at.host, at.port, given, self.version)

    def _add_sentinels(self) -> None:
        peers = {each.name: Peer(self.addresses[each.name], self._run_id(each.name)) for each in self.plan.sentinels}
        master, *replicas = (self.addresses[server.name] for server in self.plan.servers)
        order = [b"SENTINEL", b"DEBUG", *(word.encode() for pair in PERIODS.items() for word in map(str, pair))]
        for name, peer in peers.items():
            others = [other for other in peers.values() if other is not peer]
            lines = sentinel_lines(peer, master, self.plan.settings, replicas, others)
            text = "".join(f"{line}\n" for line in lines)
            node = self.world.add_sentinel(name, peer.gate.host, peer.gate.port, text, self.version)
            node.orders.append(order)

    def _run_id(self, sentinel: str) -> str:
        return f"{self.addresses[sentinel].host.rpartition('.')[2]:0>40}"

    # ---- what is asked

    def ask(self, name: str, *words: str) -> Reply:
        """What a node answers that is up, at no time."""
        decoder = Decoder()
        decoder.feed(self._answer(name, words))
        reply = decoder.next_reply()
        assert reply is not None, f"{name}: {words} was not answered"
        return reply

    def texts(self, name: str, *words: str) -> list[str]:
        """The bulk strings of an answer, in their order, none of which may have an end of a line."""
        return self._answer(name, words).decode().split("\r\n")[2::2]

    def _answer(self, name: str, words: Iterable[str]) -> bytes:
        return (self.servers.get(name) or self.sentinels[name]).ask(*(word.encode() for word in words))

    def info(self, server: str) -> dict[str, str]:
        """INFO of a server that is up: the section on replication, and its run id."""
        return fields(self._answer(server, ("INFO", "replication"))) | {"run_id": self.servers[server].run_id}

    def is_up(self, name: str) -> bool:
        """Whether a node is neither dead nor paused."""
        process = self.world.processes[name]
        return process.is_alive and not process.is_paused

    def up(self, names: Iterable[str]) -> list[str]:
        """Those that are up."""
        return [name for name in names if self.is_up(name)]

    def believed_master(self, sentinel: str) -> str | None:
        """Whom a sentinel that is up takes for the master."""
        name = self.plan.settings.master_name
        return self.names.get(":".join(self.texts(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", name)))

    def master(self) -> str:
        """Whom most of the sentinels that are up take for the master."""
        told = Counter(filter(None, map(self.believed_master, self.up(self.sentinels))))
        return told.most_common(1)[0][0] if told else self.plan.master
