"""How many steps a second random walks take, with and without checks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from redproof_model.kernel.simulate import Simulator
from redproof_model.systems import SYSTEMS
from redproof_properties.errors import RedproofError
from rich.table import Table

_STEPS = 100_000


def table(rounds: int) -> Table:
    """Steps a second in the finite scopes, by processor time and without the time to compile: medians of `rounds`."""
    shown = Table(title=f"steps of random walks a second of processor time, medians of {rounds}")
    for column in ("system", "scope", "unchecked", "every claim checked"):
        shown.add_column(column, justify="left" if column in ("system", "scope") else "right")
    for entry in SYSTEMS.values():
        for scope in entry.scopes:
            shown.add_row(entry.name, scope, *(f"{each:,.0f}" for each in _rates(entry.name, scope, rounds)))
    return shown


def _rates(name: str, scope: str, rounds: int) -> Iterator[float]:
    for checked in (False, True):
        yield median(_rate(name, scope, seed, checked) for seed in range(rounds))


def _rate(name: str, scope: str, seed: int, checked: bool) -> float:
    """The rate of one run. Raises RedproofError if a claim is broken."""
    simulator = Simulator(SYSTEMS[name].scopes[scope](), seed, checked=checked)
    started = time.process_time()
    broken = simulator.walk(_STEPS)
    if broken is not None:
        raise RedproofError(f"{name} {scope}: {broken.claim.name} is broken, so the speed says nothing")
    return simulator.steps / (time.process_time() - started)
