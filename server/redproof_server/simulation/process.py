"""A process of the simulation: it has an address, a clock and connections, stands still, dies and starts again."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from redproof_server.engine.randomness import RandomSource
from redproof_server.simulation.timeline import Act

if TYPE_CHECKING:
    from redproof_server.simulation.network import End, Network

Randoms = Callable[[str], RandomSource]
"""Gives a source of random numbers for a purpose: the same numbers for the same purpose in each run of a seed."""

START_MS = 1_700_000_000_000
MICROSECONDS = 1_000


class Process(ABC):
    """What runs at a host and port.

    Its clock may be wrong by `clock_offset_ms`. While it `is_paused` nothing that concerns it happens, and is made up
    for later in its order. A new `incarnation` knows nothing of what the one before it was to do.
    """

    def __init__(self, network: "Network", name: str, host: str, port: int) -> None:
        self.network = network
        self.timeline = network.timeline
        self.name = name
        self.host = host
        self.port = port
        self.random = network.randoms(f"network of {name}")
        self.clock_offset_ms = 0
        self.incarnation = 0
        self.is_alive = False
        self.is_paused = False
        self.ends: dict[End, None] = {}
        self._put_off: list[Act] = []

    @property
    def address(self) -> bytes:
        """Host and port, as servers show them."""
        return f"{self.host}:{self.port}".encode()

    def now_ms(self) -> int:
        """The unix time in milliseconds that the process reads."""
        return START_MS + self.timeline.now_us // MICROSECONDS + self.clock_offset_ms

    # Life.

    def start(self) -> None:
        """Start, from what is on the disk."""
        assert not self.is_alive, f"{self.name} runs already"
        self.incarnation += 1
        self.is_alive, self.is_paused = True, False
        self._put_off.clear()
        self.network.switch_on(self)
        self.begin()

    @abstractmethod
    def begin(self) -> None:
        """What a process does first."""

    @abstractmethod
    def accept(self, end: "End") -> None:
        """Somebody has connected: say what becomes of what comes over `end`."""

    def kill(self, loses_power: bool = False) -> None:
        """Die at once (SIGKILL). Where the machine `loses_power` nobody is told before it has started again."""
        self.is_alive = self.is_paused = False
        if loses_power:
            self.network.switch_off(self)
        for end in tuple(self.ends):
            end.close()

    def pause(self) -> None:
        """Stand still (SIGSTOP)."""
        self.is_paused = self.is_alive

    def resume(self) -> None:
        """Go on, first with what has come or was due meanwhile (SIGCONT)."""
        if not self.is_paused:
            return
        self.is_paused = False
        put_off, self._put_off = self._put_off, []
        for number, act in enumerate(put_off):
            if self.is_paused:
                self._put_off[:0] = put_off[number:]
                return
            if self.is_alive:
                act()

    def step_clock(self, by_ms: int) -> None:
        """Set the clock forwards or back."""
        self.clock_offset_ms += by_ms

    # Time.

    def after(self, delay_us: int, act: Act) -> None:
        """Let this incarnation do something later."""
        self.timeline.after(delay_us, partial(self._do_as, self.incarnation, act))

    def _do_as(self, incarnation: int, act: Act) -> None:
        if incarnation == self.incarnation:
            self.do(act)

    def do(self, act: Act) -> None:
        """Do something now, or when the process goes on; a dead one does nothing."""
        if self.is_paused:
            self._put_off.append(act)
        elif self.is_alive:
            act()


class Actor(Process):
    """A process that nobody connects to: it is driven from outside."""

    def begin(self) -> None:
        """Nothing is to be done at first."""

    def accept(self, end: "End") -> None:
        """Refuse."""
        end.close()
