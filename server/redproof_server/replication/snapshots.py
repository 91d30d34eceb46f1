"""Snapshots for replicas: made, shared and sent (replication.c, rdb.c rdbSaveToSlavesSockets)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from redproof_server.engine.saving import Child
from redproof_server.persistence.rdb_writing import write_rdb
from redproof_server.persistence.snapshot import Snapshot
from redproof_server.replication import psync
from redproof_server.replication.replicas import Capability, Omit, ReplicaState, is_replica, replica_of

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.replication.state import Replication

FAILED = b"-ERR BGSAVE failed, replication can't continue\r\n"


class Pieces:
    """The bytes of a snapshot, made as they are asked for, once for all replicas that are sent them."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._more = iter(pieces)
        self._made: list[bytes] = []

    def piece(self, number: int) -> bytes | None:
        """A piece by its number, None behind the last."""
        while len(self._made) <= number:
            piece = next(self._more, None)
            if piece is None:
                return None
            self._made.append(piece)
        return self._made[number]


@dataclass(slots=True)
class Running:
    """A snapshot that a child is making: `eof_mark` ends one that is sent without a file."""

    child: Child
    snapshot: Snapshot
    eof_mark: bytes
    is_sent: bool = False

    @property
    def is_diskless(self) -> bool:
        """Whether the child sends it to the replicas itself."""
        return bool(self.eof_mark)


class Snapshots:
    """The snapshot that is being made for replicas, if any."""

    def __init__(self, replication: "Replication") -> None:
        self._replication = replication
        self._server = replication.server
        self._current: Running | None = None

    @property
    def is_running(self) -> bool:
        """Whether a child makes a snapshot for replicas."""
        return self._current is not None

    @property
    def is_diskless(self) -> bool:
        """Whether that child sends it itself."""
        return self._current is not None and self._current.is_diskless

    def start(self, capabilities: Capability, omits: Omit) -> None:
        """Make a snapshot for all who wait for one like it (startBgsaveForReplication)."""
        replication, server = self._replication, self._server
        wants_no_file = server.config.is_yes("repl-diskless-sync") or omits
        is_diskless = bool(wants_no_file and capabilities & Capability.EOF)
        if replication.saved_state() is None:
            self._refuse_all()
            return
        child = server.saving.start(is_diskless, keeps_pieces=not is_diskless)
        eof_mark = replication.new_replid() if is_diskless else b""
        running = self._current = Running(child, without(child.snapshot, omits), eof_mark)
        for client in tuple(replication.replicas):
            replica = replica_of(client)
            if replica.state is ReplicaState.WAIT_BGSAVE_START and replica.omits == omits:
                psync.greet(replication, client, replication.offset)
        if is_diskless and server.config.integer("rdb-key-save-delay") <= 0:
            self._send_diskless(running)

    def share(self, client: "Client") -> None:
        """Let a replica have the snapshot that is being made for another, if both want the same."""
        if self.is_diskless:
            return
        replica = replica_of(client)
        for other in map(replica_of, self._replication.replicas):
            is_served = other.state is ReplicaState.WAIT_BGSAVE_END and (not other.is_rdb_only or replica.is_rdb_only)
            if is_served:
                if other.capabilities & ~replica.capabilities or other.omits != replica.omits:
                    return
                if not replica.is_rdb_only:
                    replica.held, replica.held_bytes = list(other.held), other.held_bytes
                    replica.held_offset = other.held_offset
                psync.greet(self._replication, client, other.initial_offset)
                return

    def end_if_over(self) -> None:
        """Notice that the child has ended: its snapshot can be sent, or has been (updateSlavesWaitingBgsave)."""
        running = self._current
        if running is None or running.child.succeeded is None:
            return
        if not running.child.succeeded:
            self._abort_all()
            return
        if running.is_diskless and not self._is_sent(running):
            return
        self._current = None
        written = running.child.pieces or []
        pieces = Pieces([b"$%d\r\n" % sum(map(len, written)), *written])
        for client in self._served():
            replica = replica_of(client)
            if running.is_diskless:
                replica.waits_for_ack = True
                self._put_online(client)
            else:
                replica.state = ReplicaState.SEND_BULK
                self._send(client, pieces)

    def _is_sent(self, running: Running) -> bool:
        """Whether all replicas were sent what the child made."""
        if not running.is_sent:
            self._send_diskless(running)
        return all(replica_of(client).bulk is None for client in self._served())

    def bulk_sent(self, client: "Client") -> None:
        """A replica has been sent its whole snapshot: now it follows the stream (sendBulkToSlave)."""
        self._put_online(client)
        if is_replica(client):
            self._replication.release(client)

    def replica_is_gone(self, client: "Client") -> None:
        """A child that works for nobody is killed, unless its file is wanted (freeClient, rdbPipeReadHandler)."""
        if self._current is None or self._served():
            return
        if self._current.is_diskless or not self._server.config.values["save"]:
            self._current = None
            self._server.saving.kill()

    def kill(self) -> None:
        """Give up: who waits must ask again (killRDBChild)."""
        self._server.saving.kill()
        if self._current is not None:
            self._abort_all()

    def _abort_all(self) -> None:
        served, self._current = self._served(), None
        for client in served:
            self._server.abort(client)

    def _served(self) -> list["Client"]:
        replicas = self._replication.replicas
        return [one for one in replicas if replica_of(one).state is ReplicaState.WAIT_BGSAVE_END]

    def _send_diskless(self, running: Running) -> None:
        """Send a snapshot between its mark and its mark."""
        running.is_sent = True
        head = b"$EOF:%b\r\n" % running.eof_mark
        pieces = Pieces(chain([head], write_rdb(running.snapshot), [running.eof_mark]))
        for client in self._served():
            self._send(client, pieces)

    def _send(self, client: "Client", pieces: Pieces) -> None:
        replica = replica_of(client)
        replica.bulk, replica.bulk_sent, replica.bulk_ms = pieces, 0, self._server.now_ms
        self._server.announce_output(client)

    def _put_online(self, client: "Client") -> None:
        """Let a replica follow the stream; one that wanted the snapshot alone is done (replicaPutOnline)."""
        replica = replica_of(client)
        if replica.is_rdb_only:
            self._server.close(client)
            return
        replica.state = ReplicaState.ONLINE
        replica.ack_ms = self._server.now_ms
        self._replication.count_good_replicas()

    def _refuse_all(self) -> None:
        """There is nothing that a snapshot could be tied to."""
        for client in tuple(self._replication.replicas):
            replica = replica_of(client)
            if replica.state is ReplicaState.WAIT_BGSAVE_START:
                replica.state = ReplicaState.NONE
                self._replication.detach(client)
                self._server.push(client, FAILED)
                self._server.close(client)


