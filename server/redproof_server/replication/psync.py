"""A master's answer to SYNC and PSYNC (replication.c syncCommand, masterTryPartialResynchronization)."""

from typing import TYPE_CHECKING

from redproof_server.engine.arguments import read_integer
from redproof_server.engine.errors import CommandError
from redproof_server.replication.replicas import Capability, Omit, ReplicaState, is_replica, replica_of

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.replication.state import Replication

FAILOVER_TO_MASTER = b"ERR PSYNC FAILOVER can't be sent to a master."
FAILOVER_OTHER_REPLID = b"ERR PSYNC FAILOVER replid must match my replid."
FAILING_OVER = b"NOMASTERLINK Can't SYNC while failing over"
NO_MASTER_LINK = b"NOMASTERLINK Can't SYNC while not connected with my master"
PENDING_OUTPUT = b"ERR SYNC and PSYNC are invalid with pending output"
FILTER_NEEDS_EOF = b"ERR Filtered replica requires EOF capability"


def psync(replication: "Replication", client: "Client", args: list[bytes]) -> None:
    """Begin to replicate to a client, with what it lacks or with everything (syncCommand).

    Raises:
        CommandError: the client must not, or not now.
    """
    if is_replica(client):
        return
    is_psync = args[0].lower() == b"psync"
    if is_psync and len(args) > 3 and args[3].lower() == b"failover":
        take_over(replication, args[1])
    refuse_if_impossible(replication, client)
    stats = replication.server.stats
    if not is_psync:
        replica_of(client).is_presync = True
    elif try_partial(replication, client, args[1], read_integer(args[2])):
        stats.sync_partial_ok += 1
        return
    elif args[1][:1] != b"?":
        stats.sync_partial_err += 1
    stats.sync_full += 1
    start_full(replication, client)


def take_over(replication: "Replication", replid: bytes) -> None:
    """The master asks its replica to become the master (FAILOVER)."""
    if replication.is_master:
        raise CommandError(FAILOVER_TO_MASTER)
    if replid.lower() != replication.replid:
        raise CommandError(FAILOVER_OTHER_REPLID)
    replication.upstream.unset_master()


def refuse_if_impossible(replication: "Replication", client: "Client") -> None:
    """Refuse a synchronisation that cannot begin now."""
    if replication.failover.is_running:
        raise CommandError(FAILING_OVER)
    if not replication.is_master and not replication.upstream.is_connected:
        raise CommandError(NO_MASTER_LINK)
    if client.output:
        raise CommandError(PENDING_OUTPUT)
    replica = replica_of(client)
    if replica.omits and not replica.capabilities & Capability.EOF:
        raise CommandError(FILTER_NEEDS_EOF)


def shares_history(replication: "Replication", replid: bytes, offset: int) -> bool:
    """Whether what the replica has is a part of this server's history."""
    name = replid.lower()
    if name == replication.replid:
        return True
    return name == replication.replid2 and offset <= replication.second_offset


def try_partial(replication: "Replication", client: "Client", replid: bytes, offset: int) -> bool:
    """Send only what a replica lacks from `offset` on, if that is possible; whether it is."""
    backlog = replication.backlog
    if not shares_history(replication, replid, offset) or backlog is None or not backlog.covers(offset):
        return False
    replica = replica_of(client)
    replica.state = ReplicaState.ONLINE
    replica.ack_ms = replication.server.now_ms
    replica.waits_for_ack = False
    knows_change = replica.capabilities & Capability.PSYNC2
    client.output.append(b"+CONTINUE %b\r\n" % replication.replid if knows_change else b"+CONTINUE\r\n")
    missing = backlog.read(offset)
    if missing:
        client.output.append(missing)
    replication.attach(client)
    replication.count_good_replicas()
    return True


def start_full(replication: "Replication", client: "Client") -> None:
    """Let a replica have a snapshot: the one that is being made, or the next."""
    replica = replica_of(client)
    replica.state = ReplicaState.WAIT_BGSAVE_START
    replication.attach(client)
    if len(replication.replicas) == 1 and replication.backlog is None:
        replication.change_replid()
        replication.create_backlog()
    snapshots, config = replication.snapshots, replication.server.config
    if snapshots.is_running:
        snapshots.share(client)
        return
    waits_for_others = (
        config.is_yes("repl-diskless-sync")
        and replica.capabilities & Capability.EOF
        and config.integer("repl-diskless-sync-delay")
    )
    if not waits_for_others and not replication.server.saving.is_running:
        snapshots.start(replica.capabilities, replica.omits)


def greet(replication: "Replication", client: "Client", offset: int) -> None:
    """Tell a replica from which offset its snapshot will be (replicationSetupSlaveForFullResync)."""
    replica = replica_of(client)
    replica.initial_offset = offset
    replica.state = ReplicaState.WAIT_BGSAVE_END
    replication.selected_db = -1
    if not replica.is_presync:
        client.output.append(b"+FULLRESYNC %b %d\r\n" % (replication.replid, offset))
        replication.server.announce_output(client)


def next_start(replication: "Replication") -> tuple[Capability, Omit] | None:
    """What replicas that wait for a snapshot have in common, if it is time to begin (shouldStartChildReplication)."""
    server = replication.server
    if server.saving.is_running or replication.snapshots.is_running:
        return None
    waiting = [one for one in replication.replicas if replica_of(one).state is ReplicaState.WAIT_BGSAVE_START]
    if not waiting:
        return None
    omits = replica_of(waiting[0]).omits
    waiting = [one for one in waiting if replica_of(one).omits == omits]
    capabilities = ~Capability.NONE
    for one in waiting:
        capabilities &= replica_of(one).capabilities
    idle_seconds = max(server.now_ms // 1000 - one.active_ms // 1000 for one in waiting)
    enough = server.config.integer("repl-diskless-sync-max-replicas") if server.version.diskless_counts_replicas else 0
    is_due = (
        not server.config.is_yes("repl-diskless-sync")
        or (enough > 0 and len(waiting) >= enough)
        or idle_seconds >= server.config.integer("repl-diskless-sync-delay")
    )
    return (capabilities, omits) if is_due else None
