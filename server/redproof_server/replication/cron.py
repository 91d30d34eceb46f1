"""What replication does by itself, once a second (replication.c replicationCron)."""

from typing import TYPE_CHECKING

from redproof_server.engine import pausing
from redproof_server.replication import psync
from redproof_server.replication.handshake import LinkState
from redproof_server.replication.replicas import ReplicaState, lag_seconds, replica_of
from redproof_server.replication.upstream import BEFORE_DATA

if TYPE_CHECKING:
    from redproof_server.replication.state import Replication

PERIOD_MS, FAILOVER_PERIOD_MS = 1000, 100


def run_if_due(replication: "Replication") -> None:
    """Run, if a second has passed, or a tenth during a failover (serverCron)."""
    replication.snapshots.end_if_over()
    now_ms = replication.server.now_ms
    if now_ms >= replication.next_cron_ms:
        replication.next_cron_ms = now_ms + (FAILOVER_PERIOD_MS if replication.failover.is_running else PERIOD_MS)
        run(replication)


def run(replication: "Replication") -> None:
    """All that is due in the order of Redis."""
    replication.failover.update()
    end_silent_links(replication)
    upstream = replication.upstream
    if upstream.state is LinkState.CONNECT and upstream.host is not None:
        upstream.connect()
    if upstream.master is not None:
        upstream.master.acknowledge()
    ping(replication)
    keep_waiting_replicas(replication)
    drop_silent_replicas(replication)
    forget_unused_backlog(replication)
    due = psync.next_start(replication)
    if due is not None:
        replication.snapshots.start(*due)
    replication.count_good_replicas()
    replication.cron_runs += 1


def is_over(replication: "Replication", since_ms: int) -> bool:
    """Whether more than repl-timeout has passed, on a clock of whole seconds."""
    server = replication.server
    return server.now_ms // 1000 - since_ms // 1000 > server.config.integer("repl-timeout")


def end_silent_links(replication: "Replication") -> None:
    """Give up a master that says nothing."""
    upstream = replication.upstream
    is_before_stream = upstream.state in (*BEFORE_DATA, LinkState.TRANSFER)
    if is_before_stream and is_over(replication, upstream.last_io_ms):
        upstream.cancel(reconnects=True)
    elif upstream.master is not None and is_over(replication, upstream.master.client.active_ms):
        upstream.lose_master()


def ping(replication: "Replication") -> None:
    """Tell replicas through the stream that this master lives."""
    period = replication.server.config.integer("repl-ping-replica-period")
    if replication.cron_runs % period or not replication.replicas:
        return
    is_failing_over = replication.failover.end_ms is not None
    if not (is_failing_over and not pausing.end_if_over(replication.server)):
        replication.ping_replicas()


def keep_waiting_replicas(replication: "Replication") -> None:
    """Tell replicas that wait for a snapshot, beside the stream, that this server lives."""
    for client in replication.replicas:
        state = replica_of(client).state
        is_waiting = state is ReplicaState.WAIT_BGSAVE_END and not replication.snapshots.is_diskless
        if is_waiting or state is ReplicaState.WAIT_BGSAVE_START:
            replication.server.push(client, b"\n")


def drop_silent_replicas(replication: "Replication") -> None:
    """Close the connections of replicas that acknowledge nothing, or keep a child from ending."""
    timeout_seconds = replication.server.config.integer("repl-timeout")
    for client in tuple(replication.replicas):
        replica = replica_of(client)
        acknowledges = replica.is_online and not replica.is_presync
        delays_child = replica.bulk is not None and replication.snapshots.is_diskless
        is_silent = acknowledges and lag_seconds(replication.server, replica) > timeout_seconds
        if is_silent or (delays_child and is_over(replication, replica.bulk_ms)):
            replication.server.abort(client)


def forget_unused_backlog(replication: "Replication") -> None:
    """A master without replicas for long lets the stream go, and the name of its history with it."""
    server = replication.server
    ttl_seconds = server.config.integer("repl-backlog-ttl")
    if replication.replicas or not ttl_seconds or replication.backlog is None or not replication.is_master:
        return
    if server.now_ms // 1000 - replication.no_replicas_since_ms // 1000 > ttl_seconds:
        replication.change_replid()
        replication.free_backlog()
