"""HyperLogLogs: known hashes and counts, the bytes of both representations, and strings that only look like one."""

from __future__ import annotations

import pytest
from redproof_model.choice import Choice, Expected, observe
from redproof_model.hyperloglog.estimate import REGISTERS, estimate
from redproof_model.hyperloglog.murmur import register_of
from redproof_model.hyperloglog.sketch import Sketch, new_sketch
from redproof_model.hyperloglog.sparse import Raised, Sparse, gap, run
from redproof_model.keyspace.model import Model
from redproof_model.reply import OK, Error, Reply, Status
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version

STALE = bytes(7) + b"\x80"
HEADER = b"HYLL\x01\x00\x00\x00"
CORRUPTED = Error(b"INVALIDOBJ Corrupted HLL object detected")
NO_SKETCH = Error(b"WRONGTYPE Key is not a valid HyperLogLog string value.")


def run_all(*commands: list[bytes], version: Version = REDIS_7_0) -> tuple[Model, Expected]:
    """A model after these commands, and what it expects of the last."""
    model = Model(version)
    model.connect("c")
    expected: Expected = 0
    for argv in commands:
        expected = model.step("c", argv, 0, 0)
    return model, expected


def last(*commands: list[bytes]) -> Expected:
    return run_all(*commands)[1]


def numbers(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


@pytest.mark.parametrize(
    ("element", "index", "rank"),
    [(b"", 5938, 2), (b"a", 12711, 2), (b"abcdefg", 5634, 2), (b"12345678", 10579, 3), (b"123456789", 9293, 2)],
)
def test_elements_go_where_real_servers_put_them(element: bytes, index: int, rank: int) -> None:
    """What redis-server 7.0.15 shows with PFDEBUG DECODE, of no whole word, one, and one with a rest."""
    assert register_of(element) == (index, rank)
    shown = b"Z:%d v:%d,1 Z:%d" % (index, rank, REGISTERS - 1 - index)
    assert last([b"PFADD", b"p", element], [b"PFDEBUG", b"DECODE", b"p"]) == shown


def test_documented() -> None:
    """The examples of the pages of PFADD, PFCOUNT and PFMERGE."""
    add = [b"PFADD", b"hll", *b"foo bar zap".split()]
    assert last(add) == 1
    assert last(add, [b"PFADD", b"hll", *b"zap zap zap".split()]) == 0
    assert last(add, [b"PFADD", b"other", *b"1 2 3".split()], [b"PFCOUNT", b"hll", b"other"]) == 6
    first = [b"PFADD", b"hll1", *b"foo bar zap a".split()]
    second = [b"PFADD", b"hll2", *b"a b c foo".split()]
    assert last(first, second, [b"PFMERGE", b"hll3", b"hll1", b"hll2"]) == OK
    assert last(first, second, [b"PFMERGE", b"hll3", b"hll1", b"hll2"], [b"PFCOUNT", b"hll3"]) == 6


@pytest.mark.parametrize(("count", "told"), [(0, 0), (1, 1), (100, 100), (1000, 1001), (20000, 19891)])
def test_counts_of_real_servers(count: int, told: int) -> None:
    """What redis-server 6.2.14 and 7.0.15 tell of the numbers from 0 on."""
    assert last([b"PFADD", b"p", *numbers(count)], [b"PFCOUNT", b"p"]) == told


def test_representations_agree() -> None:
    sparse = new_sketch()
    for element in numbers(300):
        sparse.add(element)
    dense = Sketch(sparse.to_bytes())
    assert dense.make_dense()
    assert not dense.make_dense()
    assert len(dense.to_bytes()) == 16 + REGISTERS * 6 // 8
    assert dense.registers() == sparse.registers()
    assert estimate(dense.registers()) == 302


def test_a_new_one_is_one_gap() -> None:
    assert last([b"PFADD", b"p"], [b"GET", b"p"]) == HEADER + STALE + b"\x7f\xff"
    assert last([b"PFADD", b"p"], [b"PFCOUNT", b"p"], [b"GET", b"p"]) == HEADER + bytes(8) + b"\x7f\xff"


def test_runs_of_one_value_merge_up_to_four() -> None:
    sparse = Sparse(gap(REGISTERS).code)
    for index in range(10, 16):
        assert sparse.raise_register(index, 3, 3000) is Raised.DONE
    assert [opcode.length for opcode in sparse.opcodes] == [10, 4, 2, REGISTERS - 16]
    assert sparse.raise_register(11, 3, 3000) is Raised.NEEDLESS
    assert sparse.raise_register(11, 4, sparse.size_bytes + 1) is Raised.TOO_LONG
    assert sparse.raise_register(11, 4, sparse.size_bytes + 2) is Raised.DONE
    assert sparse.opcodes[1:4] == [run(3, 1), run(4, 1), run(3, 4)]
    assert sparse.size_bytes == len(sparse.to_bytes())


@pytest.mark.parametrize(("count", "encoding"), [(1600, b"sparse"), (1700, b"dense")])
def test_too_long_a_sparse_one_becomes_dense(count: int, encoding: bytes) -> None:
    assert last([b"PFADD", b"p", *numbers(count)], [b"PFDEBUG", b"ENCODING", b"p"]) == Status(encoding)


def test_a_rank_over_32_is_not_sparse() -> None:
    sketch = new_sketch()
    assert sketch.raise_register(5, 32)
    assert sketch.sparse is not None
    assert sketch.raise_register(5, 33)
    assert sketch.sparse is None
    assert sketch.registers() == {5: 33}


@pytest.mark.parametrize("version", [REDIS_6_2, REDIS_7_0])
def test_a_count_that_is_kept_is_believed(version: Version) -> None:
    kept = HEADER + b"\x07" + bytes(7)
    assert run_all([b"SET", b"p", kept], [b"PFCOUNT", b"p"], version=version)[1] == 7
    assert run_all([b"SET", b"p", kept], [b"PFCOUNT", b"p", b"p"], version=version)[1] == CORRUPTED


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b"HYLL", NO_SKETCH),
        (b"12345678901234567", NO_SKETCH),
        (b"HYLL\x02" + bytes(13), NO_SKETCH),
        (b"HYLL\x00" + bytes(13), NO_SKETCH),
        (HEADER + STALE, CORRUPTED),
        (HEADER + STALE + b"\x7f\xfe", CORRUPTED),
        (HEADER + STALE + b"\x7f\xff\x00", CORRUPTED),
        (HEADER + STALE + b"\x7f\xff", 0),
    ],
)
def test_lookalikes(data: bytes, reply: Reply) -> None:
    assert last([b"SET", b"p", data], [b"PFCOUNT", b"p"]) == reply
    assert last([b"SET", b"p", data], [b"PFMERGE", b"q", b"p"]) == (OK if reply == 0 else reply)


