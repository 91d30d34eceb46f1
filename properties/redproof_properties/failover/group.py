"""A group that runs: its servers, its sentinels, the gates between them, and everything that can happen to these."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from selectors import BaseSelector
from typing import Self

from redproof_model.reply import OK

from redproof_properties.errors import TargetError
from redproof_properties.failover.gates import PORT, Gate, Subnet
from redproof_properties.failover.members import (
    Peer,
    SentinelProcess,
    is_container,
    need_process,
    sentinel_lines,
    server_settings,
)
from redproof_properties.failover.nodes import Nodes
from redproof_properties.failover.plan import GroupPlan
from redproof_properties.failover.saved import SavedPoint, saved_point
from redproof_properties.frozen import DUMP_NAME
from redproof_properties.replication.topologies.proxy import Proxies
from redproof_properties.replication.topologies.servers import link_address
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.address import TcpAddress


class Group(Nodes):
    """The processes of a plan, behind gates; use it with `with`, at whose end all are gone.

    `make` gives a target of a spelling.
    """

    def __init__(self, plan: GroupPlan, make: Callable[[str], Target] = parse_target) -> None:
        super().__init__(plan)
        self.targets: dict[str, Target] = {}
        self.gates: dict[str, Gate] = {}
        self._make = make
        self._hosts: dict[str, str] = {}
        self._run_ids = {sentinel.name: secrets.token_hex(20) for sentinel in plan.sentinels}
        self._followed: dict[str, str | None] = {}
        self._proxies = Proxies()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.enter_context(self._proxies)
            self._place(undo)
            self._make_targets()
            for name in self.plan.names:
                undo.callback(self.targets[name].stop)
            self._start_all([server.name for server in self.plan.servers])
            self._attach()
            self._start_all([sentinel.name for sentinel in self.plan.sentinels])
            self.wait_ready()
            self._cleanup = undo.pop_all()
        return self

    # ---- who is who

    def address(self, name: str) -> TcpAddress:
        """The address of a node's gate."""
        return self.gates[name].address

    def run_id(self, sentinel: str) -> str:
        """The id that a sentinel was given in its file."""
        return self._run_ids[sentinel]

    # ---- what can happen

    def kill(self, name: str) -> None:
        """End a node as `kill -9` does; who connects to it is refused from then on."""
        if name not in self._run_ids and self.is_up(name):
            self._remember_role(name)
        self.targets[name].kill()
        self.gates[name].refuse()
        self.dead.add(name)
        self.paused.discard(name)

    def restart(self, name: str) -> None:
        """Start a node again, killing it first when it runs: a server with the role that it had.

        A server has the data of the RDB file that its last full synchronisation has left, if there was one; a sentinel
        begins with the file that it has written.
        """
        if name not in self.dead:
            self.kill(name)
        target = self.targets[name]
        if name not in self._run_ids:
            self._configure(name, self._followed.get(name))
        target.restart()
        self.gates[name].forward_to(link_address(target))
        self.gates[name].accept()
        self.dead.discard(name)
        if name in self._run_ids:
            self._hasten(name)

    def saved(self, name: str) -> SavedPoint | None:
        """Which data is in the RDB file of a dead server."""
        rdb = self._dump(name)
        return None if rdb is None else saved_point(rdb)

    def isolate(self, name: str) -> None:
        """Hold all links between a node and others."""
        for other in self._others(name):
            self.hold(name, other)

    def rejoin(self, name: str) -> None:
        """Release all links between a node and others."""
        for other in self._others(name):
            self.release(name, other)

    def hold(self, name: str, other: str) -> None:
        """Let no byte pass between two nodes, whoever has connected to whom."""
        self.gates[name].hold_from(self._hosts[other])
        self.gates[other].hold_from(self._hosts[name])

    def release(self, name: str, other: str) -> None:
        """Let all pass between two nodes again, and what waits first."""
        self.gates[name].release_from(self._hosts[other])
        self.gates[other].release_from(self._hosts[name])

    def delay(self, name: str, other: str, delay_ms: int) -> None:
        """Let each byte between two nodes take so long."""
        self.gates[name].delay_from(self._hosts[other], delay_ms)
        self.gates[other].delay_from(self._hosts[name], delay_ms)

    def cut(self, name: str, other: str) -> None:
        """Close all connections between two nodes; they may connect again."""
        self.gates[name].cut_from(self._hosts[other])
        self.gates[other].cut_from(self._hosts[name])

    def release_links(self) -> None:
        """Let all pass at once that waits at a gate."""
        for gate in self.gates.values():
            gate.release_all()

    # ---- starting

    def _place(self, undo: ExitStack) -> None:
        """Give each node its host, from which it connects to others, and its gate; `undo` ends what that needs."""
        subnet = Subnet()
        for name in self.plan.names:
            self._hosts[name], gate_host = subnet.take()
            self._add_gate(name, gate_host, PORT)

    def _add_gate(self, name: str, host: str, port: int) -> None:
        def make(selector: BaseSelector) -> Gate:
            return Gate(self._proxies, selector, host, port)

        self.gates[name] = self._proxies.add(make)

    def _make_targets(self) -> None:
        peers = {name: Peer(self.gates[name].address, run_id) for name, run_id in self._run_ids.items()}
        master = self.gates[self.plan.master].address
        replicas = [self.gates[name].address for name in self.plan.replicas]
        for server in self.plan.servers:
            self.targets[server.name] = self._server(server.name, self._make(server.spelling))
        for sentinel in self.plan.sentinels:
            others = [peer for name, peer in peers.items() if name != sentinel.name]
            lines = tuple(sentinel_lines(peers[sentinel.name], master, self.plan.settings, replicas, others))
            self.targets[sentinel.name] = self._sentinel(sentinel.name, self._make(sentinel.spelling), lines)

    def _server(self, name: str, kind: Target) -> Target:
        """The target of a server, of a target's kind."""
        process = need_process(kind)
        process.host = self._hosts[name]
        return process

    def _sentinel(self, name: str, kind: Target, lines: Sequence[str]) -> Target:
        """The target of a sentinel, of a target's kind, with the lines that its file has at first."""
        process = SentinelProcess(need_process(kind), lines)
        process.host = self._hosts[name]
        return process

    def _dump(self, name: str) -> bytes | None:
        """The RDB file of a dead server; None where it has none."""
        path = need_process(self.targets[name]).place.folder / DUMP_NAME
        return path.read_bytes() if path.exists() else None

    def _start_all(self, names: Iterable[str]) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._start, names))

    def _start(self, name: str) -> None:
        target = self.targets[name]
        target.start()
        self.gates[name].forward_to(link_address(target))
        if name in self._run_ids:
            self._hasten(name)

    def _attach(self) -> None:
        for name in self.servers:
            with self.connect(name) as connection:
                for setting, value in self._settings(name).items():
                    if connection.call("CONFIG", "SET", setting, value) != OK:
                        raise TargetError(f"{name}: cannot be given {setting} {value}")
                if name != self.plan.master:
                    address = self.gates[self.plan.master].address
                    connection.call("REPLICAOF", address.host, address.port)
        self._wait_linked()

    def _settings(self, name: str) -> dict[str, str]:
        priority = next(server.priority for server in self.plan.servers if server.name == name)
        gate = self.gates[name].address
        return server_settings(self.targets[name].version, self._hosts[name], gate, priority, self.plan.settings)

    def _configure(self, name: str, master: str | None) -> None:
        settings = self._settings(name)
        if master is not None:
            settings["replicaof"] = master
        self.targets[name].configure(settings)

    def _remember_role(self, name: str) -> None:
        with suppress(TargetError):
            told = self.info(name)
            self._followed[name] = f"{told.master_host} {told.master_port}" if told.role == "slave" else None

    def _others(self, name: str) -> list[str]:
        return [other for other in self.plan.names if other != name]


def group_for(plan: GroupPlan, make: Callable[[str], Target] = parse_target) -> Group:
    """The group of a plan, not started, of processes and containers as its spellings say."""
    if not any(map(is_container, plan.spellings.values())):
        return Group(plan, make)
    # Imported only where containers are asked for.
    from redproof_properties.failover.containers import ContainerGroup

    return ContainerGroup(plan, make)
