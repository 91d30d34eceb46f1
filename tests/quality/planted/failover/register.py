"""All faults in failover: importing this module fills the register."""

from __future__ import annotations

from planted.failover import configurations, elections, promotions, roles, watching  # noqa: F401
from planted.failover.fault import FAILOVER_FAULTS, FailoverFault

__all__ = ["FAILOVER_FAULTS", "FailoverFault"]
