"""Sentinels in simulation that watch nodes without data, which say of themselves what a test wants."""

from __future__ import annotations

from functools import partial
from random import Random

from redproof_server.hosting import LinkOwner
from redproof_server.protocol.replies import OK, array, bulk, bulks, integer
from redproof_server.protocol.requests import RequestLimits, RequestParser
from redproof_server.replication.link import Link
from redproof_server.simulation.network import Cut, End
from redproof_server.simulation.node import CONFIGURATION, SentinelNode
from redproof_server.simulation.process import Process
from redproof_server.simulation.world import VERSION, World

STEP_MS = 20
HOST = "127.0.0.1"
MASTER, REPLICAS = 7000, (7001, 7002)
SENTINELS = (26001, 26002, 26003, 26004, 26005)
DOWN_AFTER_MS, FAILOVER_TIMEOUT_MS = 2_000, 5_000


class Node(Process):
    """A node that holds no data: it says of itself what the test wants, and does what SLAVEOF says.

    `told` are the words of all commands that changed something.
    """

    def __init__(self, world: ScriptedWorld, port: int, master_port: int | None) -> None:
        super().__init__(world.network, str(port), HOST, port)
        self.master_port = master_port
        self.offset = 100
        self.priority = 100
        self.run_id = f"{port:040x}"
        self.link_is_up = True
        self.link_down_seconds = -1
        self.is_stuck = False
        self.pong = b"+PONG\r\n"
        self.replica_ports: list[int] = []
        self.told: list[list[str]] = []
        self.listeners: list[End] = []
        self._sent = world.sent

    def begin(self) -> None:
        """Nobody listens yet."""
        self.listeners = []

    def accept(self, end: End) -> None:
        """Answer a Sentinel."""
        session = Session(self, end, self._sent)
        end.received, end.lost = session.receive, partial(self._forget, end)

    def _forget(self, end: End) -> None:
        self.listeners = [each for each in self.listeners if each is not end]

    def info(self) -> bytes:
        """What INFO tells."""
        lines = [f"run_id:{self.run_id}", f"role:{'master' if self.master_port is None else 'slave'}"]
        if self.master_port is not None:
            lines += [f"master_host:{HOST}", f"master_port:{self.master_port}"]
            lines += [f"master_link_status:{'up' if self.link_is_up else 'down'}"]
            lines += [f"slave_repl_offset:{self.offset}", f"slave_priority:{self.priority}"]
            if not self.link_is_up:
                lines.append(f"master_link_down_since_seconds:{self.link_down_seconds}")
        lines += [f"slave{n}:ip={HOST},port={port},state=online" for n, port in enumerate(self.replica_ports)]
        return "\r\n".join([*lines, ""]).encode()

    def run(self, words: list[str]) -> None:
        """Do what is told."""
        self.told.append(words)
        if words[0] == "SLAVEOF" and not self.is_stuck:
            self.master_port = None if words[1] == "NO" else int(words[2])


class Session:
    """A connection to a node. All requests are kept in `sent`, with the port of the Sentinel."""

    def __init__(self, node: Node, end: End, sent: list[tuple[int, list[str]]]) -> None:
        self._node = node
        self._end = end
        self._sent = sent
        self._parser = RequestParser(RequestLimits(1000, 1 << 20))
        self._queue: list[list[str]] | None = None

    def receive(self, data: bytes) -> None:
        """Answer requests."""
        for request in self._parser.receive(data):
            self._sent.append((self._end.peer.process.port, [word.decode() for word in request]))
            self._end.send(self._answer(request))

    def _answer(self, request: list[bytes]) -> bytes:
        words = [word.decode() for word in request]
        name, node = words[0], self._node
        if name == "MULTI":
            self._queue = []
        elif name == "EXEC":
            queue, self._queue = self._queue or [], None
            for each in queue:
                node.run(each)
            return array([OK] * len(queue))
        elif self._queue is not None:
            self._queue.append(words)
            return b"+QUEUED\r\n"
        elif name == "PING":
            return node.pong
        elif name == "INFO":
            return bulk(node.info())
        elif name == "SUBSCRIBE":
            node.listeners.append(self._end)
            return array([bulk(b"subscribe"), bulk(request[1]), integer(1)])
        elif name == "PUBLISH":
            for listener in node.listeners:
                listener.send(bulks([b"message", *request[1:]]))
            return integer(len(node.listeners))
        else:
            node.run(words)
        return OK


