"""Tables seen with DEBUG HTSTATS: they grow, shrink and are rehashed at the thresholds of the server's version."""

from __future__ import annotations

from itertools import cycle, islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redproof_properties.buckets import locate
from redproof_properties.frozen import child_process, frozen, wait_until
from redproof_properties.judged import Judged
from redproof_properties.population import Population
from redproof_properties.rehash import Rehash
from redproof_properties.scannable import SCANNABLES
from redproof_properties.script import Script
from redproof_properties.tables import Tables
from redproof_properties.thresholds import Thresholds, thresholds_of

DICT = "https://github.com/redis/redis/blob/7.0.15/src/dict.c"
SERVER = "https://github.com/redis/redis/blob/7.0.15/src/server.c"
STEPS_BEFORE_SEEN = 3
"""A command that adds an element may look it up once more after the table has begun to grow."""

every_scan = pytest.mark.parametrize("scan", SCANNABLES)
every_collection = pytest.mark.parametrize("scan", [scan for scan in SCANNABLES if scan != "SCAN"])


def unchanged(tables: Tables, size: int) -> bool:
    """Whether there is one table, and it has that many buckets."""
    return tables.target is None and tables.main.size == size


@pytest.mark.documented(
    "A table of {scan} grows for the next element once it holds as many as it has buckets, to the next power of two, "
    "and the rehash ends",
    source=DICT,
)
@every_scan
@given(number=st.integers(1, 60), doublings=st.integers(1, 4))
def test_tables_grow_when_full(judged: Judged, scan: str, number: int, doublings: int) -> None:
    thresholds = thresholds_of(judged)
    with Script(judged) as script, frozen(judged, script):
        population = Population(judged, script, scan)
        script.require(unchanged(population.tables(), thresholds.initial_size), "the initial size for one element")
        population.grow(number)
        for _ in range(doublings):
            population.settle()
            before = population.tables()
            script.require(before.target is None, "one table, since the rehash has come to its end")
            population.grow(thresholds.fullest(before.main.size) - before.used)
            script.require(unchanged(population.tables(), before.main.size), "the same table as long as it is not full")
            population.grow(1)
            grown = population.tables().newest_size
            script.require(grown == thresholds.grown_size(before.main.size), "a new table of the next power of two")


@pytest.mark.documented(
    "A table of {scan} shrinks once less than a tenth of it is used, to the smallest power of two that holds all",
    source=SERVER,
)
@every_collection
@given(number=st.integers(20, 400))
def test_tables_shrink_when_sparse(judged: Judged, scan: str, number: int) -> None:
    thresholds = thresholds_of(judged)
    with Script(judged) as script, frozen(judged, script):
        population = Population(judged, script, scan)
        population.grow(number)
        size = make_sparse(population, thresholds)
        script.require(unchanged(population.tables(), size), "the same table as long as a tenth of it is used")
        population.remove_last(1)
        script.require(population.tables().target is not None, "a rehash, since less than a tenth is used")
        population.settle()
        shrunk = thresholds.shrunk_size(len(population.present))
        script.require(unchanged(population.tables(), shrunk), "the smallest power of two that holds all")


@pytest.mark.documented("The keyspace's table shrinks in the background, not when keys are deleted", source=SERVER)
def test_keyspace_shrinks_in_the_background(judged: Judged) -> None:
    thresholds = thresholds_of(judged)
    with Script(judged) as script:
        with frozen(judged, script):
            population = Population(judged, script, "SCAN")
            population.grow(Random(judged.run.seed).randint(20, 600))
            size = make_sparse(population, thresholds)
            population.remove_last(1)
            script.require(unchanged(population.tables(), size), "the same table as long as the cron does not run")
        shrunk = thresholds.shrunk_size(len(population.present))
        shrinks = wait_until(lambda: unchanged(population.tables(), shrunk))
        script.require(shrinks, "the smallest power of two that holds all, once the cron has run")


@pytest.mark.documented("A lookup in a table of {scan} that grows moves one bucket, in their order", source=DICT)
@every_scan
@given(number=st.integers(1, 60), lookups=st.integers(1, 9))
def test_a_lookup_moves_a_bucket(judged: Judged, scan: str, number: int, lookups: int) -> None:
    thresholds = thresholds_of(judged)
    with Script(judged) as script, frozen(judged, script):
        population = Population(judged, script, scan)
        population.grow(number)
        population.settle()
        before = population.tables().main
        population.grow(thresholds.fullest(before.size) - before.used)
        rehash = Rehash(locate(script, population, before.size).chain_lengths(), thresholds.empty_visits)
        population.grow(1)
        begun = population.tables()
        while rehash.steps < STEPS_BEFORE_SEEN and not rehash.agrees(begun):
            rehash.step()
        follow(script, population, rehash, lookups)


