"""Faults done: what each kind of a schedule does to a deployment, and when it makes sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from redproof_properties.history import Fault
from redproof_properties.replication.topologies.deployment import Deployment


def can_happen(deployment: Deployment, fault: Fault) -> bool:
    """Whether a fault makes sense where a deployment has come to."""
    return _WAYS[fault.kind].can(deployment, fault)


def happen(deployment: Deployment, fault: Fault) -> None:
    """Let a fault happen; raises `TargetError` when the server does not go along."""
    _WAYS[fault.kind].do(deployment, fault)


class _Way(NamedTuple):
    can: Callable[[Deployment, Fault], bool]
    do: Callable[[Deployment, Fault], object]


def _has_link(deployment: Deployment, fault: Fault) -> bool:
    return deployment.following[fault.node] is not None


def _answers(deployment: Deployment, fault: Fault) -> bool:
    return fault.node not in deployment.dead | deployment.paused


def _can_promote(deployment: Deployment, fault: Fault) -> bool:
    return _answers(deployment, fault) and _has_link(deployment, fault)


def _can_repoint(deployment: Deployment, fault: Fault) -> bool:
    master = str(fault.value)
    return (
        _answers(deployment, fault)
        and master in deployment.following
        and deployment.following[fault.node] != master
        and fault.node not in deployment.chain_of(master)
    )


def _can_fail_over(deployment: Deployment, fault: Fault) -> bool:
    master = deployment.following[fault.node]
    return master is not None and deployment.following[master] is None


def _isolate(deployment: Deployment, fault: Fault) -> None:
    link = deployment.link(fault.node)
    link.hold()
    link.cut()


def _fail_over(deployment: Deployment, fault: Fault) -> None:
    deployment.settle()
    deployment.failover(fault.node)


_WAYS: Final[Mapping[str, _Way]] = {
    "cut": _Way(_has_link, lambda deployment, fault: deployment.link(fault.node).cut()),
    "cut at": _Way(_has_link, lambda deployment, fault: deployment.link(fault.node).cut_at(_number(fault))),
    "isolate": _Way(_has_link, _isolate),
    "hold": _Way(_has_link, lambda deployment, fault: deployment.link(fault.node).hold()),
    "release": _Way(_has_link, lambda deployment, fault: deployment.link(fault.node).release()),
    "delay": _Way(_has_link, lambda deployment, fault: deployment.link(fault.node).delay(_number(fault))),
    "refuse": _Way(_has_link, lambda deployment, fault: deployment.link(fault.node).refuse()),
    "accept": _Way(_has_link, lambda deployment, fault: deployment.link(fault.node).accept()),
    "promote": _Way(_can_promote, lambda deployment, fault: deployment.promote(fault.node)),
    "repoint": _Way(_can_repoint, lambda deployment, fault: deployment.repoint(fault.node, str(fault.value))),
    "failover": _Way(_can_fail_over, _fail_over),
    "kill": _Way(
        lambda deployment, fault: fault.node not in deployment.dead,
        lambda deployment, fault: deployment.kill(fault.node),
    ),
    "restart": _Way(
        lambda deployment, fault: True, lambda deployment, fault: deployment.restart(fault.node, bool(fault.value))
    ),
    "save": _Way(_answers, lambda deployment, fault: deployment.save(fault.node)),
    "pause": _Way(_answers, lambda deployment, fault: deployment.pause(fault.node)),
    "resume": _Way(
        lambda deployment, fault: fault.node in deployment.paused,
        lambda deployment, fault: deployment.resume(fault.node),
    ),
    "settle": _Way(lambda deployment, fault: True, lambda deployment, fault: deployment.settle()),
}


def _number(fault: Fault) -> int:
    assert isinstance(fault.value, int)
    return fault.value
