"""A fault in replication as a row of data, and the register of all of them.

A fault here shows in no history that one client has with one server, but in what a server says to replicas and
masters. So each names the property that must find it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplicationFault:
    """What is broken, and the property of the suite that must find it, with these parameters."""

    name: str
    breaks: str
    plant: Callable[[], None]
    emulate: str
    found_by: str
    parameters: Mapping[str, str | int]


REPLICATION_FAULTS: dict[str, ReplicationFault] = {}


def replication_fault(
    name: str, breaks: str, found_by: str, *, emulate: str = "7.0", **parameters: str | int
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Enter the decorated function into the register as what plants this fault.

    Other arguments are the parameters of the property `found_by`.
    """

    def enter(plant: Callable[[], None]) -> Callable[[], None]:
        if name in REPLICATION_FAULTS:
            raise ValueError(f"two faults are called {name}")
        REPLICATION_FAULTS[name] = ReplicationFault(name, breaks, plant, emulate, found_by, parameters)
        return plant

    return enter
