"""The state of a server's replication that INFO and ROLE tell, and how each event changes it.

Offsets and lengths are in bytes. Source: `replication.c` (syncCommand, replicationSetMaster, replicationUnsetMaster,
readSyncBulkPayload, feedReplicationBuffer).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from redproof_model.keyspace.values import Interval
from redproof_model.versions.replication import ReplicationFacts

NO_REPLID: Final = "0" * 40
"""What stands for the second id of a server that has none."""

NO_OFFSET: Final = -1


class LinkState(Enum):
    """How far a master has come with a replica, as INFO tells it."""

    WAIT_BGSAVE = "wait_bgsave"
    SEND_BULK = "send_bulk"
    ONLINE = "online"


class UpstreamState(Enum):
    """How far a replica has come with its master, as ROLE tells it."""

    CONNECT = "connect"
    CONNECTING = "connecting"
    HANDSHAKE = "handshake"
    SYNC = "sync"
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class Backlog:
    """The bytes of the history that a server keeps: from `first_offset` on, `length` of them."""

    first_offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Link:
    """A replica as its master sees it: what it has acknowledged, and how many seconds ago, as an interval."""

    port: int
    state: LinkState
    offset: int
    lag_s: Interval


@dataclass(frozen=True, slots=True)
class Upstream:
    """A replica's link to its master: what it has processed of the stream, and what it has read."""

    host: str
    port: int
    state: UpstreamState
    offset: int
    read_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationState:
    """A server: a master, or with an `upstream` a replica."""

    facts: ReplicationFacts
    replid: str
    replid2: str = NO_REPLID
    offset: int = 0
    second_offset: int = NO_OFFSET
    backlog: Backlog | None = None
    backlog_size: int = 1024 * 1024
    links: tuple[Link, ...] = ()
    upstream: Upstream | None = None
    read_only: bool = True
    min_replicas: int = 0
    max_lag_s: int = 10

    def attached(self, link: Link, new_replid: str) -> ReplicationState:
        """A replica has come; without a backlog a history begins, with an id that only the server chooses."""
        if self.backlog is not None:
            return replace(self, links=(*self.links, link))
        backlog = Backlog(self.offset + 1, 0)
        return replace(self, replid=new_replid, replid2=NO_REPLID, links=(*self.links, link), backlog=backlog)

    def detached(self, port: int) -> ReplicationState:
        """A replica is gone."""
        return replace(self, links=tuple(link for link in self.links if link.port != port))

    def acknowledged(self, port: int, offset: int, lag_s: Interval) -> ReplicationState:
        """A replica has acknowledged the stream up to an offset, which is never taken back."""
        links = (
            replace(link, offset=max(offset, link.offset), lag_s=lag_s) if link.port == port else link
            for link in self.links
        )
        return replace(self, links=tuple(links))

    def streamed(self, length: int) -> ReplicationState:
        """So many bytes have entered the stream: nothing moves before there is a backlog.

        Raises ValueError when the backlog is full: versions differ in what they drop then.
        """
        if self.backlog is None:
            return self
        kept = self.backlog.length + length
        if kept > self.backlog_size:
            raise ValueError(f"{kept} bytes are more than the backlog of {self.backlog_size} holds")
        return replace(self, offset=self.offset + length, backlog=replace(self.backlog, length=kept))

    def promoted(self, new_replid: str) -> ReplicationState:
        """REPLICAOF NO ONE of a replica: its history goes on under a new id, and its own replicas ask anew."""
        return replace(
            self,
            replid=new_replid,
            replid2=self.replid,
            second_offset=self.offset + 1,
            upstream=None,
            links=(),
        )

    def follows(self, host: str, port: int) -> ReplicationState:
        """REPLICAOF of a master: it may go on from its own history, and so asks from its own offset on."""
        upstream = Upstream(host, port, UpstreamState.CONNECT, self.offset, self.offset)
        return replace(self, upstream=upstream, links=self.links if self.facts.keeps_until_loaded else ())

    def reached(self, state: UpstreamState) -> ReplicationState:
        """The link to the master has come to the handshake, or to a full synchronisation that was answered."""
        assert self.upstream is not None
        upstream = replace(self.upstream, state=state)
        if state is not UpstreamState.SYNC or self.facts.keeps_until_loaded:
            return replace(self, upstream=upstream)
        return replace(self, upstream=replace(upstream, offset=1, read_offset=1), backlog=None)

    def loaded(self, replid: str, offset: int) -> ReplicationState:
        """A snapshot was loaded that is at this offset of this history; the replicas of the replica ask anew."""
        assert self.upstream is not None
        return replace(
            self,
            replid=replid,
            replid2=NO_REPLID,
            offset=offset,
            second_offset=NO_OFFSET,
            backlog=Backlog(offset + 1, 0),
            links=(),
            upstream=replace(self.upstream, state=UpstreamState.CONNECTED, offset=offset, read_offset=offset),
        )

    def received(self, length: int, processed: int) -> ReplicationState:
        """A replica has read so many bytes of the stream, and commands are whole of which it makes `processed`."""
        assert self.upstream is not None
        upstream = replace(
            self.upstream,
            offset=self.upstream.offset + processed,
            read_offset=self.upstream.read_offset + length,
        )
        return replace(self.streamed(processed), upstream=upstream)
