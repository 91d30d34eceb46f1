"""A server's whole dataset as an RDB file, and a file's as the server's (rdb.c).

`dump` takes a snapshot and writes it at once; who has time takes `take_snapshot` and `write_rdb` apart. `load` reads
everything before it changes anything.
"""

from dataclasses import dataclass

from redproof_server.engine.database import Database
from redproof_server.engine.errors import CommandError
from redproof_server.engine.server import Server
from redproof_server.engine.transactions import touch_all_watched
from redproof_server.persistence.rdb_reading import Contents, CorruptRdbError, read_rdb
from redproof_server.persistence.rdb_writing import write_rdb
from redproof_server.persistence.snapshot import ReplicationState, take_snapshot
from redproof_server.protocol.numbers import parse_int64
from redproof_server.scripting.libraries import Libraries

REPLID_BYTES = 40


@dataclass(frozen=True, slots=True)
class LoadedAux:
    """What a file told beside the data. `fields` are all fields of its head, `replication` is what those tell of a
    replication stream; keys were loaded or left out, and data of modules was passed over."""

    fields: dict[bytes, bytes]
    replication: ReplicationState | None
    keys_loaded: int
    expired: list[tuple[int, bytes]]
    modules: list[bytes]


def dump(server: Server, replication: ReplicationState | None = None) -> bytes:
    """The file of a server's dataset as it is now; `replication` is where that stands in the stream, if in one."""
    return b"".join(write_rdb(take_snapshot(server, replication)))


def load(server: Server, data: bytes, keeps_expired: bool = False) -> LoadedAux:
    """Let a server hold what a file holds, and nothing else; a replica `keeps_expired` keys.

    Raises:
        CorruptRdbError: nothing has changed.
    """
    contents = read_rdb(server, data, keeps_expired)
    libraries = compile_libraries(server, contents.libraries)
    for db, loaded in zip(server.databases, contents.databases, strict=True):
        replace(db, loaded)
    server.libraries = libraries
    return told(contents)


def merge(server: Server, data: bytes, replaces: bool, keeps_expired: bool = False) -> LoadedAux:
    """Let a server hold what a file holds beside what it holds, or in its place where it `replaces` that.

    Raises:
        CorruptRdbError: nothing has changed.
    """
    contents = read_rdb(server, data, keeps_expired)
    pairs = list(zip(server.databases, contents.databases, strict=True))
    twice = [key for db, loaded in pairs for key in loaded.keys if key in db.keys.entries]
    if twice and not replaces:
        raise CorruptRdbError(f"the server holds key {twice[0]!r} of the RDB file already")
    libraries = server.libraries
    codes = [] if libraries is None else [library.code for library in libraries.by_name.values()]
    server.libraries = compile_libraries(server, codes + contents.libraries, replaces)
    for db, loaded in pairs:
        add_keys(db, loaded)
    return told(contents)


def add_keys(db: Database, loaded: Database) -> None:
    """Let a database hold the keys of another beside its own."""
    for key, value in loaded.keys.entries.items():
        db.touch(key)
        db.put(key, value)
        when_ms = loaded.expires.entries.get(key)
        if when_ms is not None:
            db.set_expiry(key, when_ms)


def compile_libraries(server: Server, codes: list[bytes], replaces: bool = False) -> Libraries | None:
    """Libraries in an interpreter of their own, or None for none; a later one of a name may replace an earlier."""
    if not codes:
        return None
    if b"fcall" not in server.commands:
        raise CorruptRdbError("the RDB file holds functions: this version has none")
    try:
        libraries = Libraries(server)
        for code in codes:
            libraries.load(code, replaces)
    except CommandError as refusal:
        reason = refusal.message.decode(errors="backslashreplace")
        raise CorruptRdbError(f"a library of the RDB file cannot be loaded: {reason}") from None
    return libraries


def replace(db: Database, loaded: Database) -> None:
    """Let a database hold what another does; clients that watch or wait stay."""
    touch_all_watched(db, loaded)
    db.keys, db.expires, db.expires_cursor = loaded.keys, loaded.expires, 0
    db.accessed_ms, db.uses = loaded.accessed_ms, loaded.uses


def told(contents: Contents) -> LoadedAux:
    """What is left to tell once the data is in its place."""
    fields = contents.fields
    return LoadedAux(fields, replication_state(fields), contents.keys_loaded, contents.expired, contents.modules)


def replication_state(fields: dict[bytes, bytes]) -> ReplicationState | None:
    """What the head tells of a replication stream (rdbLoadRio)."""
    names = (b"repl-stream-db", b"repl-offset")
    stream_db, offset_bytes = (parse_int64(fields.get(name, b"")) for name in names)
    replid = fields.get(b"repl-id", b"")
    if stream_db is None or offset_bytes is None or len(replid) != REPLID_BYTES:
        return None
    return ReplicationState(stream_db, replid, offset_bytes)
