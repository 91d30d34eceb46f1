"""Applying a master's stream to the byte (networking.c commandProcessed, readQueryFromClient)."""

from typing import TYPE_CHECKING

from redproof_server.engine.client import Client, Unsent
from redproof_server.protocol.requests import RequestParser

if TYPE_CHECKING:
    from redproof_server.protocol.requests import Request
    from redproof_server.replication.link import Link
    from redproof_server.replication.state import Replication


class Master:
    """The master as a client whose commands are obeyed, and whose replies are not sent.

    `applied_offset` is what has been done of the stream, `read_offset` what has come. Within a transaction nothing
    counts as done. A master without a link is cached: from there the stream may be continued.
    """

    __slots__ = (
        "_replication",
        "_unapplied",
        "applied_offset",
        "client",
        "is_presync",
        "link",
        "read_offset",
        "replid",
    )

    def __init__(self, replication: "Replication", replid: bytes, offset: int, db_index: int = 0) -> None:
        self._replication = replication
        self.replid = replid
        self.applied_offset = self.read_offset = offset
        self.is_presync = offset < 0
        self.link: Link | None = None
        self._unapplied = bytearray()
        self.client = self._new_client(db_index)

    def _new_client(self, db_index: int) -> Client:
        server = self._replication.server
        client = Client(server, server.clients.next_id(), b"", RequestParser(server.request_limits))
        client.authenticated = client.is_master = True
        client.output = client.replies = Unsent()
        client.db = server.databases[db_index]
        return client

    def follow(self, link: "Link") -> None:
        """Go on over a link (replicationCreateMasterClient, replicationResurrectCachedMaster)."""
        client, server = self.client, self._replication.server
        self.link = link
        client.address = f"{link.host}:{link.port}".encode()
        client.local_address = link.local_address
        client.active_ms = server.now_ms
        client.closing = client.aborting = False
        server.clients[client.id] = client

    def cache(self) -> None:
        """Forget what came and was not done, for the link is lost (replicationCacheMaster)."""
        db_index, client_id = self.client.db.index, self.client.id
        self.client = self._new_client(db_index)
        self.client.id = client_id
        self.read_offset = self.applied_offset
        self._unapplied.clear()
        self.link = None

    def receive(self, data: bytes) -> None:
        """Bytes of the stream have come."""
        self.client.active_ms = self._replication.server.now_ms
        self.read_offset += len(data)
        self._unapplied += data
        self.client.parser.rest += data
        self.run()

    def run(self) -> None:
        """Do the commands that are complete, one by one, until one has to wait."""
        client, server = self.client, self._replication.server
        while client.wait is None and not client.closing and self.link is not None:
            request = client.parser.next_request()
            if request is None:
                break
            server.dispatch(client, request)
            client.output_bytes = 0
            if client.wait is None and client is self.client:
                self.command_done()
        if client.parser.error is not None and self.link is not None:
            self._replication.upstream.lose_broken_master()

    def resume(self, postponed: "Request | None") -> None:
        """Go on after a wait, first with the command that was put off."""
        if postponed is not None:
            self._replication.server.dispatch(self.client, postponed)
        if self.client.wait is None:
            self.command_done()
            self.run()

    def command_done(self) -> None:
        """Count what was done, and pass it on as it came."""
        if self.client.transaction is not None:
            return
        applied = self.read_offset - len(self.client.parser.rest) - self.applied_offset
        self.applied_offset += applied
        done = bytes(self._unapplied[:applied])
        del self._unapplied[:applied]
        self._replication.feed(done)

    def acknowledge(self) -> None:
        """Tell the master what was done (replicationSendAck)."""
        if self.link is not None and not self.is_presync:
            self.link.send(b"REPLCONF", b"ACK", b"%d" % self.applied_offset)
            self._replication.upstream.attend(self.link)
