"""The replication state of a server: its histories, the offset, the stream and who follows it (replication.c)."""

from typing import TYPE_CHECKING

from redproof_server.engine.propagation import Sink
from redproof_server.persistence.snapshot import ReplicationState
from redproof_server.protocol.fast import encode_request
from redproof_server.replication import cron
from redproof_server.replication.backlog import BLOCK_BYTES_MIN, Backlog, BlockBacklog
from redproof_server.replication.failover import Failover
from redproof_server.replication.handshake import LinkState
from redproof_server.replication.link import Link
from redproof_server.replication.replicas import count_good, replica_of
from redproof_server.replication.snapshots import Snapshots
from redproof_server.replication.stream import Master
from redproof_server.replication.upstream import Upstream
from redproof_server.replication.waits import Waits

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.engine.command import Command
    from redproof_server.engine.database import Database
    from redproof_server.engine.server import Server

NO_REPLID = b"0" * 40
NO_DB = -1
PING = encode_request([b"ping"])


class Replication:
    """What a server knows of histories and of those who share them.

    `replid` names the history that goes on, up to `offset`; `replid2` names one that it continues, valid for
    offsets below `second_offset` or equal to it. `selected_db` is the database of the stream, or -1 when the next
    command must say it.
    """

    def __init__(self, server: "Server") -> None:
        self.server = server
        self.replid = self.new_replid()
        self.replid2 = NO_REPLID
        self.second_offset = -1
        self.offset = 0
        self.backlog: Backlog | None = None
        self.selected_db = NO_DB
        self.replicas: list[Client] = []
        self.no_replicas_since_ms = server.now_ms
        self.good_replicas = 0
        self.upstream = Upstream(self)
        self.snapshots = Snapshots(self)
        self.failover = Failover(self)
        self.waits = Waits(self)
        self.local_expiries: dict[tuple[Database, bytes], None] = {}
        self.current_client: Client | None = None
        self.current_command: Command | None = None
        self.cron_runs = 0
        self.next_cron_ms = server.now_ms

    def start(self) -> None:
        """Follow the configuration, now that the server is complete."""
        self.server.saving.replication_state = self.saved_state
        words = self.server.config.values["replicaof"].split()
        if len(words) == 2:
            self.upstream.host, self.upstream.port = words[0], int(words[1])
            self.upstream.state = LinkState.CONNECT
        self.server.refresh_guards()

    def configured(self) -> None:
        """Follow parameters that were changed (updateReplBacklogSize, updateGoodSlaves)."""
        if self.backlog is not None:
            self.backlog.resize(self.server.config.integer("repl-backlog-size"))
        self.count_good_replicas()
        self.server.refresh_guards()

    # What the shell calls.

    def link_opened(self, link: Link, local_address: bytes, now_ms: int) -> None:
        """The connection that was asked for is there, from `local_address`."""
        self.server.now_ms = now_ms
        self.upstream.opened(link, local_address)

    def link_received(self, link: Link, data: bytes, now_ms: int) -> None:
        """Bytes have come from the master."""
        self.server.now_ms = now_ms
        self.upstream.received(link, data)
        self.server.before_sleep()

    def link_lost(self, link: Link, now_ms: int) -> None:
        """The connection is gone, or could not be made."""
        self.server.now_ms = now_ms
        self.upstream.lost(link)
        self.server.before_sleep()

    def take_links(self) -> list[Link]:
        """The connections to open, to write to or to close."""
        attended = self.upstream.attended
        if not attended:
            return []
        links = list(attended)
        attended.clear()
        return links

    # What the server calls.

    def cron(self) -> None:
        """Do what is due by time."""
        cron.run_if_due(self)

    def before_sleep(self) -> None:
        """Do what is due once for all that has come at a time."""
        self.waits.before_sleep()
        self.failover.update()

    @property
    def is_master(self) -> bool:
        """Whether the server has no master."""
        return self.upstream.host is None

    @property
    def is_active(self) -> bool:
        """Whether requests have to be looked at because of replication."""
        return self.backlog is not None or not self.is_master or self.wants_good_replicas

    @property
    def sink(self) -> Sink | None:
        """Where the commands of clients go that change data, if anywhere."""
        return self.propagate if self.is_master and self.backlog is not None else None

    def saved_state(self) -> ReplicationState | None:
        """Where the data stands in the stream, for a snapshot of it; None where nobody can say
        (rdbPopulateSaveInfo)."""
        if self.is_master and self.backlog is not None:
            return ReplicationState(max(self.selected_db, 0), self.replid, self.offset)
        known = None if self.is_master else self.upstream.master or self.upstream.cached
        return None if known is None else ReplicationState(known.client.db.index, self.replid, self.offset)

    def restore(self, state: ReplicationState | None, expired: list[tuple[int, bytes]]) -> None:
        """Go on from the file that the server was started with; of its keys those `expired` that were left out, with
        their databases (loadDataFromDisk)."""
        if not self.is_master:
            if state is not None:
                self.replid, self.offset = state.replid, state.offset_bytes
                self.upstream.cached = Master(self, self.replid, self.offset, state.stream_db)
        elif self.server.version.restart_continues_history:
            if state is not None:
                self.replid2, self.second_offset = state.replid, state.offset_bytes + 1
                self.offset = state.offset_bytes
            self.create_backlog()
            for db_index, key in expired:
                self.propagate(db_index, self.server.propagation.deletion(key, "lazyfree-lazy-expire"))
            if state is None:
                self.free_backlog()
            self.no_replicas_since_ms = self.server.now_ms

    # Histories.

    def new_replid(self) -> bytes:
        """A random name of 40 hexadecimal digits (getRandomHexChars)."""
        return b"%040x" % self.server.random.getrandbits(160)

    def change_replid(self) -> None:
        """Begin a history that continues no other (changeReplicationId, clearReplicationId2)."""
        self.replid = self.new_replid()
        self.forget_second()

    def forget_second(self) -> None:
        """Continue no other history (clearReplicationId2)."""
        self.replid2, self.second_offset = NO_REPLID, -1

    def shift_replid(self, replid: bytes | None = None) -> None:
        """Begin a history, with a new or a given name, that continues the present one (shiftReplicationId)."""
        self.replid2, self.second_offset = self.replid, self.offset + 1
        self.replid = replid or self.new_replid()

    # The backlog.

    def create_backlog(self) -> None:
        """Begin to keep the stream (createReplicationBacklog)."""
        size_bytes = self.server.config.integer("repl-backlog-size")
        if self.server.version.backlog_is_a_list:
            self.backlog = BlockBacklog(size_bytes, self.offset + 1, self._first_unsent)
        else:
            self.backlog = Backlog(size_bytes, self.offset + 1)
        self.remember_offsets()
        self.server.refresh_guards()

    def free_backlog(self) -> None:
        """Forget the stream (freeReplicationBacklog)."""
        self.backlog = None
        self.server.refresh_guards()

    def remember_offsets(self) -> None:
        """What clients did so far counts as done at the present offset: WAIT asks for that."""
        for client in self.server.clients.values():
            if client.last_command is not None:
                client.write_offset = self.offset

    def _first_unsent(self) -> int | None:
        waiting = [self._first_unsent_to(client) for client in self.replicas]
        return min((offset for offset in waiting if offset is not None), default=None)

    def _first_unsent_to(self, client: "Client") -> int | None:
        replica = replica_of(client)
        if replica.held_offset is not None:
            return replica.held_offset
        return self.offset + 1 - replica.unsent_bytes if replica.unsent_bytes else None

    # The stream.

    def propagate(self, db_index: int, request: list[bytes]) -> None:
        """Put a command into the stream, after a SELECT where it needs one (replicationFeedSlaves)."""
        if self.upstream.host is not None or self.backlog is None:
            return
        if db_index != self.selected_db:
            self.feed(encode_request([b"SELECT", b"%d" % db_index]))
            self.selected_db = db_index
        encoded = encode_request(request)
        if len(encoded) < BLOCK_BYTES_MIN:
            self.feed(encoded)
            return
        self.feed(b"*%d\r\n" % len(request))
        for argument in request:
            self.feed(b"$%d\r\n" % len(argument))
            self.feed(argument)
            self.feed(b"\r\n")

    def ping_replicas(self) -> None:
        """Let replicas see that the master is alive (replicationCron)."""
        if self.is_master and self.backlog is not None:
            self.feed(PING)

    def feed(self, data: bytes) -> None:
        """Add bytes to the stream (feedReplicationBuffer)."""
        backlog = self.backlog
        if backlog is None or not data:
            return
        start_offset = self.offset + 1
        self.offset += len(data)
        for client in tuple(self.replicas):
            replica = replica_of(client)
            if replica.takes_stream_now:
                self.server.push(client, data)
            elif replica.takes_stream:
                if replica.held_offset is None:
                    replica.held_offset = start_offset
                replica.held.append(data)
                replica.held_bytes += len(data)
                self.server.check_output(client, replica.held_bytes)
        backlog.feed(data)

    def release(self, client: "Client") -> None:
        """Send a replica what was kept back, and from now on the stream as it comes (replicaStartCommandStream)."""
        replica = replica_of(client)
        replica.waits_for_ack = False
        if replica.held:
            self.server.push(client, b"".join(replica.held))
        replica.held, replica.held_bytes, replica.held_offset = [], 0, None
        if self.backlog is not None:
            self.backlog.trim()

    # Replicas.

    def attach(self, client: "Client") -> None:
        """Count a client among the replicas."""
        replica_of(client).is_attached = True
        self.replicas.append(client)
        self.server.refresh_guards()

    def detach(self, client: "Client") -> None:
        """A replica is gone (freeClient)."""
        if client not in self.replicas:
            return
        self.replicas.remove(client)
        replica_of(client).is_attached = False
        self.snapshots.replica_is_gone(client)
        if not self.replicas:
            self.no_replicas_since_ms = self.server.now_ms
        self.count_good_replicas()
        self.server.refresh_guards()

    def drop_replicas(self) -> None:
        """Close the connections of all replicas: they must ask again (disconnectSlaves)."""
        for client in tuple(self.replicas):
            self.server.abort(client)

    @property
    def wants_good_replicas(self) -> bool:
        """Whether writes need replicas that are not too far behind."""
        config = self.server.config
        return bool(config.integer("min-replicas-to-write") and config.integer("min-replicas-max-lag"))

    def count_good_replicas(self) -> None:
        """Count the replicas that writes may rely on (refreshGoodSlavesCount)."""
        if self.wants_good_replicas:
            self.good_replicas = count_good(self.server, self.replicas)
