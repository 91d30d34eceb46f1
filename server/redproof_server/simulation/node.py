"""Servers and Sentinels as processes of the simulation: hosts whose sockets, disk and clock are simulated."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from redproof_server import commands
from redproof_server.engine.client import Client
from redproof_server.engine.config import Config
from redproof_server.engine.files import FileRead, FileWrite
from redproof_server.engine.server import Server
from redproof_server.engine.versions import VERSIONS
from redproof_server.hosting import SENTINEL_SETTINGS, Host, LinkOwner, LinkSession, SentinelHost, Session
from redproof_server.protocol.fast import encode_request
from redproof_server.replication.link import Link
from redproof_server.replication.snapshots import take_all
from redproof_server.sentinel.config_file import read
from redproof_server.simulation.disk import Disk
from redproof_server.simulation.network import End, Network
from redproof_server.simulation.process import MICROSECONDS, Process
from redproof_server.simulation.timeline import Act

assert commands.__all__, "importing the commands fills the table"
SECOND_US = 1_000_000
PIECE_WRITTEN_US = 100
CONFIGURATION = "/sentinel.conf"


class Point(NamedTuple):
    """A point of a history: what a server has done, up to an offset, which stands still unless history `is_kept`."""

    replid: str
    offset_bytes: int
    is_kept: bool


class Observer(Protocol):
    """Who watches nodes from outside, and changes nothing."""

    def loads(self, node: "ServerNode", point: Point) -> None:
        """A node has begun with an RDB file, which holds what it had at a point."""

    def awaits(self, asker: End) -> bool:
        """Whether it matters what that end of a connection is answered."""

    def answers(self, node: "ServerNode", asker: End, reply: bytes, point: Point) -> None:
        """A node sends a reply to that end of a connection, and is at the point to which its last command has led."""

    def sees(self, node: "ServerNode") -> None:
        """A node has done something."""

    def expects(self, node: "SentinelNode") -> None:
        """A Sentinel is about to do what is to be done now."""

    def hears(self, node: "SentinelNode", line: str) -> None:
        """A Sentinel tells an event."""


class ClientConnection(Session):
    """A client that has connected to a node."""

    def __init__(self, node: "ServerNode", end: End) -> None:
        super().__init__(node)
        self._node = node
        self._end = end
        end.received, end.lost = self.receive, self.end
        self.begin(end.peer.process.address, node.address)

    def flush(self) -> None:
        """Send the client's output, then close if the engine asks for it; the engine hears of that a little later."""
        client, end, node = self.client, self._end, self._node
        assert client is not None
        if not client.aborting and (data := take_all(client)):
            if node.observer is not None and node.observer.awaits(end.peer):
                node.observer.answers(node, end.peer, data, node.point_of(client))
            end.send(data)
        if client.closing and not end.is_closed:
            end.close()
            end.process.after(0, self.end)


class LinkEnd(LinkSession):
    """A link of a node to another."""

    def __init__(self, node: "ServerNode", link: Link, owner: LinkOwner) -> None:
        super().__init__(node, link, owner)
        self._end = end = node.network.connect(node, link.host, link.port)
        end.opened = partial(self.opened, node.address)
        end.received, end.lost = self.receive, self.lost

    def flush(self) -> None:
        """Send what there is, then close if the owner asks for it."""
        link, end = self.link, self._end
        if link.output:
            end.send(link.take_output())
        if link.is_closed and not end.is_closed:
            end.close()
            end.process.after(0, self.lost)


