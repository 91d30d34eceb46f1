"""What a link does with bytes: a connection of a replica and one to its master, and how each direction is forwarded."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from redproof_properties.targets.address import TcpAddress

CHUNK_BYTES: Final = 1 << 16
BUFFERED_BYTES_MAX: Final = 1 << 20
"""What a link takes from one side before the other side has taken it."""

_RETRY_S: Final = 0.002


@dataclass(slots=True)
class Terms:
    """How a link is at present."""

    held: bool = False
    delay_s: float = 0.0
    left_bytes: int | None = None
    """After how many bytes to the replica the link is cut."""


@dataclass(slots=True)
class Flow:
    """One direction of a connection: pieces with the time at which each is due."""

    pieces: deque[tuple[float, bytes]] = field(default_factory=deque)
    waiting_bytes: int = 0
    sent_bytes: int = 0
    ended: bool = False

    def add(self, data: bytes, due_s: float) -> None:
        """Take bytes that are to be handed on at that time."""
        self.pieces.append((due_s, data))
        self.waiting_bytes += len(data)

    def hasten(self) -> None:
        """Let all that waits be due at once."""
        self.pieces = deque((0.0, data) for _, data in self.pieces)

    def send(self, sink: socket.socket, now_s: float, most_bytes: int | None) -> None:
        """Hand on what is due, `most_bytes` of it at most, and as much as the sink takes."""
        while self.pieces and self.pieces[0][0] <= now_s and most_bytes != 0:
            due_s, data = self.pieces.popleft()
            try:
                sent = sink.send(data[:most_bytes])
            except BlockingIOError:
                sent = 0
            self.sent_bytes += sent
            self.waiting_bytes -= sent
            if most_bytes is not None:
                most_bytes -= sent
            if sent < len(data):
                self.pieces.appendleft((due_s, data[sent:]))
                if most_bytes != 0:
                    return


class Pair:
    """A replica's connection and the one to the master that belongs to it, once there is one."""

    def __init__(self, selector: selectors.BaseSelector, replica: socket.socket, terms: Terms) -> None:
        self.down, self.up = Flow(), Flow()
        self.closed = False
        self.drains = False
        """The link was cut, and the replica has not closed its side: what it sends is dropped, so that nothing is reset
        which it has not read yet."""
        self._selector = selector
        self._terms = terms
        self._replica = replica
        self._master: socket.socket | None = None
        self._connected = False
        self._rests = False
        """Nothing waits, and nothing has come since that was seen."""
        self._retry_at_s = 0.0
        _prepare(replica)

    def advance(self, now_s: float, address: TcpAddress | None) -> float | None:
        """Forward what is due, once there is a connection to the master; after how many seconds more is, if known.

        Of many pairs most rest whenever something comes over one of them.
        """
        if self._rests and not self._terms.held and self._terms.left_bytes is None:
            return None
        self._rests = False
        try:
            return self._advance(now_s, address)
        except ConnectionError:
            self.close()
            return None

    def close(self) -> None:
        """Close both connections."""
        self.closed = True
        for each in filter(None, (self._replica, self._master)):
            self._watch(each, 0)
            each.close()

    def _advance(self, now_s: float, address: TcpAddress | None) -> float | None:
        held = self._terms.held
        if self.closed or self.drains or held:
            self._watch(self._replica, selectors.EVENT_READ if self.drains and not self.closed else 0)
            if self._master is not None and self._connected:
                self._watch(self._master, 0)
            return None
        if self._master is None:
            return self._connect(now_s, address)
        if not self._connected:
            return None
        left_bytes = self._terms.left_bytes
        before_bytes = self.down.sent_bytes
        self.down.send(self._replica, now_s, left_bytes)
        self.up.send(self._master, now_s, None)
        if left_bytes is not None:
            self._terms.left_bytes = left_bytes - (self.down.sent_bytes - before_bytes)
            if self._terms.left_bytes == 0:
                self._cut_here()
                return 0.0
        if any(flow.ended and not flow.pieces for flow in (self.down, self.up)):
            self.close()
            return None
        self._watch(self._replica, self._events(self.up, self.down, now_s))
        self._watch(self._master, self._events(self.down, self.up, now_s))
        due = [flow.pieces[0][0] - now_s for flow in (self.down, self.up) if flow.pieces]
        self._rests = not due
        return min((wait_s for wait_s in due if wait_s > 0), default=None)

    def _cut_here(self) -> None:
        """The replica has got all bytes that it is to get."""
        assert self._master is not None
        self._terms.left_bytes = None
        self._watch(self._master, 0)
        self._master.close()
        self._master = None
        self.drains = True
        with suppress(OSError):  # It is gone already.
            self._replica.shutdown(socket.SHUT_WR)

    def _connect(self, now_s: float, address: TcpAddress | None) -> float | None:
        """Begin to connect to the master, again and again; meanwhile see whether the replica gives up."""
        self._watch(self._replica, selectors.EVENT_READ)
        if address is None:
            return _RETRY_S
        if now_s < self._retry_at_s:
            return self._retry_at_s - now_s
        self._retry_at_s = now_s + _RETRY_S
        self._master = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        _prepare(self._master)
        with suppress(BlockingIOError):
            self._master.connect((address.host, address.port))
        self._watch(self._master, selectors.EVENT_WRITE)
        return None

    def _events(self, from_it: Flow, to_it: Flow, now_s: float) -> int:
        reads = not from_it.ended and from_it.waiting_bytes < BUFFERED_BYTES_MAX
        writes = bool(to_it.pieces) and to_it.pieces[0][0] <= now_s
        return (selectors.EVENT_READ if reads else 0) | (selectors.EVENT_WRITE if writes else 0)

    def _watch(self, watched: socket.socket, events: int) -> None:
        known = self._selector.get_map().get(watched.fileno()) if watched.fileno() >= 0 else None
        if known is not None and not events:
            self._selector.unregister(watched)
        elif known is not None and known.events != events:
            self._selector.modify(watched, events, known.data)
        elif known is None and events:
            self._selector.register(watched, events, lambda seen: self._happened(watched, seen))

    def _happened(self, watched: socket.socket, events: int) -> None:
        self._rests = False
        if self.closed:
            return
        if watched is self._master and not self._connected:
            self._finish_connecting()
        elif events & selectors.EVENT_READ:
            self._read(watched, self.up if watched is self._replica else self.down)

    def _finish_connecting(self) -> None:
        assert self._master is not None
        if self._master.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._watch(self._master, 0)
            self._master.close()
            self._master = None
        else:
            self._connected = True

    def _read(self, watched: socket.socket, flow: Flow) -> None:
        try:
            data = watched.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if data and not self.drains:
            flow.add(data, time.monotonic() + self._terms.delay_s)
        elif not data and self._connected and not self.drains:
            flow.ended = True
            self._watch(watched, 0)
        elif not data:
            self.close()


def _prepare(connection: socket.socket) -> None:
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
