"""Targets that someone else started: `redis://`, `rediss://` and `unix://`.

Such a server may hold somebody's data, so one that holds any key is refused unless flushing is allowed,
and one that was found empty is left empty.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redproof_model.reply import OK, Error

from redproof_properties.errors import TargetError, TargetRefused, UsageError
from redproof_properties.targets.address import Address, TcpAddress, UnixAddress
from redproof_properties.targets.connection import Connection
from redproof_properties.targets.greeting import Credentials, expect_pong
from redproof_properties.targets.inquiry import Identity, Inquiry
from redproof_properties.targets.target import Capabilities, Target

DEFAULT_PORT: Final = 6379


class UrlTarget(Target):
    """A running server; with a database in the URL only that one is used, otherwise all."""

    def __init__(self, url: str, *, allow_flush: bool = False) -> None:
        parts = _split(url)
        super().__init__(_without_password(parts))
        self.address = _read_address(parts)
        self._login = _read_credentials(parts)
        self._database = _read_database(parts)
        self._allow_flush = allow_flush

    def start(self) -> None:
        """Make sure that the server is there, ready, a standalone master, and free to be flushed.

        Raises `TargetRefused` when it is not.
        """
        with self.connect() as connection:
            expect_pong(connection)
        inquiry = Inquiry(self.spelling, self.connect)
        identity = inquiry.identify()
        self._refuse_role(identity)
        self.databases = inquiry.databases() if self._database is None else (self._database,)
        self._refuse_keys(inquiry.keys())
        with self.connect() as connection:
            self.capabilities = _capabilities(can_debug=_may_debug(connection))
        self._version = identity.version

    def stop(self) -> None:
        """Leave an admitted server empty, when it can still be reached."""
        if self._version is not None:
            with suppress(TargetError):
                self.flush()
        self._version = None

    @property
    def peer(self) -> str:
        """The URL is the address too."""
        return self.spelling

    def _credentials(self) -> Credentials | None:
        return self._login

    def _greet(self, connection: Connection, resp: int) -> None:
        super()._greet(connection, resp)
        if self._database is not None and (reply := connection.call("SELECT", self._database)) != OK:
            raise TargetError(f"{self.spelling}: SELECT {self._database} was answered with {reply!r}")

    def _refuse_role(self, identity: Identity) -> None:
        if identity.mode != "standalone":
            raise TargetRefused(f"{self.spelling}: runs as {identity.mode}; the properties are for a standalone server")
        if identity.role in ("slave", "replica"):
            raise TargetRefused(f"{self.spelling}: is a replica, which refuses writes: name its master instead")
        if not identity.role:
            raise TargetRefused(f"{self.spelling}: tells neither in INFO nor in HELLO whether it is a replica")

    def _refuse_keys(self, held: dict[int, int]) -> None:
        """Refuse keys in the databases used, unless allowed, and in others always: FLUSHALL spares none."""
        if self._allow_flush:
            held = {database: keys for database, keys in held.items() if database not in self.databases}
        if not held:
            return
        shown = ", ".join(f"database {database}: keys={keys}" for database, keys in held.items())
        allowed = "" if self._allow_flush else f" Or allow it with --allow-flush if {self.databases_used} may go."
        raise TargetRefused(
            f"{self.spelling}: holds data ({shown}) that a run would flush. Name an empty server.{allowed}"
        )


def _capabilities(*, can_debug: bool) -> Capabilities:
    return Capabilities(
        owns_process=False,
        can_restart=False,
        can_pause=False,
        can_flush=True,
        can_debug=can_debug,
        can_replicate=False,
        keeps_data_on_restart=False,
    )


def _may_debug(connection: Connection) -> bool:
    return not isinstance(connection.call("DEBUG", "HELP"), Error)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"{url}: {error}") from error
    return parts


def _without_password(parts: SplitResult) -> str:
    # `geturl` leaves out the slashes before an empty host, and what is left is no spelling of a target.
    rest = parts._replace(scheme="", netloc="").geturl()
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{rest}"


def _read_address(parts: SplitResult) -> Address:
    if parts.scheme == "unix":
        if not parts.path:
            raise UsageError(f"{parts.geturl()}: no path; write unix:///path/to/socket")
        return UnixAddress(unquote(parts.path))
    return TcpAddress(parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORT, tls=parts.scheme == "rediss")


def _read_credentials(parts: SplitResult) -> Credentials | None:
    if parts.password is None:
        if parts.username:
            raise UsageError(f"{_without_password(parts)}: a user without a password; write user:password@")
        return None
    return Credentials(unquote(parts.username) if parts.username else None, unquote(parts.password))


def _read_database(parts: SplitResult) -> int | None:
    """The database: the path of a TCP URL, `?db=` of a unix one."""
    text = parse_qs(parts.query).get("db", [""])[0] if parts.scheme == "unix" else parts.path.strip("/")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(f"{_without_password(parts)}: a database is a number, not {text!r}")
    return int(text)
