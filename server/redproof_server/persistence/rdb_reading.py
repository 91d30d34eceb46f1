"""The bytes of an RDB file as databases that no client uses yet (rdb.c rdbLoadRio).

What Redis 6.0 to 8.0 and Valkey 8 and 9 write for the five types is read, whichever of their versions is emulated:
a server replicates from later ones. What the emulated versions could not hold is refused, and named: streams, values
of modules, fields of hashes that expire.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from redproof_server.engine.database import Database
from redproof_server.engine.values.value import Value
from redproof_server.persistence import formats, modules
from redproof_server.persistence.crc64 import crc64
from redproof_server.persistence.loading import Load
from redproof_server.persistence.loading_fields import FIELD_TTL_LOADERS, VALKEY_LOADERS
from redproof_server.persistence.payload import CHECKSUM_BYTES
from redproof_server.persistence.rdb_writing import TIME_BYTES
from redproof_server.persistence.stream import CorruptPayloadError, Reader, UnsupportedValueError
from redproof_server.persistence.strings import read_string

if TYPE_CHECKING:
    from redproof_server.engine.server import Server

HEADER_BYTES = 9
REDIS_VERSION_MAX = 12
VALKEY_VERSION = 80
CHECKSUM_SINCE = 5
KEY_BYTES_MIN = 3
REFUSED_TYPES = {
    formats.STREAM_LISTPACKS: "a stream",
    formats.STREAM_LISTPACKS_2: "a stream",
    formats.STREAM_LISTPACKS_3: "a stream",
    formats.MODULE_PRE_GA: "a value of a module",
    formats.MODULE_2: "a value of a module",
}


class CorruptRdbError(Exception):
    """An RDB file ends too early, is damaged, or holds what this server cannot hold; the message says which."""


@dataclass(slots=True)
class Contents:
    """What a file holds. `databases` are as many as the server has; `fields` are those of the head.

    `expired` are the keys, with the numbers of their databases, that were left out because their time has come;
    `keys_empty` were left out because Redis does so. `modules` are the
    names of those whose data beside the keys was passed over.
    """

    databases: list[Database]
    fields: dict[bytes, bytes] = field(default_factory=dict)
    libraries: list[bytes] = field(default_factory=list)
    modules: list[bytes] = field(default_factory=list)
    keys_loaded: int = 0
    expired: list[tuple[int, bytes]] = field(default_factory=list)
    keys_empty: int = 0


def read_rdb(server: "Server", data: bytes, keeps_expired: bool) -> Contents:
    """What a whole file holds, for `server`; a replica keeps keys that have expired.

    Raises:
        CorruptRdbError: at the first byte that tells that something is wrong.
    """
    try:
        return _RdbReader(server, data, keeps_expired).read()
    except CorruptPayloadError as problem:
        raise CorruptRdbError(f"the RDB file is damaged: {problem}") from None
    except UnsupportedValueError as problem:
        raise CorruptRdbError(f"the RDB file holds {problem}: not supported by this server") from None


class _RdbReader:
    """The state of reading: the database that is filled, and what is known of the next key."""

    def __init__(self, server: "Server", data: bytes, keeps_expired: bool) -> None:
        self._server = server
        self._data = data
        self._keeps_expired = keeps_expired
        self._reader = Reader(data)
        self._contents = Contents([Database(server, index) for index in range(len(server.databases))])
        self._db = self._contents.databases[0]
        self._handlers: dict[int, Callable[[], None]] = {
            formats.SLOT_INFO: self._skip_slot,
            formats.FUNCTION2: self._read_library,
            formats.FUNCTION_PRE_GA: self._read_old_library,
            formats.MODULE_AUX: self._skip_module,
            formats.IDLE: self._read_idle,
            formats.FREQ: self._read_frequency,
            formats.AUX: self._read_field,
            formats.RESIZEDB: self._resize,
            formats.EXPIRETIME_MS: self._read_expiry,
            formats.EXPIRETIME: self._read_expiry_in_seconds,
            formats.SELECTDB: self._select,
        }
        self._forget_key()

    def _forget_key(self) -> None:
        self._expires_ms: int | None = None
        self._idle_seconds: int | None = None
        self._frequency: int | None = None

    def read(self) -> Contents:
        version, loaders = self._read_header()
        while (code := self._reader.byte()) != formats.EOF:
            handler = self._handlers.get(code)
            if handler is not None:
                handler()
            elif code in loaders:
                self._read_key(loaders[code])
            elif code in REFUSED_TYPES:
                raise UnsupportedValueError(f"{REFUSED_TYPES[code]} at key {read_string(self._reader)!r}")
            else:
                raise CorruptPayloadError(f"unknown type {code}")
        if version >= CHECKSUM_SINCE:
            self._check_checksum()
        return self._contents

    def _read_header(self) -> tuple[int, dict[int, Load]]:
        """The version of the format, and how its types are read."""
        header = self._reader.take(HEADER_BYTES)
        redis, valkey = header.removeprefix(b"REDIS"), header.removeprefix(b"VALKEY")
        if redis.isdigit() and 1 <= int(redis) <= REDIS_VERSION_MAX:
            return int(redis), FIELD_TTL_LOADERS
        if valkey.isdigit() and int(valkey) == VALKEY_VERSION:
            return int(valkey), VALKEY_LOADERS
        if redis.isdigit() or valkey.isdigit():
            raise UnsupportedValueError(f"data in version {header.decode()} of the format")
        raise CorruptPayloadError("it does not begin as an RDB file does")

    def _check_checksum(self) -> None:
        start = self._reader.position
        checksum = self._reader.integer(CHECKSUM_BYTES)
        if checksum and checksum != crc64(self._data[:start]):
            raise CorruptPayloadError("the checksum is wrong")

    def _read_key(self, load: Load) -> None:
        key = read_string(self._reader)
        value = load(self._reader, self._server.limits)
        now_ms, when_ms = self._server.now_ms, self._expires_ms
        if not isinstance(value, bytes) and not len(value):
            self._contents.keys_empty += 1
        elif when_ms is not None and when_ms < now_ms and not self._keeps_expired:
            self._contents.expired.append((self._db.index, key))
        else:
            self._add(key, value)
        self._forget_key()

    def _add(self, key: bytes, value: Value) -> None:
        db, now_ms = self._db, self._server.now_ms
        if not db.keys.add(key, value):
            raise CorruptPayloadError(f"key {key!r} twice")
        self._contents.keys_loaded += 1
        db.accessed_ms[key] = now_ms - 1000 * (self._idle_seconds or 0)
        if self._expires_ms is not None:
            db.expires.set(key, self._expires_ms)
        if db.uses is not None and self._frequency is not None:
            db.uses.set(key, self._frequency, now_ms)

    def _read_expiry(self) -> None:
        self._expires_ms = self._reader.integer(TIME_BYTES, signed=True)

    def _read_expiry_in_seconds(self) -> None:
        self._expires_ms = 1000 * self._reader.integer(TIME_BYTES // 2, signed=True)

    def _read_idle(self) -> None:
        self._idle_seconds = self._reader.length()

    def _read_frequency(self) -> None:
        self._frequency = self._reader.byte()

    def _select(self) -> None:
        index = self._reader.length()
        if index >= len(self._contents.databases):
            count = len(self._contents.databases)
            raise UnsupportedValueError(f"a database {index}, and there are {count}")
        self._db = self._contents.databases[index]

    def _resize(self) -> None:
        """Make tables for as many keys as are told, unless there can never be so many."""
        keys, expires = self._reader.length(), self._reader.length()
        if max(keys, expires) <= self._reader.left_bytes // KEY_BYTES_MIN:
            self._db.keys.expand(keys)
            self._db.expires.expand(expires)

    def _skip_slot(self) -> None:
        """The size of a hash slot, which matters in a cluster only."""
        for _ in range(3):
            self._reader.length()

    def _read_field(self) -> None:
        name = read_string(self._reader)
        self._contents.fields[name] = read_string(self._reader)

    def _read_library(self) -> None:
        self._contents.libraries.append(read_string(self._reader))

    def _read_old_library(self) -> None:
        """A library as the candidates for 7.0 wrote it, with its first line apart (rdbFunctionLoad)."""
        name, engine = read_string(self._reader), read_string(self._reader)
        if self._reader.length():
            read_string(self._reader)
        code = read_string(self._reader)
        self._contents.libraries.append(b"#!%b name=%b\n%b" % (engine, name, code))

    def _skip_module(self) -> None:
        self._contents.modules.append(modules.skip_aux(self._reader))
