"""The whole content of a server, read in a form in which equal data are equal; `differences` compares it.

What servers do not replicate is left out: encodings, idle times, LRU and LFU, and consumers that hold nothing. Those
are made at the master alone by XREADGROUP with an ID, and by XCLAIM that claims nothing from Redis 7.2 on. Sources: the
command pages of what is asked, and `t_stream.c` (xinfoReplyWithStreamInfo, xreadCommand, xclaimCommand).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from redproof_model.reply import Error, Null, Reply, Status

from redproof_properties.divergence import render
from redproof_properties.encoding import encode_command
from redproof_properties.errors import TargetError
from redproof_properties.history import quote
from redproof_properties.targets import Connection

_KEYSPACE: Final = re.compile(rb"^db(\d+):keys=", re.MULTILINE)
_ENTRIES_READ: Final = frozenset({b"entries-read"})
_OF_REDIS_7: Final = _ENTRIES_READ | {b"entries-added", b"max-deleted-entry-id", b"recorded-first-entry-id"}

UNREPLICATED: Final[Mapping[str, frozenset[bytes]]] = {
    "redis 6.0": _OF_REDIS_7,
    "redis 6.2": _OF_REDIS_7,
    "redis 7.0": _ENTRIES_READ,
}
"""Fields of XINFO STREAM FULL that a version does not know, or does not replicate.

XREADGROUP is propagated with the group's counter of entries from Redis 7.2 on.
"""

_LOCAL: Final = frozenset({b"lag", b"radix-tree-keys", b"radix-tree-nodes", b"seen-time", b"active-time", b"length"})
"""What XINFO STREAM FULL tells of the form in memory, of consumers' visits, and what follows from the rest."""

_NO_SUCH_KEY: Final = Error(b"ERR no such key")
_EXPIRED: Final = -2

Canonical: TypeAlias = object
"""A value made of tuples, sorted where the server's order means nothing."""


class Interval(NamedTuple):
    """A time in ms since the epoch, as far as it is known."""

    low_ms: int
    high_ms: int

    def is_near(self, other: Interval, slack_ms: int) -> bool:
        """Whether both may be the same time, or differ by so much."""
        return self.low_ms - slack_ms <= other.high_ms and other.low_ms - slack_ms <= self.high_ms


_GONE: Final = Interval(0, 0)


class KeyId(NamedTuple):
    """A key and its database."""

    database: int
    key: bytes

    def __str__(self) -> str:
        return f"key {quote(self.key)} of database {self.database}"


