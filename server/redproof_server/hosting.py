"""What is done around a server and a Sentinel, whoever owns the sockets, files and clock: the shell, or a simulation.

A host lets the engine have what comes, and then does what it asks for, in an order that others rely on: first the
files, so that nobody hears of what is not on the disk, then the bytes.
"""

from abc import ABC, abstractmethod
from typing import Protocol

from redproof_server.engine.client import Client
from redproof_server.engine.files import FileRead, FileWrite
from redproof_server.engine.server import Server
from redproof_server.persistence.rdb import LoadedAux, load
from redproof_server.replication.link import Link
from redproof_server.sentinel import commands, mode, settings, statements
from redproof_server.sentinel.addresses import Resolve
from redproof_server.sentinel.config_file import Configuration
from redproof_server.sentinel.failover import SimulatedCrashError
from redproof_server.sentinel.sentinel import Sentinel
from redproof_server.sentinel.table import TABLE, equip

COMMANDS = (commands, mode, settings)
assert TABLE, "importing the commands fills the table"
SENTINEL_SETTINGS = {"save": "", "databases": "1"}


class LinkOwner(Protocol):
    """Who wants a link, and hears what becomes of it."""

    def link_opened(self, link: Link, local_address: bytes, now_ms: int) -> None:
        """The connection is there."""

    def link_received(self, link: Link, data: bytes, now_ms: int) -> None:
        """Bytes have come."""

    def link_lost(self, link: Link, now_ms: int) -> None:
        """The connection is gone, or could not be made."""


class Session(ABC):
    """The connection of a client: what it sends goes to the engine, what the engine answers is written."""

    def __init__(self, host: "Host") -> None:
        self.host = host
        self.client: Client | None = None
        self.is_full = False

    def begin(self, address: bytes, local_address: bytes) -> None:
        """Register the client with the engine."""
        host = self.host
        self.client = host.server.connect(address, host.now_ms())
        self.client.local_address = local_address
        host.sessions[self.client] = self
        self.flush()

    def receive(self, data: bytes) -> None:
        """Hand the bytes to the engine and write what it answers; what it left waits for its turn."""
        client, host = self.client, self.host
        assert client is not None
        server = host.server
        server.receive(client, data, host.now_ms())
        self.flush()
        while client.pending and not (self.is_full or client.wait or client.closing or server.sleep_ms):
            server.receive(client, b"", host.now_ms())
            self.flush()
        if server.has_effects:
            host.after_engine()

    def end(self) -> None:
        """The connection is gone: forget the client."""
        assert self.client is not None
        self.host.sessions.pop(self.client, None)
        self.host.server.disconnect(self.client)

    @abstractmethod
    def flush(self) -> None:
        """Write the client's output, then close if the engine asks for it."""


class LinkSession(ABC):
    """A connection to another server, with the link that it is for."""

    def __init__(self, host: "Host", link: Link, owner: LinkOwner) -> None:
        self.host = host
        self.link = link
        self.owner = owner

    def opened(self, local_address: bytes) -> None:
        """The connection is there: let the owner begin."""
        self.host.links[self.link] = self
        self.owner.link_opened(self.link, local_address, self.host.now_ms())
        self.flush()
        self.host.after_engine()

    def receive(self, data: bytes) -> None:
        """Hand over what the other end sends."""
        self.owner.link_received(self.link, data, self.host.now_ms())
        self.host.after_engine()

    def lost(self) -> None:
        """The connection is gone, or could not be made."""
        self.host.links.pop(self.link, None)
        self.owner.link_lost(self.link, self.host.now_ms())
        self.host.after_engine()

    @abstractmethod
    def flush(self) -> None:
        """Write what there is, then close if the owner asks for it."""


