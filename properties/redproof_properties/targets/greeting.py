"""The first words with a server: logging in, choosing the protocol, and asking who it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from redproof_model.reply import Error, Reply, Status

from redproof_properties.errors import ProtocolError, TargetError, TargetLoginRefused
from redproof_properties.targets.connection import Connection


@dataclass(frozen=True, slots=True)
class Credentials:
    """What to log in with; without a user it is the default user's password."""

    user: str | None
    password: str


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """Which software answers, as `redis` and (7, 0, 15)."""

    family: str
    number: tuple[int, int, int]

    def __str__(self) -> str:
        return f"{self.family} {'.'.join(map(str, self.number))}"


FAMILY_FIELDS: Final = (
    ("valkey_version", "valkey"),
    ("redict_version", "redict"),
    ("dragonfly_version", "dragonfly"),
    ("garnet_version", "garnet"),
    ("redis_version", "redis"),
)
"""The field of INFO that tells a family, and its version; the first that is there counts: all of them
also give a `redis_version`, the one they are compatible with."""

_NUMBER: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_LOGIN_ERRORS: Final = (
    b"WRONGPASS",
    b"NOAUTH",
    b"NOPERM",
    b"ERR invalid password",
    b"ERR AUTH",
    b"ERR Client sent AUTH",
)


def log_in(connection: Connection, resp: int, credentials: Credentials | None) -> None:
    """Authenticate and choose the protocol; without credentials RESP2 needs no word.

    Raises `TargetLoginRefused` for a wrong or missing password and `TargetError` when there is no RESP3.
    """
    if resp == 3:
        login = ("AUTH", credentials.user or "default", credentials.password) if credentials else ()
        reply = _ask(connection, "HELLO", 3, *login)
        if isinstance(reply, Error):
            raise TargetError(f"{connection.peer}: no RESP3 here: HELLO 3 was answered with {_shown(reply)}")
        connection.resp = 3
    elif credentials is not None:
        named = () if credentials.user is None else (credentials.user,)
        _ask(connection, "AUTH", *named, credentials.password)


def expect_pong(connection: Connection) -> None:
    """Make sure that a RESP server is there, ready and open to us, before anything else is asked of it.

    Raises `ProtocolError` when the answer is not RESP, `TargetLoginRefused` when a password is missing,
    and `TargetError` for any other answer than PONG.
    """
    reply = _ask(connection, "PING")
    if reply != Status(b"PONG"):
        raise TargetError(f"{connection.peer}: PING was answered with {_shown(reply)}")


def detect_version(connection: Connection) -> ServerVersion:
    """Ask INFO for family and number (server.c genRedisInfoString)."""
    fields = read_info(connection, "server")
    for field, family in FAMILY_FIELDS:
        match = _NUMBER.search(fields.get(field, ""))
        if match is not None:
            major, minor, patch = map(int, match.groups())
            return ServerVersion(family, (major, minor, patch))
    raise TargetError(f"{connection.peer}: does not tell its version; INFO server has the fields {sorted(fields)}")


def read_info(connection: Connection, section: str) -> dict[str, str]:
    """The fields of a section of INFO; raises `TargetError` when the server refuses to tell."""
    reply = _ask(connection, "INFO", section)
    if not isinstance(reply, bytes):
        raise TargetError(f"{connection.peer}: INFO {section} was answered with {_shown(reply)}")
    lines = reply.decode(errors="replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _ask(connection: Connection, *argv: str | int) -> Reply:
    """Call a server of which it is not yet sure that it is one, and that it lets us in."""
    try:
        reply = connection.call(*argv)
    except ProtocolError as error:
        raise ProtocolError(
            f"{connection.peer}: not a RESP server: {error}. Is the port right, and does it want TLS (rediss://)?"
        ) from error
    if isinstance(reply, Error) and reply.text.startswith(_LOGIN_ERRORS):
        raise TargetLoginRefused(
            f"{connection.peer}: the server refused us: {_shown(reply).rstrip('.')}. "
            "Give the right password in the URL: redis://user:password@host:port"
        )
    return reply


def _shown(reply: Reply) -> str:
    return reply.text.decode(errors="replace") if isinstance(reply, Error | Status) else repr(reply)
