"""What a Sentinel knows of masters, replicas and other Sentinels (sentinel.c sentinelRedisInstance)."""

from enum import Enum, Flag, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from redproof_server.sentinel.connections import Connections

DEFAULT_PRIORITY = 100
DEFAULT_PARALLEL_SYNCS = 1


class Address(NamedTuple):
    """Where an instance is: the host as it was given, its IP address (empty while unresolved) and the port."""

    host: str
    ip: str
    port: int

    def is_same(self, other: "Address") -> bool:
        """Whether two addresses are one, by IP address or by host (sentinelAddrOrHostnameEqual)."""
        return self.port == other.port and (self.ip == other.ip or self.host.lower() == other.host.lower())


class State(Flag):
    """What holds of an instance now (SRI_*), in the order in which it is shown."""

    NONE = 0
    S_DOWN = auto()
    O_DOWN = auto()
    MASTER_DOWN = auto()
    FAILOVER_IN_PROGRESS = auto()
    PROMOTED = auto()
    RECONF_SENT = auto()
    RECONF_INPROG = auto()
    RECONF_DONE = auto()
    FORCE_FAILOVER = auto()
    SCRIPT_KILL_SENT = auto()
    MASTER_REBOOT = auto()


class Role(Enum):
    """What an instance says that it is."""

    MASTER = "master"
    REPLICA = "slave"


class FailoverState(Enum):
    """How far a failover has come (SENTINEL_FAILOVER_STATE_*)."""

    NONE = "none"
    WAIT_START = "wait_start"
    SELECT_SLAVE = "select_slave"
    SEND_SLAVEOF_NOONE = "send_slaveof_noone"
    WAIT_PROMOTION = "wait_promotion"
    RECONF_SLAVES = "reconf_slaves"
    UPDATE_CONFIG = "update_config"


class Instance:
    """A master, a replica or a Sentinel. Times are unix times in milliseconds, 0 for never.

    `leader` is the run ID that it voted for in `leader_epoch`: this Sentinel's own vote is kept in its master.
    """

    kind = ""

    def __init__(
        self, name: str, address: Address, connections: "Connections", now_ms: int, down_after_ms: int
    ) -> None:
        self.name = name
        self.address = address
        self.connections = connections
        self.down_after_ms = down_after_ms
        self.run_id: str | None = None
        self.state = State.NONE
        self.is_released = False
        self.last_published_ms = now_ms
        self.s_down_since_ms = 0
        self.o_down_since_ms = 0
        self.leader: str | None = None
        self.leader_epoch = 0

    @property
    def watched_master(self) -> "Master":
        """The master that the instance is, or belongs to."""
        raise NotImplementedError

    def has_any(self, states: State) -> bool:
        """Whether one of some states holds. It is asked so often that the numbers are compared, not the flags."""
        return bool(self.state._value_ & states._value_)

    def clear(self, states: State) -> None:
        """Let some states no longer hold; most often they do not."""
        if self.has_any(states):
            self.state &= ~states

    def was_up_for(self, duration_ms: int, now_ms: int) -> bool:
        """Whether it was not found to be down lately (sentinelRedisInstanceNoDownFor)."""
        latest_ms = max(self.s_down_since_ms, self.o_down_since_ms)
        return latest_ms == 0 or now_ms - latest_ms > duration_ms


class Node(Instance):
    """An instance that holds data, with what its INFO said last."""

    own_role = Role.MASTER

    def __init__(
        self, name: str, address: Address, connections: "Connections", now_ms: int, down_after_ms: int
    ) -> None:
        super().__init__(name, address, connections, now_ms, down_after_ms)
        self.info: bytes | None = None
        self.info_refreshed_ms = 0
        self.role_reported: Role | None = self.own_role
        self.role_reported_ms = now_ms
        self.master_host: str | None = None
        self.master_port = 0
        self.master_changed_ms = now_ms
        self.master_link_is_up = False
        self.master_link_down_ms = 0
        self.priority = DEFAULT_PRIORITY
        self.offset = 0
        self.is_announced = True


class Master(Node):
    """A master under watch, and the failover under way if any. `renamed` maps commands in lower case to (old, new)."""

    kind = "master"

    def __init__(
        self,
        name: str,
        address: Address,
        connections: "Connections",
        now_ms: int,
        down_after_ms: int,
        failover_timeout_ms: int,
        quorum: int,
    ) -> None:
        super().__init__(name, address, connections, now_ms, down_after_ms)
        self.quorum = quorum
        self.failover_timeout_ms = failover_timeout_ms
        self.parallel_syncs = DEFAULT_PARALLEL_SYNCS
        self.auth_user: str | None = None
        self.auth_pass: str | None = None
        self.renamed: dict[str, tuple[str, str]] = {}
        self.reboot_down_after_ms = 0
        self.rebooted_ms = 0
        self.replicas: dict[str, Replica] = {}
        self.peers: dict[str, Peer] = {}
        self.config_epoch = 0
        self.failover_epoch = 0
        self.failover_state = FailoverState.NONE
        self.failover_changed_ms = 0
        self.failover_started_ms = 0
        self.promoted: Replica | None = None

    @property
    def watched_master(self) -> "Master":
        """Itself."""
        return self

    @property
    def current_address(self) -> Address:
        """Where clients are to find the master: with the promoted replica, once it is one
        (sentinelGetCurrentMasterAddress)."""
        is_moved = self.failover_state in (FailoverState.RECONF_SLAVES, FailoverState.UPDATE_CONFIG)
        if self.has_any(State.FAILOVER_IN_PROGRESS) and self.promoted is not None and is_moved:
            return self.promoted.address
        return self.address

    def enter(self, state: FailoverState, now_ms: int) -> None:
        """Go on with the failover."""
        self.failover_state = state
        self.failover_changed_ms = now_ms


class Replica(Node):
    """A replica of a master."""

    kind = "slave"
    own_role = Role.REPLICA

    def __init__(self, name: str, address: Address, connections: "Connections", now_ms: int, master: Master) -> None:
        super().__init__(name, address, connections, now_ms, master.down_after_ms)
        self.master = master
        self.reconf_sent_ms = 0

    @property
    def watched_master(self) -> Master:
        """Its master."""
        return self.master


class Peer(Instance):
    """Another Sentinel, as far as it watches a master."""

    kind = "sentinel"

    def __init__(self, name: str, address: Address, connections: "Connections", now_ms: int, master: Master) -> None:
        super().__init__(name, address, connections, now_ms, master.down_after_ms)
        self.master = master
        self.run_id = name
        self.last_hello_ms = now_ms
        self.last_down_reply_ms = now_ms

    @property
    def watched_master(self) -> Master:
        """The master."""
        return self.master