class Host(ABC):
    """What is around a server. The engine is told the time by `now_ms` whenever it is called."""

    server: Server
    sessions: dict[Client, Session]
    links: dict[Link, LinkSession]

    def load(self, data: bytes) -> LoadedAux:
        """Begin with what an RDB file holds.

        Raises:
            CorruptRdbError: it is damaged, or holds what this server cannot hold.
        """
        replication = self.server.replication
        loaded = load(self.server, data, keeps_expired=not replication.is_master)
        replication.restore(loaded.replication, loaded.expired)
        return loaded

    def after_engine(self) -> None:
        """Do what the engine asks for beside the reply: sleep, see to files, write to other clients, set the timer."""
        if self.server.sleep_ms or self.server.saving.effects:
            self.sleep_and_see_to_files()
        self.tell()

    def tell(self) -> None:
        """Write to clients and links what is there for them by now, and set the timer."""
        server = self.server
        for client in server.take_writers():
            if client in self.sessions:
                self.sessions[client].flush()
        for link in server.replication.take_links():
            self.see_to_link(link, server.replication)
        if server.blocking.clients:
            self.wake_at(server.blocking.next_deadline_ms())
        if server.stopping:
            self.stop()

    def sleep_and_see_to_files(self) -> None:
        """Do what nothing else is done before."""
        server = self.server
        while server.sleep_ms or server.saving.effects:
            if server.sleep_ms:
                self.sleep(server.sleep_ms)
            else:
                self.see_to_file(server.saving.effects.pop(0))
            server.resume(self.now_ms())

    def see_to_link(self, link: Link, owner: LinkOwner) -> None:
        """Open a link, write to it or close it."""
        if link in self.links:
            self.links[link].flush()
        elif not link.is_closed:
            self.open(link, owner)

    def end_waits(self) -> None:
        """Answer the clients whose time is up."""
        self.server.expire_waits(self.now_ms())
        self.after_engine()

    def tick(self) -> None:
        """Do what is done from time to time, as often as `hz` tells."""
        self.server.cron(self.now_ms())
        self.after_engine()

    @abstractmethod
    def now_ms(self) -> int:
        """Unix time in milliseconds."""

    @abstractmethod
    def sleep(self, duration_ms: int) -> None:
        """Let all of the server stand still."""

    @abstractmethod
    def see_to_file(self, effect: FileWrite | FileRead) -> None:
        """Write or read a file, and tell how it went."""

    @abstractmethod
    def open(self, link: Link, owner: LinkOwner) -> None:
        """Begin to connect to another server."""

    @abstractmethod
    def wake_at(self, deadline_ms: int | None) -> None:
        """Have `end_waits` called at a time, instead of the one that was asked for before."""

    @abstractmethod
    def stop(self) -> None:
        """The server has ended by itself."""


class SentinelHost(Host):
    """What is around a Sentinel."""

    sentinel: Sentinel

    def watch(self, path: str, look_up: Resolve, found: Configuration) -> None:
        """Make the Sentinel of the server, with what its configuration file says.

        Raises:
            StatementError: a statement is refused.
        """
        self.sentinel = Sentinel(self.server, path, look_up)
        self.sentinel.file.lines = found.lines
        statements.load(self.sentinel, found.statements)
        equip(self.sentinel, self.server)

    def tell(self) -> None:
        """Write to clients and links, behind the file, and say what has happened."""
        super().tell()
        sentinel = self.sentinel
        for link in sentinel.links.take_attended():
            self.see_to_link(link, self)
        if sentinel.log:
            lines, sentinel.log = sentinel.log, []
            for line in lines:
                self.say(line)

    def tick(self) -> None:
        """Let the Sentinel do what is to be done now."""
        try:
            self.sentinel.timer(self.now_ms())
        except SimulatedCrashError:
            self.crash()
            return
        super().tick()

    def link_opened(self, link: Link, local_address: bytes, now_ms: int) -> None:
        """A connection is there."""
        self.sentinel.link_opened(link, local_address, now_ms)

    def link_received(self, link: Link, data: bytes, now_ms: int) -> None:
        """Bytes have come."""
        try:
            self.sentinel.link_received(link, data, now_ms)
        except SimulatedCrashError:
            self.crash()

    def link_lost(self, link: Link, now_ms: int) -> None:
        """A connection is gone, or could not be made."""
        self.sentinel.link_lost(link, now_ms)

    @abstractmethod
    def say(self, line: str) -> None:
        """Tell an event."""

    @abstractmethod
    def crash(self) -> None:
        """End at once, with the files that were wanted and nothing more (sentinelSimFailureCrash)."""
