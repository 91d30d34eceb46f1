"""Counterexamples of mutants of the model's system `scan`, made concrete: commands that let a server follow the trace.

A trace of the smallest scope tells at which calls of a scan the table begins to grow or to shrink, and whether it has
been rehashed. A server follows it at the sizes that its tables can have: a table grows from the buckets that it
begins with to twice as many, or it shrinks from 32 to a few, once little of it is used. There a call with COUNT 1
stands for one of the trace, and the last call for all that come until the cursor is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

from redproof_model.kernel.explore import explore
from redproof_model.kernel.mutation import mutant
from redproof_model.kernel.system import System
from redproof_model.kernel.trace import Trace

from redproof_properties.errors import RedproofError
from redproof_properties.paging import Pager
from redproof_properties.traced import Traced

PACKAGE: Final = "redproof_model.systems.scan"
CLAIM: Final = "scan_is_complete"
BUCKETS: Final = 32
"""Of a table that is to shrink."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in the system: what a module of it says, and what it says instead."""

    module: str
    before: str
    after: str

    def system(self, maker: str) -> System:
        """The system with this mistake, in the form that a function of its module `system` makes."""
        return mutant(PACKAGE, f"system:{maker}", self.module, self.before, self.after)


MISTAKES: Final = {
    "the cursor counts up": Mistake(
        "cursor",
        "    filled = cursor | ~mask\n    return reverse(reverse(filled) + 1)\n",
        "    return cursor + 1 & mask\n",
    ),
    "a call leaves the smaller table out": Mistake(
        "system", "from_small = all_of(begins, ", "from_small = all_of(False, begins, "
    ),
    "the cursor goes by the smaller table": Mistake(
        "system", "successor(old.cursor, large_mask(old))", "successor(old.cursor, small_mask(old))"
    ),
}


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A shortest trace to a scan that has missed an element, and the pages of the system that has such traces."""

    trace: Trace
    pager: Pager

    def follow(self, population: Traced) -> tuple[set[bytes], set[bytes]]:
        """Take a new population's server along the trace: the elements that stayed all the time, and those returned."""
        *steps, last = steps_of(self.trace)
        assert last == "call", "the scan ends at the end of the trace"
        if "shrink" in steps:
            population.grow(population.machine.fullest(BUCKETS // 2))
            population.make_sparse()
        else:
            population.fill()
        stayed: set[bytes] | None = None
        returned: set[bytes] = set()
        pages = population.scan_by_one()
        for step in (*steps, last):
            if step == "call" and stayed is None:
                stayed = set(population.present)
            if step == "call":
                returned.update(*(page.elements for page in islice(pages, 1)))
            else:
                _STEPS[step](population)
        returned.update(*(page.elements for page in pages))
        assert stayed is not None
        return stayed & population.present.keys(), returned


@cache
def counterexample_of(mistake: str) -> Counterexample:
    """A shortest trace of the smallest scope of the system with this mistake; raises RedproofError if there is none."""
    made = MISTAKES[mistake]
    violations = explore(made.system("small")).violations
    traces = [violation.trace for violation in violations if violation.claim.name == CLAIM]
    if not traces:
        raise RedproofError(f"no trace of a system in which {mistake} breaks {CLAIM}")
    return Counterexample(traces[0], Pager(made.system("scan")))


def steps_of(trace: Trace) -> Iterator[str]:
    """What a server is to do for a trace: `grow`, `shrink`, `settle` a rehash, or answer a `call` of a scan."""
    names = [each.name for each in trace.system.variables]
    states = [dict(zip(names, state, strict=True)) for state in trace.states]
    for action, before, after in zip(trace.actions, states, states[1:], strict=False):
        match action.partition("(")[0]:
            case "resize":
                yield "grow" if after["mask1"] > before["mask0"] else "shrink"
            case "finish":
                yield "settle"
            case "visit" if not after["in_call"]:
                yield "call"


_STEPS: Final[dict[str, Callable[[Traced], object]]] = {
    "grow": lambda population: population.grow(1),
    "shrink": lambda population: population.remove_last(1),
    "settle": Traced.settle,
}
