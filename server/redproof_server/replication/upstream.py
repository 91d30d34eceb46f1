"""A replica's side: its master, the link to it and what becomes of both (replication.c)."""

from typing import TYPE_CHECKING

from redproof_server.replication.handshake import (
    Handshake,
    LinkState,
    PsyncReply,
    continued_replid,
    full_resync_point,
    read_psync_reply,
)
from redproof_server.replication.link import Link
from redproof_server.replication.loading import load_snapshot, load_without_mark
from redproof_server.replication.stream import Master
from redproof_server.replication.transfer import Progress, Transfer

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.protocol.requests import Request
    from redproof_server.replication.state import Replication

UNKNOWN_REPLID, UNKNOWN_OFFSET = b"", -1
LINE_BYTES_MAX = 1024
BEFORE_DATA = (LinkState.CONNECTING, LinkState.HANDSHAKE)


class Upstream:
    """The master that this server is told to follow, if any.

    `master` is there while the stream is followed, `cached` when it can be asked to go on. `link` is the connection
    before that; `attended` are those that the shell has to look at.
    """

    def __init__(self, replication: "Replication") -> None:
        self._replication = replication
        self._server = replication.server
        self.host: str | None = None
        self.port = 0
        self.state = LinkState.NONE
        self.master: Master | None = None
        self.cached: Master | None = None
        self.link: Link | None = None
        self.transfer: Transfer | None = None
        self.down_since_ms: int | None = None
        self.last_io_ms = 0
        self.attended: dict[Link, None] = {}
        self._handshake: Handshake | None = None
        self._full_resync = (UNKNOWN_REPLID, UNKNOWN_OFFSET)

    @property
    def is_connected(self) -> bool:
        """Whether the stream is followed."""
        return self.state is LinkState.CONNECTED

    # Roles.

    def set_master(self, host: str, port: int) -> None:
        """Become a replica, or one of another master (replicationSetMaster)."""
        replication, was_master = self._replication, self.host is None
        self.host = None
        self.lose_master()
        self._server.blocking.refuse_all()
        self._name_master(host, port)
        self.cancel(reconnects=False)
        if was_master:
            self.cached = Master(replication, replication.replid, replication.offset)
        if self._server.version.replicaof_drops_replicas:
            replication.drop_replicas()
        self.state = LinkState.CONNECT
        self.connect()
        self._server.refresh_guards()

    def unset_master(self) -> None:
        """Become a master, with a history of its own from here on (replicationUnsetMaster)."""
        replication = self._replication
        if self.host is None:
            return
        self._name_master(None, 0)
        self.lose_master()
        self.cached = None
        self.cancel(reconnects=False)
        replication.shift_replid()
        replication.drop_replicas()
        self.state = LinkState.NONE
        replication.selected_db = -1
        replication.no_replicas_since_ms = self._server.now_ms
        self.down_since_ms = None
        self._server.refresh_guards()

    def _name_master(self, host: str | None, port: int) -> None:
        self.host, self.port = host, port
        self._server.config.apply(self._server, "replicaof", "" if host is None else f"{host} {port}")

    # The link.

    def connect(self) -> None:
        """Ask the shell for a connection (connectWithMaster)."""
        assert self.host is not None
        self.link = Link(self.host, self.port)
        self.last_io_ms = self._server.now_ms
        self.state = LinkState.CONNECTING
        self.attend(self.link)

    def attend(self, link: Link) -> None:
        """Let the shell look at a link."""
        self.attended[link] = None

    def opened(self, link: Link, local_address: bytes) -> None:
        """The connection is there."""
        if link is self.link and self.state is LinkState.CONNECTING:
            link.local_address = local_address
            self._handshake = Handshake(self._replication, link)
            self._handshake.begin()
            self.state = LinkState.HANDSHAKE
            self.attend(link)

    def lost(self, link: Link) -> None:
        """The connection is gone, or could not be made."""
        if link.is_closed:
            return
        link.is_closed = True
        if self.master is not None and self.master.link is link:
            self.lose_master()
        elif link is self.link:
            reconnects = self.state is LinkState.TRANSFER
            self.cancel(reconnects)

    def close(self, link: Link | None) -> None:
        """Let the shell close a link."""
        if link is not None and not link.is_closed:
            link.is_closed = True
            self.attend(link)

    def cancel(self, reconnects: bool) -> bool:
        """Give up a link over which no stream comes yet; whether there was one (cancelReplicationHandshake)."""
        if self.state not in (*BEFORE_DATA, LinkState.TRANSFER):
            return False
        self.close(self.link)
        if self.transfer is not None:
            load_without_mark(self._replication, self.transfer)
        self.link = self.transfer = self._handshake = None
        self.state = LinkState.CONNECT
        if reconnects and self.host is not None:
            self.connect()
        return True

    def lose_master(self) -> None:
        """The stream is cut: remember where, and go on from there if the master lets us (replicationCacheMaster)."""
        master = self.master
        if master is None:
            return
        was_blocked = master.client.wait is not None
        self._forget_client(master)
        if not was_blocked:
            master.cache()
            self.cached = master
        self._disconnected()

    def lose_broken_master(self) -> None:
        """The stream makes no sense: begin anew (freeClient, CLIENT_PROTOCOL_ERROR)."""
        if self.master is not None:
            self._forget_client(self.master)
            self._disconnected()

    def client_is_gone(self, client: "Client") -> None:
        """The client is closed as which the master's commands run (freeClient)."""
        if self.master is not None and self.master.client is client:
            self.lose_master()

    def resume(self, postponed: "Request | None") -> None:
        """The master's commands may go on, first the one that was put off."""
        if self.master is not None:
            self.master.resume(postponed)

    def _forget_client(self, master: Master) -> None:
        self.close(master.link)
        self.master = None
        client = master.client
        self._server.disconnect(client)

    def _disconnected(self) -> None:
        """Try again at once (replicationHandleMasterDisconnection)."""
        self.state = LinkState.CONNECT
        self.down_since_ms = self._server.now_ms
        if self.host is not None:
            self.connect()

    # What comes.

    def received(self, link: Link, data: bytes) -> None:
        """Bytes have come from the master."""
        if link.is_closed:
            return
        if self.master is not None and self.master.link is link:
            self.master.receive(data)
            return
        self.last_io_ms = self._server.now_ms
        link.rest += data
        while self.state is LinkState.HANDSHAKE and link is self.link:
            line = link.read_line()
            if line is None:
                if len(link.rest) > LINE_BYTES_MAX:
                    self.cancel(reconnects=False)
                return
            self._take_line(line)
        if self.state is LinkState.TRANSFER and link is self.link:
            self._take_snapshot(link)
        elif self.master is not None and self.master.link is link and link.rest:
            self._hand_over(link)

    def _take_line(self, line: bytes) -> None:
        handshake = self._handshake
        assert handshake is not None
        assert self.link is not None
        self.attend(self.link)
        if handshake.waits_for_psync:
            self._take_psync_reply(line, read_psync_reply(line))
        elif not handshake.take(line):
            self.cancel(reconnects=False)

    def _take_psync_reply(self, line: bytes, reply: PsyncReply) -> None:
        """Go on as the master says (slaveTryPartialResynchronization)."""
        if reply is PsyncReply.WAIT or not self._replication.failover.is_accepted(reply):
            return
        link = self.link
        assert link is not None
        if reply is PsyncReply.TRY_LATER or (reply is PsyncReply.CONTINUE and self.cached is None):
            self.cancel(reconnects=False)
        elif reply is PsyncReply.CONTINUE:
            self._continue(link, continued_replid(line))
        else:
            self._full_resync = UNKNOWN_REPLID, UNKNOWN_OFFSET
            if reply is PsyncReply.FULLRESYNC:
                self._full_resync = full_resync_point(line) or self._full_resync
            else:
                link.output.append(b"SYNC\r\n")
            if self._server.version.full_sync_forgets_first:
                self.attach_to_new_master()
            self.state, self.transfer, self._handshake = LinkState.TRANSFER, Transfer(), None

    def _continue(self, link: Link, replid: bytes | None) -> None:
        """The stream goes on where it was cut, perhaps under another name."""
        replication, cached = self._replication, self.cached
        assert cached is not None
        if replid is not None and replid != cached.replid:
            replication.replid = cached.replid
            replication.shift_replid(replid)
            cached.replid = replid
            replication.drop_replicas()
        self.cached = None
        self._follow(cached, link)
        if replication.backlog is None:
            replication.create_backlog()

    def _follow(self, master: Master, link: Link) -> None:
        master.follow(link)
        self.master, self.link, self._handshake, self.transfer = master, None, None, None
        self.state, self.down_since_ms = LinkState.CONNECTED, None
        self._server.refresh_guards()

    def _take_snapshot(self, link: Link) -> None:
        transfer = self.transfer
        assert transfer is not None
        progress = transfer.take(link)
        if progress is Progress.INCOMPLETE:
            return
        db_index = None if progress is Progress.REFUSED else load_snapshot(self._replication, bytes(transfer.data))
        if db_index is None:
            # Redis asks again at once. A snapshot that cannot be read would be asked for without a pause.
            self.cancel(reconnects=False)
            return
        replication = self._replication
        master = Master(replication, *self._full_resync, db_index)
        replication.replid, replication.offset = master.replid, master.applied_offset
        replication.forget_second()
        self._follow(master, link)
        if replication.backlog is None:
            replication.create_backlog()
        if transfer.has_mark:
            master.acknowledge()
        if link.rest:
            self._hand_over(link)

    def _hand_over(self, link: Link) -> None:
        """Read as stream what came behind the handshake or the snapshot."""
        data = bytes(link.rest)
        link.rest.clear()
        if self.master is not None:
            self.master.receive(data)

    def attach_to_new_master(self) -> None:
        """Share the history of the master from now on, and no other (replicationAttachToNewMaster)."""
        self.cached = None
        self._replication.drop_replicas()
        self._replication.free_backlog()
