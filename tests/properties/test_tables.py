"""Reading DEBUG HTSTATS, and what the tables are held to: thresholds, buckets and the steps of a rehash."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_properties.buckets import Buckets, bucket_before, need_bucket_cursors, reverse
from redproof_properties.comparison import Comparison
from redproof_properties.judged import Judged
from redproof_properties.rehash import Rehash
from redproof_properties.run import PROFILES, Run
from redproof_properties.tables import Table, Tables, parse_tables
from redproof_properties.targets import parse_target
from redproof_properties.targets.greeting import ServerVersion
from redproof_properties.thresholds import THRESHOLDS, thresholds_of

EMPTY = "Hash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n"
MAIN = """\
Hash table 0 stats (main hash table):
 table size: 8
 number of elements: 7
 different slots: 4
 max chain length: 3
 avg chain length (counted): 1.75
 avg chain length (computed): 1.75
 Chain length distribution:
   0: 4 (50.00%)
   1: 2 (25.00%)
   2: 1 (12.50%)
   3: 1 (12.50%)
"""
TARGET = """\
Hash table 1 stats (rehashing target):
 table size: 16
 number of elements: 2
 different slots: 2
 max chain length: 1
 avg chain length (counted): 1.00
 avg chain length (computed): 1.00
 Chain length distribution:
   0: 14 (87.50%)
   1: 2 (12.50%)
"""
EMPTY_TARGET = "Hash table 1 stats (rehashing target):\nNo stats available for empty dictionaries\n"
REDIS_7_0 = THRESHOLDS["redis", (7, 0)]


def judged(family: str, *number: int) -> Judged:
    """What judges a target whose server has told this version."""
    target = parse_target("redis://127.0.0.1:1")
    major, minor, patch = number
    target._version = ServerVersion(family, (major, minor, patch))
    return Judged(target, Run(PROFILES["quick"], 1, Comparison.EXACT, out=Path("unwritten"), judge_as="7.0"))


@pytest.mark.parametrize(
    ("text", "tables", "used", "newest_size"),
    [
        (EMPTY, Tables(Table(0, 0, 0)), 0, 0),
        (MAIN, Tables(Table(8, 7, 4)), 7, 8),
        (MAIN + TARGET, Tables(Table(8, 7, 4), Table(16, 2, 2)), 9, 16),
        (MAIN + EMPTY_TARGET, Tables(Table(8, 7, 4), Table(0, 0, 0)), 7, 0),
        ("[Dictionary HT]\n" + MAIN + "[Expires HT]\n" + MAIN + TARGET, Tables(Table(8, 7, 4)), 7, 8),
    ],
)
def test_statistics_are_read(text: str, tables: Tables, used: int, newest_size: int) -> None:
    assert parse_tables(text) == tables
    assert (tables.used, tables.newest_size) == (used, newest_size)


@pytest.mark.parametrize("text", ["", "OK", TARGET, MAIN.replace("elements", "keys"), "[Expires HT]\n" + MAIN])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no statistics of a hash table"):
        parse_tables(text)


def test_thresholds_of_redis() -> None:
    assert [REDIS_7_0.table_size(elements) for elements in (1, 4, 5, 8, 9)] == [4, 4, 8, 8, 16]
    assert [REDIS_7_0.grown_size(used) for used in (4, 8, 24)] == [8, 16, 32]
    assert [REDIS_7_0.fullest(4, child) for child in (False, True)] == [4, 24]
    assert [REDIS_7_0.sparsest(size) for size in (8, 16, 32, 64)] == [1, 2, 4, 7]


def test_a_version_without_known_thresholds_is_skipped_with_the_reason() -> None:
    assert thresholds_of(judged("redis", 6, 2, 14)) is THRESHOLDS["redis", (6, 2)]
    with pytest.raises(pytest.skip.Exception, match=r"the thresholds of redis 8\.0\.2 are not known"):
        thresholds_of(judged("redis", 8, 0, 2))


def test_cursors_that_may_not_be_buckets_are_skipped_with_the_reason() -> None:
    need_bucket_cursors(judged("valkey", 8, 0, 1))
    with pytest.raises(pytest.skip.Exception, match=r"not known what the cursors of fakeredis 2\.40\.0 are"):
        need_bucket_cursors(judged("fakeredis", 2, 40, 0))


def test_buckets_are_visited_in_the_order_of_their_reversed_bits() -> None:
    visited = [0, 4, 2, 6, 1, 5, 3, 7]
    assert [reverse(number, 3) for number in range(8)] == visited
    assert [bucket_before(cursor, 3) for cursor in [*visited[1:], 0]] == visited
    assert bucket_before(0, 0) == 0


@given(number=st.integers(0, 2**64 - 1))
def test_bits_reversed_twice_are_as_they_were(number: int) -> None:
    assert reverse(reverse(number, 64), 64) == number


def test_chain_lengths_are_those_of_the_elements_asked_for() -> None:
    buckets = Buckets(4, {b"a": 3, b"b": 0, b"c": 3})
    assert buckets.chain_lengths() == [1, 0, 0, 2]
    assert buckets.chain_lengths([b"c"]) == [0, 0, 0, 1]


def test_a_step_moves_one_bucket_or_visits_ten_that_are_empty() -> None:
    rehash = Rehash([2, *[0] * 9, 1, *[0] * 10, 3, 0], empty_visits=10)
    seen = []
    while not rehash.finished:
        seen.append((rehash.main.used, rehash.main.slots))
        rehash.step()
    assert seen == [(6, 3), (4, 2), (3, 1), (3, 1)]
    assert rehash.steps == 4


def test_a_rehash_agrees_with_the_tables_after_its_steps_alone() -> None:
    rehash = Rehash([1, 2], empty_visits=10)
    begun, half = Tables(Table(2, 3, 2), Table(4, 1, 1)), Tables(Table(2, 2, 1), Table(4, 2, 2))
    ended = Tables(Table(4, 4, 3))
    for expected in (begun, half, ended):
        assert [rehash.agrees(tables) for tables in (begun, half, ended)] == [
            tables is expected for tables in (begun, half, ended)
        ]
        rehash.step()