def without(snapshot: Snapshot, omits: Omit) -> Snapshot:
    """A snapshot with what a replica wants of it (REPLCONF rdb-filter-only)."""
    databases = [] if omits & Omit.DATA else snapshot.databases
    libraries = [] if omits & Omit.FUNCTIONS else snapshot.libraries
    return replace(snapshot, databases=databases, libraries=libraries)


def take_bulk(client: "Client") -> bytes | None:
    """The next part of the snapshot that is to be written to a replica, before any other output; None when there is
    none."""
    replica = client.replica
    if replica is None or replica.bulk is None:
        return None
    piece = replica.bulk.piece(replica.bulk_sent)
    replica.bulk_sent += 1
    replica.bulk_ms = client.server.now_ms
    if piece is None:
        replica.bulk, replica.bulk_sent = None, 0
        if replica.state is ReplicaState.SEND_BULK:
            client.server.replication.snapshots.bulk_sent(client)
    return piece


def take_all(client: "Client") -> bytes:
    """All that is to be written to a client, in its order, where there is always room for it."""
    if client.replica is None or client.replica.bulk is None:
        return client.take_output() if client.output else b""
    pieces = [client.take_output()] if client.output else []
    while client.replica is not None and client.replica.bulk is not None:
        pieces.append(take_bulk(client) or b"")
    if client.output:
        pieces.append(client.take_output())
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
