"""The sockets of the asyncio shell: those of clients, and those to other servers."""

import asyncio
import time
from typing import cast

from redproof_server.hosting import Host, LinkOwner, LinkSession, Session
from redproof_server.replication.link import Link
from redproof_server.replication.replicas import Replica
from redproof_server.replication.snapshots import take_bulk

# How many pieces of a snapshot one replica is sent before others have their turn.
PIECES_PER_TURN = 2


def wall_clock_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def address_text(address: object) -> bytes:
    """An address as CLIENT LIST shows it: host and port, or the path of a socket with port 0."""
    if isinstance(address, tuple):
        return f"{address[0]}:{address[1]}".encode()
    return f"{address or ''}:0".encode()


class Connection(Session, asyncio.Protocol):
    """One client's socket. Each batch that is received is answered with one write."""

    data_received = Session.receive

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the client with the engine."""
        self._transport = cast(asyncio.Transport, transport)
        names = (transport.get_extra_info(name) for name in ("peername", "sockname"))
        self.begin(*map(address_text, names))

    def flush(self) -> None:
        """Write the client's output, then close if the engine asks for it."""
        client, transport = self.client, self._transport
        assert client is not None
        assert transport is not None
        replica = client.replica
        if client.output and not client.aborting and (replica is None or not replica.bulk_sent):
            transport.write(client.take_output())
            if self.is_full:
                self.host.server.check_output(client, transport.get_write_buffer_size())
        if replica is not None:
            self._serve_replica(replica)
        if client.closing:
            transport.abort() if client.aborting else transport.close()

    def _serve_replica(self, replica: Replica) -> None:
        """Write as much of a snapshot as goes out at once, but let others have their turn."""
        client, transport = self.client, self._transport
        assert client is not None
        assert transport is not None
        transport.set_write_buffer_limits(high=0)
        for _ in range(PIECES_PER_TURN):
            if replica.bulk is None or self.is_full or client.closing:
                break
            piece = take_bulk(client)
            if piece is not None:
                transport.write(piece)
            elif client.output:
                transport.write(client.take_output())
        else:
            asyncio.get_running_loop().call_soon(self._go_on)
        replica.unsent_bytes = transport.get_write_buffer_size()

    def _go_on(self) -> None:
        if self.client is not None and not self.client.closing:
            self.flush()

    def pause_writing(self) -> None:
        """The client reads too slowly: take no more requests from it, unless they are a replica's acknowledgements."""
        assert self.client is not None
        assert self._transport is not None
        self.is_full = True
        if self.client.replica is None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client has caught up."""
        assert self._transport is not None
        self.is_full = False
        if not self._transport.is_closing():
            if self.client is not None and self.client.replica is not None:
                self.flush()
            else:
                self._transport.resume_reading()
                self.data_received(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self.end()


class LinkConnection(LinkSession, asyncio.Protocol):
    """The socket of a link to another server."""

    data_received = LinkSession.receive

    def __init__(self, host: Host, link: Link, owner: LinkOwner) -> None:
        super().__init__(host, link, owner)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the owner begin."""
        self._transport = cast(asyncio.Transport, transport)
        self.opened(address_text(transport.get_extra_info("sockname")))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that the link is down."""
        self.lost()

    def flush(self) -> None:
        """Write what there is, then close if the owner asks for it."""
        assert self._transport is not None
        if self.link.output:
            self._transport.write(self.link.take_output())
        if self.link.is_closed:
            self._transport.close()
