"""A sentinel that is wrong leaves a trace that others follow: where it is left says what is wrong with it."""

from __future__ import annotations

import sys

import pytest
from planted.hunt import FAULTY_SERVER
from redproof_properties.failover.plan import QUICK
from redproof_properties.failover.traces.sentinel_playing import play_sentinels
from redproof_properties.failover.traces.shortest import Saying, shortest
from redproof_properties.targets.bundled import BundledTarget
from redproof_properties.targets.process import ProcessTarget

SPLIT = shortest(Saying("election", "source", "votes_are_split"))


@pytest.mark.parametrize(
    ("fault", "told"),
    [("vote-is-not-kept", "leader_epoch[{0}] is 0, not 1"), ("own-vote-counts-twice", "leads[{0}] is true, not false")],
)
def test_a_fault_is_where_a_trace_is_left(fault: str, told: str) -> None:
    def faulty(spelling: str) -> ProcessTarget:
        return BundledTarget(spelling, "7.0", (sys.executable, str(FAULTY_SERVER), "--failover-fault", fault))

    first = int(SPLIT.actions[0].removeprefix("start(sentinel=").removesuffix(")"))
    assert told.format(first) in play_sentinels(SPLIT, "bundled", faulty, QUICK)
