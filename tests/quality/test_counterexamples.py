"""A mutated model's counterexample, made concrete, does happen on a server that has the same fault."""

from __future__ import annotations

from random import Random

import pytest
from planted.hunt import SEED, faulty_target, judged_target
from planted.register import FAULTS
from redproof_properties.counterexample import MISTAKES, counterexample_of
from redproof_properties.frozen import frozen
from redproof_properties.hashing import known_hash
from redproof_properties.judged import DivergenceError
from redproof_properties.script import Script
from redproof_properties.suite import test_counterexamples as suite
from redproof_properties.traced import Traced

PLANTED = {
    "the cursor counts up": "scan-counts-cursors-up",
    "a call leaves the smaller table out": "scan-leaves-the-smaller-table-out",
    "the cursor goes by the smaller table": "cursor-goes-by-the-smaller-table",
}
ROUNDS = 20


def test_each_mistake_of_the_model_is_planted_in_a_server() -> None:
    assert PLANTED.keys() == MISTAKES.keys()


@pytest.mark.parametrize("scan", ["HSCAN", "SSCAN", "ZSCAN"])
@pytest.mark.parametrize("mistake", PLANTED)
def test_a_faulty_server_misses_what_the_mutated_model_misses(mistake: str, scan: str) -> None:
    counterexample = counterexample_of(mistake)
    random = Random(SEED)
    missed = 0
    with faulty_target(FAULTS[PLANTED[mistake]]) as target:
        judged = judged_target(target)
        for _ in range(ROUNDS):
            with Script(judged) as script, frozen(judged, script):
                population = Traced(judged, script, scan, random.randrange(10**6), known_hash(judged, scan))
                stayed, returned = counterexample.follow(population)
                assert returned == population.scanned_by(counterexample.pager)
                missed += len(stayed - returned)
        assert missed > 0
        with pytest.raises(DivergenceError, match="each element that was there all the time at least once"):
            suite.test_mutants_would_miss_what_is_returned(judged, scan, mistake)
