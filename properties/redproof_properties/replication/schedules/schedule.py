"""Schedules as data: commands to the nodes of a topology and faults of its links and processes, drawn from one seed.

A step is a `Call`, whose client is named `NODE.CLIENT`, or a `Fault`. Every step can be taken in every state, those
that make no sense there have no effect: so any part of a schedule is one too, and it can be shrunk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import NoneType
from typing import Final

from redproof_properties.generate import Generator
from redproof_properties.history import Call, Fault, Step, show
from redproof_properties.replication.topologies.topology import Topology

CALLS_MAX: Final = 12
"""How many commands follow each other at most before something else happens."""

BULK_BYTES: Final = 12_000
"""Two of these are more than the smallest backlog of Redis 6 holds, a few more than that of later versions."""

_BULK_SHARE: Final = 0.06
_TO_A_REPLICA: Final = 0.1


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is done to a topology, step by step; raises ValueError for what is no step of one."""

    topology: Topology
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        for step in self.steps:
            match step:
                case Call(client) if client.partition(".")[0] in self.topology.nodes:
                    continue
                case Fault(kind, node, value) if node in self.topology.nodes and kind in KINDS:
                    if isinstance(value, KINDS[kind].takes):
                        continue
            raise ValueError(f"not a step of a schedule: {show(step, several_clients=True)}")


# ---- drawing


class _Draw:
    """What a fault's value is drawn from: the nodes as they are followed by then, and chance."""

    def __init__(self, topology: Topology, chance: Random) -> None:
        self.following = {name: node.master for name, node in topology.nodes.items()}
        self.chance = chance

    @property
    def masters(self) -> list[str]:
        return [name for name, master in self.following.items() if master is None]

    @property
    def replicas(self) -> list[str]:
        return [name for name, master in self.following.items() if master is not None]

    def other(self, node: str) -> str:
        return self.chance.choice([name for name in self.following if name != node])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: how often it is drawn, whether to replicas only, the type of its value, and the value drawn."""

    weight: int
    to_replicas: bool = True
    takes: type = NoneType
    value: Callable[[_Draw, str], str | int | None] = lambda draw, node: None


KINDS: Final[Mapping[str, Kind]] = {
    # of the link from a replica to its master
    "cut": Kind(6),
    "cut at": Kind(6, takes=int, value=lambda draw, node: draw.chance.randrange(2_000)),
    "isolate": Kind(6),
    "hold": Kind(4),
    "release": Kind(8),
    "delay": Kind(3, takes=int, value=lambda draw, node: draw.chance.randrange(1, 4)),
    "refuse": Kind(0),
    "accept": Kind(0),
    # of roles
    "promote": Kind(4),
    "repoint": Kind(8, to_replicas=False, takes=str, value=_Draw.other),
    "failover": Kind(0),
    # of processes
    "kill": Kind(2, to_replicas=False),
    "restart": Kind(3, to_replicas=False, takes=int, value=lambda draw, node: int(draw.chance.random() < 0.7)),
    "save": Kind(3, to_replicas=False),
    "pause": Kind(2, to_replicas=False),
    "resume": Kind(3, to_replicas=False),
    # of all
    "settle": Kind(5),
}
"""What may happen, each as often as its weight says; those without one are asked for by name.

`isolate` cuts a link whose next connection waits: what the master writes meanwhile is to be found in its backlog.
`restart` has the value 1 where the RDB file is kept, `repoint` the new master, `cut at` and `delay` bytes and ms.
`settle` ends every fault, lets all replicas get everything, and has the data compared.
"""


def draw_schedule(
    topology: Topology, generator: Generator, seed: int, calls: int, kinds: Mapping[str, Kind] = KINDS
) -> Schedule:
    """The schedule with `calls` commands that a seed stands for; it ends settled."""
    chance = Random(seed)
    draw = _Draw(topology, chance)
    history = [step for step in generator.fresh(seed, calls) if isinstance(step, Call)]
    steps: list[Step] = []
    while history:
        count = chance.randrange(1, CALLS_MAX + 1)
        steps += [_address(call, draw) for call in history[:count]]
        del history[:count]
        steps.append(_draw_fault(draw, kinds))
    return Schedule(topology, (*steps, Fault("settle", next(iter(topology.nodes)))))


def _address(call: Call, draw: _Draw) -> Call:
    """The call to a node: now and then a replica, which refuses writes, and now and then more than a backlog holds."""
    nodes = draw.replicas if draw.replicas and draw.chance.random() < _TO_A_REPLICA else draw.masters
    node = draw.chance.choice(nodes or list(draw.following))
    if draw.chance.random() < _BULK_SHARE:
        return Call(f"{node}.{call.client}", (b"SET", b"bulk", b"x" * BULK_BYTES))
    return Call(f"{node}.{call.client}", call.argv)


def _draw_fault(draw: _Draw, kinds: Mapping[str, Kind]) -> Fault:
    names = [name for name, kind in kinds.items() for _ in range(kind.weight)]
    name = draw.chance.choice(names)
    kind = kinds[name]
    node = draw.chance.choice((draw.replicas if kind.to_replicas else None) or list(draw.following))
    fault = Fault(name, node, kind.value(draw, node))
    following = draw.following
    match fault:
        case Fault("promote", _, _):
            following[node] = None
        case Fault("repoint", _, str(master)) if node not in chain_of(following, master):
            following[node] = master
        case Fault("failover") if (old := following[node]) is not None and following[old] is None:
            following[node], following[old] = None, node
    return fault


def chain_of(following: Mapping[str, str | None], node: str) -> Sequence[str]:
    """A node, whom it replicates, whom that does, and so on."""
    found = [node]
    while (master := following[found[-1]]) is not None:
        found.append(master)
    return found
