"""A network of connections: what is sent arrives in its order, after delays from the seed, once the path is open.

Nothing that was sent over a connection is lost on the way, as with TCP: a lost packet is a delay, and where a path is
cut bytes wait until it is open again, also those of a connection that one end has long given up and replaced.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from redproof_server.simulation.process import Process, Randoms
from redproof_server.simulation.timeline import Act, Timeline

RESENT_AFTER_US = 200_000
RESENT_MAX = 6
Cut = list[tuple[Process, Process]]


@dataclass(slots=True)
class Path:
    """How a network carries packets from one process to another; of `loss_permille` in a thousand each try is lost."""

    delay_us_min: int = 100
    delay_us_max: int = 1_000
    loss_permille: int = 0
    is_cut: bool = False


class End:
    """One end of a connection. Who owns it sets `opened`, `received` and `lost`, which are called in its process."""

    __slots__ = (
        "_held",
        "_last_us",
        "_on_the_way",
        "_path",
        "_random",
        "_timeline",
        "is_closed",
        "lost",
        "opened",
        "peer",
        "process",
        "received",
    )
    peer: "End"

    def __init__(self, process: Process, path: Path) -> None:
        self.process = process
        self.is_closed = False
        self.opened: Act = ignore
        self.received = ignore_data
        self.lost: Act = ignore
        self._path = path
        self._random = process.random
        self._timeline = process.timeline
        self._on_the_way: deque[Act] = deque()
        self._held = 0
        self._last_us = 0
        process.ends[self] = None

    def send(self, data: bytes) -> None:
        """Send bytes, once the process does not stand still."""
        if self.process.is_paused:
            self.process.do(partial(self.send, data))
        elif not self.is_closed:
            self._on_the_way.append(partial(self.peer.take, data))
            self._schedule()

    def close(self) -> None:
        """Close this end: the other hears of it behind all that was sent, this one hears nothing more."""
        if self.process.is_paused:
            self.process.do(self.close)
        elif not self.is_closed:
            self.forget()
            self.post(self.peer.hang_up)

    def break_off(self) -> None:
        """Lose the connection at this end only; the other hears of it behind all that is on the way."""
        if not self.is_closed:
            lost = self.lost
            self.close()
            self.process.do(lost)

    def forget(self) -> None:
        """Nothing is taken any more, and nobody is kept for it: a run has many connections, and collects no cycles."""
        self.is_closed = True
        self.opened, self.received, self.lost = ignore, ignore_data, ignore
        self.process.ends.pop(self, None)

    # What the network does.

    @property
    def is_done(self) -> bool:
        """Whether nothing can happen any more over the connection."""
        return self.is_closed and not self._on_the_way

    def post(self, act: Act, extra_us: int = 0) -> None:
        """Let something happen at the other end."""
        self._on_the_way.append(act)
        self._schedule(extra_us)

    def _schedule(self, extra_us: int = 0) -> None:
        """Let one more thing arrive, not before what was sent earlier."""
        path, random = self._path, self._random
        delay_us = path.delay_us_min + random.getrandbits(32) % (path.delay_us_max - path.delay_us_min + 1)
        if path.loss_permille:
            tries = 0
            while tries < RESENT_MAX and random.getrandbits(32) % 1000 < path.loss_permille:
                delay_us += RESENT_AFTER_US << tries
                tries += 1
        arrives_us = self._timeline.now_us + delay_us + extra_us
        if arrives_us > self._last_us:
            self._last_us = arrives_us
        self._timeline.at(self._last_us, self._arrive)

    def _arrive(self) -> None:
        if self._path.is_cut:
            self._held += 1
        else:
            self._on_the_way.popleft()()

    def linger(self, extra_us: int) -> None:
        """Let nothing arrive for some time of what is on the way, nor what is sent from now on."""
        waiting, self._on_the_way = self._on_the_way, deque([ignore] * len(self._on_the_way))
        self._on_the_way += waiting
        self._last_us = max(self._timeline.now_us + extra_us, self._last_us)
        for _ in waiting:
            self._timeline.at(self._last_us, self._arrive)

    def resend(self) -> None:
        """Send again what was held, if the path is open."""
        if not self._path.is_cut:
            held, self._held = self._held, 0
            for _ in range(held):
                self._schedule(RESENT_AFTER_US)

    def drop_unsent(self) -> None:
        """The machine has lost what it had not sent."""
        self._on_the_way = deque(ignore for _ in self._on_the_way)

    def take(self, data: bytes) -> None:
        """Bytes have arrived."""
        process = self.process
        if process.is_alive and not process.is_paused:
            if not self.is_closed:
                self.received(data)
        else:
            process.do(partial(self._hand_over, data))

    def _hand_over(self, data: bytes) -> None:
        if not self.is_closed:
            self.received(data)

    def hang_up(self) -> None:
        """The other end is closed."""
        if not self.is_closed:
            self.process.do(self._be_lost)

    def _be_lost(self) -> None:
        if not self.is_closed:
            lost = self.lost
            self.forget()
            lost()

    def establish(self) -> None:
        """The other end has accepted."""
        if not self.is_closed:
            self.process.do(self._open)

    def _open(self) -> None:
        if not self.is_closed:
            self.opened()


def ignore() -> None:
    """Nothing happens."""


def ignore_data(data: bytes) -> None:
    """Nothing happens."""


class Network:
    """Processes by host and port, and the paths between them, each way for itself."""

    def __init__(self, timeline: Timeline, randoms: Randoms, delay_us: tuple[int, int] = (100, 1_000)) -> None:
        self.timeline = timeline
        self.randoms = randoms
        self.processes: dict[tuple[str, int], Process] = {}
        self._delay_us = delay_us
        self._paths: dict[tuple[Process, Process], Path] = {}
        self._ends: dict[End, None] = {}
        self._cuts: Counter[tuple[Process, Process]] = Counter()
        self._off: set[Process] = set()

    def add(self, process: Process) -> None:
        """Enter a process, which is not yet started."""
        self.processes[process.host, process.port] = process

    def connect(self, process: Process, host: str, port: int) -> End:
        """Begin to connect to an address; the end is `opened`, or `lost` where nobody listens."""
        target = self.processes.get((host, port))
        if target is None:
            return self._refused(process)
        near, far = End(process, self.path(process, target)), End(target, self.path(target, process))
        near.peer, far.peer = far, near
        self._ends[near] = self._ends[far] = None
        near.post(partial(self._reach, far))
        return near

    def _refused(self, process: Process) -> End:
        """An end that is lost at once: there is no such machine."""
        end = End(process, self.path(process, process))
        end.peer = end
        end.post(end.hang_up)
        return end

    def _reach(self, far: End) -> None:
        """A connection has come to a process; the kernel accepts it, also for one that stands still."""
        process = far.process
        if far.is_closed:
            return
        if not process.is_alive:
            far.close()
            return
        far.post(far.peer.establish)
        process.do(partial(process.accept, far))

    # Paths.

    def path(self, one: Process, other: Process) -> Path:
        """The path from one process to another."""
        key = one, other
        if key not in self._paths:
            self._paths[key] = Path(*self._delay_us, is_cut=self._is_cut(*key))
        return self._paths[key]

    def shape(self, process: Process, delay_us: tuple[int, int], loss_permille: int) -> None:
        """Let all that a process sends to others take so long, and so much of it be lost at first."""
        for other in self.processes.values():
            path = self.path(process, other)
            path.delay_us_min, path.delay_us_max = delay_us
            path.loss_permille = loss_permille

    def part(self, ones: Iterable[Process], others: Iterable[Process], is_mutual: bool = True) -> Cut:
        """Let nothing go from some to others, nor back if it is mutual, until that is mended."""
        pairs = list(dict.fromkeys((one, other) for one in ones for other in others if one is not other))
        cut = [*pairs, *((other, one) for one, other in pairs)] if is_mutual else pairs
        self._cuts.update(cut)
        self._see_to_paths()
        return cut

    def mend(self, cut: Cut) -> None:
        """Let go again what a cut held back; what waited is sent again."""
        self._cuts.subtract(cut)
        self._see_to_paths()

    def switch_off(self, process: Process) -> None:
        """The machine of a process is off: nothing reaches it, and what it had not sent is lost."""
        self._off.add(process)
        for end in process.ends:
            end.drop_unsent()
        self._see_to_paths()

    def switch_on(self, process: Process) -> None:
        """The machine is there again."""
        if process in self._off:
            self._off.discard(process)
            self._see_to_paths()

    def _see_to_paths(self) -> None:
        for (one, other), path in self._paths.items():
            path.is_cut = self._is_cut(one, other)
        for end in tuple(self._ends):
            end.resend()
            if end.is_done:
                del self._ends[end]

    def _is_cut(self, one: Process, other: Process) -> bool:
        return self._cuts[one, other] > 0 or one in self._off or other in self._off
