"""DUMP and RESTORE: known payloads of real servers, all types and sizes, and damage that must only be refused."""

from collections.abc import Callable, Iterable
from random import Random

import pytest
from rdb_files import contents
from redproof_server.engine.hashing import SEED_BYTES, Hashing
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.limits import Limits
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.value import List, Value, encoding_name
from redproof_server.persistence import intset, listpack, lzf, ziplist, zipmap
from redproof_server.persistence.crc64 import crc64
from redproof_server.persistence.formats import FORMATS
from redproof_server.persistence.loading import load_value
from redproof_server.persistence.payload import dump, is_intact, restore
from redproof_server.persistence.stream import CorruptPayloadError, Reader, encode_length
from redproof_server.persistence.strings import encode_string, read_string

LIST_FILL = -2
LIST = [b"a", b"1", b"-300", b"x" * 70]
RANKED = [(1.0, b"a"), (2.5, b"b"), (float("inf"), b"c")]
COMPACT_NAMES = {9: b"ziplist", 10: b"listpack"}
TEXTS = [
    b"",
    b"a",
    b"-",
    b"01",
    b"x" * 63,
    b"x" * 64,
    b"x" * 253,
    b"x" * 254,
    bytes(range(256)) * 16,
    b"y" * 70_000,
    *(b"%d" % number for power in (0, 3, 4, 7, 12, 15, 23, 31, 63) for number in (-(2**power), 2**power - 1)),
    b"12",
    b"13",
    b"9223372036854775808",
]


def limits(rdb_version: int) -> Limits:
    """The default limits of a version."""
    is_new = rdb_version == 10
    hashing = Hashing(bytes(SEED_BYTES))
    return Limits(hashing, COMPACT_NAMES[rdb_version], compact_integer_scores=is_new, hash_tables_are_presized=is_new)


def hash_of(pairs: Iterable[tuple[bytes, bytes]], rdb_version: int) -> Hash:
    value = Hash(limits(rdb_version))
    for field, text in pairs:
        value.set(field, text)
    return value


def set_of(members: Iterable[bytes], rdb_version: int) -> Set:
    value = Set(limits(rdb_version))
    for member in members:
        value.add(member)
    return value


def sorted_set_of(count: int, rdb_version: int) -> SortedSet:
    value = SortedSet(limits(rdb_version))
    scores = [float("inf"), float("-inf"), 0.5, 1e300, -3.0, 2.0**52, 1e17, 1e19]
    for number in range(count):
        value.set(b"member:%d" % number, scores[number % len(scores)] + number)
    return value


def values(rdb_version: int) -> list[Value]:
    """Values of all types and encodings."""
    numbers = [b"%d" % number for number in range(600)]
    return [
        *TEXTS,
        List([b"a"]),
        List(TEXTS * 3),
        set_of([b"1", b"-70000"], rdb_version),
        set_of([b"1", b"9223372036854775807"], rdb_version),
        set_of(numbers, rdb_version),
        set_of(TEXTS, rdb_version),
        hash_of([(b"field", b"7"), (b"", b"x" * 64)], rdb_version),
        hash_of(zip(numbers, reversed(numbers), strict=True), rdb_version),
        sorted_set_of(8, rdb_version),
        sorted_set_of(200, rdb_version),
    ]


@pytest.mark.parametrize("rdb_version", [9, 10])
def test_what_was_dumped_is_restored_with_its_encoding(rdb_version: int) -> None:
    for value in values(rdb_version):
        payload = dump(value, rdb_version, LIST_FILL)
        assert is_intact(payload, rdb_version)
        restored = restore(payload, rdb_version, limits(rdb_version))
        assert contents(restored) == contents(value)
        assert encoding_name(restored) == encoding_name(value)


def test_a_later_version_reads_an_earlier_one_but_not_the_reverse() -> None:
    for value in values(9):
        payload = dump(value, 9, LIST_FILL)
        assert is_intact(payload, 10)
        assert contents(restore(payload, 10, limits(10))) == contents(value)
    assert not is_intact(dump(b"value", 10, LIST_FILL), 9)


