"""What a mutated model would miss, a server returns: counterexamples made concrete."""

from __future__ import annotations

from random import Random

import pytest

from redproof_properties.counterexample import MISTAKES, counterexample_of
from redproof_properties.errors import RedproofError
from redproof_properties.frozen import frozen
from redproof_properties.hashing import find_hash
from redproof_properties.judged import Judged
from redproof_properties.scannable import SCANNABLES
from redproof_properties.script import Script
from redproof_properties.traced import Traced

SOURCE = "docs/properties.md#counterexamples-made-concrete"
ROUNDS = 200
"""Populations that may be tried until one has an element in a bucket where the mutated model misses it."""

every_collection = pytest.mark.parametrize("scan", [scan for scan in SCANNABLES if scan != "SCAN"])


@pytest.mark.documented("{scan} returns what a model in which {mistake} would miss", source=SOURCE)
@pytest.mark.parametrize("mistake", MISTAKES)
@every_collection
def test_mutants_would_miss_what_is_returned(judged: Judged, scan: str, mistake: str) -> None:
    hash_of = find_hash(judged, scan)
    random = Random(f"{judged.run.seed} {scan} {mistake}")
    for _ in range(ROUNDS):
        with Script(judged) as script, frozen(judged, script):
            population = Traced(judged, script, scan, random.randrange(10**6), hash_of)
            counterexample = counterexample_of(mistake)
            stayed, returned = counterexample.follow(population)
            script.require(stayed <= returned, "each element that was there all the time at least once")
            population.settle()
            population.locate()
            if not stayed <= population.scanned_by(counterexample.pager):
                population.judge()
                return
    raise RedproofError(f"in {ROUNDS} populations no element lay where a model in which {mistake} misses it")
