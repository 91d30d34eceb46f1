"""The hash table: a mapping like any other, with tables that rehash and scans that miss nothing."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from redproof_server.engine.dict import Dict, next_cursor

keys = st.integers(0, 60).map(lambda number: b"key:%d" % number)


class DictMachine(RuleBasedStateMachine):
    """A Dict beside a plain dict, with a scan under way."""

    def __init__(self) -> None:
        super().__init__()
        self.dict: Dict[int] = Dict(seed=7)
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

    @rule(buckets=st.integers(1, 8))
    def rehash(self, buckets: int) -> None:
        self.dict.rehash(buckets)

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
    table: Dict[None] = Dict()
    for number in range(4):
        table.set(b"%d" % number, None)
    assert (len(table.tables[0]), table.rehash_index) == (4, -1)
    table.set(b"4", None)
    assert (len(table.tables[1]), table.rehash_index) == (8, 0)
    table.get(b"4")
    assert table.rehash_index != 0


def test_tables_shrink_below_a_tenth() -> None:
    table: Dict[None] = Dict()
    for number in range(100):
        table.set(b"%d" % number, None)
    while table.rehash(100):
        pass
    for number in range(13, 100):
        table.delete(b"%d" % number)
    assert not table.shrink_if_sparse()
    table.delete(b"12")
    assert table.shrink_if_sparse()
    assert len(table.tables[1]) == 16


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_the_seed_decides_the_order_of_a_scan(seed: int) -> None:
    first, second = Dict[None](seed), Dict[None](seed)
    for table in (first, second):
        for number in range(32):
            table.set(b"%d" % number, None)
    assert first.scan(0) == second.scan(0)
