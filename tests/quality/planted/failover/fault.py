"""A fault in failover as a row of data: what is broken, the judge that must find it, and where it is looked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.plan import GroupPlan
from redproof_properties.failover.simulated.run import THREE_AND_THREE
from redproof_properties.failover.simulated.schedule import (
    ABSENCE,
    ABSENCE_GAP_MS_MAX,
    ABSENCE_MS,
    DURATION_MS,
    GAP_MS_MAX,
    ISOLATION,
    KINDS,
    MASTER,
    SENTINELS,
    Kind,
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Which faults of the surroundings happen, for how long in all, at most how long after each other, and how long
    what is sent takes.

    Delays that are None are drawn.
    """

    kinds: Mapping[str, Kind]
    gap_ms_max: int = GAP_MS_MAX
    duration_ms: int = DURATION_MS
    delay_ms_max: int | None = None


def kinds(*names: str) -> dict[str, Kind]:
    """Some kinds of fault."""
    return {name: KINDS[name] for name in names}


PREFERRED: Final = "r2"
"""The replica that is promoted first in a group of several priorities."""

MASTER_IS_AWAY: Final = {"kill": Kind(1, (MASTER,), (3_000, 3_500))}
SCENARIOS: Final[Mapping[str, Scenario]] = {
    "all": Scenario(KINDS),
    "kills": Scenario(kinds("kill", "lag", "isolate", "save")),
    "elections": Scenario(kinds("kill", "pause", "isolate sentinel", "kill sentinel"), delay_ms_max=80),
    "votes over restarts": Scenario(
        MASTER_IS_AWAY | {"kill sentinel": Kind(3, SENTINELS, (20, 100), told="kill")}, gap_ms_max=1_000, delay_ms_max=1
    ),
    "isolation": Scenario(ISOLATION),
    "absence": Scenario(ABSENCE, gap_ms_max=ABSENCE_GAP_MS_MAX, duration_ms=ABSENCE_MS),
    "lost links": Scenario(
        {
            "lag": Kind(2, (PREFERRED,), (8_000, 12_000)),
            "linger": replace(KINDS["linger"], weight=1, nodes=(PREFERRED,)),
            **MASTER_IS_AWAY,
        },
        gap_ms_max=3_000,
        duration_ms=16_000,
    ),
    "clocks": Scenario(
        {
            "clock": replace(KINDS["clock"], weight=3, nodes=SENTINELS),
            "pause sentinel": replace(KINDS["pause sentinel"], weight=1, lasts_ms=(2_300, 4_000)),
            "kill": Kind(3, (MASTER,), (1_500, 3_500)),
        },
        gap_ms_max=1_200,
    ),
}
"""What may happen, by the name of what it is good for."""


@dataclass(frozen=True, slots=True)
class FailoverFault:
    """What is broken, and the judge that must find it; it is looked for in these schedules, with so many seeds."""

    name: str
    breaks: str
    plant: Callable[[], None]
    judge: str
    plan: GroupPlan
    scenario: Scenario
    seeds_max: int


FAILOVER_FAULTS: dict[str, FailoverFault] = {}


def failover_fault(
    name: str,
    breaks: str,
    judge: str,
    *,
    plan: GroupPlan = THREE_AND_THREE,
    scenario: str = "all",
    seeds_max: int = 30,
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Enter the decorated function into the register as what plants this fault."""

    def enter(plant: Callable[[], None]) -> Callable[[], None]:
        if name in FAILOVER_FAULTS:
            raise ValueError(f"two faults are called {name}")
        if judge not in JUDGES:
            raise ValueError(f"{name}: there is no judge {judge}")
        FAILOVER_FAULTS[name] = FailoverFault(name, breaks, plant, judge, plan, SCENARIOS[scenario], seeds_max)
        return plant

    return enter
