"""Topologies as data: nodes by name, the target that each is a server of, and who replicates whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from redproof_properties.errors import UsageError
from redproof_properties.targets import ServerVersion

QUICK: Final[Mapping[str, str]] = {
    "hz": "500",
    "repl-diskless-sync": "no",
    "repl-ping-replica-period": "3600",
    "repl-timeout": "7200",
}
"""Settings by which nothing waits for a timer or sends by itself; all servers from Redis 6.0 on have them.

A full synchronisation begins at once, its child process is noticed to have ended 2 ms later, and only commands move
the offset. After one from disk the stream goes on at once; after a diskless one it does at the first ACK, which comes a
second late when the replica is ready before the master has noticed that the child process ended.
"""


QUICK_SINCE: Final = (("valkey", (9, 1), {"repl-diskless-load": "swapdb"}),)
"""More of them, by the family and the version that needs them first.

Valkey 9.1 loads a snapshot that it keeps on disk first a second later, when its cron finds that it has come.
"""

CONNECTS_AT_ONCE_SINCE: Final = {"redis": (6, 2)}
"""From this version of a family on a server connects to its master when it is told to; before its cron does.

The cron looks once a second, the first time when the server starts.
"""


def connects_at_once(version: ServerVersion) -> bool:
    """Whether a server of this version connects to a master as soon as REPLICAOF names one."""
    return version.number[:2] >= CONNECTS_AT_ONCE_SINCE.get(version.family, (0, 0))


def quick_settings(version: ServerVersion) -> dict[str, str]:
    """What a server of this version is given so that its replication waits for nothing."""
    rows = [row for family, since, row in QUICK_SINCE if family == version.family and version.number[:2] >= since]
    return {name: value for row in (QUICK, *rows) for name, value in row.items()}


@dataclass(frozen=True, slots=True)
class Node:
    """A server of a target's spelling, whom it replicates at first, and settings besides `QUICK`."""

    spelling: str
    master: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        follows = () if self.master is None else (f"replicates {self.master}",)
        return ", ".join((self.spelling, *follows, *(f"{name} {value}" for name, value in self.settings.items())))


@dataclass(frozen=True, slots=True)
class Topology:
    """Nodes by their names, masters before their replicas; raises `UsageError` when a node follows none before it.

    Where it is `recorded`, the harness is a replica of each node, and what they send is compared.
    """

    nodes: Mapping[str, Node]
    recorded: bool = False

    def __post_init__(self) -> None:
        known: set[str] = set()
        for name, node in self.nodes.items():
            if node.master is not None and node.master not in known:
                raise UsageError(f"node {name} replicates {node.master!r}, which is no node before it")
            known.add(name)

    def on(self, spelling: str) -> Topology:
        """The same with servers of this spelling for all nodes."""
        return replace(self, nodes={name: replace(node, spelling=spelling) for name, node in self.nodes.items()})

    def script(self) -> list[str]:
        """A line for each node, for people."""
        lines = [f"# {name}: {node}" for name, node in self.nodes.items()]
        return [*lines, "# and the harness, a replica of each"] if self.recorded else lines

    def to_json(self) -> dict[str, Any]:
        """The topology as JSON data."""
        nodes = {
            name: {"spelling": node.spelling, "master": node.master, "settings": dict(node.settings)}
            for name, node in self.nodes.items()
        }
        return {"nodes": nodes, "recorded": self.recorded}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Topology:
        """Read what `to_json` wrote; raises KeyError, TypeError or `UsageError` on anything else."""
        nodes = {
            name: Node(str(told["spelling"]), told["master"], dict(told["settings"]))
            for name, told in data["nodes"].items()
        }
        return cls(nodes, bool(data["recorded"]))


def pair(master: str, replica: str, **settings: str) -> Topology:
    """A master and a replica, of these spellings."""
    return Topology({"m": Node(master, None, settings), "r": Node(replica, "m", settings)})


def fork(master: str, replica: str, **settings: str) -> Topology:
    """A master with two replicas."""
    return Topology({**pair(master, replica, **settings).nodes, "s": Node(replica, "m", settings)})


def chain(master: str, replica: str, **settings: str) -> Topology:
    """A master, its replica, and a replica of that."""
    return Topology({**pair(master, replica, **settings).nodes, "s": Node(replica, "r", settings)})
