"""What differs between versions in the roles of master and replica."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationFacts:
    """The facts of a version, read in `replication.c`, `db.c` and `server.c`, and seen on running servers."""

    hides_from_reads_only: bool
    """A replica hides keys that have expired from commands with the flag `readonly` alone: scripts see them."""
    no_wait_on_replica: bytes
    reads_are_waited_for: bool
    """WAIT is about all that was written before the client's last command, and not before its last that wrote."""
    keeps_until_loaded: bool
    """A master that becomes a replica keeps its replicas and its backlog until it has loaded a snapshot."""
    tells_read_offset: bool
    """INFO tells what a replica has read of the stream, beside what it has processed."""
    tells_announced: bool
    tells_failover_state: bool
    tells_waiting_replicas: bool
    """INFO tells how many replicas load a snapshot on one connection and wait on another."""
    tells_link_type: bool
    served_stale: frozenset[str]
    """The commands with the flag `stale`, a container for all that it contains."""
    unsaved: bytes
    """What is answered to a write where no snapshot could be saved."""
    replicas_mind_unsaved: bool


_STALE_NAMES: Final = """
    ACL AUTH CLIENT CLUSTER COMMAND CONFIG DEBUG DISCARD EXEC FAILOVER HELLO INFO LASTSAVE LATENCY MONITOR MULTI
    PSUBSCRIBE PUBLISH PUBSUB PUNSUBSCRIBE QUIT REPLCONF REPLICAOF RESET ROLE SELECT SHUTDOWN SLAVEOF SLOWLOG SUBSCRIBE
    TIME UNSUBSCRIBE UNWATCH WATCH
    """
_STALE_NAMES_7_0: Final = """
    ECHO EVAL EVALSHA EVALSHA_RO EVAL_RO FUNCTION|HELP MEMORY|HELP MODULE|HELP OBJECT|HELP READONLY READWRITE
    SCRIPT|HELP SCRIPT|LOAD SPUBLISH SSUBSCRIBE SUNSUBSCRIBE XGROUP|HELP XINFO|HELP
    """
_SERVED_STALE: Final = frozenset(_STALE_NAMES.split())
_SERVED_STALE_7_0: Final = _SERVED_STALE.union(_STALE_NAMES_7_0.split())


def _unsaved(server: bytes, reason: bytes) -> bytes:
    return (
        b"MISCONF %b is configured to save RDB snapshots, but %b. Commands that may modify the data set are disabled, "
        b"because this instance is configured to report errors during writes if RDB snapshotting fails "
        b"(stop-writes-on-bgsave-error option). Please check the %b logs for details about the RDB error."
    ) % (server, reason, server)


_UNABLE: Final = b"it's currently unable to persist to disk"

REPLICATION_6_0: Final = ReplicationFacts(
    hides_from_reads_only=True,
    no_wait_on_replica=(
        b"ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is "
        b"configured to be writable (which is not the default) writes to replicas are just local and are not "
        b"propagated."
    ),
    reads_are_waited_for=True,
    keeps_until_loaded=False,
    tells_read_offset=False,
    tells_announced=False,
    tells_failover_state=False,
    tells_waiting_replicas=False,
    tells_link_type=False,
    served_stale=_SERVED_STALE | {"PING"},
    unsaved=_unsaved(b"Redis", b"it is currently not able to persist on disk"),
    replicas_mind_unsaved=False,
)
REPLICATION_6_2: Final = replace(
    REPLICATION_6_0, tells_read_offset=True, tells_announced=True, tells_failover_state=True
)
REPLICATION_7_0: Final = replace(
    REPLICATION_6_2,
    hides_from_reads_only=False,
    keeps_until_loaded=True,
    served_stale=_SERVED_STALE_7_0,
    unsaved=_unsaved(b"Redis", _UNABLE),
    replicas_mind_unsaved=True,
)
REPLICATION_7_2: Final = replace(REPLICATION_7_0, reads_are_waited_for=False)
REPLICATION_VALKEY_8_0: Final = replace(
    REPLICATION_7_2,
    no_wait_on_replica=(
        b"ERR WAIT cannot be used with replica instances. Please also note that if a replica is configured to be "
        b"writable (which is not the default) writes to replicas are just local and are not propagated."
    ),
    tells_waiting_replicas=True,
    tells_link_type=True,
    unsaved=_unsaved(b"Valkey", _UNABLE),
)
REPLICATION_VALKEY_9_1: Final = replace(
    REPLICATION_VALKEY_8_0,
    served_stale=_SERVED_STALE_7_0 | {"SCRIPT|EXISTS", "SCRIPT|FLUSH", "SCRIPT|SHOW"},
)
REPLICATION_REDICT: Final = replace(REPLICATION_7_2, unsaved=_unsaved(b"Redict", _UNABLE))
