"""The streams of all nodes, recorded by the harness as a replica of each, and held against each other byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from types import TracebackType
from typing import Final, NamedTuple, Self

from redproof_model.reply import Error

from redproof_properties.errors import TargetClosed
from redproof_properties.replication.ends.link import UNKNOWN_REPLID, FullResync, ReplicaLink
from redproof_properties.replication.ends.stream import ReplicationStream
from redproof_properties.replication.topologies.deployment import Deployment

SHOWN_BYTES: Final = 60
"""How much of a difference is given."""


class Segment(NamedTuple):
    """A part of a history as a node sent it: from one synchronisation of the harness to the next."""

    node: str
    replid: str
    stream: ReplicationStream

    def __str__(self) -> str:
        return f"{self.node}'s stream from {self.stream.start_offset} to {self.stream.received_offset}"


class StreamDifference(NamedTuple):
    """The bytes after an offset of a history that two segments have in common, as each of them has them."""

    one: Segment
    other: Segment
    offset: int
    left: bytes
    right: bytes


class StreamRecorder:
    """Records what each node of a deployment sends to a replica; use it with `with`."""

    def __init__(self, deployment: Deployment) -> None:
        self.segments: list[Segment] = []
        self._deployment = deployment
        self._links: dict[str, ReplicaLink] = {}

    def __enter__(self) -> Self:
        self.catch_up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for link in self._links.values():
            link.close()

    def catch_up(self) -> None:
        """Read all that each node has by now; where the link was ended, a new one goes on from there if it can."""
        for node in self._deployment.names:
            if node in self._links and not self._read(node):
                self._links.pop(node).close()
            if node not in self._links:
                self._attach(node)

    def differences(self) -> Iterator[StreamDifference]:
        """Where two nodes sent other bytes at the same offsets of the same history."""
        for one, other in combinations(self.segments, 2):
            low = max(one.stream.start_offset, other.stream.start_offset)
            high = min(one.stream.received_offset, other.stream.received_offset)
            if one.replid == other.replid and low < high:
                left, right = one.stream.between(low, high), other.stream.between(low, high)
                if left != right:
                    at = next(index for index, pair in enumerate(zip(left, right, strict=True)) if len(set(pair)) > 1)
                    shown = slice(at, at + SHOWN_BYTES)
                    yield StreamDifference(one, other, low + at, left[shown], right[shown])

    def _read(self, node: str) -> bool:
        """Read what a node has sent; False when it ended the link."""
        try:
            self._links[node].ack()
            self._links[node].catch_up(self._deployment.control(node))
        except TargetClosed:
            return False
        return True

    def _attach(self, node: str) -> None:
        """Become a replica of a node, from where the last link to it came to, unless it cannot serve any now."""
        link = ReplicaLink(self._deployment.targets[node].connect())
        try:
            is_served = self._synchronise(node, link)
        except TargetClosed:
            # A node that is synchronised in full itself ends the links of its replicas.
            is_served = False
        if not is_served:
            link.close()
            return
        self._links[node] = link
        self.segments.append(Segment(node, link.replid, link.stream))

    def _synchronise(self, node: str, link: ReplicaLink) -> bool:
        """Ask a node for its stream; False when it answers with an error."""
        last = next((segment for segment in reversed(self.segments) if segment.node == node), None)
        link.handshake()
        answer = link.psync(*(UNKNOWN_REPLID, -1) if last is None else (last.replid, last.stream.offset + 1))
        if isinstance(answer, FullResync):
            link.take_snapshot(self._deployment.control(node))
        return not isinstance(answer, Error)
