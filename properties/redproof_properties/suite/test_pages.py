"""Pages of scans as the model's systems give them: each cursor and each element, also while a table is rehashed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redproof_properties.frozen import frozen
from redproof_properties.hashing import known_hash
from redproof_properties.judged import Judged
from redproof_properties.population import Passing
from redproof_properties.scannable import SCANNABLES
from redproof_properties.script import Script
from redproof_properties.traced import Traced, need_shrinking, traced

HASHES = "docs/bundled-server.md#the-bucket-of-a-key"
DICT_SCAN = "https://github.com/redis/redis/blob/7.0.15/src/dict.c"

every_scan = pytest.mark.parametrize("scan", SCANNABLES)
first = st.integers(0, 10**6)
"""The number in the name of the first element: with other names elements lie in other buckets."""


@pytest.mark.documented(
    "Each cursor and each page of {scan} follows from the hash seed, whatever comes and goes between the calls",
    source=HASHES,
)
@every_scan
@given(
    first=first,
    number=st.integers(1, 30),
    changes=st.lists(st.integers(-30, 30), max_size=4),
    lookups=st.integers(0, 3),
)
def test_pages_follow_from_the_hash_seed(
    judged: Judged, scan: str, first: int, number: int, changes: list[int], lookups: int
) -> None:
    hash_of = known_hash(judged, scan)
    with Script(judged) as script, frozen(judged, script):
        population = Traced(judged, script, scan, first, hash_of)
        passing = Passing(population, number, changes)

        def meanwhile() -> None:
            passing()
            population.look_up(lookups)

        for _ in population.scan_by_one(meanwhile):
            population.tables()
        population.judge()


@pytest.mark.documented(
    "Each cursor and each page of {scan} follows from where the elements lie, while its table grows", source=DICT_SCAN
)
@every_scan
@given(first=first, number=st.integers(0, 20), before=st.integers(0, 20), lookups=st.integers(0, 3))
def test_pages_of_a_growing_table(
    judged: Judged, scan: str, first: int, number: int, before: int, lookups: int
) -> None:
    with traced(judged, scan, first) as (script, population):
        population.grow(number)
        population.fill()
        population.grow(1)
        population.look_up(before)
        stayed = set(population.present)
        pages = list(population.scan_by_one(lambda: population.look_up(lookups)))
        script.require(stayed == {element for page in pages for element in page.elements}, "each element at least once")


@pytest.mark.documented(
    "Each cursor and each page of {scan} follows from where the elements lie, while its table shrinks", source=DICT_SCAN
)
@every_scan
@given(first=first, number=st.integers(20, 60), before=st.integers(0, 5), lookups=st.integers(0, 2))
def test_pages_of_a_shrinking_table(
    judged: Judged, scan: str, first: int, number: int, before: int, lookups: int
) -> None:
    need_shrinking(judged, scan)
    with traced(judged, scan, first) as (script, population):
        population.grow(number)
        population.make_sparse()
        population.remove_last(1)
        population.look_up(before)
        stayed = set(population.present)
        pages = list(population.scan_by_one(lambda: population.look_up(lookups)))
        script.require(stayed == {element for page in pages for element in page.elements}, "each element at least once")
