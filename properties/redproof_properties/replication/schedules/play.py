"""Steps that a property takes itself on the servers of a topology, and its claims about them."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from redproof_model.reply import Reply

from redproof_properties.history import FIRST_CLIENT, Call, Fault, Step, clients_of
from redproof_properties.judged import Judged
from redproof_properties.replication.ends.info import ReplicationInfo
from redproof_properties.replication.schedules.faults import happen
from redproof_properties.replication.topologies.nodes import deploy
from redproof_properties.replication.topologies.servers import Syncs
from redproof_properties.replication.topologies.topology import Topology
from redproof_properties.script import broken_claim


class Play:
    """A topology on servers of the target's kind, and what has been done to it; use it with `with`.

    Raises `TargetError` when a server fails.
    """

    def __init__(self, judged: Judged, topology: Topology) -> None:
        self.deployment = deploy(judged, topology)
        self._judged = judged
        self._steps: list[Step] = []

    def __enter__(self) -> Self:
        self.deployment.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.deployment.__exit__(kind, error, trace)
        self._judged.summary.histories += 1
        self._judged.summary.commands += sum(isinstance(step, Call) for step in self._steps)

    def call(self, node: str, *argv: str | int) -> Reply:
        """Let a client of a node send a command, and wait for its reply."""
        self._steps.append(Call(f"{node}.{FIRST_CLIENT}", tuple(str(word).encode() for word in argv)))
        return self.deployment.control(node).call(*argv)

    def write(self, node: str, count: int, word: str = "x") -> None:
        """Write to a node, so that its offset moves."""
        for number in range(count):
            self.call(node, "SET", f"{node}{number}", word)

    def suffer(self, kind: str, node: str, value: str | int | None = None) -> None:
        """Let a fault of a schedule happen, or all settle."""
        fault = Fault(kind, node, value)
        self._steps.append(fault)
        happen(self.deployment, fault)

    def settle(self) -> None:
        """End all faults, and let every replica get everything."""
        self.suffer("settle", self.deployment.names[0])

    def info(self, node: str) -> ReplicationInfo:
        """INFO replication of a node."""
        return self.deployment.info(node)

    def syncs(self, node: str) -> Syncs:
        """How many synchronisations a node has served."""
        return self.deployment.syncs(node)

    def require(self, holds: bool, expected: str, actual: object, values: str = "") -> None:
        """Claim that `holds` is true; `expected` says in words what should have been seen, in the place of `actual`.

        `values` adds what is another in every run. Raises DivergenceError when it is false.
        """
        if not holds:
            clients = dict.fromkeys(clients_of(self._steps), 2)
            topology = self.deployment.topology
            raise self._judged.enter(broken_claim(self._steps, clients, expected, str(actual), values, topology))
