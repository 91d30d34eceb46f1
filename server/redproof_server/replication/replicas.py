"""The replicas of a master: what it knows of each (server.h client, the fields about replication)."""

from dataclasses import dataclass, field
from enum import Enum, IntFlag, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.engine.server import Server
    from redproof_server.replication.snapshots import Pieces


class ReplicaState(Enum):
    """How far a replica is (SLAVE_STATE_*)."""

    NONE = auto()
    WAIT_BGSAVE_START = auto()
    WAIT_BGSAVE_END = auto()
    SEND_BULK = auto()
    ONLINE = auto()


class Capability(IntFlag):
    """What a replica says that it understands (SLAVE_CAPA_*)."""

    NONE = 0
    EOF = 1
    PSYNC2 = 2


class Omit(IntFlag):
    """What a replica does not want in its snapshot (SLAVE_REQ_RDB_*)."""

    NONE = 0
    DATA = 1
    FUNCTIONS = 2


@dataclass(slots=True, eq=False)
class Replica:
    """What a client has said by REPLCONF, and what became of its SYNC or PSYNC.

    `held` is the stream since the snapshot it is to follow, from `held_offset` on; `waits_for_ack` keeps it back
    until the replica has loaded the snapshot. `bulk` is a snapshot of which so many pieces as `bulk_sent` were sent,
    the last at `bulk_ms`. `unsent_bytes` of what was sent have not left this machine.
    """

    listening_port: int = 0
    ip_address: bytes = b""
    capabilities: Capability = Capability.NONE
    omits: Omit = Omit.NONE
    is_rdb_only: bool = False
    is_attached: bool = False
    is_presync: bool = False
    state: ReplicaState = ReplicaState.NONE
    ack_offset: int = 0
    ack_ms: int = 0
    initial_offset: int = 0
    waits_for_ack: bool = False
    held: list[bytes] = field(default_factory=list)
    held_bytes: int = 0
    held_offset: int | None = None
    unsent_bytes: int = 0
    bulk: "Pieces | None" = None
    bulk_sent: int = 0
    bulk_ms: int = 0

    @property
    def is_online(self) -> bool:
        """Whether the replica follows the stream."""
        return self.state is ReplicaState.ONLINE

    @property
    def takes_stream(self) -> bool:
        """Whether the stream is kept or sent for it (canFeedReplicaReplBuffer)."""
        return not self.is_rdb_only and self.state is not ReplicaState.WAIT_BGSAVE_START

    @property
    def takes_stream_now(self) -> bool:
        """Whether the stream is sent to it as it comes."""
        return self.state is ReplicaState.ONLINE and not self.waits_for_ack


def replica_of(client: "Client") -> Replica:
    """What is known of a client as a replica, from the first time on that it says something about it."""
    if client.replica is None:
        client.replica = Replica()
    return client.replica


def is_replica(client: "Client") -> bool:
    """Whether a client has become a replica (CLIENT_SLAVE)."""
    return client.replica is not None and client.replica.is_attached


def address_of(client: "Client") -> bytes:
    """The address that a replica announced, or that it connected from."""
    replica = replica_of(client)
    return replica.ip_address or client.address.rpartition(b":")[0]


def lag_seconds(server: "Server", replica: Replica) -> int:
    """How long ago a replica acknowledged, on clocks of whole seconds."""
    return server.now_ms // 1000 - replica.ack_ms // 1000


def count_good(server: "Server", replicas: list["Client"]) -> int:
    """How many replicas are online and acknowledged lately (refreshGoodSlavesCount)."""
    lag_max = server.config.integer("min-replicas-max-lag")
    known = map(replica_of, replicas)
    return sum(replica.is_online and lag_seconds(server, replica) <= lag_max for replica in known)


def count_acks(replicas: list["Client"], offset: int) -> int:
    """How many online replicas have acknowledged `offset` (replicationCountAcksByOffset)."""
    known = map(replica_of, replicas)
    return sum(replica.is_online and replica.ack_offset >= offset for replica in known)


def find_replica(replicas: list["Client"], host: bytes, port: int) -> "Client | None":
    """The replica that is known by an address (findReplica)."""
    for client in replicas:
        if address_of(client).lower() == host.lower() and replica_of(client).listening_port == port:
            return client
    return None
