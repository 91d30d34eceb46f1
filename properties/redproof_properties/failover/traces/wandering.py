"""Random faults on a stage: the other way, from real servers to the model, which has to have what they do.

Between failovers all settle. The servers have priorities that differ: among equals the offset decides, in which servers
count the messages of sentinels too, and the system writes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Final, NamedTuple

from redproof_model.systems.failover.scope import NO_ONE, SMALL

from redproof_properties.failover.group import Group
from redproof_properties.failover.plan import group_of
from redproof_properties.failover.record import Settings
from redproof_properties.failover.traces.asking import NotFollowed
from redproof_properties.failover.traces.playing import SENTINELS, Attempt, Make, steady
from redproof_properties.failover.traces.stage import PRIORITY_STEP, Stage

PRIORITIES: Final = (1, 2, 3)
WRITES_MAX: Final = 6
"""The greatest offset of the system is as many as there are writes, and it has more states the more there are."""


def wander(seed: int, steps: int, spelling: str, make: Make, settings: Settings) -> Attempt:
    """Do random faults with a failover to servers of a target's kind; raises `TargetError` when one fails."""
    priorities = tuple(PRIORITY_STEP * priority for priority in PRIORITIES)
    plan = group_of((spelling,) * len(PRIORITIES), (spelling,) * SENTINELS, steady(settings), priorities)
    with Group(plan, make) as group, Stage(group, group.servers, SMALL, PRIORITIES) as stage:
        left = ""
        try:
            Wanderer(stage, Random(seed)).go(steps, failovers=1)
        except NotFollowed as refused:
            left = str(refused)
        return Attempt(left, tuple(stage.missed), stage.behaviour.judge())


class Wanderer:
    """Does to a stage what chance says, as far as it makes sense; what is seen is noted after each step."""

    def __init__(self, stage: Stage, chance: Random) -> None:
        self._stage = stage
        self._chance = chance
        self._writes = 0

    def go(self, steps: int, failovers: int) -> None:
        """Take so many steps before each of so many failovers and after it, and let all settle then.

        Raises `NotFollowed` where a server refuses a write, `TargetError` where one fails.
        """
        for _ in range(failovers):
            self._steps(steps)
            self._lose_the_master()
            self._steps(steps)
            self._stage.heal()

    def _steps(self, steps: int) -> None:
        for _ in range(steps):
            nodes = {name: way.nodes(self) for name, way in WAYS.items()}
            possible = [name for name in nodes if nodes[name]]
            if possible:
                (name,) = self._chance.choices(possible, [WAYS[name].weight for name in possible])
                WAYS[name].take(self, self._chance.choice(nodes[name]))
                self._stage.look()

    def _lose_the_master(self) -> None:
        """Let the master be killed or cut off, and wait until another is promoted."""
        lost = self._stage.current
        self._chance.choice((self._stage.crash, self._stage.part))(lost)
        self._stage.await_change()
        self._stage.look()

    # ---- where a step makes sense

    def masters(self) -> list[int]:
        """The servers that take a write, which may be an old master, as long as there were not too many."""
        return [node for node in self._up() if self._stage.see(node).master == NO_ONE and self._writes < WRITES_MAX]

    def held(self) -> list[int]:
        """The replicas that are up and get nothing from their master."""
        return [node for node in self._replicas() if self._stage.is_held(node, self._stage.current)]

    def linked(self) -> list[int]:
        """The replicas that are up and get what their master has."""
        return [node for node in self._replicas() if not self._stage.is_held(node, self._stage.current)]

    def expendable(self) -> list[int]:
        """The replicas of which one may be lost: another is up, and the master is, too."""
        replicas = self._replicas()
        return replicas if len(replicas) > 1 else []

    def lost(self) -> list[int]:
        """The servers that are down."""
        return [node for node in range(len(self._stage.names)) if node not in self._up()]

    def _replicas(self) -> list[int]:
        current = self._stage.current
        return [node for node in self._up() if node != current and self._stage.see(node).master == current]

    def _up(self) -> list[int]:
        return [node for node, name in enumerate(self._stage.names) if name not in self._stage.group.dead]

    # ---- the steps

    def write(self, node: int) -> None:
        """Let a client write."""
        self._writes += 1
        self._stage.write(node)

    def hold(self, replica: int) -> None:
        """Let a replica get nothing more from its master."""
        self._stage.hold(replica, self._stage.current)

    def release(self, replica: int) -> None:
        """Let it get all."""
        self._stage.release(replica, self._stage.current)

    def crash(self, node: int) -> None:
        """Kill a server."""
        self._stage.crash(node)

    def come_back(self, node: int) -> None:
        """Start it again."""
        self._stage.come_back(node)


class Way(NamedTuple):
    """A step: how often it is taken, the servers with which it makes sense, and what it does."""

    weight: int
    nodes: Callable[[Wanderer], list[int]]
    take: Callable[[Wanderer, int], None]


WAYS: Final[Mapping[str, Way]] = {
    "write": Way(6, Wanderer.masters, Wanderer.write),
    "hold": Way(3, Wanderer.linked, Wanderer.hold),
    "release": Way(3, Wanderer.held, Wanderer.release),
    "crash": Way(1, Wanderer.expendable, Wanderer.crash),
    "come back": Way(2, Wanderer.lost, Wanderer.come_back),
}
"""What may happen between failovers."""
