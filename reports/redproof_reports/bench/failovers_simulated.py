"""How many failovers a minute are simulated, recorded and judged by one process."""

from __future__ import annotations

import time
from statistics import median

from redproof_properties.errors import RedproofError
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Verdict, conclusion
from redproof_properties.failover.simulated.run import BRISK, simulate
from redproof_properties.failover.simulated.schedule import kills
from rich.table import Table

_KILLS = 40
_EVERY_MS, _DOWN_MS = 1_400, 1_200
"""A master is killed as soon as the one before is back, for long enough that another is promoted."""


def table(rounds: int) -> Table:
    """Failovers a minute of processor time: medians of `rounds`. Raises RedproofError if a judge finds a fault."""
    shown = Table(title=f"failovers a minute of processor time, three servers, three sentinels, medians of {rounds}")
    for column in ("what", "failovers/min", "virtual s/s"):
        shown.add_column(column, justify="left" if column == "what" else "right")
    rates = [_rate(seed) for seed in range(rounds)]
    names = ("simulated with clients", "simulated and judged")
    for at, name in enumerate(names):
        shown.add_row(name, *(f"{median(each[at][column] for each in rates):,.0f}" for column in (0, 1)))
    return shown


def _rate(seed: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Failovers a minute and virtual seconds a second, without judges and with them."""
    started = time.process_time()
    record = simulate(BRISK, kills(seed, _KILLS, _EVERY_MS, _DOWN_MS))
    simulated_s = time.process_time() - started
    for name, judge in JUDGES.items():
        if conclusion(judge(record)) is Verdict.BROKEN:
            raise RedproofError(f"{name} is broken in the simulation of seed {seed}, so the speed says nothing")
    judged_s = time.process_time() - started
    failovers = sum(event.name == "+promoted-slave" for event in record.events)
    virtual_s = record.ended_at_ms / 1000
    return (60 * failovers / simulated_s, virtual_s / simulated_s), (60 * failovers / judged_s, virtual_s / judged_s)
