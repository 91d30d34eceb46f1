"""The law of buckets, read from outside: where SCAN's cursor says that elements lie in tables of different sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redproof_properties.buckets import CURSOR_BITS, Buckets, locate, need_bucket_cursors, reverse
from redproof_properties.frozen import frozen
from redproof_properties.judged import Judged
from redproof_properties.population import Passing, Population
from redproof_properties.scannable import SCANNABLES
from redproof_properties.script import Script

DICT_SCAN = "https://github.com/redis/redis/blob/7.0.15/src/dict.c"
every_scan = pytest.mark.parametrize("scan", SCANNABLES)


def require_law(script: Script, smaller: Buckets, larger: Buckets) -> None:
    """Claim that what lies in a bucket of the smaller table lies in one of those that it is split into."""
    common = smaller.of.keys() & larger.of.keys()
    lawful = all(larger.of[element] % smaller.size == smaller.of[element] for element in common)
    script.require(lawful, "each element in its bucket of the larger table modulo the size of the smaller one")


def outgrow(population: Population, size: int) -> None:
    """Double the elements until the table has so many buckets, as it must before there are sixteen for each of them."""
    while population.tables().main.size < size and len(population.present) < 16 * size:
        population.grow(len(population.present))
        population.settle()


@pytest.mark.documented(
    "A bucket of a table of {scan} is split in a larger one: the bucket there, modulo the smaller size, is the same",
    source=DICT_SCAN,
)
@every_scan
@given(number=st.integers(12, 40), times=st.integers(1, 2), keep=st.integers(1, 20))
def test_law_of_buckets(judged: Judged, scan: str, number: int, times: int, keep: int) -> None:
    need_bucket_cursors(judged)
    with Script(judged) as script, frozen(judged, script):
        population = Population(judged, script, scan)
        population.grow(number)
        population.settle()
        small = locate(script, population, population.tables().main.size)
        outgrow(population, small.size << times)
        large = locate(script, population, population.tables().main.size)
        script.require(small.size < large.size, "a larger table for far more elements")
        require_law(script, small, large)
        population.remove_last(len(population.present) - keep)
        population.settle()
        require_law(script, locate(script, population, population.tables().main.size), large)


@pytest.mark.documented("The cursor of {scan} is incremented from its high bits to its low ones", source=DICT_SCAN)
@every_scan
@given(number=st.integers(1, 100), changes=st.lists(st.integers(-100, 100), max_size=4), count=st.integers(1, 8))
def test_cursors_count_up_reversed(judged: Judged, scan: str, number: int, changes: list[int], count: int) -> None:
    need_bucket_cursors(judged)
    with Script(judged) as script:
        population = Population(judged, script, scan)
        passing = Passing(population, number, changes)
        before = 0
        for page in population.scan([count], meanwhile=passing):
            now = reverse(page.cursor, CURSOR_BITS)
            script.require(not now or now > before, "a cursor whose reversed bits count up, or 0")
            before = now