class Host(SentinelNode):
    """A Sentinel of a test. `log` holds all its events, over restarts."""

    def __init__(self, world: ScriptedWorld, port: int, version: str, text: str) -> None:
        super().__init__(world.network, str(port), HOST, port, version, text)
        self.addresses = world.addresses
        self.log: list[str] = []

    @property
    def file(self) -> str:
        """What the configuration file says."""
        return self.disk.files[CONFIGURATION].decode()

    def say(self, line: str) -> None:
        """Keep an event."""
        self.log.append(line)

    def see_to_link(self, link: Link, owner: LinkOwner) -> None:
        """Let nothing be sent before what is not to be forgotten is on the disk."""
        assert not self.sentinel.file.is_pending
        super().see_to_link(link, owner)

    def call(self, *words: str) -> bytes:
        """What a client is answered."""
        return self.order(*(word.encode() for word in words))

    def named(self, event: str) -> list[str]:
        """What was said of an event, each time."""
        return [line.partition(" ")[2] for line in self.log if line.partition(" ")[0] == event]


class ScriptedWorld(World):
    """Nodes and hosts by port. `addresses` are those of hosts that have names, `sent` what Sentinels sent to nodes."""

    def __init__(self) -> None:
        super().__init__(Random)
        self.nodes: dict[int, Node] = {}
        self.hosts: dict[int, Host] = {}
        self.sent: list[tuple[int, list[str]]] = []
        self.addresses: dict[str, str] = {}
        self._cuts: list[Cut] = []

    def add_node(self, port: int, master_port: int | None = None, **facts: object) -> Node:
        """A node, known to its master."""
        node = self.nodes[port] = Node(self, port, master_port)
        for name, value in facts.items():
            setattr(node, name, value)
        if master_port is not None:
            self.nodes[master_port].replica_ports.append(port)
        self.enter(node)
        node.start()
        return node

    def watch(self, port: int, text: str, version: str = VERSION) -> Host:
        """A Sentinel with a configuration file."""
        host = self.hosts[port] = Host(self, port, version, text)
        self.enter(host)
        host.start()
        return host

    def part_ports(self, *groups: set[int]) -> None:
        """Let nothing go from one group of ports to another."""
        for number, group in enumerate(groups):
            for other in groups[number + 1 :]:
                self._cuts.append(self.part(map(str, sorted(group)), map(str, sorted(other))))

    def heal(self) -> None:
        """Let everything go again."""
        while self._cuts:
            self.mend(self._cuts.pop())

    def kill(self, port: int) -> None:
        """A node or a host dies."""
        self.processes[str(port)].kill()

    def restart(self, port: int) -> None:
        """One that was killed starts again."""
        self.processes[str(port)].start()

    def step_clocks(self, by_ms: int) -> None:
        """Set the clocks of all Sentinels."""
        for host in self.hosts.values():
            host.step_clock(by_ms)

    def run_until(self, event: str, within_ms: int = 60_000) -> float:
        """Let time pass until a Sentinel says that something happened; how many milliseconds that took."""
        start_ms, before = self.now_ms, {host: len(host.named(event)) for host in self.hosts.values()}
        while not any(len(host.named(event)) > count for host, count in before.items()):
            assert self.now_ms - start_ms < within_ms, f"no {event}: {[host.log[-5:] for host in before]}"
            self.run(STEP_MS)
        return self.now_ms - start_ms


def watched(
    sentinels: int = 3, quorum: int = 2, replicas: int = 2, more: str = "", version: str = VERSION, **facts: object
) -> tuple[ScriptedWorld, list[Host]]:
    """A master with replicas, and Sentinels that know all of them and each other."""
    world = ScriptedWorld()
    world.add_node(MASTER)
    for number in range(replicas):
        world.add_node(MASTER + 1 + number, MASTER, **facts)
    text = (
        f"sentinel monitor m {HOST} {MASTER} {quorum}\n"
        f"sentinel down-after-milliseconds m {DOWN_AFTER_MS}\n"
        f"sentinel failover-timeout m {FAILOVER_TIMEOUT_MS}\n{more}"
    )
    hosts = [world.watch(port, text, version) for port in SENTINELS[:sentinels]]
    world.run(5_000)
    for host in hosts:
        master = host.sentinel.masters["m"]
        assert len(master.replicas) == replicas
        assert len(master.peers) == sentinels - 1
    return world, hosts
