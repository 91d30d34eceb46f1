"""Servers without sockets that replicate from each other: bytes go from one to the other when the test lets them."""

from __future__ import annotations

from random import Random

from redproof_server import commands
from redproof_server.engine.client import Client
from redproof_server.engine.files import FileWrite
from redproof_server.engine.server import Server
from redproof_server.engine.versions import VERSIONS
from redproof_server.persistence.payload import dump
from redproof_server.protocol.fast import encode_request
from redproof_server.replication.link import Link
from redproof_server.replication.snapshots import take_all

START_MS = 1_000_000_000
TICK_MS = 100
assert commands.__all__, "importing the commands fills the table"


class Network:
    """Servers by port, and the connections between them. A byte arrives when it is delivered.

    `piece_bytes` is how much arrives at a time, and `sent` how much masters have sent.
    """

    def __init__(self, piece_bytes: int = 1 << 20) -> None:
        self.now_ms = START_MS
        self.piece_bytes = piece_bytes
        self.servers: dict[int, Server] = {}
        self.connections: dict[Link, tuple[Server, Client]] = {}
        self.refused: set[int] = set()
        self.sent = 0
        self._held: set[Server] = set()
        self._budget: int | None = None
        self._cuts = False
        self._users: dict[Server, Client] = {}

    def add(self, port: int, version: str, **settings: str) -> Server:
        """A server at a port."""
        named = {name.replace("_", "-"): value for name, value in settings.items()}
        chosen = {
            "port": str(port),
            "repl-diskless-sync-delay": "0",
            "save": "",
            "enable-debug-command": "yes",
            **named,
        }
        if version == "6.2":
            del chosen["enable-debug-command"]
        server = self.servers[port] = Server(VERSIONS[version], Random(port), self.now_ms, chosen)
        return server

    def ask(self, server: Server, *words: str | bytes) -> bytes:
        """What a user of a server is answered; the user connects again when it was closed."""
        client = self._users.get(server)
        if client is None or client.closing:
            client = self._users[server] = server.connect(b"127.0.0.1:1", self.now_ms)
        request = [word.encode() if isinstance(word, str) else word for word in words]
        server.receive(client, encode_request(request), self.now_ms)
        return client.take_output() if client.output else b""

    def run(self, seconds: float = 0.0) -> None:
        """Let time pass and all bytes arrive."""
        self.settle()
        for _ in range(round(seconds * 1000 / TICK_MS)):
            self.now_ms += TICK_MS
            for server in self._moving():
                server.cron(self.now_ms)
            self.settle()

    def settle(self) -> None:
        """Do all effects until there are none."""
        while True:
            moved = [self.deliver(server) for server in self._moving()]
            if not any(moved):
                return

    def _moving(self) -> list[Server]:
        return [server for server in self.servers.values() if server not in self._held]

    def deliver(self, server: Server) -> bool:
        """Do what one server asks for; whether there was anything."""
        server.take_writers()
        moved = self._write_files(server)
        for link in [*server.replication.take_links(), *self.connections]:
            moved |= self._see_to(server, link)
        for link, (master, client) in list(self.connections.items()):
            if master is server:
                moved |= self._send_down(link, client)
        return moved

    def _write_files(self, server: Server) -> bool:
        effects, server.saving.effects = server.saving.effects, []
        for effect in effects:
            assert isinstance(effect, FileWrite)
            for _ in effect.pieces:
                pass
            effect.done(None)
        return bool(effects)

    def _see_to(self, server: Server, link: Link) -> bool:
        if link.is_closed:
            self.cut(link)
            return False
        if link not in self.connections:
            master = self.servers.get(link.port)
            if master is None or link.port in self.refused or master in self._held:
                server.replication.link_lost(link, self.now_ms)
                return True
            self.connections[link] = master, master.connect(b"127.0.0.1:%d" % (10000 + link.port), self.now_ms)
            server.replication.link_opened(link, b"127.0.0.1:2", self.now_ms)
            return True
        master, client = self.connections[link]
        if not link.output or self.owner(link) is not server or master in self._held:
            return False
        master.receive(client, link.take_output(), self.now_ms)
        return True

    def _send_down(self, link: Link, client: Client) -> bool:
        """Deliver what a master has for a replica."""
        replica = self.owner(link)
        data = b"" if client.aborting or replica in self._held else take_all(client)
        for start in range(0, len(data), self.piece_bytes):
            piece = data[start : start + self.piece_bytes]
            self.sent += len(piece)
            if self._budget is not None:
                piece, self._budget = piece[: self._budget], max(self._budget - len(piece), 0)
            if piece:
                replica.replication.link_received(link, piece, self.now_ms)
        if self._cuts and not self._budget:
            self._cuts, self._budget = False, None
            self.cut_all()
            return True
        if client.closing and link in self.connections:
            self.cut(link)
            replica.replication.link_lost(link, self.now_ms)
            return True
        return bool(data)

    def deliver_until(self, count: int) -> int:
        """Deliver `count` bytes of what masters send, one at a time, and leave the rest; how many there were."""
        self._budget, self.sent = count, 0
        self.run(2)
        self._budget = None
        return self.sent

    def hold(self, server: Server) -> None:
        """From now on a server stands still: nothing reaches it or comes from it."""
        self._held.add(server)

    def cut_after(self, count: int) -> None:
        """Let connections break once masters have sent so many more bytes."""
        self._budget, self._cuts, self.sent = count, True, 0

    def owner(self, link: Link) -> Server:
        """The server that opened a link."""
        for server in self.servers.values():
            upstream = server.replication.upstream
            if link is upstream.link or (upstream.master is not None and upstream.master.link is link):
                return server
        link.is_closed = True
        return next(iter(self.servers.values()))

    def cut(self, link: Link) -> None:
        """The connection breaks, for the master."""
        if link in self.connections:
            master, client = self.connections.pop(link)
            master.disconnect(client)

    def cut_all(self) -> None:
        """All connections break, for both ends."""
        for link in list(self.connections):
            replica = self.owner(link)
            self.cut(link)
            replica.replication.link_lost(link, self.now_ms)


def info(server: Server) -> dict[str, str]:
    """The section of INFO on replication."""
    client = server.connect(b"127.0.0.1:9", server.now_ms)
    server.receive(client, b"INFO replication\r\n", server.now_ms)
    text = client.take_output().decode()
    server.disconnect(client)
    return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)


def dataset(server: Server) -> dict[tuple[int, bytes], tuple[bytes, int | None]]:
    """The payload of every key, and when it expires."""
    version, fill = server.version.rdb_version, -2
    return {
        (db.index, key): (dump(value, version, fill), db.expires.entries.get(key))
        for db in server.databases
        for key, value in db.keys.entries.items()
    }
