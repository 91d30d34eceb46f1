"""The clock of a run, which all of its observers share."""

from __future__ import annotations

import time


class RunClock:
    """Milliseconds since the run began."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def now_ms(self) -> float:
        """The time, to a microsecond."""
        return round((time.monotonic() - self._began_s) * 1000, 3)
