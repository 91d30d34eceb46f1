"""Schedules of faults as data: what happens to which node, how long after what came before, drawn from one seed.

A step can be taken in every state; where it makes no sense it has no effect. So any part of a schedule is one too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import NoneType
from typing import Any, Final, NamedTuple

from redproof_properties import history
from redproof_properties.errors import UsageError
from redproof_properties.failover.plan import GroupPlan
from redproof_properties.history import Fault

MASTER: Final = "master"
"""Stands for the node that the sentinels name as the master when the step is taken."""

TAKES: Final[Mapping[str, type | tuple[type, ...]]] = {
    # of processes
    "kill": NoneType,
    "restart": NoneType,
    "pause": NoneType,
    "resume": NoneType,
    "save": NoneType,
    # of the links between two nodes
    "hold": str,
    "release": str,
    "cut": str,
    "delay": int,
    # of all links of a node
    "isolate": NoneType,
    "rejoin": NoneType,
    # of all
    "await failover": NoneType,
    "settle": NoneType,
}
"""The kinds of faults, each with the type of its value: the other node of a link, or milliseconds.

`isolate` parts a node from all others, not from clients. `await failover` waits until a sentinel names another master
than before, as long as that may take. `settle` ends every fault, and waits until all agree.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A fault that happens so many milliseconds after the step before it is done."""

    after_ms: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.after_ms:>5} ms later: {str(self.fault).removeprefix('# ')}"


@dataclass(frozen=True, slots=True)
class FaultSchedule:
    """Faults in their order; raises `UsageError` for what is no fault of a group."""

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        for step in self.steps:
            if step.fault.kind not in TAKES or not isinstance(step.fault.value, TAKES[step.fault.kind]):
                raise UsageError(f"not a step of a schedule of faults: {step}")

    def to_json(self) -> list[dict[str, Any]]:
        """The schedule as JSON data."""
        return [{"after_ms": step.after_ms, **history.to_json(step.fault)} for step in self.steps]

    @classmethod
    def from_json(cls, data: Sequence[Mapping[str, Any]]) -> FaultSchedule:
        """Read a schedule; raises KeyError, TypeError, ValueError or `UsageError` for what is none."""
        faults = [(int(told["after_ms"]), Fault(str(told["fault"]), str(told["node"]), told["value"])) for told in data]
        return cls(tuple(Step(after_ms, fault) for after_ms, fault in faults))


# ---- drawing


class _Draw:
    """What a scenario draws from: the group, and chance."""

    def __init__(self, plan: GroupPlan, chance: Random) -> None:
        self.chance = chance
        self.servers = [server.name for server in plan.servers]
        self.sentinels = [sentinel.name for sentinel in plan.sentinels]

    def after(self, kind: str, node: str, value: str | int | None = None, within_ms: int = 200) -> Step:
        return Step(self.chance.randrange(within_ms), Fault(kind, node, value))

    def server(self) -> str:
        return self.chance.choice(self.servers)

    def sentinel(self) -> str:
        return self.chance.choice(self.sentinels)


def _killed(draw: _Draw) -> list[Step]:
    return [draw.after("kill", MASTER), draw.after("await failover", MASTER)]


def _paused(draw: _Draw) -> list[Step]:
    return [draw.after("pause", MASTER), draw.after("await failover", MASTER), draw.after("resume", MASTER)]


def _isolated(draw: _Draw) -> list[Step]:
    return [draw.after("isolate", MASTER), draw.after("await failover", MASTER)]


def _killed_with_a_replica_behind(draw: _Draw) -> list[Step]:
    behind = draw.server()
    held = [draw.after("hold", MASTER, behind), draw.after("kill", MASTER, within_ms=400)]
    return [*held, draw.after("await failover", MASTER)]


def _killed_as_a_sentinel_restarts(draw: _Draw) -> list[Step]:
    sentinel = draw.sentinel()
    killed = [draw.after("kill", MASTER), draw.after("kill", sentinel, within_ms=900)]
    return [*killed, draw.after("restart", sentinel, within_ms=400), draw.after("await failover", MASTER)]


def _killed_while_sentinels_are_apart(draw: _Draw) -> list[Step]:
    one, other = (
        draw.chance.sample(draw.sentinels, 2) if len(draw.sentinels) > 1 else (draw.sentinels[0], draw.server())
    )
    return [draw.after("hold", one, other), draw.after("kill", MASTER), draw.after("await failover", MASTER)]


def _slow(draw: _Draw) -> list[Step]:
    return [draw.after("delay", MASTER, draw.chance.randrange(5, 40)), *_killed(draw)]


def _sentinel_paused(draw: _Draw) -> list[Step]:
    sentinel = draw.sentinel()
    paused = [draw.after("pause", sentinel), draw.after("kill", MASTER)]
    return [*paused, Step(draw.chance.randrange(300, 1_200), Fault("resume", sentinel)), *_killed(draw)[1:]]


def _saved_and_restarted(draw: _Draw) -> list[Step]:
    """The master comes back before it is missed, with older data."""
    saved = [draw.after("save", MASTER), draw.after("kill", MASTER, within_ms=400)]
    return [*saved, draw.after("restart", MASTER, within_ms=20)]


class Scenario(NamedTuple):
    """How often it is drawn, and how."""

    weight: int
    draw: Callable[[_Draw], list[Step]]


SCENARIOS: Final[Mapping[str, Scenario]] = {
    "kill": Scenario(3, _killed),
    "pause": Scenario(2, _paused),
    "isolate": Scenario(4, _isolated),
    "replica behind": Scenario(3, _killed_with_a_replica_behind),
    "sentinel restart": Scenario(3, _killed_as_a_sentinel_restarts),
    "sentinels apart": Scenario(2, _killed_while_sentinels_are_apart),
    "delay": Scenario(1, _slow),
    "sentinel pause": Scenario(1, _sentinel_paused),
    "save and restart": Scenario(1, _saved_and_restarted),
}
"""What may happen in a round: how the master is lost, and what else fails as it is."""


def draw_schedule(plan: GroupPlan, seed: int, rounds: int, names: Sequence[str] = tuple(SCENARIOS)) -> FaultSchedule:
    """The schedule that a seed stands for: rounds in each of which the master is lost, and all settles.

    Only what is named happens. Raises KeyError for a name of no scenario.
    """
    draw = _Draw(plan, Random(seed))
    scenarios = [SCENARIOS[name] for name in names]
    steps: list[Step] = []
    for _ in range(rounds):
        scenario = draw.chance.choices(scenarios, [each.weight for each in scenarios])[0]
        steps += [*scenario.draw(draw), Step(0, Fault("settle", MASTER))]
    return FaultSchedule(tuple(steps))