@pytest.mark.documented(
    "A lookup in a table of {scan} that shrinks moves one bucket, unless the next ten are empty", source=DICT
)
@every_collection
@given(number=st.integers(20, 300), lookups=st.integers(1, 9))
def test_a_lookup_visits_ten_empty_buckets(judged: Judged, scan: str, number: int, lookups: int) -> None:
    thresholds = thresholds_of(judged)
    with Script(judged) as script, frozen(judged, script):
        population = Population(judged, script, scan)
        population.grow(number)
        size = make_sparse(population, thresholds)
        buckets = locate(script, population, size)
        population.remove_last(1)
        rehash = Rehash(buckets.chain_lengths(population.present), thresholds.empty_visits)
        follow(script, population, rehash, lookups)


def make_sparse(population: Population, thresholds: Thresholds) -> int:
    """Remove as many elements as a table can lose without shrinking; its size in buckets."""
    population.settle()
    size = population.tables().main.size
    population.remove_last(len(population.present) - thresholds.sparsest(size))
    return size


def follow(script: Script, population: Population, rehash: Rehash, lookups: int) -> None:
    """Look up so many elements at a time until the rehash has ended, and look at the tables each time."""
    elements = cycle(population.present)
    while True:
        script.require(rehash.agrees(population.tables()), "the old table with what so many steps leave in it")
        script.require(population.size() == len(population.present), "as many elements as both tables hold")
        if rehash.finished:
            return
        population.find(list(islice(elements, lookups)))
        for _ in range(lookups):
            rehash.step()


@pytest.mark.documented(
    "With a child process a table of {scan} grows only when it holds more than five times as many elements as buckets",
    source=DICT,
)
@every_scan
def test_a_child_process_postpones_growth(judged: Judged, scan: str) -> None:
    thresholds = thresholds_of(judged)
    with Script(judged) as script, frozen(judged, script):
        population = Population(judged, script, scan)
        population.grow(Random(f"{judged.run.seed} {scan}").randint(1, 60))
        population.settle()
        with child_process(judged, script):
            before = population.tables().main
            fullest = thresholds.fullest(before.size, child=True)
            population.grow(fullest - before.used)
            script.require(unchanged(population.tables(), before.size), "the same table as long as the child lives")
            population.grow(1)
            grown = thresholds.grown_size(fullest)
            script.require(population.tables().newest_size == grown, "a new table, forced by so many elements")
            population.settle()
            script.require(
                unchanged(population.tables(), grown), "a rehash that ends, since the new table is far larger"
            )


@pytest.mark.documented(
    "With a child process a rehash of {scan} to a table of twice the size stands still, and goes on when it has ended",
    source=DICT,
)
@every_scan
def test_a_child_process_stalls_a_rehash(judged: Judged, scan: str) -> None:
    thresholds = thresholds_of(judged)
    with Script(judged) as script, frozen(judged, script):
        population = Population(judged, script, scan)
        population.grow(Random(f"{judged.run.seed} {scan}").randint(20, 200))
        population.settle()
        before = population.tables().main
        population.grow(thresholds.fullest(before.size) - before.used + 1)
        with child_process(judged, script):
            under_way = population.tables()
            script.require(under_way.target is not None, "a rehash under way, since the table was full")
            population.settle()
            script.require(population.tables() == under_way, "the same tables as long as the child lives")
        population.settle()
        script.require(population.tables().target is None, "a rehash that ends once the child has ended")


@pytest.mark.documented(
    "With a child process no table of {scan} shrinks, and one that is sparse does when it has ended", source=DICT
)
@every_collection
def test_a_child_process_postpones_shrinking(judged: Judged, scan: str) -> None:
    thresholds = thresholds_of(judged)
    with Script(judged) as script, frozen(judged, script):
        population = Population(judged, script, scan)
        population.grow(Random(f"{judged.run.seed} {scan}").randint(40, 400))
        size = make_sparse(population, thresholds)
        with child_process(judged, script):
            population.remove_last(1)
            script.require(unchanged(population.tables(), size), "the same table as long as the child lives")
        population.remove_last(1)
        script.require(population.tables().target is not None, "a rehash, since less than a tenth is used")
