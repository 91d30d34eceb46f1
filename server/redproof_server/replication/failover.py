"""FAILOVER: a master that hands its role over to a replica without losing a write (replication.c)."""

from enum import Enum
from typing import TYPE_CHECKING

from redproof_server.engine import pausing
from redproof_server.replication.handshake import PsyncReply
from redproof_server.replication.replicas import address_of, find_replica, replica_of

if TYPE_CHECKING:
    from redproof_server.replication.state import Replication

# Longer than anyone waits (LLONG_MAX).
FOREVER_MS = 2**63 - 1


class FailoverState(Enum):
    """How far a failover is; the value is what INFO says."""

    NONE = b"no-failover"
    WAITS = b"waiting-for-sync"
    HANDS_OVER = b"failover-in-progress"


class Failover:
    """A failover of this master: to `target`, or to the first replica that has everything."""

    def __init__(self, replication: "Replication") -> None:
        self._replication = replication
        self.state = FailoverState.NONE
        self.end_ms: int | None = None
        self.target: tuple[bytes, int] | None = None
        self._forces = False

    @property
    def is_running(self) -> bool:
        """Whether there is one."""
        return self.state is not FailoverState.NONE

    @property
    def is_handing_over(self) -> bool:
        """Whether a replica was chosen and is asked to take over."""
        return self.state is FailoverState.HANDS_OVER

    def start(self, target: tuple[bytes, int] | None, timeout_ms: int, forces: bool) -> None:
        """Let no client write any more, and wait for a replica (failoverCommand)."""
        server = self._replication.server
        self.target, self._forces = target, forces
        self.end_ms = server.now_ms + timeout_ms if timeout_ms else None
        self.state = FailoverState.WAITS
        pausing.pause(server, FOREVER_MS, writes_only=True, purpose=pausing.FAILOVER)

    def update(self) -> None:
        """Hand over to a replica that has everything, or give up when the time is over (updateFailoverStatus)."""
        if self.state is not FailoverState.WAITS:
            return
        if self.end_ms is not None and self.end_ms <= self._replication.server.now_ms:
            if self._forces:
                self._hand_over()
            else:
                self.abort()
        elif self._target_has_everything():
            self._hand_over()

    def _target_has_everything(self) -> bool:
        replicas, offset = self._replication.replicas, self._replication.offset
        if self.target is not None:
            chosen = find_replica(replicas, *self.target)
            return chosen is not None and replica_of(chosen).ack_offset == offset
        for client in replicas:
            if replica_of(client).ack_offset == offset:
                self.target = address_of(client), replica_of(client).listening_port
                return True
        return False

    def _hand_over(self) -> None:
        assert self.target is not None
        self.state = FailoverState.HANDS_OVER
        host, port = self.target
        self._replication.upstream.set_master(host.decode("utf-8", "surrogateescape"), port)

    def is_accepted(self, reply: PsyncReply) -> bool:
        """Take note of what the replica says that was asked to take over; whether to go on."""
        if self.state is not FailoverState.HANDS_OVER:
            return True
        if reply in (PsyncReply.CONTINUE, PsyncReply.FULLRESYNC):
            self._clear()
            return True
        self.abort()
        return False

    def abort(self) -> None:
        """Stay the master, or become it again (abortFailover)."""
        if self.state is FailoverState.HANDS_OVER:
            self._replication.upstream.unset_master()
        self._clear()

    def _clear(self) -> None:
        self.state, self.end_ms, self.target, self._forces = FailoverState.NONE, None, None, False
        pausing.unpause(self._replication.server, pausing.FAILOVER)
