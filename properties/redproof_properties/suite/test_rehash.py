"""Tables seen with DEBUG HTSTATS: they grow, shrink and are rehashed as those of the model's system `rehash`.

Each property brings a table to where its sentence says something, and holds all that was seen on the way against the
system, which is proved for every table, with the thresholds of the server's version.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redproof_properties.frozen import frozen
from redproof_properties.judged import Judged
from redproof_properties.scannable import SCANNABLES
from redproof_properties.script import Script
from redproof_properties.tables import Tables
from redproof_properties.traced import Traced, machine_for, need_shrinking, traced

DICT = "https://github.com/redis/redis/blob/7.0.15/src/dict.c"
SERVER = "https://github.com/redis/redis/blob/7.0.15/src/server.c"

every_scan = pytest.mark.parametrize("scan", SCANNABLES)
first = st.integers(0, 10**6)
"""The number in the name of the first element: with other names elements lie in other buckets."""


def unchanged(tables: Tables, size: int) -> bool:
    """Whether there is one table, and it has that many buckets."""
    return tables.target is None and tables.main.size == size


def follow(script: Script, population: Traced, lookups: int) -> None:
    """Look up so many elements at a time, and look at the tables each time, until the rehash has ended."""
    while population.tables().target is not None:
        script.require(population.size() == len(population.present), "as many elements as both tables hold")
        population.look_up(lookups)


@pytest.mark.documented(
    "A table of {scan} grows for the next element once it is full, with one for each bucket of a dict and seven for "
    "one of a hashtable, to the next power of two, and the rehash ends",
    source=DICT,
)
@every_scan
@given(first=first, number=st.integers(0, 20), doublings=st.integers(1, 3))
def test_tables_grow_when_full(judged: Judged, scan: str, first: int, number: int, doublings: int) -> None:
    with traced(judged, scan, first) as (script, population):
        population.tables()
        for _ in range(number):
            population.grow(1)
            population.tables()
        for _ in range(doublings):
            size = population.fill()
            script.require(unchanged(population.tables(), size), "the same table as long as it is not full")
            population.grow(1)
            script.require(population.tables().newest_size > size, "a larger table")


@pytest.mark.documented(
    "A table of {scan} shrinks once little of it is used, less than a tenth of a dict, an eighth from Redis 7.4 on, "
    "13 % of a hashtable, to the smallest power of two that holds all",
    source=SERVER,
)
@every_scan
@given(first=first, number=st.integers(20, 120))
def test_tables_shrink_when_sparse(judged: Judged, scan: str, first: int, number: int) -> None:
    need_shrinking(judged, scan)
    with traced(judged, scan, first) as (script, population):
        population.grow(number)
        size = population.make_sparse()
        script.require(unchanged(population.tables(), size), "the same table as long as enough of it is used")
        population.remove_last(1)
        script.require(population.tables().target is not None, "a rehash, since so little is used")


@pytest.mark.documented("The keyspace's table shrinks in the background, not when keys are deleted", source=SERVER)
def test_keyspace_shrinks_in_the_background(judged: Judged) -> None:
    if machine_for(judged).keyspace_shrinks_on_deletion:
        pytest.skip(f"{judged.target.spelling}: the keyspace's table shrinks when keys are deleted")
    with Script(judged) as script:
        with frozen(judged, script):
            population = Traced(judged, script, "SCAN")
            population.grow(Random(judged.run.seed).randint(20, 600))
            size = population.make_sparse()
            population.remove_last(1)
            script.require(unchanged(population.tables(), size), "the same table as long as the cron does not run")
        population.await_cron()
        population.tables()
        population.locate()
        population.judge()


@pytest.mark.documented(
    "A lookup in a table of {scan} that grows moves one bucket: the next, from Redis 7.4 on its own if that holds any",
    source=DICT,
)
@every_scan
@given(first=first, number=st.integers(0, 60), lookups=st.integers(1, 9))
def test_a_lookup_moves_a_bucket(judged: Judged, scan: str, first: int, number: int, lookups: int) -> None:
    with traced(judged, scan, first) as (script, population):
        population.grow(number)
        size = population.fill()
        population.grow(1)
        script.require(population.tables().newest_size > size, "a larger table")
        follow(script, population, lookups)


@pytest.mark.documented(
    "A lookup in a table of {scan} that shrinks moves one bucket, unless it finds ten empty; in a hashtable before "
    "Valkey 9.1 an empty one too",
    source=DICT,
)
@every_scan
@given(first=first, number=st.integers(20, 120), lookups=st.integers(1, 9))
def test_a_lookup_visits_ten_empty_buckets(judged: Judged, scan: str, first: int, number: int, lookups: int) -> None:
    need_shrinking(judged, scan)
    with traced(judged, scan, first) as (script, population):
        population.grow(number)
        population.make_sparse()
        population.remove_last(1)
        script.require(population.tables().target is not None, "a rehash, since so little is used")
        follow(script, population, lookups)


@pytest.mark.documented("A deletion from a table of {scan} that shrinks takes the rehash further, too", source=DICT)
@every_scan
@given(first=first, number=st.integers(20, 120))
def test_a_deletion_takes_a_rehash_further(judged: Judged, scan: str, first: int, number: int) -> None:
    need_shrinking(judged, scan)
    with traced(judged, scan, first) as (script, population):
        population.grow(number)
        population.make_sparse()
        population.remove_last(1)
        script.require(population.tables().target is not None, "a rehash, since so little is used")
        while len(population.present) > 1:
            population.remove_last(1)
            population.tables()


@pytest.mark.documented(
    "With a child process a table of {scan} grows only when it is far fuller than without: by the force ratio",
    source=DICT,
)
@every_scan
def test_a_child_process_postpones_growth(judged: Judged, scan: str) -> None:
    with traced(judged, scan) as (script, population):
        population.grow(Random(f"{judged.run.seed} {scan}").randint(10, 60))
        population.settle()
        with population.child_process():
            size = population.fill(child=True)
            script.require(unchanged(population.tables(), size), "the same table as long as the child lives")
            population.grow(1)
            script.require(population.tables().newest_size > size, "a larger table, forced by so many elements")
            population.settle()
            ends = population.machine.rehashes_beside_child
            ended = population.tables().target is None
            script.require(ended == ends, "a rehash that lookups take to its end, or not at all, beside a child")


@pytest.mark.documented(
    "With a child process a rehash of {scan} to a table of twice the size stands still, and goes on when it has ended",
    source=DICT,
)
@every_scan
def test_a_child_process_stalls_a_rehash(judged: Judged, scan: str) -> None:
    with traced(judged, scan) as (script, population):
        population.grow(Random(f"{judged.run.seed} {scan}").randint(20, 200))
        population.fill()
        population.grow(1)
        with population.child_process():
            under_way = population.tables()
            script.require(under_way.target is not None, "a rehash under way, since the table was full")
            population.settle()
            script.require(population.tables() == under_way, "the same tables as long as the child lives")
        population.settle()
        script.require(population.tables().target is None, "a rehash that ends once the child has ended")


@pytest.mark.documented(
    "With a child process no table of {scan} shrinks, and one that is sparse does when it has ended", source=DICT
)
@every_scan
def test_a_child_process_postpones_shrinking(judged: Judged, scan: str) -> None:
    need_shrinking(judged, scan)
    with traced(judged, scan) as (script, population):
        population.grow(Random(f"{judged.run.seed} {scan}").randint(20, 60))
        size = population.make_sparse()
        with population.child_process():
            population.remove_last(1)
            script.require(unchanged(population.tables(), size), "the same table as long as the child lives")
        population.remove_last(1)
        script.require(population.tables().target is not None, "a rehash, since so little is used")


@pytest.mark.documented(
    "With a child process a rehash of {scan} to an eighth of the size goes on up to Redis 7.2, and stands still later",
    source=DICT,
)
@every_scan
def test_a_child_process_may_stall_a_rehash_to_a_smaller_table(judged: Judged, scan: str) -> None:
    need_shrinking(judged, scan)
    with traced(judged, scan) as (script, population):
        population.grow(Random(f"{judged.run.seed} {scan}").randint(70, 120))
        population.make_sparse()
        population.remove_last(1)
        with population.child_process():
            script.require(population.tables().target is not None, "a rehash under way, since so little is used")
            population.settle()
            population.tables()
        population.settle()
        script.require(population.tables().target is None, "a rehash that ends once the child has ended")


@pytest.mark.documented(
    "With a child process a table of {scan} shrinks from Redis 7.4 on if a 32nd of it is used, of a hashtable 3 %",
    source=DICT,
)
@every_scan
def test_a_child_process_may_let_a_table_shrink(judged: Judged, scan: str) -> None:
    need_shrinking(judged, scan)
    with traced(judged, scan) as (_, population):
        population.grow(Random(f"{judged.run.seed} {scan}").randint(40, 60))
        population.make_sparse()
        with population.child_process():
            while len(population.present) > 1:
                population.remove_last(1)
                population.tables()
