"""Which replica is promoted: the rule, for the system and for whatever has INFO of real replicas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redproof_model.kernel.python import definition
from redproof_model.kernel.sorts import Int
from redproof_model.kernel.terms import Term, constant
from redproof_model.kernel.vocabulary import all_of, any_of, ite
from redproof_model.systems.failover.scope import NO_ONE

_NATURAL = Int(0, None)


@definition(
    priority=_NATURAL,
    offset=_NATURAL,
    run_id=_NATURAL,
    other_priority=_NATURAL,
    other_offset=_NATURAL,
    other_run_id=_NATURAL,
)
def comes_first(
    priority: Term, offset: Term, run_id: Term, other_priority: Term, other_offset: Term, other_run_id: Term
) -> Term:
    """Whether a replica is promoted rather than another (`compareSlavesForPromotion`).

    The arguments are those of INFO, `slave_priority` and `slave_repl_offset`, and the place of the run ID in their
    alphabetical order.
    """
    by_offset = any_of(offset > other_offset, all_of(offset == other_offset, run_id < other_run_id))
    return any_of(priority < other_priority, all_of(priority == other_priority, by_offset))


def first_of(candidates: Sequence[Term], priorities: Any, offsets: Any) -> Term:
    """The candidate that is promoted, of servers in the order of their run IDs; no one if there is none.

    `candidates` says for each server whether it is one (sentinelSelectSlave).
    """
    best, priority, offset = (constant(each, Int()) for each in (NO_ONE, 0, 0))
    for server, is_candidate in enumerate(candidates):
        about = (priorities[server], offsets[server], constant(server, Int()))
        better = all_of(is_candidate, any_of(best == NO_ONE, comes_first(*about, priority, offset, best)))
        best = ite(better, server, best)
        priority, offset = ite(better, about[0], priority), ite(better, about[1], offset)
    return best
