"""Proxies of ours on the links from replicas to their masters: they forward, count, and do what a network can do.

All links of a `Proxies` live in one thread. Every method comes back when what it asks for is done: after `cut` both
sockets are closed, after `hold` no further byte gets through.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeVar

from redproof_properties.replication.topologies.forwarding import CHUNK_BYTES, Pair, Terms
from redproof_properties.targets.address import TcpAddress

LOOPBACK: Final = "127.0.0.1"
_WITHIN_S: Final = 30.0
_Result = TypeVar("_Result")
_Link = TypeVar("_Link", bound="LinkProxy")


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a link has forwarded since it was made, and how many connections it has now."""

    to_replica_bytes: int
    to_master_bytes: int
    connections: int


class Proxies:
    """The thread in which links live; use it with `with`, at whose end every socket is closed."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._links: list[LinkProxy] = []
        self._orders: deque[Callable[[], None]] = deque()
        self._bell, self._button = socket.socketpair()
        self._ends = False
        self._thread = threading.Thread(target=self._run, name="redproof-proxies", daemon=True)

    def __enter__(self) -> Self:
        self._bell.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.do(self._end)
        self._thread.join()
        self._selector.close()
        self._bell.close()
        self._button.close()

    def link(self, host: str = LOOPBACK) -> LinkProxy:
        """A new link, at a free port of `host`, that leads nowhere yet."""
        return self.add(lambda selector: LinkProxy(self, selector, host))

    def add(self, make: Callable[[selectors.BaseSelector], _Link]) -> _Link:
        """A new link, as `make` makes it in the thread."""

        def add() -> _Link:
            made = make(self._selector)
            self._links.append(made)
            return made

        return self.do(add)

    def remove(self, link: LinkProxy) -> None:
        """End a link."""

        def end() -> None:
            self._links.remove(link)
            link.close_all()

        self.do(end)

    def do(self, order: Callable[[], _Result]) -> _Result:
        """Let the thread do something and give what comes of it."""
        done: Future[_Result] = Future()

        def obey() -> None:
            try:
                done.set_result(order())
            except OSError as error:
                done.set_exception(error)

        self._orders.append(obey)
        self._button.send(b"!")
        return done.result(_WITHIN_S)

    def _end(self) -> None:
        self._ends = True
        for link in self._links:
            link.close_all()

    def _run(self) -> None:
        while not self._ends:
            now_s = time.monotonic()
            waits = [wait_s for link in self._links if (wait_s := link.advance(now_s)) is not None]
            for key, events in self._selector.select(min(waits, default=None)):
                if key.data is not None:
                    key.data(events)
            with suppress(BlockingIOError):
                self._bell.recv(CHUNK_BYTES)
            while self._orders:
                self._orders.popleft()()


class LinkProxy:
    """A link from a replica to a master: the replica is told `address`, and the master is where `forward_to` says.

    Where the master does not answer, the replica waits as it would for a slow one, and is connected once it does: a
    server that is refused tries again a second later only.
    """

    def __init__(self, proxies: Proxies, selector: selectors.BaseSelector, host: str, port: int = 0) -> None:
        self._proxies = proxies
        self._selector = selector
        # It holds the port while nobody listens, and connections are refused.
        self._reserve = _bound(host, port)
        self.address = TcpAddress(host, self._reserve.getsockname()[1])
        self._listener: socket.socket | None = None
        self._master: TcpAddress | None = None
        self._pairs: list[Pair] = []
        self._gone_bytes = (0, 0)
        self._terms = Terms()
        self._listen()

    def forward_to(self, master: TcpAddress | None) -> None:
        """Lead new connections to this address, or let them wait for one."""
        self._proxies.do(lambda: setattr(self, "_master", master))

    @property
    def traffic(self) -> Traffic:
        """What has been forwarded until now."""
        return self._proxies.do(self._count)

    def cut(self) -> None:
        """Close every connection of the link; what was on its way is lost. New ones are accepted."""
        self._proxies.do(self._cut)

    def cut_at(self, count_bytes: int) -> None:
        """Cut the link when exactly so many further bytes have gone to the replica."""
        self._proxies.do(lambda: setattr(self._terms, "left_bytes", count_bytes))

    def delay(self, delay_ms: int) -> None:
        """Let each byte take so long from now on, in both directions; 0 for no delay."""
        self._proxies.do(lambda: setattr(self._terms, "delay_s", delay_ms / 1000))

    def hold(self) -> None:
        """Let all bytes wait, in both directions, and new connections too."""
        self._proxies.do(lambda: setattr(self._terms, "held", True))

    def release(self) -> None:
        """Let go what waits after `hold`."""
        self._proxies.do(lambda: setattr(self._terms, "held", False))

    def refuse(self) -> None:
        """Refuse new connections, as a port does at which nobody listens; those there are stay."""
        self._proxies.do(self._deafen)

    def accept(self) -> None:
        """Accept new connections again after `refuse`."""
        self._proxies.do(self._listen)

    def heal(self) -> None:
        """End every fault but a cut that has happened: forward at once, and accept."""

        self._proxies.do(self._heal)

    def close(self) -> None:
        """End the link: close all connections, and give its port up."""
        self._proxies.remove(self)

    def advance(self, now_s: float) -> float | None:
        """Forward what is due, and say after how many seconds more is; for the thread alone."""
        waits = [pair.advance(now_s, self._master) for pair in self._pairs]
        for pair in [pair for pair in self._pairs if pair.closed]:
            self._forget(pair)
        return min((wait_s for wait_s in waits if wait_s is not None), default=None)

    def close_all(self) -> None:
        """Close every socket; for the thread alone."""
        self._cut()
        self._deafen()
        self._reserve.close()

    def _count(self) -> Traffic:
        pairs = [pair for pair in self._pairs if not pair.drains]
        down = self._gone_bytes[0] + sum(pair.down.sent_bytes for pair in self._pairs)
        up = self._gone_bytes[1] + sum(pair.up.sent_bytes for pair in self._pairs)
        return Traffic(down, up, len(pairs))

    def _heal(self) -> None:
        self._terms.held, self._terms.delay_s, self._terms.left_bytes = False, 0.0, None
        for pair in self._pairs:
            pair.down.hasten()
            pair.up.hasten()
        self._listen()

    def _cut(self) -> None:
        for pair in list(self._pairs):
            pair.close()
            self._forget(pair)

    def _forget(self, pair: Pair) -> None:
        self._pairs.remove(pair)
        down, up = self._gone_bytes
        self._gone_bytes = (down + pair.down.sent_bytes, up + pair.up.sent_bytes)

    def _listen(self) -> None:
        if self._listener is None:
            self._listener = _bound(self.address.host, self.address.port)
            self._listener.listen()
            self._selector.register(self._listener, selectors.EVENT_READ, self._take)

    def _deafen(self) -> None:
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def _take(self, events: int) -> None:
        assert self._listener is not None
        with suppress(BlockingIOError, ConnectionError):
            replica, _ = self._listener.accept()
            self._pairs.append(Pair(self._selector, replica, self._terms))


def _bound(host: str, port: int) -> socket.socket:
    """A socket that shares its port with others of ours."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((host, port))
    made.setblocking(False)
    return made
