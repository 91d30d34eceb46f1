"""RDB files byte by byte: what is written is read, also what no server writes today, and what is wrong is told."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdb_files import FAR_MS, NOISE, NOW_MS, STATE, dataset, filled, loaded, new_server
from redproof_server.engine.versions import VERSIONS
from redproof_server.persistence import formats, listpack, modules, ziplist
from redproof_server.persistence.crc64 import crc64
from redproof_server.persistence.rdb import dump
from redproof_server.persistence.rdb_reading import CorruptRdbError
from redproof_server.persistence.rdb_writing import write_rdb
from redproof_server.persistence.snapshot import take_snapshot
from redproof_server.persistence.stream import encode_length
from redproof_server.persistence.strings import encode_string
from redproof_server.protocol.fast import encode_request

KEYS = st.binary(max_size=30)
TEXTS = st.one_of(st.binary(max_size=80), st.integers(-(2**63), 2**63 - 1).map(lambda number: b"%d" % number))
FLOATS = st.floats(allow_nan=False).map(lambda score: b"%.17g" % score)
ELEMENTS = st.lists(TEXTS, min_size=1, max_size=40)
REQUESTS = st.one_of(
    st.tuples(KEYS, TEXTS).map(lambda pair: [b"SET", *pair]),
    st.tuples(KEYS, ELEMENTS).map(lambda pair: [b"RPUSH", pair[0], *pair[1]]),
    st.tuples(KEYS, ELEMENTS).map(lambda pair: [b"SADD", pair[0], *pair[1]]),
    st.tuples(KEYS, ELEMENTS).map(lambda pair: [b"HSET", pair[0], *(text for text in pair[1] for _ in range(2))]),
    st.tuples(KEYS, FLOATS, TEXTS).map(lambda words: [b"ZADD", *words]),
    st.tuples(KEYS, st.integers(NOW_MS + 1, FAR_MS)).map(lambda pair: [b"PEXPIREAT", pair[0], b"%d" % pair[1]]),
    st.integers(0, 15).map(lambda index: [b"SELECT", b"%d" % index]),
)


@given(version=st.sampled_from(sorted(VERSIONS)), requests=st.lists(REQUESTS, max_size=30), keeps=st.booleans())
def test_what_is_written_is_read_and_written_again_byte_for_byte(
    version: str, requests: list[list[bytes]], keeps: bool
) -> None:
    server = new_server(version)
    client = server.connect(b"", NOW_MS)
    for request in requests:
        server.receive(client, encode_request(request), NOW_MS)
    data = dump(server)
    again, _ = loaded(data, version, keeps)
    assert dataset(again) == dataset(server)
    assert dump(again) == data


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_the_head_tells_of_replication(version: str) -> None:
    server, aux = loaded(dump(filled(version), STATE), version)
    assert aux.replication == STATE
    assert dataset(server) == dataset(filled())
    assert loaded(dump(filled(version)), version)[1].replication is None


def test_a_file_comes_in_pieces_of_one_moment() -> None:
    server = filled(requests=[["SET", f"key:{number}", NOISE] for number in range(1000)])
    whole, before = dump(server), dataset(server)
    pieces = write_rdb(take_snapshot(server, None))
    first = next(pieces)
    server.databases[0].empty()
    rest = list(pieces)
    assert len(rest) > 1
    assert b"".join([first, *rest]) == whole
    assert dataset(loaded(whole)[0]) == before


def sealed(body: bytes) -> bytes:
    """A file with its end and its checksum."""
    return body + b"\xff" + crc64(body + b"\xff").to_bytes(8, "little")


def key_of_type(value_type: int, key: bytes, value: bytes) -> bytes:
    return bytes([value_type]) + encode_string(key) + value


def text_zset(*scored: tuple[bytes, bytes]) -> bytes:
    return encode_length(len(scored)) + b"".join(encode_string(member) + score for member, score in scored)


@pytest.mark.parametrize(
    ("value_type", "value", "expected"),
    [
        (formats.LIST, b"\x02\x01a\xc0\x07", [b"a", b"7"]),
        (formats.LIST_ZIPLIST, encode_string(ziplist.encode([b"a", b"7"])), [b"a", b"7"]),
        (formats.HASH_ZIPMAP, encode_string(b"\x01\x01f\x01\x00v\xff"), {b"f": b"v"}),
        (
            formats.ZSET,
            text_zset((b"a", b"\x031.5"), (b"b", b"\xfe"), (b"c", b"\xff")),
            [(-inf, b"c"), (1.5, b"a"), (inf, b"b")],
        ),
        (formats.HASH_LISTPACK_EX_PRE_GA, encode_string(listpack.encode([b"f", b"v", b"0"])), {b"f": b"v"}),
        (formats.HASH_METADATA_PRE_GA, b"\x01\x00\x01f\x01v", {b"f": b"v"}),
    ],
)
def test_types_of_old_servers_and_of_candidates_are_read(value_type: int, value: bytes, expected: object) -> None:
    server, _ = loaded(sealed(b"REDIS0012" + key_of_type(value_type, b"k", value)))
    assert dataset(server) == {(0, b"k"): (expected, None)}


def test_expired_keys_are_dropped_by_a_master_and_kept_by_a_replica() -> None:
    key = key_of_type(formats.STRING, b"k", b"\x01v")
    past = bytes([formats.EXPIRETIME_MS]) + (NOW_MS - 1).to_bytes(8, "little")
    data = sealed(b"REDIS0009" + past + key)
    server, aux = loaded(data)
    assert (dataset(server), aux.expired) == ({}, [(0, b"k")])
    server, aux = loaded(data, keeps_expired=True)
    assert (dataset(server), aux.expired) == ({(0, b"k"): (b"v", NOW_MS - 1)}, [])


def test_times_and_uses_before_a_key_are_about_that_key_alone() -> None:
    seconds = bytes([formats.EXPIRETIME]) + (NOW_MS // 1000 + 9).to_bytes(4, "little")
    before = seconds + bytes([formats.IDLE, 5, formats.FREQ, 77])
    keys = [key_of_type(formats.STRING, name, b"\x01v") for name in (b"a", b"b")]
    data = sealed(b"REDIS0009" + before + keys[0] + keys[1])
    server, _ = loaded(data, policy="allkeys-lfu")
    assert dataset(server) == {(0, b"a"): (b"v", NOW_MS + 9000), (0, b"b"): (b"v", None)}
    db = server.databases[0]
    assert db.accessed_ms == {b"a": NOW_MS - 5000, b"b": NOW_MS}
    assert db.uses is not None
    assert [db.uses.count(name, NOW_MS) for name in (b"a", b"b")] == [77, 5]


def test_data_of_modules_beside_the_keys_is_passed_over() -> None:
    name = b"vectorset"
    module_id = sum(modules.NAME_CHARACTERS.index(byte) << 6 * (8 - place) for place, byte in enumerate(name)) << 10
    values = b"\x01\x05\x02\x07\x03" + bytes(4) + b"\x04" + bytes(8) + b"\x05\x01x" + b"\x00"
    aux_of_module = bytes([formats.MODULE_AUX]) + encode_length(module_id) + b"\x02\x01" + values
    server, aux = loaded(sealed(b"REDIS0012" + aux_of_module + key_of_type(formats.STRING, b"k", b"\x01v")))
    assert aux.modules == [name]
    assert len(dataset(server)) == 1


def test_libraries_of_the_candidates_for_7_0_are_read() -> None:
    words = [b"lib", b"LUA", b"redis.register_function('f', function() return 1 end)"]
    name, engine, code = map(encode_string, words)
    server, _ = loaded(sealed(b"REDIS0010" + bytes([formats.FUNCTION_PRE_GA]) + name + engine + b"\x01" + name + code))
    assert server.libraries is not None
    assert server.libraries.by_name.keys() == {b"lib"}


STRING = key_of_type(formats.STRING, b"k", b"\x01v")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"REDIS0013", "version REDIS0013"),
        (b"VALKEY081", "version VALKEY081"),
        (b"RADIS0009", "does not begin"),
        (b"REDIS00a9", "does not begin"),
        (b"REDIS0009" + STRING + STRING, "key b'k' twice"),
        (b"REDIS0009\xfe\x10", "a database 16, and there are 16"),
        (b"REDIS0009\xf0", "unknown type 240"),
        (b"VALKEY080" + bytes([formats.HASH_METADATA]), "unknown type 24"),
        (b"REDIS0009\x07\x01k", "a value of a module at key b'k'"),
        (b"REDIS0010\xf5" + encode_string(b"no code"), "Missing library metadata"),
        (b"REDIS0010\xf5" + encode_string(b"#!l\xffa name=lib\n"), r"Engine 'l\\xffa' not found"),
    ],
)
def test_what_is_wrong_is_told(body: bytes, problem: str) -> None:
    with pytest.raises(CorruptRdbError, match=problem):
        loaded(sealed(body))


def test_functions_are_refused_where_there_are_none() -> None:
    with pytest.raises(CorruptRdbError, match="holds functions"):
        loaded(dump(filled("7.0")), "6.2")


def test_a_checksum_of_zero_is_not_checked_and_old_files_have_none() -> None:
    body = STRING + b"\xff"
    assert loaded(b"REDIS0009" + body + bytes(8))[1].keys_loaded == 1
    assert loaded(b"REDIS0004" + body)[1].keys_loaded == 1
    with pytest.raises(CorruptRdbError, match="the checksum is wrong"):
        loaded(b"REDIS0009" + body + bytes(7) + b"\x01")


def test_empty_collections_are_left_out() -> None:
    server, aux = loaded(sealed(b"REDIS0009" + key_of_type(formats.LIST, b"l", b"\x00") + STRING))
    assert aux.keys_loaded == len(dataset(server)) == 1
