"""The hash table: a mapping like any other, with tables that rehash and scans that miss nothing."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from redproof_server.engine.cursor import next_cursor
from redproof_server.engine.dict import Dict
from redproof_server.engine.hashing import SEED_BYTES, Hashing, seed_of_text

keys = st.integers(0, 60).map(lambda number: b"key:%d" % number)


def new_dict(seed: bytes = bytes(SEED_BYTES)) -> Dict[int]:
    return Dict(Hashing(seed))


def filled(count: int, seed: bytes = bytes(SEED_BYTES)) -> Dict[int]:
    """A dict of keys 0, 1, … in one table."""
    table = new_dict(seed)
    for number in range(count):
        table.set(b"%d" % number, number)
    while table.rehash(100):
        pass
    return table


class DictMachine(RuleBasedStateMachine):
    """A Dict beside a plain dict, with a scan under way, and sometimes a walk and a child."""

    def __init__(self) -> None:
        super().__init__()
        self.dict = new_dict()
        self.walk: Iterator[bytes] = iter(())
        self.plain: dict[bytes, int] = {}
        self.cursor = 0
        self.lasting: set[bytes] = set()
        self.seen: set[bytes] = set()

    @rule(key=keys, value=st.integers())
    def set(self, key: bytes, value: int) -> None:
        assert self.dict.set(key, value) == (key not in self.plain)
        self.plain[key] = value

    @rule(key=keys)
    def delete(self, key: bytes) -> None:
        assert self.dict.delete(key) == (key in self.plain)
        self.plain.pop(key, None)
        self.lasting.discard(key)

    @rule(count=st.integers(1, 60))
    def fill(self, count: int) -> None:
        for number in range(count):
            self.set(b"key:%d" % number, number)

    @rule(first=st.integers(0, 60))
    def drain(self, first: int) -> None:
        for number in range(first, 61):
            self.delete(b"key:%d" % number)

    @rule(key=keys)
    def get(self, key: bytes) -> None:
        assert self.dict.get(key) == self.plain.get(key)

    @precondition(lambda self: not self.dict.pauses)
    @rule(buckets=st.integers(1, 8))
    def rehash(self, buckets: int) -> None:
        self.dict.rehash(buckets)

    @rule(exists=st.booleans())
    def child(self, exists: bool) -> None:
        self.dict.hashing.avoids_resize = exists

    @precondition(lambda self: self.plain and not self.dict.pauses)
    @rule()
    def begin_walk(self) -> None:
        self.walk = self.dict.walk()
        next(self.walk)

    @precondition(lambda self: self.dict.pauses)
    @rule(key=keys)
    def a_walk_keeps_buckets_where_they_are(self, key: bytes) -> None:
        before = self.dict.rehash_index, list(self.dict.used)
        assert self.dict.get(key) == self.plain.get(key)
        assert before == (self.dict.rehash_index, self.dict.used)

    @precondition(lambda self: self.dict.pauses)
    @rule()
    def end_walk(self) -> None:
        for _ in self.walk:
            pass
        assert not self.dict.pauses

    @rule()
    def shrink(self) -> None:
        self.dict.shrink_if_sparse()

    @precondition(lambda self: self.plain)
    @rule(seed=st.integers(0, 5))
    def random_key(self, seed: int) -> None:
        assert self.dict.random_key(Random(seed)) in self.plain

    @rule()
    def scan(self) -> None:
        if self.cursor == 0:
            self.lasting, self.seen = set(self.plain), set()
        self.cursor, found = self.dict.scan(self.cursor)
        self.seen.update(found)
        assert set(found) <= set(self.plain)
        if self.cursor == 0:
            assert self.lasting <= self.seen

    @invariant()
    def every_key_is_in_its_bucket_and_nowhere_else(self) -> None:
        assert self.dict.entries == self.plain
        placed = [key for table in self.dict.tables for bucket in table for key in bucket or ()]
        assert sorted(placed) == sorted(self.plain)
        assert self.dict.used == [sum(len(bucket or ()) for bucket in table) for table in self.dict.tables]
        assert not any(self.dict.tables[0][: max(self.dict.rehash_index, 0)])


TestDict = DictMachine.TestCase


@given(st.integers(0, 6))
def test_cursors_visit_every_bucket_once(bits: int) -> None:
    mask, cursor = (1 << bits) - 1, 0
    visited: list[int] = []
    while not visited or cursor:
        visited.append(cursor & mask)
        cursor = next_cursor(cursor, mask)
    assert sorted(visited) == list(range(mask + 1))


def test_tables_grow_at_load_one_and_move_a_bucket_per_operation() -> None:
    table = filled(4)
    assert (len(table.tables[0]), table.rehash_index) == (4, -1)
    table.set(b"4", 4)
    assert (len(table.tables[1]), table.rehash_index) == (8, 0)
    table.get(b"4")
    assert table.rehash_index != 0


def test_an_insertion_that_ends_a_rehash_begins_the_next_if_the_table_is_full() -> None:
    """Four filled buckets are moved by the insertions of the sixth to the ninth key, for which eight are too few."""
    tables = (filled(4, bytes([number] * SEED_BYTES)) for number in range(256))
    table = next(table for table in tables if all(table.tables[0]))
    for number in range(4, 8):
        table.set(b"%d" % number, number)
    assert (len(table.tables[0]), len(table.tables[1]), table.used) == (4, 8, [1, 7])
    table.set(b"8", 8)
    assert (len(table.tables[0]), len(table.tables[1]), table.rehash_index) == (8, 16, 0)
    assert table.used == [8, 1]


def test_a_table_grows_for_a_key_that_is_there_already() -> None:
    table = filled(4)
    assert not table.add(b"0", 0)
    assert len(table.tables[1]) == 8


def test_a_child_lets_a_table_grow_only_when_it_is_overfull() -> None:
    table = filled(4)
    table.hashing.avoids_resize = True
    for number in range(4, 24):
        table.set(b"%d" % number, number)
    assert (len(table.tables[0]), table.used[0], table.rehash_index) == (4, 24, -1)
    table.set(b"24", 24)
    assert len(table.tables[1]) == 32


@pytest.mark.parametrize(("size", "moves"), [(8, False), (16, False), (32, True), (1024, True)])
def test_a_child_stops_a_rehash_unless_the_sizes_differ_much(size: int, moves: bool) -> None:
    table = filled(4)
    table.expand(size)
    table.hashing.avoids_resize = True
    table.get(b"0")
    assert (table.rehash_index != 0) == moves
    table.hashing.avoids_resize = False
    table.get(b"0")
    assert table.rehash_index != 0


def test_tables_shrink_below_a_tenth_and_never_with_a_child() -> None:
    table = filled(100)
    for number in range(13, 100):
        table.delete(b"%d" % number)
    assert not table.shrink_if_sparse()
    table.delete(b"12")
    table.hashing.avoids_resize = True
    assert not table.shrink_if_sparse()
    table.hashing.avoids_resize = False
    assert table.shrink_if_sparse()
    assert len(table.tables[1]) == 16


def test_a_step_visits_ten_empty_buckets_at_most() -> None:
    table = filled(1024)
    for number in range(1024):
        table.delete(b"%d" % number)
    table.set(b"k", 0)
    last = next(index for index, bucket in enumerate(table.tables[0]) if bucket)
    table.expand(4)
    for visited in range(10, last + 1, 10):
        assert table.rehash(1)
        assert table.rehash_index == visited
    table.rehash(1)
    assert (table.rehash_index, len(table.tables[0])) == (-1, 4)


def test_a_walk_goes_bucket_by_bucket_through_both_tables() -> None:
    table = filled(4)
    table.set(b"4", 4)
    assert sorted(table.walk()) == sorted(table)
    assert not table.pauses


@given(growth=st.lists(st.sampled_from([-60, -7, -1, 1, 7, 60]), max_size=30))
def test_a_scan_through_growth_and_shrink_misses_nothing_that_stays(growth: list[int]) -> None:
    table = filled(20)
    added, cursor = 20, 0
    seen: set[bytes] = set()
    changes = iter(growth)
    while not seen or cursor:
        cursor, found = table.scan(cursor)
        seen.update(found)
        for number in range(added, added + (change := next(changes, 0))):
            table.set(b"%d" % number, number)
        for number in range(max(added + change, 20), added):
            table.delete(b"%d" % number)
        added = max(added + change, 20)
        table.shrink_if_sparse()
    assert {b"%d" % number for number in range(20)} <= seen


def scanned(seed: bytes) -> list[bytes]:
    """All keys of a table of 32 buckets, in the order of a scan."""
    table: Dict[None] = Dict(Hashing(seed))
    for number in range(32):
        table.set(b"%d" % number, None)
    cursor, found = table.scan(0)
    while cursor:
        cursor, more = table.scan(cursor)
        found += more
    return found


def test_the_seed_decides_the_order_of_a_scan() -> None:
    orders = {tuple(scanned(seed_of_text(text))) for text in (b"a", b"b", b"a\0", b"a") for _ in range(2)}
    assert len(orders) == 3


def test_the_hash_is_the_documented_one() -> None:
    """The values are what `openssl mac -macopt hexkey:… -macopt size:8 BLAKE2SMAC` prints, read as little-endian."""
    assert seed_of_text(b"redproof").hex() == "74395936be675d5bfa62270311928d5b"
    assert Hashing(seed_of_text(b"redproof")).hash(b"key") == 0x001F8902C3A1FA2A
    assert Hashing(seed_of_text(b"redproof")).hash(b"") == 0xC365C1CBF301CF44
