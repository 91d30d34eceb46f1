"""Virtual time: what is to happen, in the order of its time, and at the same time in the order in which it was said."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

Act = Callable[[], None]


class Timeline:
    """Time goes from one event to the next; it stands still while one happens. `now_us` is in microseconds."""

    def __init__(self) -> None:
        self.now_us = 0
        self._numbers = count()
        self._events: list[tuple[int, int, Act]] = []

    def at(self, time_us: int, act: Act) -> None:
        """Let something happen at a time, at the earliest now."""
        heappush(self._events, (time_us if time_us > self.now_us else self.now_us, next(self._numbers), act))

    def after(self, delay_us: int, act: Act) -> None:
        """Let something happen later."""
        heappush(self._events, (self.now_us + delay_us, next(self._numbers), act))

    def run_until(self, time_us: int) -> None:
        """Let everything happen that is due by a time, that included."""
        events = self._events
        while events and events[0][0] <= time_us:
            self.now_us, _, act = heappop(events)
            act()
        self.now_us = max(self.now_us, time_us)