class ServerNode(Process, Host):
    """A server, with its disk."""

    def __init__(self, network: Network, name: str, host: str, port: int, version: str, settings: Mapping[str, str]):
        super().__init__(network, name, host, port)
        self.version = VERSIONS[version]
        self.settings = dict(settings)
        self.disk = Disk()
        self.observer: Observer | None = None
        self.saved_at = Point("", 0, is_kept=False)
        self._wake_ms: int | None = None

    # Life.

    def begin(self) -> None:
        """Begin with the RDB file, if there is one."""
        self._make(self.settings)
        data = self.disk.files.get(self.server.saving.path)
        if data is not None:
            self.load(data)
            if self.observer is not None:
                self.observer.loads(self, self.saved_at)
        self.run_cron()

    def _make(self, settings: Mapping[str, str]) -> None:
        """A server without data."""
        random = self.network.randoms(f"{self.name} {self.incarnation}")
        own = {"port": str(self.port), "dir": "/"}
        self.server = Server(self.version, random, self.now_ms(), {**settings, **own})
        self.sessions, self.links = {}, {}
        self._wake_ms = None

    def accept(self, end: End) -> None:
        """Take a client."""
        ClientConnection(self, end)

    def run_cron(self) -> None:
        """Do what is done from time to time, and again after the time that `hz` tells."""
        self.tick()
        self.after(SECOND_US // self.server.config.integer("hz"), self.run_cron)

    def keep_role(self) -> None:
        """Let the next start find the role that the server has now, as after CONFIG REWRITE."""
        self.settings["replicaof"] = self.server.config.values["replicaof"]

    # What a host does.

    def tell(self) -> None:
        """Write to clients and links, unless it has ended meanwhile."""
        if self.is_alive:
            super().tell()
            if self.observer is not None:
                self.observer.sees(self)

    def sleep(self, duration_ms: int) -> None:
        """Stand still: nothing is taken, and nothing sent."""
        self.pause()
        self.timeline.after(duration_ms * MICROSECONDS, self.resume)

    def see_to_file(self, effect: FileWrite | FileRead) -> None:
        """Write or read a file, one in the background piece by piece."""
        if not self.is_alive:
            return
        if isinstance(effect, FileRead):
            self.disk.read(effect)
        elif effect.is_background:
            self._write_on(effect, iter(effect.pieces), [], self.point)
        else:
            self._has_written(self.disk.write(effect), self.point)

    def _write_on(self, effect: FileWrite, pieces: Iterator[bytes], written: list[bytes], point: Point) -> None:
        """Write one piece more of what is saved of a point, and then the others, unless that is no longer wanted."""
        if effect.is_cancelled:
            return
        piece = next(pieces, None)
        if piece is None:
            self._has_written(self.disk.commit(effect, b"".join(written)), point)
        else:
            written.append(piece)
            self.after(PIECE_WRITTEN_US, partial(self._write_on, effect, pieces, written, point))

    def _has_written(self, is_there: bool, point: Point) -> None:
        """Remember at which point that was which a file has, if it is there."""
        if is_there:
            self.saved_at = point

    def open(self, link: Link, owner: LinkOwner) -> None:
        """Connect to another node."""
        if self.is_alive:
            LinkEnd(self, link, owner)

    def wake_at(self, deadline_ms: int | None) -> None:
        """Wake up when the next blocked client's time is up."""
        if deadline_ms is not None and deadline_ms != self._wake_ms:
            self._wake_ms = deadline_ms
            delay_ms = max(deadline_ms - self.now_ms(), 0) + 1
            self.after(delay_ms * MICROSECONDS, self._wake)

    def _wake(self) -> None:
        self._wake_ms = None
        self.end_waits()

    def stop(self) -> None:
        """End by itself."""
        self.kill()

    def kill_at_next_write(self, keeps: bool) -> None:
        """Die at the next write of a file: right after it if it `keeps` the file, or before the file is there."""
        self.disk.crash, self.disk.crash_keeps = self.kill, keeps

    # What is asked from outside.

    @property
    def run_id(self) -> str:
        """The id of this incarnation."""
        return self.server.run_id.decode()

    @property
    def point(self) -> Point:
        """The point at which this server is."""
        replication = self.server.replication
        return Point(replication.replid.decode(), replication.offset, replication.backlog is not None)

    def point_of(self, client: Client) -> Point:
        """The point to which the last command of a client has brought this server."""
        point = self.point
        return point._replace(offset_bytes=client.write_offset) if point.is_kept else point

    def ask(self, *words: bytes) -> bytes:
        """What a client is answered that only wants to know something, at no time."""
        return self._answer(words, lambda: None)

    def order(self, *words: bytes) -> bytes:
        """What a client is answered that gives an order, at no time: what the order asks for is done."""
        return self._answer(words, self.after_engine)

    def _answer(self, words: Sequence[bytes], act: Act) -> bytes:
        client: Client = self.server.connect(b"127.0.0.1:0", self.now_ms())
        self.server.receive(client, encode_request(list(words)), self.now_ms())
        act()
        reply = client.take_output() if client.output else b""
        self.server.disconnect(client)
        return reply


class SentinelNode(SentinelHost, ServerNode):
    """A Sentinel with its configuration file, which says `text` at first.

    `orders` are given to it whenever it starts; `said` are its events with their times.
    """

    def __init__(self, network: Network, name: str, host: str, port: int, version: str, text: str) -> None:
        super().__init__(network, name, host, port, version, {})
        self.disk.files[CONFIGURATION] = text.encode()
        self.addresses: dict[str, str] = {}
        self.orders: list[list[bytes]] = []
        self.said: list[tuple[int, str]] = []

    def begin(self) -> None:
        """Begin with the configuration file."""
        found = read(self.disk.files[CONFIGURATION].decode(), Config(self.version.number))
        self._make(found.settings | SENTINEL_SETTINGS)
        self.watch(CONFIGURATION, self.addresses.get, found)
        self.sentinel.start()
        self.after_engine()
        for order in self.orders:
            self.order(*order)
        if self.is_alive:
            self.run_cron()

    def tick(self) -> None:
        """Do what is to be done now."""
        if self.observer is not None:
            self.observer.expects(self)
        super().tick()

    def say(self, line: str) -> None:
        """Keep an event, unless it has ended meanwhile."""
        if self.is_alive:
            self.said.append((self.timeline.now_us, line))
            if self.observer is not None:
                self.observer.hears(self, line)

    def crash(self) -> None:
        """Die, with the files written and the events told."""
        self.sleep_and_see_to_files()
        for line in self.sentinel.log:
            self.say(line)
        self.kill()
