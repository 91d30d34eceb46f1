"""The state of one connection, as far as commands see it (server.h client)."""

from typing import TYPE_CHECKING

from redproof_server.protocol.requests import Request, RequestParser

if TYPE_CHECKING:
    from redproof_server.engine.blocking import Wait
    from redproof_server.engine.command import Command
    from redproof_server.engine.database import Database
    from redproof_server.engine.server import Server
    from redproof_server.engine.transactions import Watch
    from redproof_server.replication.replicas import Replica


class Transaction:
    """Commands queued since MULTI; `aborted` once one of them was refused."""

    __slots__ = ("aborted", "queue")

    def __init__(self) -> None:
        self.queue: list[tuple[Command, Request]] = []
        self.aborted = False


class Unsent(list[bytes]):
    """Where replies go that CLIENT REPLY OFF keeps from being sent."""

    __slots__ = ()

    def append(self, reply: bytes) -> None:
        """Drop the reply."""


class SkippedReply(Unsent):
    """Where the one reply goes that CLIENT REPLY SKIP keeps from being sent."""

    __slots__ = ("_client",)

    def __init__(self, client: "Client") -> None:
        super().__init__()
        self._client = client

    def append(self, reply: bytes) -> None:
        """Drop the reply, and send those that follow."""
        self._client.replies = self._client.output


class Client:
    """A connected client.

    `output` is what to write; `closing` asks to close once it is written, `aborting` to close without. Replies go
    to `replies`, which is `output` unless CLIENT REPLY turned them off. `wait` is set while the client is blocked,
    and `pending` are the requests that came meanwhile; `postponed` is one that runs again after CLIENT PAUSE.
    `is_subscribed` while it listens to a channel, a pattern or a shard channel (CLIENT_PUBSUB). `is_master` for the
    one that this server replicates from, `replica` for one that may replicate from it. `write_offset` is the offset
    of the replication stream after its last command (woff).
    """

    __slots__ = (
        "aborting",
        "active_ms",
        "address",
        "authenticated",
        "channels",
        "closing",
        "created_ms",
        "db",
        "deny_blocking",
        "id",
        "is_dirty",
        "is_evictable",
        "is_master",
        "is_subscribed",
        "last_command",
        "local_address",
        "name",
        "output",
        "output_bytes",
        "over_limit_since_ms",
        "parser",
        "patterns",
        "pending",
        "pending_bytes",
        "postponed",
        "replica",
        "replies",
        "resp",
        "server",
        "shard_channels",
        "transaction",
        "unread_bytes",
        "wait",
        "watches",
        "write_offset",
    )

    def __init__(self, server: "Server", client_id: int, address: bytes, parser: RequestParser) -> None:
        self.server = server
        self.id = client_id
        self.address = address
        self.parser = parser
        self.db: Database = server.databases[0]
        self.local_address = b""
        self.created_ms = server.now_ms
        self.active_ms = server.now_ms
        self.last_command: Command | None = None
        self.is_evictable = True
        self.resp = 2
        self.name = b""
        self.authenticated = not server.config.requirepass
        self.output: list[bytes] = []
        self.replies = self.output
        self.output_bytes = 0
        self.over_limit_since_ms: int | None = None
        self.pending: list[Request] = []
        self.pending_bytes = 0
        self.unread_bytes = 0
        self.postponed: Request | None = None
        self.closing = False
        self.aborting = False
        self.transaction: Transaction | None = None
        self.deny_blocking = False
        self.watches: list[Watch] = []
        self.is_dirty = False
        self.wait: Wait | None = None
        self.channels: dict[bytes, None] = {}
        self.patterns: dict[bytes, None] = {}
        self.shard_channels: dict[bytes, None] = {}
        self.is_subscribed = False
        self.is_master = False
        self.replica: Replica | None = None
        self.write_offset = 0

    def take_output(self) -> bytes:
        """The bytes to write now."""
        output = self.output[0] if len(self.output) == 1 else b"".join(self.output)
        self.output.clear()
        self.output_bytes = 0
        return output


class Clients(dict[int, Client]):
    """The connected clients by their ids, in the order in which they came; no id is given twice."""

    __slots__ = ("_last_id",)

    def __init__(self) -> None:
        super().__init__()
        self._last_id = 0

    def next_id(self) -> int:
        """An id for a client, greater than all before."""
        self._last_id += 1
        return self._last_id
