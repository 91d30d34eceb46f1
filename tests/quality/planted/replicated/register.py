"""All faults in replication: importing this module fills the register."""

from __future__ import annotations

from planted.replicated import acks, failovers, followers, identities, psync, sayings, snapshots, streams  # noqa: F401
from planted.replicated.fault import REPLICATION_FAULTS, ReplicationFault

__all__ = ["REPLICATION_FAULTS", "ReplicationFault"]
