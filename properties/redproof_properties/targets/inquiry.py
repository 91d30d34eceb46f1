"""Asking a server who it is and what it holds, however little of that it tells."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redproof_model.reply import OK, Map, Reply

from redproof_properties.errors import TargetError
from redproof_properties.targets.connection import Connection
from redproof_properties.targets.greeting import ServerVersion, ask, shown

FAMILY_FIELDS: Final = (
    ("valkey_version", "valkey"),
    ("redict_version", "redict"),
    ("dragonfly_version", "dragonfly"),
    ("garnet_version", "garnet"),
    ("redis_version", "redis"),
)
"""The field of INFO that tells a family, and its version; the first that is there counts: all of them
also give a `redis_version`, the one they are compatible with."""

DATABASES_MAX: Final = 1024
"""Up to how many databases are found out by selecting them; servers seldom have more than 16."""

_NUMBER: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_DATABASE: Final = re.compile(rb"^db(\d+):keys=(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a server says of itself."""

    version: ServerVersion
    mode: str
    """How it runs: `standalone`, `cluster`, or `sentinel`."""
    role: str
    """`master`, or `slave` in INFO and `replica` in HELLO; empty when it tells neither."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Questions to a server, each on a connection of its own: there are servers that close it after an error."""

    peer: str
    connect: Callable[[], Connection]

    def identify(self) -> Identity:
        """Ask INFO, and HELLO for what INFO does not tell (server.c genRedisInfoString, networking.c helloCommand).

        Raises `TargetError` when neither tells the version.
        """
        server = self._ask("INFO", "server")
        told = fields(server) | fields(self._ask("INFO", "replication"))
        version = _read_version(told)
        if version is None or "role" not in told:
            hello = self._ask("HELLO", "2")
            told = fields(hello) | told
            version = version or _read_version(told)
            if version is None:
                answers = f"INFO server {_answered(server)}, HELLO 2 {_answered(hello)}"
                raise TargetError(f"{self.peer}: does not tell its version: {answers}")
        mode = told.get("redis_mode") or told.get("server_mode") or told.get("mode", "standalone")
        return Identity(version, mode, told.get("role", ""))

    def databases(self) -> tuple[int, ...]:
        """Every database of the server: as many as it says there are, or else those that SELECT takes."""
        with self.connect() as connection:
            match connection.call("CONFIG", "GET", "databases"):
                case [_, bytes(count)]:
                    return tuple(range(int(count)))
        return self._selectable() or (0,)

    def keys(self) -> dict[int, int]:
        """How many keys each database holds that holds any: asked of INFO, or else of one after the other.

        Raises `TargetError` when the server does not tell.
        """
        keyspace = self._ask("INFO", "keyspace")
        if isinstance(keyspace, bytes) and keyspace.startswith(b"# Keyspace"):
            return {int(database): int(keys) for database, keys in _DATABASE.findall(keyspace)}
        selectable = self._selectable()
        held = {database: self._count_keys(database) for database in selectable} or {0: self._count_keys(None)}
        return {database: keys for database, keys in held.items() if keys}

    def _selectable(self) -> tuple[int, ...]:
        with self.connect() as connection:
            for database in range(DATABASES_MAX):
                if connection.call("SELECT", database) != OK:
                    return tuple(range(database))
        raise TargetError(f"{self.peer}: has {DATABASES_MAX:,} databases or more, too many to look into each")

    def _count_keys(self, database: int | None) -> int:
        with self.connect() as connection:
            if database is not None:
                ask(connection, "SELECT", database)
            keys = ask(connection, "DBSIZE")
        if not isinstance(keys, int):
            raise TargetError(f"{self.peer}: does not tell whether it holds keys: DBSIZE {_answered(keys)}")
        return keys

    def _ask(self, *argv: str) -> Reply:
        with self.connect() as connection:
            return ask(connection, *argv)


def _read_version(told: dict[str, str]) -> ServerVersion | None:
    named = [(told.get(field, ""), family) for field, family in FAMILY_FIELDS]
    for text, family in (*named, (told.get("version", ""), told.get("server", "").lower())):
        match = _NUMBER.search(text)
        if match is not None and family:
            major, minor, patch = map(int, match.groups())
            return ServerVersion(family, (major, minor, patch))
    return None


def fields(reply: Reply) -> dict[str, str]:
    """The fields of a section of INFO, or of the map of HELLO, which is an array in RESP2."""
    match reply:
        case bytes():
            lines = reply.decode(errors="replace").splitlines()
            return dict(line.split(":", 1) for line in lines if ":" in line)
        case list():
            pairs = list(zip(reply[::2], reply[1::2], strict=False))
        case Map():
            pairs = reply.pairs
        case _:
            return {}
    texts = [(name, value) for name, value in pairs if isinstance(name, bytes) and isinstance(value, bytes)]
    return {name.decode(errors="replace"): value.decode(errors="replace") for name, value in texts}


def _answered(reply: Reply) -> str:
    told = fields(reply)
    return f"has the fields {sorted(told)}" if told else f"was answered with {shown(reply)}"
