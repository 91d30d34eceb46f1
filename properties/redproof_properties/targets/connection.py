"""A connection to a server under test: bytes out, bytes in, with every wait bounded."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn, Protocol

from redproof_model.reply import Reply

from redproof_properties.closing import Closing
from redproof_properties.encoding import encode_command
from redproof_properties.errors import TargetClosed, TargetError, TargetSilent
from redproof_properties.resp import Decoder

CHUNK_BYTES: Final = 1 << 17
_WOULD_BLOCK: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_GONE: Final = (ConnectionError, TimeoutError, ssl.SSLError)
_READABLE: Final = select.POLLIN | select.POLLHUP | select.POLLERR


class Sink(Protocol):
    """What takes the bytes that a server sends, as a `Decoder` does."""

    @property
    def pending_bytes(self) -> int:
        """How many bytes were fed and belong to nothing that is whole."""

    def feed(self, data: bytes | bytearray, /) -> None:
        """Add bytes received."""


class Connection(Closing):
    """A socket to a server; `send` and `receive_into` are for bulk, `call` is for convenience.

    `peer` names the server in messages. `timeout_ms` bounds each wait for the server, not a whole
    conversation. `diagnose` is asked when the server closes the connection: it may know a better error,
    such as that the process died.
    """

    __slots__ = ("_chunk", "_diagnose", "_early", "_readable", "_socket", "decoder", "peer", "resp", "timeout_ms")

    def __init__(
        self,
        connected: socket.socket,
        peer: str,
        timeout_ms: int,
        diagnose: Callable[[], TargetError | None] = lambda: None,
    ) -> None:
        connected.setblocking(False)
        self._socket = connected
        self.peer = peer
        self._diagnose = diagnose
        self._early = bytearray()
        # One buffer for all that comes: to make one for each read costs more than to copy what is in it.
        self._chunk = memoryview(bytearray(CHUNK_BYTES))
        self._readable = select.poll()
        self._readable.register(connected, select.POLLIN)
        self.timeout_ms = timeout_ms
        self.resp = 2
        """The protocol spoken, 2 or 3."""
        self.decoder = Decoder()
        """What `call` reads with; use it too where `call` and `receive_into` take turns."""

    def fileno(self) -> int:
        """The socket's descriptor, for `select` over several connections."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket; a second time does nothing."""
        self._socket.close()

    def finish(self) -> None:
        """Send no more, and come back when the server has executed what was sent, which it tells by closing too.

        One that does not tell is waited for no longer than `timeout_ms`.
        """
        ends_s = time.monotonic() + self.timeout_ms / 1000
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        while (left_s := ends_s - time.monotonic()) > 0 and self._readable.poll(left_s * 1000):
            if self._try_receive() == b"":
                return

    def call(self, *argv: bytes | str | int) -> Reply:
        """Send one command and wait for its reply; an error reply is returned, not raised."""
        self.send(encode_command([_argument(part) for part in argv]))
        return self.receive()

    def receive(self) -> Reply:
        """Wait for the next reply."""
        while (reply := self.decoder.next_reply()) is None:
            self.receive_into(self.decoder)
        return reply

    def receive_if(self, expected: bytes) -> bool:
        """Wait for the next reply and take it if `expected` is what stands on the wire; else it stays."""
        while (same := self.decoder.take_if(expected)) is None:
            self.receive_into(self.decoder)
        return same

    def readable(self) -> bool:
        """Whether bytes have come that no reply was made of yet, or the server has closed the connection."""
        if self.decoder.pending_bytes or self._early:
            return True
        chunk = self._try_receive()
        self._early += chunk or b""
        return chunk is not None

    def send(self, data: bytes) -> None:
        """Hand all bytes to the server, however many; what it sends meanwhile is kept for `receive_into`.

        Raises `TargetSilent` when the server takes no bytes for `timeout_ms`, `TargetClosed` when it is gone.
        """
        sent = self._try_send(data)
        if sent < len(data):
            self._send_rest(memoryview(data)[sent:])

    def receive_into(self, decoder: Sink, timeout_ms: int | None = None) -> None:
        """Wait until bytes have come and feed them to the decoder, or to another sink.

        Raises `TargetSilent` when none come for `timeout_ms` (the connection's when not given), and
        `TargetClosed` when the server closed the connection, or what `diagnose` knows about that.
        """
        if self._early:
            decoder.feed(self._early)
            self._early.clear()
            return
        wait_ms = self.timeout_ms if timeout_ms is None else timeout_ms
        while (chunk := self._try_receive()) is None:
            if not self._readable.poll(wait_ms):
                self._raise_silent(wait_ms, decoder.pending_bytes)
        if not chunk:
            self._raise_closed(decoder.pending_bytes)
        decoder.feed(chunk)

    def _send_rest(self, rest: memoryview) -> None:
        either = select.poll()
        either.register(self._socket, select.POLLIN | select.POLLOUT)
        while rest:
            events = either.poll(self.timeout_ms)
            if not events:
                raise TargetSilent(f"{self.peer}: took no bytes for {self.timeout_ms} ms")
            if events[0][1] & _READABLE:
                chunk = self._try_receive()
                if chunk == b"":
                    self._raise_closed(0)
                self._early += chunk or b""
            rest = rest[self._try_send(rest) :]

    def _try_send(self, data: bytes | memoryview) -> int:
        try:
            return self._socket.send(data)
        except _WOULD_BLOCK:
            return 0
        except _GONE:
            self._raise_closed(0)

    def _try_receive(self) -> bytes | None:
        """The bytes that have come, empty at the end of the stream, None when there are none yet."""
        try:
            return bytes(self._chunk[: self._socket.recv_into(self._chunk)])
        except _WOULD_BLOCK:
            return None
        except _GONE:
            return b""

    def _raise_silent(self, wait_ms: int, pending_bytes: int) -> NoReturn:
        if pending_bytes:
            raise TargetSilent(
                f"{self.peer}: stopped in the middle of a reply: {pending_bytes} bytes of it came, "
                f"then nothing for {wait_ms} ms"
            )
        raise TargetSilent(f"{self.peer}: no reply within {wait_ms} ms")

    def _raise_closed(self, pending_bytes: int) -> NoReturn:
        where = f" in the middle of a reply, after {pending_bytes} bytes of it" if pending_bytes else ""
        raise self._diagnose() or TargetClosed(f"{self.peer}: the server closed the connection{where}")


def _argument(part: bytes | str | int) -> bytes:
    if isinstance(part, bytes):
        return part
    return str(part).encode()
