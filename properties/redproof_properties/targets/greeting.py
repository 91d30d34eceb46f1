"""The first words with a server: is it one, does it let us in, and which protocol is spoken."""

from __future__ import annotations

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
        reply = ask(connection, "HELLO", 3, *login)
        if isinstance(reply, Error):
            raise TargetError(f"{connection.peer}: no RESP3 here: HELLO 3 was answered with {shown(reply)}")
        connection.resp = 3
    elif credentials is not None:
        named = () if credentials.user is None else (credentials.user,)
        ask(connection, "AUTH", *named, credentials.password)


def expect_pong(connection: Connection) -> None:
    """Make sure that a RESP server is there, ready and open to us, before anything else is asked of it.

    Raises `ProtocolError` when the answer is not RESP, `TargetLoginRefused` when a password is missing,
    and `TargetError` for any other answer than PONG.
    """
    reply = ask(connection, "PING")
    if reply != Status(b"PONG"):
        raise TargetError(f"{connection.peer}: PING was answered with {shown(reply)}")


def ask(connection: Connection, *argv: str | int) -> Reply:
    """Call a server of which it is not yet sure that it is one, and that it lets us in.

    Raises `ProtocolError` when the answer is not RESP, and `TargetLoginRefused` when it does not.
    """
    try:
        reply = connection.call(*argv)
    except ProtocolError as error:
        raise ProtocolError(
            f"{connection.peer}: not a RESP server: {error}. Is the port right, and does it want TLS (rediss://)?"
        ) from error
    if isinstance(reply, Error) and reply.text.startswith(_LOGIN_ERRORS):
        raise TargetLoginRefused(
            f"{connection.peer}: the server refused us: {shown(reply).rstrip('.')}. "
            "Give the right password in the URL: redis://user:password@host:port"
        )
    return reply


def shown(reply: Reply) -> str:
    """A reply for messages."""
    return reply.text.decode(errors="replace") if isinstance(reply, Error | Status) else repr(reply)


def setting(client: Connection, name: str) -> str:
    """The value of a setting; raises TargetError when there is none of that name."""
    match ask(client, "CONFIG", "GET", name):
        case [_, bytes(value)]:
            return value.decode()
    raise TargetError(f"{client.peer}: has no setting {name}")
