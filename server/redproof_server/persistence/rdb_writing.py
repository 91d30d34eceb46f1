"""A snapshot as the bytes of an RDB file, piece by piece (rdb.c rdbSaveRio)."""

from collections.abc import Iterator

from redproof_server.persistence import formats
from redproof_server.persistence.crc64 import crc64
from redproof_server.persistence.formats import FORMATS
from redproof_server.persistence.payload import CHECKSUM_BYTES
from redproof_server.persistence.saving import save_value
from redproof_server.persistence.snapshot import DatabaseSnapshot, Snapshot
from redproof_server.persistence.stream import encode_length
from redproof_server.persistence.strings import encode_string

CHUNK_BYTES = 16 * 1024
TIME_BYTES = 8


def write_rdb(snapshot: Snapshot) -> Iterator[bytes]:
    """The file, in pieces of about CHUNK_BYTES or a value; a piece is made when it is asked for."""
    pieces: list[bytes] = []
    size_bytes = checksum = 0
    for piece in _pieces(snapshot):
        pieces.append(piece)
        size_bytes += len(piece)
        if size_bytes >= CHUNK_BYTES:
            chunk = b"".join(pieces)
            checksum = crc64(chunk, checksum)
            yield chunk
            pieces, size_bytes = [], 0
    rest = b"".join(pieces)
    yield rest + crc64(rest, checksum).to_bytes(CHECKSUM_BYTES, "little")


def _pieces(snapshot: Snapshot) -> Iterator[bytes]:
    """Everything before the checksum."""
    yield b"REDIS%04d" % snapshot.rdb_version
    for name, value in _aux_fields(snapshot):
        yield bytes([formats.AUX]) + encode_string(name) + encode_string(value)
    for code in snapshot.libraries:
        yield bytes([formats.FUNCTION2]) + encode_string(code)
    for db in snapshot.databases:
        yield from _database_pieces(db, snapshot)
    yield bytes([formats.EOF])


def _aux_fields(snapshot: Snapshot) -> list[tuple[bytes, bytes]]:
    """What the head tells of the server (rdbSaveInfoAuxFields)."""
    state = snapshot.replication
    fields = [
        (b"redis-ver", snapshot.release),
        (b"redis-bits", b"64"),
        (b"ctime", b"%d" % (snapshot.taken_ms // 1000)),
        (b"used-mem", b"%d" % snapshot.used_memory_bytes),
    ]
    if state is not None:
        fields += [
            (b"repl-stream-db", b"%d" % state.stream_db),
            (b"repl-id", state.replid),
            (b"repl-offset", b"%d" % state.offset_bytes),
        ]
    return [*fields, (FORMATS[snapshot.rdb_version].aof_field, b"0")]


def _database_pieces(db: DatabaseSnapshot, snapshot: Snapshot) -> Iterator[bytes]:
    """The number of a database, how many keys it holds and how many of them expire, and the keys (rdbSaveDb)."""
    sizes = encode_length(len(db.values)) + encode_length(len(db.expires_ms))
    yield bytes([formats.SELECTDB]) + encode_length(db.index) + bytes([formats.RESIZEDB]) + sizes
    rdb_format, list_fill, expires_ms = FORMATS[snapshot.rdb_version], snapshot.list_fill, db.expires_ms
    for key, value in db.values.items():
        saved = save_value(value, rdb_format, list_fill)
        when_ms = expires_ms.get(key)
        expiry = b"" if when_ms is None else _expiry(when_ms)
        yield expiry + saved[:1] + encode_string(key) + saved[1:]


def _expiry(when_ms: int) -> bytes:
    """The expiry time of the key that follows (rdbSaveMillisecondTime)."""
    return bytes([formats.EXPIRETIME_MS]) + when_ms.to_bytes(TIME_BYTES, "little", signed=True)
