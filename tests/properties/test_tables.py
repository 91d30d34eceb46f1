"""Reading DEBUG HTSTATS and the buckets of elements, and what a replay of the model's system makes of a trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_properties.buckets import bucket_before, need_bucket_cursors, reverse
from redproof_properties.comparison import Comparison
from redproof_properties.judged import Judged
from redproof_properties.paging import sound_pager
from redproof_properties.population import Page
from redproof_properties.rehash import VERSIONS, DictMachine, DictReplay, dict_machine
from redproof_properties.replay import ImpossibleStepError
from redproof_properties.run import PROFILES, Run
from redproof_properties.scannable import SCANNABLES
from redproof_properties.tables import Table, Tables, parse_tables
from redproof_properties.targets import parse_target
from redproof_properties.targets.greeting import ServerVersion
from redproof_properties.traced import machine_for

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
UNTITLED = "No stats available for empty dictionaries\n"
"""An empty table in Redis 6.0."""
MACHINE = dict_machine(VERSIONS["redis", (7, 0)])
VISITING = dict_machine(VERSIONS["redis", (7, 4)])
FINDING_AGAIN = dict_machine(VERSIONS["redis", (8, 6)])


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
        (MAIN + UNTITLED, Tables(Table(8, 7, 4), Table(0, 0, 0)), 7, 0),
        (UNTITLED + TARGET, Tables(Table(0, 0, 0), Table(16, 2, 2)), 2, 16),
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
    assert [MACHINE.fullest(4, child) for child in (False, True)] == [4, 24]
    assert [MACHINE.sparsest(size) for size in (8, 16, 32, 64)] == [1, 2, 4, 7]
    assert [VISITING.fullest(4, child) for child in (False, True)] == [4, 16]
    assert [VISITING.sparsest(size) for size in (8, 16, 32, 64)] == [2, 3, 5, 9]


def test_versions_with_the_same_rules_share_a_machine() -> None:
    assert machine_for(judged("redis", 6, 2, 14)) is machine_for(judged("redis", 7, 0, 15)) is MACHINE
    assert machine_for(judged("valkey", 8, 0, 1)) is machine_for(judged("redict", 7, 3, 6)) is VISITING
    assert machine_for(judged("redis", 8, 0, 2)) is not VISITING


def test_a_version_without_known_thresholds_is_skipped_with_the_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"the thresholds of redis 5\.0\.14 are not known"):
        machine_for(judged("redis", 5, 0, 14))


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


def replay(hashes: dict[bytes, int], tracked: bytes, scan: str = "SSCAN", machine: DictMachine = MACHINE) -> DictReplay:
    """A set, or what else is scanned, to which these elements have been added in their order."""
    made = DictReplay(machine, sound_pager(), SCANNABLES[scan], hashes, tracked)
    made.add(list(hashes))
    return made


FIVE = {b"a": 0, b"b": 4, b"c": 1, b"d": 9, b"e": 2}
"""Of a table of 4 buckets, these fill two with two elements each, and the fifth makes it grow."""


@pytest.mark.parametrize("tracked", FIVE)
def test_a_replay_is_the_same_whichever_element_is_tracked(tracked: bytes) -> None:
    made = replay(FIVE, tracked)
    assert made.tables == Tables(Table(4, 4, 2), Table(8, 1, 1))
    made.find([b"a"])
    assert made.tables == Tables(Table(4, 2, 1), Table(8, 3, 3))
    assert made.next_page() == Page(2, [b"a", b"b"])
    made.remove([b"c", b"a"])
    assert made.tables == Tables(Table(8, 3, 3))


def test_a_command_may_look_up_what_it_adds() -> None:
    assert replay(FIVE, b"a", "SCAN").tables == Tables(Table(4, 2, 1), Table(8, 3, 3))


@pytest.mark.parametrize("tracked", FIVE)
def test_a_lookup_moves_the_bucket_that_it_looks_into_or_the_next(tracked: bytes) -> None:
    made = replay(FIVE, tracked, machine=VISITING)
    assert made.tables == Tables(Table(4, 4, 2), Table(8, 1, 1))
    made.find([b"d"])
    assert made.tables == Tables(Table(4, 2, 1), Table(8, 3, 2))
    made.find([b"c"])
    assert made.tables == Tables(Table(8, 5, 4))


@pytest.mark.parametrize("scan", SCANNABLES)
def test_an_element_for_which_the_table_grew_is_looked_up_again(scan: str) -> None:
    """As in Redis 8.6.3: its bucket is empty, so that the first that holds anything is moved."""
    assert replay(FIVE, b"e", scan, FINDING_AGAIN).tables == Tables(Table(4, 2, 1), Table(8, 3, 3))


@pytest.mark.parametrize("tracked", FIVE)
@pytest.mark.parametrize(
    ("scan", "left"),
    [("SSCAN", Tables(Table(4, 2, 1), Table(8, 2, 2))), ("SCAN", Tables(Table(4, 1, 1), Table(8, 3, 3)))],
)
def test_a_deletion_moves_the_bucket_of_an_element_but_the_next_for_a_key(
    tracked: bytes, scan: str, left: Tables
) -> None:
    made = replay(FIVE, tracked, scan, VISITING)
    made.remove([b"d"])
    assert made.tables == left


def test_a_step_ends_after_ten_empty_buckets() -> None:
    made = replay({b"%d" % number: number for number in range(64)}, b"0")
    made.find([b"0"] * 64)
    made.remove([b"%d" % number for number in range(64) if number not in (0, 10, 22, 40, 41, 42, 43)])
    assert made.tables == Tables(Table(64, 7, 7))
    made.remove([b"0"])
    seen = []
    while made.tables.target is not None:
        seen.append(made.tables.main.used)
        made.find([b"10"])
    assert seen == [6, 6, 5, 5, 4, 4, 3, 2, 1]


def test_a_deletion_beside_a_child_moves_no_bucket_of_a_rehash_that_stands_still() -> None:
    hashes = {b"%d" % number: number for number in range(64)}
    made = replay(hashes, b"63", machine=VISITING)
    made.find([b"63"] * 64)
    made.fork()
    made.remove([b"%d" % number for number in range(62)])
    assert made.tables == Tables(Table(64, 2, 2), Table(0, 0, 0))
    made.remove([b"63"])
    assert made.tables == Tables(Table(64, 1, 1), Table(0, 0, 0))


def test_a_child_process_postpones_growth_and_shrinking() -> None:
    made = DictReplay(
        MACHINE, sound_pager(), SCANNABLES["SSCAN"], {b"%d" % number: number for number in range(25)}, b"7"
    )
    made.fork()
    made.add([b"%d" % number for number in range(24)])
    assert made.tables == Tables(Table(4, 24, 4))
    made.add([b"24"])
    assert made.tables.newest_size == 32
    made.find([b"0"] * 4)
    made.remove([b"%d" % number for number in range(3, 24)])
    assert made.tables == Tables(Table(32, 4, 4))


def test_what_the_system_cannot_do_is_refused() -> None:
    made = replay(FIVE, b"a")
    made.fork()
    with pytest.raises(ImpossibleStepError, match="fork"):
        made.fork()
