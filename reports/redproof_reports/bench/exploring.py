"""Distinct states visited a second by one core, compile time apart, and as ratios to SPIN in the same run."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Final

from redproof_model.kernel.explore.search import Search
from redproof_model.kernel.promela import to_promela
from redproof_model.kernel.python import StateValues, compile_predicate
from redproof_model.kernel.sorts import values_of
from redproof_model.kernel.system import System
from redproof_model.systems import SYSTEMS
from redproof_model.systems.rehash.scope import SMALL
from redproof_model.systems.rehash.system import rehash
from rich.table import Table

from redproof_reports.bench import spin

MEASURED: Final[Mapping[str, Callable[[], System]]] = {
    "rehash": partial(rehash, replace(SMALL, pauses_max=7)),
    "scan": SYSTEMS["scan"].scopes["large"],
    "failover": SYSTEMS["failover"].scopes["forgetful"],
    "configuration of five sentinels": SYSTEMS["configuration"].scopes["five"],
}
"""The systems to explore. The last takes two words a state."""

_STATES_EXPECTED: Final = 2**22
"""Both are told how many states to expect: SPIN by the size of its hash table."""


@dataclass(frozen=True, slots=True)
class Exploring:
    """A system's size, and the distinct states that were visited a second of processor time."""

    name: str
    states: int
    bits: int
    words: int
    states_per_s: float
    spin_states_per_s: float | None

    @property
    def ratio(self) -> float | None:
        """How many times as fast as SPIN, None if that is not installed."""
        return None if self.spin_states_per_s is None else self.states_per_s / self.spin_states_per_s


def measure(rounds: int) -> Iterable[Exploring]:
    """Explore each system in turn with the explorer and with SPIN, and take the best of the rounds for both.

    Raises SpinError when SPIN fails or counts another number of states.
    """
    for name, make in MEASURED.items():
        with tempfile.TemporaryDirectory(prefix="redproof-spin-") as folder:
            yield _measured(name, make(), rounds, Path(folder))


def table(rounds: int) -> Table:
    """The rates, and the ratios to SPIN where it is installed; the best of the rounds for both. Raises SpinError."""
    missing = spin.missing()
    beside = f"not compared: {missing} not installed" if missing else "SPIN with its fastest settings beside it"
    table = Table(title=f"distinct states a second of processor time, one core, the best of {rounds}; {beside}")
    for column in ("system", "states", "bits", "words", "explorer", "SPIN", "ratio"):
        table.add_column(column, justify="left" if column == "system" else "right")
    for each in measure(rounds):
        theirs = "-" if each.spin_states_per_s is None else f"{each.spin_states_per_s:,.0f}"
        ratio = "-" if each.ratio is None else f"{each.ratio:.1f}"
        sizes = (f"{each.states:,}", str(each.bits), str(each.words))
        table.add_row(each.name, *sizes, f"{each.states_per_s:,.0f}", theirs, ratio)
    return table


def _measured(name: str, system: System, rounds: int, folder: Path) -> Exploring:
    initial = list(initial_states(system))
    pans = [] if spin.missing() else list(_verifiers(system, initial, folder))
    ours, theirs = [], []
    for _ in range(rounds):
        search = Search(system, states_expected=_STATES_EXPECTED)
        before = _cpu_s()
        search.run(lambda progress: None)
        ours.append(_cpu_s() - before)
        states, packing = search.visited.count, search.packing
        # The next search is not to pay for fresh memory because this one still has it.
        del search
        for pan in pans:
            counted = spin.count(pan)
            # With several initial states SPIN counts the state before one is chosen.
            if counted.states != states + (len(initial) > 1) or counted.errors:
                raise spin.SpinError(f"{name}: SPIN counts {counted}, and we {states} states")
            theirs.append(counted.cpu_s)
    spin_rate = states / min(theirs) if theirs else None
    return Exploring(name, states, packing.bits, packing.words, states / min(ours), spin_rate)


def _verifiers(system: System, initial: list[StateValues], folder: Path) -> Iterable[Path]:
    promela = to_promela(system, initial)
    for number, settings in enumerate(spin.SETTINGS):
        place = folder / str(number)
        place.mkdir()
        yield spin.verifier(promela, place, settings)


def initial_states(system: System) -> Iterable[StateValues]:
    """The initial states, by the Python reading."""
    choices = [values_of(each.sort) if each.init is None else (each.init,) for each in system.variables]
    allowed = [compile_predicate(system, term) for term in system.initial_predicates]
    return (state for state in product(*choices) if all(holds(state) for holds in allowed))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
