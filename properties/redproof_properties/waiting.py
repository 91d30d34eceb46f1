"""Waiting for what a server does in its own time: it is asked again and again, and the wait is bounded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

WITHIN_MS: Final = 10_000
READY_WITHIN_MS: Final = 60_000
"""What starts is waited for so long: beside fifty others on two cores a server in Python takes twenty seconds."""

_POLL_S: Final = 0.0005


def wait_until(holds: Callable[[], bool], within_ms: int = WITHIN_MS, poll_s: float = _POLL_S) -> bool:
    """Whether something comes true within `within_ms`; it is asked again and again, every `poll_s`."""
    deadline = time.monotonic() + within_ms / 1000
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(poll_s)
    return True