@pytest.mark.parametrize(
    ("payload", "rdb_version", "expected"),
    [
        # written by redis-server 6.2.14 and 7.0.15
        ("00c1393009004d66bbebc77a6b08", 9, b"12345"),
        ("00c30b300361626361e021020162630900a0bc307088a2d51b", 9, b"abcabc" * 8),
        (
            "0e01c31e405d045d0000001320030e040000016103f202c0d4fe04404678e03b000178ff09006de8b247588ebd3f",
            9,
            [b"a", b"1", b"-300", b"x" * 70],
        ),
        ("0b10040000000200000001000000701101000900f7c712a2a9e03575", 9, {b"1", b"70000"}),
        ("02020161c00109001eca2fcec8675dc3", 9, {b"a", b"1"}),
        ("0d191900000012000000040000016603f2020167030474657874ff09005091683cf80e8c3c", 9, {b"f": b"1", b"g": b"text"}),
        (
            "0c20200000001a000000060000016103f20201620303322e350501630303696e66ff09003ea8f03ae45b8807",
            9,
            [(1.0, b"a"), (2.5, b"b"), (float("inf"), b"c")],
        ),
        ("0501c3094041016d6de03400016d6d000000000000e03f0900e81d8ee8e0c355e7", 9, [(0.5, b"m" * 65)]),
        ("00c139300a009d94ea2793fc08b9", 10, b"12345"),
        ("00c30b300361626361e021020162630a00704e61bcdc24b6aa", 10, b"abcabc" * 8),
        (
            "120102c3184058105800000004008161020101ded402e04678e03c000148ff0a0044cc546ab27d5d40",
            10,
            [b"a", b"1", b"-300", b"x" * 70],
        ),
        ("0b10040000000200000001000000701101000a002735436efd6656c4", 10, {b"1", b"70000"}),
        ("02020161c0010a00ce387e029ce13e72", 10, {b"a", b"1"}),
        ("10151500000004008166020101816702847465787405ff0a00a5f21a6e9bea923b", 10, {b"f": b"1", b"g": b"text"}),
        (
            "111c1c0000000600816102010181620283322e350481630283696e6604ff0a006b1ddedce8e2c399",
            10,
            [(1.0, b"a"), (2.5, b"b"), (float("inf"), b"c")],
        ),
        ("0501c3094041016d6de03400016d6d000000000000e03f0a0038efdf24b4453656", 10, [(0.5, b"m" * 65)]),
    ],
)
def test_payloads_of_real_servers_are_read_and_written(payload: str, rdb_version: int, expected: object) -> None:
    data = bytes.fromhex(payload)
    assert is_intact(data, rdb_version)
    value = restore(data, rdb_version, limits(rdb_version))
    assert contents(value) == expected
    if encoding_name(value) != b"hashtable":
        assert dump(value, rdb_version, LIST_FILL) == data


def test_a_damaged_payload_is_refused_or_read_but_nothing_else_happens() -> None:
    random = Random(7)
    refused = 0
    for rdb_version in (9, 10):
        bodies = [dump(value, rdb_version, LIST_FILL)[:-8] for value in values(rdb_version)]
        for _ in range(4000):
            body = bytearray(random.choice(bodies)[:400])
            for _ in range(random.randrange(1, 4)):
                body[random.randrange(len(body))] = random.randrange(256)
            try:
                restore(bytes(body) + crc64(bytes(body)).to_bytes(8, "little"), rdb_version, limits(rdb_version))
            except CorruptPayloadError:
                refused += 1
    assert 0 < refused < 8000


def test_checksum_of_the_usual_text() -> None:
    assert crc64(b"123456789") == 0xE9C6D914C4B8D9CA


@pytest.mark.parametrize("length", [0, 63, 64, 16383, 16384, 2**32 - 1, 2**32, 2**64 - 1])
def test_lengths_of_all_sizes(length: int) -> None:
    assert Reader(encode_length(length)).length() == length


@pytest.mark.parametrize(("encode", "decode"), [(ziplist.encode, ziplist.decode), (listpack.encode, listpack.decode)])
def test_compact_lists_that_end_too_early_are_refused(
    encode: Callable[[list[bytes]], bytes], decode: Callable[[bytes], list[bytes]]
) -> None:
    whole = encode(TEXTS)
    assert decode(whole) == TEXTS
    for length in range(400):
        with pytest.raises(CorruptPayloadError):
            decode(whole[:length])


def test_intsets_are_sorted_and_of_the_smallest_size() -> None:
    for numbers, size_bytes in (([-1, 2**15 - 1], 2), ([-1, 2**15], 4), ([-(2**63), 0], 8)):
        data = intset.encode(numbers)
        assert len(data) == 8 + 2 * size_bytes
        assert intset.decode(data) == numbers
    with pytest.raises(CorruptPayloadError):
        intset.decode(intset.encode([2, 1]))


def test_zipmaps_of_old_servers_are_read() -> None:
    assert zipmap.decode(b"\x02\x03foo\x03\x02barxx\x05hello\x05\x00world\xff") == [b"foo", b"bar", b"hello", b"world"]
    with pytest.raises(CorruptPayloadError):
        zipmap.decode(b"\x01\x03foo\xff")


def test_long_strings_are_compressed_and_come_back() -> None:
    random = Random(3)
    for length in (21, 40, 100, 1000, 20_000):
        for alphabet in (1, 2, 4, 26):
            text = bytes(random.randrange(alphabet) + 97 for _ in range(length))
            saved = encode_string(text)
            assert len(saved) < length + 6
            assert read_string(Reader(saved)) == text
    assert lzf.compress(bytes(range(256)), 252) is None


@pytest.mark.parametrize("data", [b"", b"\x20", b"\x20\x05", b"\xe0\x01", b"\x05abc", b"\x00a\x20\x01"])
def test_broken_compressed_strings_are_refused(data: bytes) -> None:
    with pytest.raises(CorruptPayloadError):
        lzf.decompress(data, 100)


@pytest.mark.parametrize("value_type", [2, 4])
def test_more_elements_than_bytes_are_refused_before_a_table_is_made_for_them(value_type: int) -> None:
    payload = bytes([value_type]) + encode_length(2**40) + encode_string(b"a")
    with pytest.raises(CorruptPayloadError):
        load_value(Reader(payload), FORMATS[10], limits(10))
