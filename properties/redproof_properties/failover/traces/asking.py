"""What is asked of the servers and sentinels of a group on which a trace is played, by the numbers of the trace."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from redproof_model.reply import Reply
from redproof_model.systems.failover.scope import NO_ONE

from redproof_properties.closing import Closing
from redproof_properties.errors import TargetClosed, TargetError, TargetSilent
from redproof_properties.failover.group import Group
from redproof_properties.failover.traces.behaviour import Seen
from redproof_properties.failover.views import SentinelView, sentinel_view
from redproof_properties.targets import Connection
from redproof_properties.targets.inquiry import fields
from redproof_properties.waiting import wait_until

VALUES: Final = "values"
"""The list to which each write appends a value of its own."""

WITHIN_MS: Final = 30_000
"""How long it is waited for sentinels, which take 10 s to notice some things."""

_POLL_S: Final = 0.01


class NotFollowed(Exception):  # noqa: N818 - it is no error, but what comes of an attempt
    """Servers or sentinels did something else than the trace says."""


class Asking(Closing):
    """Connections to a running group, of which `names` are the servers 0, 1, … of a trace."""

    def __init__(self, group: Group, names: Sequence[str]) -> None:
        self.group = group
        self.names = names
        self._connections: dict[str, Connection] = {}

    def close(self) -> None:
        """Close the connections."""
        self._hang_up()

    @abstractmethod
    def last(self) -> str:
        """What was seen last, for people."""

    def call(self, node: int, *argv: str | int) -> Reply:
        """Let a client of a server send a command, and wait for its reply."""
        return self._control(self.names[node]).call(*argv)

    def see(self, node: int) -> Seen:
        """What a server has, and whom it follows, both at the same moment."""
        match self._ask(node, ("MULTI",), ("INFO", "replication"), ("LRANGE", VALUES, 0, -1), ("EXEC",)):
            case [bytes(info), list(values)]:
                texts = (each.decode() for each in values if isinstance(each, bytes))
                return Seen(self._followed(fields(info)), tuple(texts))
            case reply:
                raise TargetError(f"{self.names[node]}: EXEC was answered with {reply!r}")

    def _followed(self, told: dict[str, str]) -> int:
        if told["role"] == "master":
            return NO_ONE
        return self.number_at(told["master_host"], int(told["master_port"]))

    def _offset(self, node: int) -> int:
        return int(self._told(node)["master_repl_offset"])

    def _told(self, node: int) -> dict[str, str]:
        return fields(self._ask(node, ("INFO", "replication")))

    def _ask(self, node: int, *commands: tuple[str | int, ...]) -> Reply:
        """The reply to the last of commands that change nothing, all on one connection."""
        try:
            return self._call_all(node, commands)
        except TargetClosed:
            # Sentinels let a server close the connections of its clients when they tell it another role.
            return self._call_all(node, commands)

    def _call_all(self, node: int, commands: Sequence[tuple[str | int, ...]]) -> Reply:
        connection = self._control(self.names[node])
        return [connection.call(*argv) for argv in commands][-1]

    def masters_of_epochs(self) -> Mapping[int, frozenset[int]]:
        """The masters that sentinels tell, by their configuration epochs."""
        told = [(self._view(sentinel).config_epoch, self._told_master(sentinel)) for sentinel in self.group.sentinels]
        return {epoch: frozenset(master for other, master in told if other == epoch) for epoch, _ in told}

    def _told_by(self, fewest: int) -> int | None:
        """The master that so many sentinels tell at least, None where there is none."""
        told = Counter(self._told_master(sentinel) for sentinel in self.group.sentinels)
        master, count = told.most_common(1)[0]
        return master if count >= fewest else None

    def _told_master(self, sentinel: str) -> int:
        """The master that a sentinel tells of."""
        name = self.group.plan.settings.master_name
        match self._control(sentinel).call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name):
            case [bytes(host), bytes(port)]:
                return self.number_at(host.decode(), int(port))
            case reply:
                raise TargetError(f"{sentinel}: the address of the master was answered with {reply!r}")

    def number_at(self, host: str, port: int) -> int:
        """The server at an address; raises `TargetError` where there is none."""
        name = self.group.node_at(host, port)
        if name not in self.names:
            raise TargetError(f"{host}:{port} is told, which is no server of ours")
        return self.names.index(name)

    def _reported(self, node: int) -> list[int]:
        views = map(self._view, self.group.sentinels)
        known = (each for view in views for each in view.replicas)
        return [each.offset_bytes for each in known if self.group.node_at(each.host, each.port) == self.names[node]]

    def _view(self, sentinel: str) -> SentinelView:
        return sentinel_view(self._control(sentinel), self.group.plan.settings.master_name)

    def _await(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something is so; raises `TargetSilent` where it does not come to be."""
        if not wait_until(holds, WITHIN_MS, _POLL_S):
            raise TargetSilent(f"waited in vain for {what}: {self.last()}")

    def _control(self, name: str) -> Connection:
        """The connection to a node, another one where the node has closed it."""
        if name in self._connections and self._connections[name].readable():
            self._hang_up(name)
        if name not in self._connections:
            self._connections[name] = self.group.connect(name)
        return self._connections[name]

    def _hang_up(self, *names: str) -> None:
        for name in names or list(self._connections):
            if name in self._connections:
                self._connections.pop(name).close()
