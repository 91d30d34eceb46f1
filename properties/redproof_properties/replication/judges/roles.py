"""What a server tells of its replication, held against what the model says of a state."""

from __future__ import annotations

import time
from collections.abc import Iterator

from redproof_model.keyspace.values import Interval
from redproof_model.replication.state import ReplicationState
from redproof_model.replication.told import NOT_ALWAYS_TOLD, Told, told_by_info, told_by_role

from redproof_properties.replication.ends.info import MasterRole, read_fields, read_role
from redproof_properties.targets import Connection


def disagreements(state: ReplicationState, connection: Connection) -> list[str]:
    """Where INFO replication and ROLE of a server differ from what the model says, in words."""
    return [*_in_info(told_by_info(state), read_fields(connection)), *_in_role(state, connection)]


def lag_s(acknowledged_at: float) -> Interval:
    """How many seconds INFO may tell since an acknowledgement at this time of our monotonic clock.

    The server counts whole seconds of two clocks, of which one may be a second late.
    """
    elapsed_s = int(time.monotonic() - acknowledged_at)
    return max(elapsed_s - 1, 0), elapsed_s + 2


def _in_info(expected: dict[str, Told], told: dict[str, str]) -> Iterator[str]:
    for name, value in expected.items():
        if name not in told:
            yield f"INFO lacks {name}, expected {value}"
        elif not _is(value, told[name]):
            yield f"INFO tells {name}:{told[name]}, expected {value}"
    for name in told.keys() & NOT_ALWAYS_TOLD - expected.keys():
        yield f"INFO tells {name}:{told[name]}, expected no such field"


def _is(expected: Told, text: str) -> bool:
    match expected:
        case (low, high):
            return text.isdigit() and low <= int(text) <= high
    return text == str(expected)


def _in_role(state: ReplicationState, connection: Connection) -> Iterator[str]:
    role = read_role(connection)
    told: tuple[object, ...]
    if isinstance(role, MasterRole):
        told = "master", role.offset, tuple((port, offset) for _, port, offset in role.replicas)
    else:
        told = "slave", role.master_host, role.master_port, role.state, role.offset
    expected = told_by_role(state)
    if told != expected:
        yield f"ROLE tells {told}, expected {expected}"
