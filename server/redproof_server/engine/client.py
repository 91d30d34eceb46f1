"""The state of one connection, as far as commands see it (server.h client)."""

from typing import TYPE_CHECKING

from redproof_server.protocol.requests import Request, RequestParser

if TYPE_CHECKING:
    from redproof_server.engine.blocking import Wait
    from redproof_server.engine.command import Command
    from redproof_server.engine.database import Database
    from redproof_server.engine.server import Server
    from redproof_server.engine.transactions import Watch


class Transaction:
    """Commands queued since MULTI; `aborted` once one of them was refused."""

    __slots__ = ("aborted", "queue")

    def __init__(self) -> None:
        self.queue: list[tuple[Command, Request]] = []
        self.aborted = False


class Client:
    """A connected client.

    `output` are the encoded replies to write; `closing` asks to close once they are written. `wait` is set
    while the client is blocked, and `pending` are the requests that came meanwhile.
    """

    __slots__ = (
        "address",
        "authenticated",
        "channels",
        "closing",
        "created_ms",
        "db",
        "deny_blocking",
        "id",
        "is_dirty",
        "name",
        "output",
        "parser",
        "patterns",
        "pending",
        "resp",
        "server",
        "transaction",
        "wait",
        "watches",
    )

    def __init__(self, server: "Server", client_id: int, address: bytes, parser: RequestParser) -> None:
        self.server = server
        self.id = client_id
        self.address = address
        self.parser = parser
        self.db: Database = server.databases[0]
        self.created_ms = server.now_ms
        self.resp = 2
        self.name = b""
        self.authenticated = not server.config.requirepass
        self.output: list[bytes] = []
        self.pending: list[Request] = []
        self.closing = False
        self.transaction: Transaction | None = None
        self.deny_blocking = False
        self.watches: list[Watch] = []
        self.is_dirty = False
        self.wait: Wait | None = None
        self.channels: dict[bytes, None] = {}
        self.patterns: dict[bytes, None] = {}

    @property
    def is_subscribed(self) -> bool:
        """Whether the client listens to a channel or pattern (clientSubscriptionsCount)."""
        return bool(self.channels or self.patterns)

    def take_output(self) -> bytes:
        """The bytes to write now."""
        output = self.output[0] if len(self.output) == 1 else b"".join(self.output)
        self.output.clear()
        return output
