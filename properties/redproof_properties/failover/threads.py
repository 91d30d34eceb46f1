"""Threads that do one thing again and again until they are told to end; what they raise is raised at their end."""

from __future__ import annotations

import threading
from abc import abstractmethod
from concurrent.futures import Future, ThreadPoolExecutor

from redproof_properties.closing import Closing


class Repeating(Closing):
    """Takes `turn` after `turn` in a thread of its own, from `start` until `close`, which raises what a turn raised."""

    def __init__(self, name: str) -> None:
        self._ends = threading.Event()
        self._pool = ThreadPoolExecutor(1, f"redproof-{name}")
        self._done: Future[None] | None = None

    @abstractmethod
    def turn(self) -> float:
        """Do it once, and say how many seconds to wait until the next time."""

    @abstractmethod
    def hang_up(self) -> None:
        """Close what is open; the thread is no more then."""

    def start(self) -> None:
        """Begin."""
        self._done = self._pool.submit(self._run)

    def close(self) -> None:
        """End after the turn that is being taken; raises what the last one raised."""
        self._ends.set()
        self._pool.shutdown()
        self.hang_up()
        done, self._done = self._done, None
        if done is not None:
            done.result()

    def _run(self) -> None:
        while not self._ends.wait(self.turn()):
            pass
