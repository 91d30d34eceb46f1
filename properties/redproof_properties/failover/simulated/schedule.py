"""What happens to a simulated group, as data: faults and their times, drawn from a seed. Any part is a schedule too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from redproof_properties.failover.plan import GroupPlan

MASTER: Final = "the master"
REPLICA: Final = "a replica"
"""Nodes by the role that they have when a fault begins: whom most sentinels take for the master, and another."""


@dataclass(frozen=True, slots=True)
class Step:
    """A fault that begins at a time after the start, and ends after some time; None where it has no end."""

    at_ms: int
    kind: str
    node: str
    value: str | int | None = None
    lasts_ms: int | None = None

    def __str__(self) -> str:
        value = "" if self.value is None else f" {self.value}"
        lasts = "" if self.lasts_ms is None else f", for {self.lasts_ms} ms"
        return f"at {self.at_ms} ms: {self.kind} {self.node}{value}{lasts}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The faults of a run of some length; after it all faults are over, and the group has time to settle.

    What is sent takes up to `delay_ms_max`.
    """

    seed: int
    duration_ms: int
    steps: tuple[Step, ...]
    delay_ms_max: int = 1

    def __str__(self) -> str:
        about = f"seed {self.seed}, {self.duration_ms} ms, delays of up to {self.delay_ms_max} ms"
        return "\n".join([about, *map(str, self.steps)])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: how often it is drawn, what it is done to, for how long, and the value that it needs.

    `told` is the kind that a record tells, where that is another: judges know a few.
    """

    weight: int
    nodes: tuple[str, ...]
    lasts_ms: tuple[int, int] | None
    value: Callable[[Random, GroupPlan], str | int | None] = lambda chance, plan: None
    told: str = ""


SERVERS: Final = (MASTER, MASTER, MASTER, REPLICA)
SENTINELS: Final = ("a sentinel",)
ANY: Final = (MASTER, REPLICA, *SENTINELS)
BRIEF: Final = (50, 400)
LONG: Final = (600, 3_500)
DURATION_MS: Final = 6_000
GAP_MS_MAX: Final = 2_000
DELAYS_MS_MAX: Final = (1, 1, 1, 10, 60)
"""How long what is sent may take: with long delays sentinels know less of each other, and split their votes."""


def _some_nodes(chance: Random, plan: GroupPlan) -> str:
    names = list(plan.names)
    chance.shuffle(names)
    return " ".join(sorted(names[: chance.randrange(1, len(names))]))


KINDS: Final[Mapping[str, Kind]] = {
    # of processes
    "kill": Kind(12, SERVERS, LONG),
    "kill sentinel": Kind(5, SENTINELS, (100, 3_000), told="kill"),
    "power off": Kind(3, ANY, LONG, told="kill"),
    "kill at write": Kind(3, SENTINELS, LONG, lambda chance, plan: chance.choice(("before", "after")), "kill"),
    "pause": Kind(6, SERVERS, LONG),
    "pause sentinel": Kind(2, SENTINELS, (500, 4_000), told="pause"),
    "restart": Kind(2, (MASTER, REPLICA), BRIEF, told="kill"),
    # of the network
    "isolate": Kind(8, SERVERS, LONG),
    "isolate sentinel": Kind(3, SENTINELS, LONG, told="isolate"),
    "split": Kind(4, (MASTER,), LONG, _some_nodes),
    "deaf": Kind(3, ANY, LONG),
    "mute": Kind(3, ANY, LONG),
    "lag": Kind(4, (REPLICA,), LONG),
    "delay": Kind(3, ANY, LONG, lambda chance, plan: chance.choice((20, 100, 400))),
    "loss": Kind(3, ANY, LONG, lambda chance, plan: chance.choice((20, 100, 300))),
    "linger": Kind(4, ANY, None, lambda chance, plan: chance.choice((50, 500, 2_000))),
    # of clocks and disks
    "clock": Kind(3, (MASTER, *SENTINELS), None, lambda chance, plan: chance.choice((-60_000, -500, 500, 60_000))),
    "save": Kind(3, (MASTER, REPLICA), None),
    "disk full": Kind(1, SENTINELS, LONG),
}
"""What may happen, each as often as its weight says.

`power off` tells nobody that connections are gone; `kill at write` has a sentinel die before or after it has written
its file, and before it tells anyone. `isolate` parts a node from other nodes, not from clients; `deaf` lets nothing
reach it, `mute` nothing leave it; `lag` cuts a replica from other servers alone; `split` parts the nodes named from
the others. `linger` breaks all connections of a node at its end, and what it has sent over them arrives ms later.
`clock` sets a clock by ms, `delay` is in ms, `loss` in tries of a thousand.
"""

ISOLATION: Final = {"isolate": Kind(1, (MASTER,), (4_500, 6_000))}
"""The master alone is isolated, for longer than min-replicas-max-lag."""


ABSENT: Final = (13_000, 18_000)
ABSENCE: Final = {
    "kill": Kind(3, SERVERS, ABSENT),
    "pause": Kind(2, (MASTER,), ABSENT),
    "isolate": Kind(3, (MASTER,), ABSENT),
    "kill sentinel": Kind(2, SENTINELS, ABSENT, told="kill"),
    "save": Kind(2, (MASTER,), None),
}
"""Nodes are away for longer than a failover may take, sentinels too: sometimes no majority of them is there."""

ABSENCE_MS: Final = 24_000
ABSENCE_GAP_MS_MAX: Final = 9_000
"""How long a run has such absences, and at most how long after each other they begin."""


def draw_schedule(
    plan: GroupPlan,
    seed: int,
    duration_ms: int = DURATION_MS,
    kinds: Mapping[str, Kind] = KINDS,
    gap_ms_max: int = GAP_MS_MAX,
) -> Schedule:
    """The schedule that a seed stands for: one fault after the other, with random gaps between."""
    chance = Random(f"schedule {seed}")
    steps = []
    at_ms = chance.randrange(1_100, 2_000)
    while at_ms < duration_ms:
        steps.append(_draw(chance, plan, at_ms, kinds))
        at_ms += chance.randrange(gap_ms_max)
    return Schedule(seed, duration_ms, tuple(steps), chance.choice(DELAYS_MS_MAX))


def _draw(chance: Random, plan: GroupPlan, at_ms: int, kinds: Mapping[str, Kind]) -> Step:
    name = chance.choices(list(kinds), [kind.weight for kind in kinds.values()])[0]
    kind = kinds[name]
    node = chance.choice(kind.nodes)
    if node in SENTINELS:
        node = chance.choice(plan.sentinels).name
    lasts_ms = None if kind.lasts_ms is None else chance.randrange(*kind.lasts_ms)
    return Step(at_ms, name, node, kind.value(chance, plan), lasts_ms)


def kills(seed: int, count: int, every_ms: int = 4_000, down_ms: int = 2_500) -> Schedule:
    """The master is killed again and again, each time long enough for a failover."""
    steps = tuple(Step(1_200 + number * every_ms, "kill", MASTER, None, down_ms) for number in range(count))
    return Schedule(seed, 1_200 + count * every_ms, steps)


def with_steps(schedule: Schedule, steps: Sequence[Step], duration_ms: int | None = None) -> Schedule:
    """The schedule with these steps alone, perhaps of another length."""
    return replace(schedule, steps=tuple(steps), duration_ms=duration_ms or schedule.duration_ms)
