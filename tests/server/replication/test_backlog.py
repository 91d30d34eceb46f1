"""The backlog of each version against what Redis keeps."""

from hypothesis import given
from hypothesis import strategies as st
from redproof_server.replication.backlog import Backlog, BlockBacklog, allocated_bytes

RING_BYTES = 64
pieces = st.lists(st.binary(min_size=1, max_size=100), max_size=20)


@given(pieces)
def test_a_ring_holds_exactly_the_last_bytes(given_pieces: list[bytes]) -> None:
    backlog, stream = Backlog(RING_BYTES, 101), b""
    for piece in given_pieces:
        backlog.feed(piece)
        stream += piece
        assert backlog.histlen == min(len(stream), RING_BYTES)
        assert backlog.next_offset == 101 + len(stream)
        assert backlog.read(backlog.first_offset) == stream[-RING_BYTES:]
        assert backlog.covers(backlog.first_offset)
        assert backlog.covers(backlog.next_offset)
        assert not backlog.covers(backlog.first_offset - 1)
        assert not backlog.covers(backlog.next_offset + 1)


@given(st.lists(st.integers(1, 60_000), max_size=30), st.integers(16 * 1024, 100_000))
def test_a_list_of_blocks_holds_at_least_its_size_and_at_most_a_block_more_than_it_must(
    lengths: list[int], size_bytes: int
) -> None:
    backlog, total = BlockBacklog(size_bytes, 1, lambda: None), 0
    for length in lengths:
        backlog.feed(b"x" * length)
        total += length
        assert backlog.histlen >= min(total, size_bytes)
        assert backlog.next_offset == 1 + total


def test_blocks_are_dropped_whole_once_the_others_suffice() -> None:
    backlog = BlockBacklog(16 * 1024, 1, lambda: None)
    held = []
    for _ in range(700):
        backlog.feed(b"x" * 100)
        held.append(backlog.histlen)
    assert max(held) == 36_800
    assert backlog.first_offset == 1 + 2 * 20_440


def test_what_waits_for_a_replica_is_kept() -> None:
    waiting: list[int | None] = [1]
    backlog = BlockBacklog(16 * 1024, 1, lambda: waiting[0])
    for _ in range(1000):
        backlog.feed(b"x" * 100)
    assert backlog.histlen == 100_000
    waiting[0] = None
    backlog.trim()
    assert backlog.histlen == 100_000 - 4 * 20_440


def test_another_size_empties_a_ring_and_trims_a_list() -> None:
    ring, blocks = Backlog(RING_BYTES, 1), BlockBacklog(100_000, 1, lambda: None)
    ring.feed(b"x" * 50)
    ring.resize(RING_BYTES)
    assert ring.histlen == 50
    ring.resize(2 * RING_BYTES)
    assert (ring.first_offset, ring.histlen) == (51, 0)
    for _ in range(900):
        blocks.feed(b"x" * 100)
    blocks.resize(16 * 1024)
    assert blocks.histlen == 90_000 - 3 * 20_440


def test_an_allocator_has_four_sizes_for_each_doubling() -> None:
    assert [allocated_bytes(wanted) for wanted in (16384, 16385, 16424, 20481, 32769)] == [
        16384,
        20480,
        20480,
        24576,
        40960,
    ]
