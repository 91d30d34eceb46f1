"""The world of a simulation: servers, Sentinels and what else there is, by name, and the time that passes for all."""

from collections.abc import Iterable, Mapping

from redproof_server.simulation.network import Cut, Network
from redproof_server.simulation.node import SentinelNode, ServerNode
from redproof_server.simulation.process import MICROSECONDS, Actor, Process, Randoms
from redproof_server.simulation.timeline import Timeline

DELAY_US = 100, 1_000
VERSION = "7.0"


class World:
    """All of a simulation. What `randoms` gives, and what is done to it, decides everything that happens."""

    def __init__(self, randoms: Randoms, delay_us: tuple[int, int] = DELAY_US) -> None:
        self.timeline = Timeline()
        self.delay_us = delay_us
        self.network = Network(self.timeline, randoms, delay_us)
        self.servers: dict[str, ServerNode] = {}
        self.sentinels: dict[str, SentinelNode] = {}
        self.processes: dict[str, Process] = {}

    @property
    def now_ms(self) -> float:
        """How long the simulation has been going on."""
        return self.timeline.now_us / MICROSECONDS

    def add_server(
        self, name: str, host: str, port: int, settings: Mapping[str, str], version: str = VERSION
    ) -> ServerNode:
        """A server, which is not yet started."""
        node = self.servers[name] = ServerNode(self.network, name, host, port, version, settings)
        self.enter(node)
        return node

    def add_sentinel(self, name: str, host: str, port: int, text: str, version: str = VERSION) -> SentinelNode:
        """A Sentinel with the text of its configuration file, which is not yet started."""
        node = self.sentinels[name] = SentinelNode(self.network, name, host, port, version, text)
        self.enter(node)
        return node

    def add_actor(self, name: str, host: str, port: int = 0) -> Actor:
        """A process that runs what it is given to do."""
        actor = Actor(self.network, name, host, port)
        self.enter(actor)
        actor.start()
        return actor

    def enter(self, process: Process) -> None:
        """Let a process have a place in the network and be known by its name."""
        self.processes[process.name] = process
        self.network.add(process)

    def run(self, duration_ms: float) -> None:
        """Let time pass."""
        self.timeline.run_until(self.timeline.now_us + round(duration_ms * MICROSECONDS))

    # Faults of the network.

    def part(self, ones: Iterable[str], others: Iterable[str], is_mutual: bool = True) -> Cut:
        """Let nothing go from some processes to others, nor back if it is mutual, until that is mended."""
        named = self.processes
        return self.network.part([named[name] for name in ones], [named[name] for name in others], is_mutual)

    def mend(self, cut: Cut) -> None:
        """Let go again what a cut held back."""
        self.network.mend(cut)

    def shape(self, name: str, delay_us: tuple[int, int] | None = None, loss_permille: int = 0) -> None:
        """Let all that a process sends take so long, if not as long as ever, and so much of it be lost at first."""
        self.network.shape(self.processes[name], delay_us or self.delay_us, loss_permille)

    def break_connections(self, name: str, linger_us: int) -> None:
        """Let a process lose all connections that it has; what it has sent over them arrives as much later."""
        for end in tuple(self.processes[name].ends):
            end.linger(linger_us)
            end.break_off()
