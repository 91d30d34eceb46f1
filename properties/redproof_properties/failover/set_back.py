"""Clocks that were set back: what a node does after so many milliseconds, it then does so much later.

A sentinel connects to a server again only some time after it has last tried to, and what another has told it lapses
only some time after it was told, by its own clock (`sentinel.c`, sentinelReconnectInstance,
sentinelAskMasterStateToOtherSentinels). So the fault is over when the clock has come to where it was.
"""

from __future__ import annotations

from collections.abc import Iterable

from redproof_properties.failover.record import FaultSpan

CLOCK = "clock"


def set_back_ms(faults: Iterable[FaultSpan], node: str, until_ms: float) -> int:
    """By how much a node's clock had been set back in all until then."""
    return sum(-by_ms for fault, by_ms in _steps_back(faults) if fault.node == node and fault.begun_at_ms <= until_ms)


def caught_up_at_ms(faults: Iterable[FaultSpan]) -> float:
    """When each clock that was set back has surely come to where it was; 0 where none was."""
    told = tuple(faults)
    steps = [fault for fault, _ in _steps_back(told)]
    return max((each.begun_at_ms + set_back_ms(told, each.node, each.begun_at_ms) for each in steps), default=0)


def _steps_back(faults: Iterable[FaultSpan]) -> list[tuple[FaultSpan, int]]:
    told = ((fault, fault.value) for fault in faults if fault.kind == CLOCK)
    return [(fault, by_ms) for fault, by_ms in told if isinstance(by_ms, int) and by_ms < 0]
