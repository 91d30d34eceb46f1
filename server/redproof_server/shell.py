"""The asyncio shell: sockets, the clock and timers around the engine, and nothing else."""

import asyncio
import gc
import os
import resource
import time
from random import Random
from types import TracebackType
from typing import cast

from redproof_server.engine.client import Client
from redproof_server.engine.server import Server
from redproof_server.engine.stats import Usage
from redproof_server.engine.versions import Version

LISTEN_BACKLOG = 511
KILOBYTE = 1024


def wall_clock_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def address_text(address: object) -> bytes:
    """An address as CLIENT LIST shows it: host and port, or the path of a socket with port 0."""
    if isinstance(address, tuple):
        return f"{address[0]}:{address[1]}".encode()
    return f"{address or ''}:0".encode()


class Connection(asyncio.Protocol):
    """One client's socket. Each batch that is received is answered with one write."""

    def __init__(self, shell: "Shell") -> None:
        self._shell = shell
        self._client: Client | None = None
        self._transport: asyncio.Transport | None = None
        self._is_full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the client with the engine."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self._client = self._shell.server.connect(address_text(peer), wall_clock_ms())
        self._client.local_address = address_text(transport.get_extra_info("sockname"))
        self._shell.connections[self._client] = self
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Hand the bytes to the engine and write what it answers; what it left waits for its turn."""
        client, shell = self._client, self._shell
        assert client is not None
        shell.server.receive(client, data, wall_clock_ms())
        self.flush()
        while client.pending and not (self._is_full or client.wait or client.closing or shell.server.sleep_ms):
            shell.server.receive(client, b"", wall_clock_ms())
            self.flush()
        if shell.server.has_effects:
            shell.after_engine()

    def flush(self) -> None:
        """Write the client's output, then close if the engine asks for it."""
        client, transport = self._client, self._transport
        assert client is not None
        assert transport is not None
        if client.output and not client.aborting:
            transport.write(client.take_output())
            if self._is_full:
                self._shell.server.check_output(client, transport.get_write_buffer_size())
        if client.closing:
            transport.abort() if client.aborting else transport.close()

    def pause_writing(self) -> None:
        """The client reads too slowly: take no more requests from it."""
        assert self._transport is not None
        self._is_full = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client has caught up."""
        assert self._transport is not None
        self._is_full = False
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self.data_received(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        assert self._client is not None
        self._shell.connections.pop(self._client, None)
        self._shell.server.disconnect(self._client)


class Shell:
    """A listening server: `async with Shell(…)` serves until the block ends."""

    def __init__(self, version: Version, settings: dict[str, str], host: str, port: int, seed: int) -> None:
        self.server = Server(version, Random(seed), wall_clock_ms(), settings)
        self.connections: dict[Client, Connection] = {}
        self.port = port
        self.stopped = asyncio.Event()
        self._host = host
        self._listeners: list[asyncio.Server] = []
        self._cron: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> "Shell":
        """Listen and start the timers.

        Raises:
            OSError: the address is in use.
        """
        loop = asyncio.get_running_loop()
        unix_path = self.server.config.values["unixsocket"]
        if unix_path:
            self._listeners.append(await loop.create_unix_server(self._accept, unix_path, backlog=LISTEN_BACKLOG))
        if self.port or not unix_path:
            listener = await loop.create_server(self._accept, self._host, self.port, backlog=LISTEN_BACKLOG)
            self._listeners.append(listener)
            self.port = listener.sockets[0].getsockname()[1]
            self.server.config.values["port"] = str(self.port)
        self._run_cron()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and close all connections."""
        for timer in (self._cron, self._deadline):
            if timer is not None:
                timer.cancel()
        for listener in self._listeners:
            listener.close()
        for client in list(self.connections):
            self.server.close(client)
        self.after_engine()

    def _accept(self) -> Connection:
        return Connection(self)

    def after_engine(self) -> None:
        """Do what the engine asks for beside the reply: sleep, write to other clients, set the timer."""
        server = self.server
        while server.sleep_ms:
            time.sleep(server.sleep_ms / 1000)
            server.resume(wall_clock_ms())
        for client in server.take_writers():
            if client in self.connections:
                self.connections[client].flush()
        if server.blocking.clients:
            self._set_deadline()
        if server.stopping:
            self.stopped.set()

    def _set_deadline(self) -> None:
        """Wake up when the next blocked client's time is up."""
        deadline_ms = self.server.blocking.next_deadline_ms()
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if deadline_ms is not None:
            delay_ms = max(deadline_ms - wall_clock_ms(), 0) + 1
            self._deadline = asyncio.get_running_loop().call_later(delay_ms / 1000, self._end_waits)

    def _end_waits(self) -> None:
        self._deadline = None
        self.server.expire_waits(wall_clock_ms())
        self.after_engine()

    def _run_cron(self) -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        peak_memory_bytes = used.ru_maxrss * KILOBYTE
        self.server.usage = Usage(os.getpid(), peak_memory_bytes, used.ru_utime, used.ru_stime)
        self.server.cron(wall_clock_ms())
        self.after_engine()
        period_seconds = 1 / self.server.config.integer("hz")
        self._cron = asyncio.get_running_loop().call_later(period_seconds, self._run_cron)


async def serve(shell: Shell, announce: bool) -> None:
    """Serve until SHUTDOWN, or until the task is cancelled."""
    async with shell:
        gc.collect()
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)
        if announce:
            print(f"Ready to accept connections on port {shell.port}", flush=True)
        await shell.stopped.wait()
