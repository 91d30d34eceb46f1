"""Gates before the nodes of a group: all that nodes send each other passes one, and it knows from whom it comes.

Each node has an address of its own, from which it connects to others, and is known to them by that of its gate. So the
link between any two nodes can be held, delayed and cut, whoever has opened it. A process has a loopback address
(`bind-source-addr`, before Redis 7.0 the first address of `bind`), and a container that which the engine gave it.
"""

from __future__ import annotations

import secrets
import selectors
import socket
from collections import defaultdict
from contextlib import suppress
from typing import Final

from redproof_properties.replication.topologies.forwarding import Pair, Terms
from redproof_properties.replication.topologies.proxy import LinkProxy, Proxies

PORT: Final = 6379
PROBED: Final = "127.1.2.3"


class Subnet:
    """Loopback addresses that no other run uses, but for bad luck: for a node, and for the gate before it."""

    def __init__(self) -> None:
        self._prefix = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}"
        self._last = 0

    def take(self) -> tuple[str, str]:
        """The hosts of another node and of its gate."""
        self._last += 1
        return f"{self._prefix}.{self._last}", f"{self._prefix}.{100 + self._last}"


class Gate(LinkProxy):
    """What stands before a node: it forwards to it what comes from each other node, on that one's own terms."""

    def __init__(self, proxies: Proxies, selector: selectors.BaseSelector, host: str, port: int) -> None:
        self._terms_of: defaultdict[str, Terms] = defaultdict(Terms)
        self._sources: dict[Pair, str] = {}
        super().__init__(proxies, selector, host, port)

    def hold_from(self, source: str) -> None:
        """Let no byte pass between this node and the host `source`, in either direction."""
        self._proxies.do(lambda: setattr(self._terms_of[source], "held", True))

    def release_from(self, source: str) -> None:
        """Let go what waits after `hold_from`."""
        self._proxies.do(lambda: setattr(self._terms_of[source], "held", False))

    def delay_from(self, source: str, delay_ms: int) -> None:
        """Let each byte between this node and the host `source` take so long; 0 for no delay."""
        self._proxies.do(lambda: setattr(self._terms_of[source], "delay_s", delay_ms / 1000))

    def cut_from(self, source: str) -> None:
        """Close every connection that the host `source` has opened to this node; what was on its way is lost."""

        def cut() -> None:
            for pair in [pair for pair in self._pairs if self._sources[pair] == source]:
                pair.close()
                self._forget(pair)

        self._proxies.do(cut)

    def release_all(self) -> None:
        """Let all pass at once from whatever host; a gate that refuses goes on with that."""

        def release() -> None:
            for terms in self._terms_of.values():
                terms.held, terms.delay_s = False, 0.0
            for pair in self._pairs:
                pair.down.hasten()
                pair.up.hasten()

        self._proxies.do(release)

    def _forget(self, pair: Pair) -> None:
        self._sources.pop(pair)
        super()._forget(pair)

    def _take(self, events: int) -> None:
        assert self._listener is not None
        with suppress(BlockingIOError, ConnectionError):
            taken, (source, _) = self._listener.accept()
            pair = Pair(self._selector, taken, self._terms_of[source])
            self._sources[pair] = source
            self._pairs.append(pair)


def why_no_gates(host: str = PROBED) -> str | None:
    """Why gates cannot listen on this machine at an address that it should have, None if they can.

    Linux has all of 127.0.0.0/8, and the gateways of its containers' networks.
    """
    with socket.socket() as probe:
        try:
            probe.bind((host, 0))
        except OSError as error:
            return f"an address for the gate before each node cannot be had here: {host}: {error}"
    return None
