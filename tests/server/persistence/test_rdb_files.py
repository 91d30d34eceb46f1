"""RDB files of real servers and for real servers, cut at any byte and with any byte changed."""

import shutil
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdb_files import FAR_MS, FILL, FILLED, FOLDER, REFUSED, STATE, dataset, filled, loaded
from redproof_model.reply import OK
from redproof_properties.suites.store import store_folder
from redproof_properties.targets import parse_target
from redproof_properties.targets.process import ProcessTarget
from redproof_server.engine.values.limits import Limits
from redproof_server.engine.values.value import Value
from redproof_server.persistence import formats, loading_fields
from redproof_server.persistence.loading import Load
from redproof_server.persistence.rdb import dump, load
from redproof_server.persistence.rdb_reading import CorruptRdbError
from redproof_server.persistence.stream import Reader

LIVE = [
    "redis",
    "local:redis-server",
    *(f"suite:{name}" for name in ("bullseye/redis", "bookworm/redis", "trixie/redis", "sid/redis", "sid/redict")),
    *(f"suite:{name}" for name in ("bookworm-backports/valkey", "trixie/valkey", "sid/valkey")),
]


@pytest.mark.parametrize("path", FILLED, ids=[path.stem for path in FILLED])
def test_files_of_real_servers_are_read(path: Path) -> None:
    version = "6.2" if path.stem.startswith("redis-6") else "7.0"
    server, aux = loaded(path.read_bytes(), version)
    assert dataset(server) == dataset(filled())
    assert aux.keys_loaded == len(dataset(server))
    assert aux.fields[b"redis-bits"] == b"64"
    has_library = server.libraries is not None and b"lib" in server.libraries.by_name
    assert has_library == (version == "7.0")


def test_the_files_hold_every_type_that_is_still_written(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[int] = set()
    for loaders in (loading_fields.FIELD_TTL_LOADERS, loading_fields.VALKEY_LOADERS):
        for value_type, load_type in loaders.items():

            def noting(reader: Reader, limits: Limits, code: int = value_type, load_type: Load = load_type) -> Value:
                seen.add(code)
                return load_type(reader, limits)

            monkeypatch.setitem(loaders, value_type, noting)
    for path in (*FILLED, *FOLDER.glob("*.rdb")):
        loaded(path.read_bytes())
    for path in REFUSED:
        with pytest.raises(CorruptRdbError):
            loaded(path.read_bytes())
    old = {formats.LIST, formats.ZSET, formats.HASH_ZIPMAP, formats.LIST_ZIPLIST}
    candidates = {formats.HASH_LISTPACK_EX_PRE_GA}
    assert seen == loading_fields.FIELD_TTL_LOADERS.keys() - old - candidates


@pytest.mark.parametrize("name", ["redis-8.0.2", "valkey-9.1.2"])
def test_what_a_cluster_or_a_field_without_expiry_adds_is_passed_over(name: str) -> None:
    server, _ = loaded((FOLDER / f"{name}-cluster.rdb").read_bytes())
    assert dataset(server) == {(0, b"a"): (b"1", None), (0, b"b"): (b"2", FAR_MS)}
    server, _ = loaded((FOLDER / f"{name}-fields-last.rdb").read_bytes())
    fields = {b"f": b"1", b"g": b"2"}
    assert dataset(server) == {(0, b"compact"): (fields, None), (0, b"h2"): ({b"f": b"v" * 70}, None)}


@pytest.mark.parametrize("path", REFUSED, ids=[path.stem for path in REFUSED])
def test_what_cannot_be_held_is_refused_by_its_name_and_nothing_changes(path: Path) -> None:
    server = filled(requests=[["SET", "k", "v"]])
    what = "a stream at key b'log'" if "stream" in path.stem else "field b'f' of a hash, which expires"
    with pytest.raises(CorruptRdbError, match=f"the RDB file holds {what}: not supported"):
        load(server, path.read_bytes())
    assert dataset(server) == {(0, b"k"): (b"v", None)}


def real_server(spelling: str) -> ProcessTarget:
    """A server that is here; skips with the reason where it would have to be fetched."""
    kind, _, name = spelling.partition(":")
    if kind == "local" and shutil.which(name) is None:
        pytest.skip(f"no {name} on PATH")
    if kind == "suite" and not (store_folder() / name).exists():
        pytest.skip(f"{spelling} has not been fetched: `redproof check --target {spelling}` does")
    target = parse_target(spelling)
    assert isinstance(target, ProcessTarget)
    return target


@pytest.mark.parametrize("spelling", LIVE)
def test_files_go_both_ways(spelling: str) -> None:
    with real_server(spelling) as target, target.connect() as connection:
        for request in FILL:
            connection.call(*request)
        digest = connection.call("DEBUG", "DIGEST")
        assert connection.call("SAVE") == OK
        path = target.place.folder / "dump.rdb"
        has_functions = target.version.number >= (7, 0)
        for version in ("6.2", "7.0") if has_functions else ("6.2",):
            connection.call("FLUSHALL")
            path.write_bytes(dump(filled(version), STATE))
            assert connection.call("DEBUG", "RELOAD", "NOSAVE") == OK
            assert connection.call("DEBUG", "DIGEST") == digest
        if has_functions:
            connection.call("SELECT", 9)
            assert connection.call("FCALL", "f", 0) == 1


@pytest.mark.parametrize("name", ["filled/redis-7.0.15", "filled/valkey-9.1.2", "redis-8.0.2-cluster"])
def test_a_file_cut_at_any_byte_is_refused(name: str) -> None:
    data = (FOLDER / f"{name}.rdb").read_bytes()
    server = filled(requests=[["SET", "k", "v"]])
    for length in range(len(data)):
        with pytest.raises(CorruptRdbError):
            load(server, data[:length])
    assert dataset(server) == {(0, b"k"): (b"v", None)}


@given(name=st.sampled_from([path.stem for path in FILLED]), seed=st.integers(0, 2**32), is_checked=st.booleans())
@settings(max_examples=400)
def test_changed_bytes_are_refused_or_read_and_nothing_else_happens(name: str, seed: int, is_checked: bool) -> None:
    random, data = Random(seed), bytearray((FOLDER / "filled" / f"{name}.rdb").read_bytes())
    # In front are the versions, of which the first had no checksum.
    for position in random.sample(range(9 if is_checked else 0, len(data) - 8), random.randrange(1, 4)):
        data[position] ^= 1 << random.randrange(8)
    data = data if is_checked else data[:-8] + bytes(8)
    try:
        loaded(bytes(data))
    except CorruptRdbError:
        return
    assert not is_checked
