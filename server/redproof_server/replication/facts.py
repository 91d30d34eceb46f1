"""What INFO and ROLE tell of replication (server.c genRedisInfoString, replication.c roleCommand)."""

from typing import TYPE_CHECKING

from redproof_server.protocol.replies import array, bulk, integer
from redproof_server.replication.handshake import LinkState
from redproof_server.replication.replicas import ReplicaState, address_of, lag_seconds, replica_of

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.engine.server import Server

Fact = tuple[bytes, object]
STATES = {
    ReplicaState.WAIT_BGSAVE_START: b"wait_bgsave",
    ReplicaState.WAIT_BGSAVE_END: b"wait_bgsave",
    ReplicaState.SEND_BULK: b"send_bulk",
    ReplicaState.ONLINE: b"online",
}


def replication_facts(server: "Server") -> list[Fact]:
    """The section on replication."""
    replication = server.replication
    backlog = replication.backlog
    good = [(b"min_slaves_good_slaves", replication.good_replicas)] if replication.wants_good_replicas else []
    return [
        (b"role", b"master" if replication.is_master else b"slave"),
        *([] if replication.is_master else upstream_facts(server)),
        (b"connected_slaves", len(replication.replicas)),
        *good,
        *replica_facts(server),
        (b"master_failover_state", replication.failover.state.value),
        (b"master_replid", replication.replid),
        (b"master_replid2", replication.replid2),
        (b"master_repl_offset", replication.offset),
        (b"second_repl_offset", replication.second_offset),
        (b"repl_backlog_active", int(backlog is not None)),
        (b"repl_backlog_size", server.config.integer("repl-backlog-size")),
        (b"repl_backlog_first_byte_offset", 0 if backlog is None else backlog.first_offset),
        (b"repl_backlog_histlen", 0 if backlog is None else backlog.histlen),
    ]


def upstream_facts(server: "Server") -> list[Fact]:
    """What a replica tells of its master."""
    upstream = server.replication.upstream
    known = upstream.master or upstream.cached
    silent_seconds = -1 if upstream.master is None else seconds_since(server, upstream.master.client.active_ms)
    down = [] if upstream.is_connected else [(b"master_link_down_since_seconds", seconds_down(server))]
    return [
        (b"master_host", (upstream.host or "").encode("utf-8", "surrogateescape")),
        (b"master_port", upstream.port),
        (b"master_link_status", b"up" if upstream.is_connected else b"down"),
        (b"master_last_io_seconds_ago", silent_seconds),
        (b"master_sync_in_progress", int(upstream.state is LinkState.TRANSFER)),
        (b"slave_read_repl_offset", 1 if known is None else known.read_offset),
        (b"slave_repl_offset", 1 if known is None else known.applied_offset),
        *transfer_facts(server),
        *down,
        (b"slave_priority", server.config.integer("replica-priority")),
        (b"slave_read_only", int(server.config.is_yes("replica-read-only"))),
        (b"replica_announced", int(server.config.is_yes("replica-announced"))),
    ]


def seconds_since(server: "Server", since_ms: int) -> int:
    """How long ago a moment was, on clocks of whole seconds."""
    return server.now_ms // 1000 - since_ms // 1000


def seconds_down(server: "Server") -> int:
    """How long the link has been down, -1 if it was never up."""
    down_since_ms = server.replication.upstream.down_since_ms
    return -1 if down_since_ms is None else seconds_since(server, down_since_ms)


def transfer_facts(server: "Server") -> list[Fact]:
    """How far a snapshot has come that is being received."""
    upstream = server.replication.upstream
    transfer = upstream.transfer
    if transfer is None:
        return []
    percent = transfer.read_bytes / transfer.total_bytes * 100 if transfer.total_bytes else 0.0
    return [
        (b"master_sync_total_bytes", transfer.total_bytes),
        (b"master_sync_read_bytes", transfer.read_bytes),
        (b"master_sync_left_bytes", transfer.total_bytes - transfer.read_bytes),
        (b"master_sync_perc", b"%.2f" % percent),
        (b"master_sync_last_io_seconds_ago", seconds_since(server, upstream.last_io_ms)),
    ]


def replica_facts(server: "Server") -> list[Fact]:
    """A line for each replica."""
    shown = [client for client in server.replication.replicas if replica_of(client).state in STATES]
    return [(b"slave%d" % number, replica_line(server, client)) for number, client in enumerate(shown)]


def replica_line(server: "Server", client: "Client") -> bytes:
    """What a master tells of a replica."""
    replica = replica_of(client)
    lag = lag_seconds(server, replica) if replica.is_online else 0
    where = b"ip=%b,port=%d" % (address_of(client), replica.listening_port)
    return b"%b,state=%b,offset=%d,lag=%d" % (where, STATES[replica.state], replica.ack_offset, lag)


def role(server: "Server") -> bytes:
    """The reply to ROLE."""
    replication = server.replication
    if replication.is_master:
        online = [client for client in replication.replicas if replica_of(client).is_online]
        return array([bulk(b"master"), integer(replication.offset), array([described(client) for client in online])])
    upstream = replication.upstream
    host = (upstream.host or "").encode("utf-8", "surrogateescape")
    offset = -1 if upstream.master is None else upstream.master.applied_offset
    return array([bulk(b"slave"), bulk(host), integer(upstream.port), bulk(upstream.state.value), integer(offset)])


def described(client: "Client") -> bytes:
    """Address, port and acknowledged offset of a replica."""
    replica = replica_of(client)
    return array([bulk(address_of(client)), bulk(b"%d" % replica.listening_port), bulk(b"%d" % replica.ack_offset)])
