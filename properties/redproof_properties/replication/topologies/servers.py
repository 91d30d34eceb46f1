"""The servers of a topology by their names, each with a connection over which it is told what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from redproof_model.reply import OK

from redproof_properties.errors import TargetError, TargetSilent, UsageError
from redproof_properties.replication.ends.info import ReplicationInfo, read_info
from redproof_properties.replication.topologies.topology import Topology, quick_settings
from redproof_properties.targets import Connection, Target
from redproof_properties.targets.address import TcpAddress
from redproof_properties.targets.inquiry import fields
from redproof_properties.targets.process import ProcessTarget
from redproof_properties.waiting import WITHIN_MS, wait_until


class Syncs(NamedTuple):
    """The counters `sync_full` and `sync_partial_ok` of INFO stats."""

    full: int
    partial: int


def link_address(target: Target) -> TcpAddress:
    """Where a link to a running target leads; raises `UsageError` when it has no TCP port without TLS."""
    address = target.tcp_address if isinstance(target, ProcessTarget) else target.address
    if not isinstance(address, TcpAddress) or address.tls:
        raise UsageError(f"{target.spelling}: a link needs a TCP port without TLS, not {address}")
    return address


class Servers:
    """What one server of several is told and tells; methods raise `TargetError` when it is dead or does not answer.

    `within_ms` is how long it is waited for what servers do in their own time.
    """

    def __init__(self, topology: Topology, make: Callable[[str], Target]) -> None:
        self.topology = topology
        self.targets = {name: make(node.spelling) for name, node in topology.nodes.items()}
        self.dead: set[str] = set()
        self.paused: set[str] = set()
        self.within_ms = WITHIN_MS
        self._controls: dict[str, Connection] = {}

    @property
    def names(self) -> list[str]:
        """The nodes, in the order of the topology."""
        return list(self.targets)

    def control(self, name: str) -> Connection:
        """The connection over which a node is told what to do; raises `TargetError` when there is none."""
        if name in self.dead or name in self.paused:
            raise TargetError(f"{name}: {'was killed' if name in self.dead else 'is paused'}")
        if name not in self._controls:
            self._controls[name] = self.targets[name].connect()
        return self._controls[name]

    def info(self, name: str) -> ReplicationInfo:
        """What a node tells of its replication."""
        return read_info(self.control(name))

    def syncs(self, name: str) -> Syncs:
        """How many synchronisations a node has served."""
        told = fields(self.control(name).call("INFO", "stats"))
        return Syncs(int(told["sync_full"]), int(told["sync_partial_ok"]))

    def tell(self, name: str, *argv: str | int) -> None:
        """Let a node do something that it answers with OK; raises `TargetError` for anything else."""
        reply = self.control(name).call(*argv)
        if reply != OK:
            raise TargetError(f"{name}: {' '.join(map(str, argv))} was answered with {reply!r}")

    def save(self, name: str) -> None:
        """Let a node write its RDB file, with its replication id and offset, once it writes none for a replica."""
        self._wait_until(lambda: self.control(name).call("SAVE") == OK, f"{name} to save")

    def pause(self, name: str) -> None:
        """Stop a server in its tracks until `resume`."""
        self.targets[name].pause()
        self.paused.add(name)

    def resume(self, name: str) -> None:
        """Let a paused server go on."""
        self.targets[name].resume()
        self.paused.discard(name)

    def _wait_until(self, holds: Callable[[], bool], what: str) -> None:
        if not wait_until(holds, self.within_ms):
            told = {name: self.info(name) for name in self.names if name not in self.dead | self.paused}
            raise TargetSilent(f"waited in vain for {what}: {told}")

    def _settings(self, name: str) -> dict[str, str]:
        return {**quick_settings(self.targets[name].version), **self.topology.nodes[name].settings}

    def _apply_settings(self, name: str) -> None:
        for setting, value in self._settings(name).items():
            self.tell(name, "CONFIG", "SET", setting, value)

    def _forget_functions(self, name: str) -> None:
        """Remove libraries; a server before Redis 7.0 has no such command, and none to remove."""
        self.control(name).call("FUNCTION", "FLUSH")

    def _hang_up(self, name: str) -> None:
        control = self._controls.pop(name, None)
        if control is not None:
            control.close()

    def _close_controls(self) -> None:
        for name in list(self._controls):
            self._hang_up(name)
