"""The asyncio shell: the host whose sockets, files, timers and clock are real."""

import asyncio
import gc
import os
import resource
import sys
import time
from pathlib import Path
from random import Random
from types import TracebackType

from redproof_server import files
from redproof_server.connections import Connection, LinkConnection, wall_clock_ms
from redproof_server.engine.files import FileRead, FileWrite
from redproof_server.engine.server import Server
from redproof_server.engine.stats import Usage
from redproof_server.engine.versions import Version
from redproof_server.hosting import Host, LinkOwner
from redproof_server.persistence.rdb import LoadedAux
from redproof_server.replication.link import Link

LISTEN_BACKLOG = 511
KILOBYTE = 1024


class Shell(Host):
    """A listening server: `async with Shell(…)` serves until the block ends."""

    def __init__(self, version: Version, settings: dict[str, str], host: str, port: int, seed: int) -> None:
        self.server = Server(version, Random(seed), wall_clock_ms(), settings)
        self.sessions = {}
        self.links = {}
        self.port = port
        self.stopped = asyncio.Event()
        self._host = host
        self._listeners: list[asyncio.Server] = []
        self._cron: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        folder = Path(self.server.config.values["dir"]).absolute()
        self.server.config.values["dir"] = str(folder)

    def load_file(self) -> LoadedAux | None:
        """Read the RDB file; None where there is none.

        Raises:
            OSError: there is no such folder, or the file cannot be read.
            CorruptRdbError: the file is damaged, or holds what this server cannot hold.
        """
        folder, path = Path(self.server.config.values["dir"]), Path(self.server.saving.path)
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder} is no folder")
        if not path.is_file():
            return None
        return self.load(path.read_bytes())

    async def __aenter__(self) -> "Shell":
        """Listen and start the timers.

        Raises:
            OSError: the address is in use.
        """
        loop = asyncio.get_running_loop()
        unix_path = self.server.config.values["unixsocket"]
        # The port first, as Redis does: who is answered on the socket may rely on it.
        if self.port or not unix_path:
            listener = await loop.create_server(self._accept, self._host, self.port, backlog=LISTEN_BACKLOG)
            self._listeners.append(listener)
            self.port = listener.sockets[0].getsockname()[1]
            self.server.config.values["port"] = str(self.port)
        if unix_path:
            self._listeners.append(await loop.create_unix_server(self._accept, unix_path, backlog=LISTEN_BACKLOG))
        self.run_cron()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and writing, and close all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for timer in (self._cron, self._deadline):
            if timer is not None:
                timer.cancel()
        for listener in self._listeners:
            listener.close()
        for client in list(self.sessions):
            self.server.close(client)
        for link, session in list(self.links.items()):
            link.is_closed = True
            session.flush()
        self.after_engine()

    def _accept(self) -> Connection:
        return Connection(self)

    now_ms = staticmethod(wall_clock_ms)

    def sleep(self, duration_ms: int) -> None:
        """Let the whole process stand still."""
        time.sleep(duration_ms / 1000)

    def stop(self) -> None:
        """End `serve`."""
        self.stopped.set()

    def open(self, link: Link, owner: LinkOwner) -> None:
        """Connect to another server."""
        self._hold(asyncio.ensure_future(self._open(link, owner)))

    async def _open(self, link: Link, owner: LinkOwner) -> None:
        """Connect to another server, unless that is no longer wanted by then."""
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(
                lambda: LinkConnection(self, link, owner), link.host, link.port, local_addr=self._source()
            )
        except OSError:
            owner.link_lost(link, wall_clock_ms())
            self.after_engine()

    def _source(self) -> tuple[str, int] | None:
        """Where connections to others come from; before 7.0 it is where this one listens (NET_FIRST_BIND_ADDR)."""
        address = self.server.config.values.get("bind-source-addr", self._host)
        return (address, 0) if address else None

    def _hold(self, task: asyncio.Task[None]) -> None:
        """Keep a task until it is done: the loop does not."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def see_to_file(self, effect: FileWrite | FileRead) -> None:
        """Write or read a file, one in the background beside all else."""
        if isinstance(effect, FileRead):
            files.read(effect)
        elif effect.is_background:
            self._hold(asyncio.ensure_future(files.write_in_background(effect)))
        else:
            files.write(effect)

    def shut_down(self) -> None:
        """End as after SHUTDOWN: the dataset is saved if there are save points, and if that fails the end is off."""

        def saved(problem: str | None) -> None:
            if problem is None:
                self.stopped.set()
            else:
                print(f"cannot save, so the server goes on: {problem}", file=sys.stderr, flush=True)

        self.server.saving.save_for_good(None, saved)
        self.after_engine()

    def wake_at(self, deadline_ms: int | None) -> None:
        """Wake up when the next blocked client's time is up."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if deadline_ms is not None:
            delay_ms = max(deadline_ms - wall_clock_ms(), 0) + 1
            self._deadline = asyncio.get_running_loop().call_later(delay_ms / 1000, self._end_waits)

    def _end_waits(self) -> None:
        self._deadline = None
        self.end_waits()

    def run_cron(self) -> None:
        """Do what is done from time to time, and again after the time that `hz` tells."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        peak_memory_bytes = used.ru_maxrss * KILOBYTE
        self.server.usage = Usage(os.getpid(), peak_memory_bytes, used.ru_utime, used.ru_stime)
        self.tick()
        period_seconds = 1 / self.server.config.integer("hz")
        self._cron = asyncio.get_running_loop().call_later(period_seconds, self.run_cron)


async def serve(shell: Shell, announce: bool) -> None:
    """Serve until SHUTDOWN, or until the task is cancelled."""
    async with shell:
        gc.collect()
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)
        if announce:
            print(f"Ready to accept connections on port {shell.port}", flush=True)
        await shell.stopped.wait()
