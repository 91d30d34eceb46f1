"""Clients that wait for a key, and their waking (blocked.c, timeout.c)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redproof_server.engine.client import Client
from redproof_server.engine.database import Database
from redproof_server.engine.errors import CommandError
from redproof_server.protocol.replies import error

if TYPE_CHECKING:
    from redproof_server.engine.pausing import Pause
    from redproof_server.engine.server import Server

ROLE_HAS_CHANGED = b"UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"
Serve = Callable[[bytes], bytes | None]


@dataclass(slots=True, eq=False)
class Wait:
    """What a blocked client waits for.

    `serve` is called with a key that has come to hold a value of type `kind`, does what the command would
    have done and returns its reply, or None to wait on. `deadline_ms` is a unix time, or None for ever:
    then `timeout_reply` is answered, or what it finds out.
    """

    db: Database
    keys: list[bytes]
    kind: type
    deadline_ms: int | None
    serve: Serve
    timeout_reply: bytes | Callable[[], bytes]

    def time_out(self) -> bytes:
        """What to answer when it has lasted too long (replyToBlockedClientTimedOut)."""
        return self.timeout_reply if isinstance(self.timeout_reply, bytes) else self.timeout_reply()


class Blocking:
    """All blocked clients of a server, the keys that became ready for them, oldest first, who may go on, and the
    pauses of all, by purpose."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self.ready: dict[tuple[Database, bytes], None] = {}
        self.clients: dict[Client, None] = {}
        self.unblocked: list[Client] = []
        self.pauses: dict[str, Pause] = {}

    def block(self, client: Client, wait: Wait) -> None:
        """Suspend the client until a key is ready or the deadline has passed (blockForKeys)."""
        client.wait = wait
        self.clients[client] = None
        for key in wait.keys:
            wait.db.blocked.setdefault(key, {})[client] = None

    def unblock(self, client: Client) -> None:
        """Let the client go on; its reply is the caller's (unblockClient)."""
        wait = client.wait
        if wait is None:
            return
        client.wait = None
        del self.clients[client]
        for key in dict.fromkeys(wait.keys):
            waiting = wait.db.blocked[key]
            del waiting[client]
            if not waiting:
                del wait.db.blocked[key]
        self.unblocked.append(client)

    def signal_ready(self, db: Database, key: bytes) -> None:
        """A key that clients are blocked on has come to hold something (signalKeyAsReady)."""
        if key in db.blocked:
            self.ready[db, key] = None

    def serve_ready(self) -> None:
        """Serve the clients blocked on ready keys, and on those that serving makes ready
        (handleClientsBlockedOnKeys)."""
        while self.ready:
            ready, self.ready = self.ready, {}
            for db, key in ready:
                self._serve_key(db, key)

    def _serve_key(self, db: Database, key: bytes) -> None:
        """Serve in the order of blocking, as long as the key holds something."""
        value = db.lookup(key)
        if value is None:
            self._server.propagation.flush()
            return
        for client in list(db.blocked.get(key, ())):
            wait = client.wait
            if wait is None or not isinstance(value, wait.kind):
                self._pass_over(db.blocked[key], client)
            elif db.lookup(key) is None:
                return
            else:
                self._serve_client(client, wait, key)

    def _pass_over(self, waiting: dict[Client, None], client: Client) -> None:
        """A client waits for another type; versions differ in whether it loses its place in the queue."""
        if self._server.version.blocked_on_other_type_go_last:
            del waiting[client]
            waiting[client] = None

    def _serve_client(self, client: Client, wait: Wait, key: bytes) -> None:
        try:
            reply = self._server.propagation.serve(client, wait.serve, key)
        except CommandError as refusal:
            reply = error(refusal.message)
        if reply is not None:
            self.unblock(client)
            self._server.push(client, reply)

    def expire_waits(self) -> None:
        """Answer the clients whose deadline has passed (handleBlockedClientsTimeout)."""
        now_ms = self._server.now_ms
        for client in list(self.clients):
            wait = client.wait
            if wait is not None and wait.deadline_ms is not None and wait.deadline_ms < now_ms:
                self.unblock(client)
                self._server.push(client, wait.time_out())

    def refuse_all(self) -> None:
        """Answer every client that is blocked by a command with an error, and close it: the server is a replica now
        (disconnectAllBlockedClients)."""
        for client in list(self.clients):
            if client.postponed is None:
                self.unblock(client)
                self._server.push(client, error(ROLE_HAS_CHANGED))
                self._server.close(client)

    def next_deadline_ms(self) -> int | None:
        """When the next client's wait ends."""
        deadlines = [
            client.wait.deadline_ms
            for client in self.clients
            if client.wait is not None and client.wait.deadline_ms is not None
        ]
        return min(deadlines, default=None)