@dataclass(frozen=True, slots=True)
class Content:
    """What a key holds: its type, its value, when it expires, and which of its fields do."""

    kind: bytes
    value: Canonical
    expires: Interval | None = None
    fields_expire: Mapping[bytes, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Every key of every database, and the libraries of functions; read between two times of our clock in ms."""

    keys: Mapping[KeyId, Content]
    functions: Mapping[bytes, Canonical]
    read_ms: Interval

    @property
    def has_zero_scores(self) -> bool:
        """Whether a member's score is zero: a listpack drops its sign from Redis 7.0 on, and the digest has it."""
        zsets = (content.value for content in self.keys.values() if content.kind == b"zset")
        return any(score == 0 for zset in zsets if isinstance(zset, tuple) for _, score in zset)


def digest(connection: Connection) -> bytes | None:
    """DEBUG DIGEST of everything, None where that is not allowed; it leaves groups and expiry times out (debug.c)."""
    reply = connection.call("DEBUG", "DIGEST")
    return reply.text if isinstance(reply, Status) else None


def read_dataset(connection: Connection, without: Collection[bytes] = ()) -> Dataset:
    """Read everything that a server holds, but for some fields of XINFO STREAM FULL.

    A key that expires meanwhile is left out. Raises `TargetError` where a read command is refused.
    """
    began_ms = _now_ms()
    told = connection.call("INFO", "keyspace")
    if not isinstance(told, bytes):
        raise TargetError(f"{connection.peer}: INFO keyspace was answered with {render(told)}")
    keys: dict[KeyId, Content] = {}
    for database in sorted(map(int, _KEYSPACE.findall(told))):
        connection.call("SELECT", database)
        keys.update(_read_database(connection, database, without))
    connection.call("SELECT", 0)
    return Dataset(keys, _read_functions(connection), Interval(began_ms, _now_ms()))


def _read_database(
    connection: Connection, database: int, without: Collection[bytes]
) -> Iterator[tuple[KeyId, Content]]:
    named = connection.call("KEYS", "*")
    if isinstance(named, Error):
        raise TargetError(f"{connection.peer}: KEYS was answered with {render(named)}")
    keys = _names(named)
    kinds = _call_all(connection, [[b"TYPE", key] for key in keys])
    typed = [
        (key, kind.text)
        for key, kind in zip(keys, kinds, strict=True)
        if isinstance(kind, Status) and kind.text != b"none"
    ]
    values = _call_all(connection, [_READERS[kind].command(key) for key, kind in typed])
    expiries = _read_expiries(connection, [key for key, _ in typed])
    for (key, kind), value, expires in zip(typed, values, expiries, strict=True):
        if isinstance(value, Null) or value == _NO_SUCH_KEY or expires is _GONE:
            continue
        if isinstance(value, Error):
            raise TargetError(f"{connection.peer}: key {quote(key)}: {kind.decode()} cannot be read: {render(value)}")
        if kind == b"hash":
            read = _read_hash(connection, key, _READERS[kind].canonical(value), expires)
            if read is not None:
                yield KeyId(database, key), read
        else:
            content = _stream(value, _LOCAL.union(without)) if kind == b"stream" else _READERS[kind].canonical(value)
            yield KeyId(database, key), Content(kind, content, expires)


def _read_expiries(connection: Connection, keys: Sequence[bytes]) -> list[Interval | None]:
    """Absolute times: PEXPIRETIME tells them from Redis 7.0 on, PTTL lets them be computed before."""
    exact = _call_all(connection, [[b"PEXPIRETIME", key] for key in keys])
    if not any(isinstance(reply, Error) for reply in exact):
        return [_expiry(reply, 0, 0) for reply in exact]
    before_ms = _now_ms()
    left = _call_all(connection, [[b"PTTL", key] for key in keys])
    after_ms = _now_ms()
    return [_expiry(reply, before_ms, after_ms + 1) for reply in left]


def _expiry(reply: Reply, low_ms: int, high_ms: int) -> Interval | None:
    """The time that a reply tells when it counts from another: none for -1, and for -2 the key is gone."""
    assert isinstance(reply, int)
    if reply >= 0:
        return Interval(low_ms + reply, high_ms + reply)
    return _GONE if reply == _EXPIRED else None


def _read_hash(connection: Connection, key: bytes, value: Canonical, expires: Interval | None) -> Content | None:
    """A hash with the times at which fields expire, without those that did after the value was read; None if all did.

    None expire where the server has no HPEXPIRETIME (before Redis 7.4, Valkey 9).
    """
    assert isinstance(value, tuple)
    # It must name a field, also of a hash in which all have expired, which a server may keep for a while.
    names = [name for name, _ in value] or [b""]
    reply = connection.call("HPEXPIRETIME", key, "FIELDS", len(names), *names)
    if not isinstance(reply, list):
        return Content(b"hash", value, expires)
    told = {name: _expiry(at, 0, 0) for name, at in zip(names, reply, strict=True)}
    kept = tuple(pair for pair in value if told[pair[0]] is not _GONE)
    if not kept:
        return None
    return Content(
        b"hash", kept, expires, {name: at for name, at in told.items() if at is not None and at is not _GONE}
    )


def _read_functions(connection: Connection) -> dict[bytes, Canonical]:
    """Libraries with their code, by name; none where the server has no FUNCTION (before Redis 7.0)."""
    reply = connection.call("FUNCTION", "LIST", "WITHCODE")
    if not isinstance(reply, list):
        return {}
    libraries = [_fields(library) for library in reply]
    return {_bytes(library[b"library_name"]): _sorted_deeply(library) for library in libraries}


def _call_all(connection: Connection, commands: Sequence[Sequence[bytes]]) -> list[Reply]:
    connection.send(b"".join(map(encode_command, commands)))
    return [connection.receive() for _ in commands]


class _Reader(NamedTuple):
    """How a type is read, and made canonical."""

    arguments: tuple[bytes, ...]
    canonical: Callable[[Reply], Canonical]

    def command(self, key: bytes) -> list[bytes]:
        """The command that reads a key: KEY stands for it."""
        return [key if argument is _KEY else argument for argument in self.arguments]


_KEY: Final = b"KEY"


def _pairs(reply: Reply) -> tuple[tuple[Reply, Reply], ...]:
    assert isinstance(reply, list)
    return tuple(zip(reply[::2], reply[1::2], strict=True))


def _zset(reply: Reply) -> Canonical:
    """Members with their scores as numbers, which versions write with other digits, and -0 in one encoding only."""
    return tuple((member, float(_bytes(score))) for member, score in _pairs(reply))


def _fields(reply: Reply) -> dict[Reply, Reply]:
    return dict(_pairs(reply))


def _bytes(reply: Reply) -> bytes:
    assert isinstance(reply, bytes)
    return reply


def _names(reply: Reply) -> list[bytes]:
    assert isinstance(reply, list)
    return list(map(_bytes, reply))


def _stream(reply: Reply, without: Collection[bytes] = _LOCAL) -> Canonical:
    told = _fields(reply)
    groups = told.pop(b"groups")
    assert isinstance(groups, list)
    return _told(told, without), tuple(_group(group, without) for group in groups)


def _group(reply: Reply, without: Collection[bytes]) -> Canonical:
    told = _fields(reply)
    consumers = told.pop(b"consumers")
    assert isinstance(consumers, list)
    holding = [_told(fields, without) for fields in map(_fields, consumers) if fields[b"pel-count"]]
    return _told(told, without), tuple(sorted(holding, key=repr))


def _told(fields: Mapping[Reply, Reply], without: Collection[bytes]) -> Canonical:
    return tuple(sorted((name, _deep(value)) for name, value in fields.items() if name not in without))


def _deep(reply: Reply) -> Canonical:
    return tuple(map(_deep, reply)) if isinstance(reply, list) else reply


def _sorted_deeply(library: Mapping[Reply, Reply]) -> Canonical:
    """A library, whose functions and their flags come in any order."""
    return tuple(sorted((name, tuple(sorted(map(_deep, value), key=repr))) if isinstance(value, list) else (name, value)
                 for name, value in library.items()))  # fmt: skip


_READERS: Final[Mapping[bytes, _Reader]] = {
    b"string": _Reader((b"GET", _KEY), _deep),
    b"list": _Reader((b"LRANGE", _KEY, b"0", b"-1"), _deep),
    b"set": _Reader((b"SMEMBERS", _KEY), lambda reply: tuple(sorted(_names(reply)))),
    b"hash": _Reader((b"HGETALL", _KEY), lambda reply: tuple(sorted(_pairs(reply)))),
    b"zset": _Reader((b"ZRANGE", _KEY, b"0", b"-1", b"WITHSCORES"), _zset),
    b"stream": _Reader((b"XINFO", b"STREAM", _KEY, b"FULL", b"COUNT", b"0"), _stream),
}


def _now_ms() -> int:
    return int(time.time() * 1000)
