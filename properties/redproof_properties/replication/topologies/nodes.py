"""Servers of a target's kind that a property starts itself, as the nodes of a topology."""

from __future__ import annotations

import pytest

from redproof_properties.judged import Judged
from redproof_properties.replication.topologies.deployment import Deployment, why_not_restarted
from redproof_properties.replication.topologies.topology import Topology, connects_at_once
from redproof_properties.targets import Target


def need_nodes(judged: Judged, *, restarts: bool = True) -> None:
    """Skip the property unless servers of the target's kind can be started, replicate, and suffer.

    `restarts` says whether one of them is started again, too.
    """
    for capability in ("can_replicate", "owns_process", "can_restart", "can_pause"):
        judged.need(capability)
    if (reason := why_no_node(judged.target, restarts=restarts)) is not None:
        pytest.skip(reason)


def why_no_node(target: Target, *, restarts: bool) -> str | None:
    """Why a running target's kind cannot be a node of a topology, None if it can.

    A server that does not connect to its master as soon as it is told to is started again for that.
    """
    if not target.capabilities.can_replicate:
        return f"{target.spelling} lacks can_replicate"
    return why_not_restarted(target) if restarts or not connects_at_once(target.version) else None


def deploy(judged: Judged, topology: Topology) -> Deployment:
    """The topology on servers of the target's kind."""
    return Deployment(topology, lambda spelling: judged.target.twin())