def test_a_list_is_no_string() -> None:
    wrong = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")
    assert last([b"RPUSH", b"l", b"x"], [b"PFADD", b"l", b"a"]) == wrong


def test_a_surplus_run_is_refused_by_patched_servers_only() -> None:
    """An unpatched 6.2.14 answers OK, the patched 7.0.15 of Debian refuses; a single PFCOUNT is refused by both."""
    data = HEADER + STALE + b"\x7f\xff\x80"
    assert last([b"SET", b"p", data], [b"PFCOUNT", b"p"]) != 0
    for reply in (OK, CORRUPTED):
        expected = last([b"SET", b"p", data], [b"PFMERGE", b"q", b"p"])
        assert isinstance(expected, Choice)
        assert observe(expected, reply, 2)


def test_touching_one_makes_it_raw() -> None:
    data = HEADER + bytes(8) + b"\x7f\xff"
    assert last([b"SET", b"p", data], [b"OBJECT", b"ENCODING", b"p"]) == b"embstr"
    assert last([b"SET", b"p", data], [b"PFCOUNT", b"p"], [b"OBJECT", b"ENCODING", b"p"]) == b"raw"


def test_counting_is_a_change_but_not_a_second_time() -> None:
    """PFCOUNT keeps the count, which a client that watches the key notices."""
    model, _ = run_all([b"PFADD", b"p", b"a"])
    model.connect("other")
    for reply in (False, True):
        model.step("c", [b"WATCH", b"p"], 0, 0)
        model.step("other", [b"PFCOUNT", b"p"], 0, 0)
        model.step("c", [b"MULTI"], 0, 0)
        assert (model.step("c", [b"EXEC"], 0, 0) == []) is reply


@pytest.mark.parametrize(
    ("last_run", "allowed"), [(9985, True), (10232, True), (10240, True), (10241, False), (1, False)]
)
def test_what_follows_a_gap_that_is_cut_off_is_not_known(last_run: int, allowed: bool) -> None:
    """Servers show 10232: PFADD has written the second byte over the end of the string."""
    expected = last(
        [b"PFADD", b"p", b"\0"],
        [b"SETRANGE", b"p", b"17", b"@A"],
        [b"PFADD", b"p", b"a"],
        [b"PFDEBUG", b"DECODE", b"p"],
    )
    assert isinstance(expected, Choice)
    assert observe(expected, b"Z:8769 Z:350 Z:3592 v:2,1 Z:%d" % last_run, 2) is allowed


@pytest.mark.parametrize(
    ("damaged", "elements", "reply", "becomes"),
    [
        # The last gap has 257 registers; 53 is in the 151st, 190 in the 231st, 0 in a gap before it.
        (gap(16000).code + b"A", [b"53"], 1, b"~\x7f@\x95\x80@"),
        (gap(16000).code + b"A", [b"53", b"190"], 1, b"~\x7f@\x95\x80@N\x80"),
        (gap(16000).code + b"A", [b"53", b"0", b"190"], CORRUPTED, b"s\xa8\x8cJ\xd5@\x95\x80@"),
        # The last gap has one register, which is that of 3398.
        (gap(16383).code + b"@", [b"3398"], 1, b"\x7f\xfe"),
        (gap(16383).code + b"@", [b"3398", b"0"], 1, b"s\xa8\x8cLT"),
        (gap(16383).code + b"@", [b"3398", b"3398"], CORRUPTED, b"\x7f\xfe"),
    ],
)
def test_what_is_written_behind_the_end_counts_until_the_end_is_written_again(
    damaged: bytes, elements: list[bytes], reply: Reply, becomes: bytes
) -> None:
    """As Redis 6.2.14, 7.0.15 and 8.0.6 and Valkey 9.1.2 have answered."""
    model, expected = run_all([b"SET", b"p", HEADER + STALE + damaged], [b"PFADD", b"p", *elements])
    assert expected == reply
    assert model.step("c", [b"GET", b"p"], 0, 0) == HEADER + STALE + becomes
