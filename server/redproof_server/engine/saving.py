"""Saving to the RDB file: at once, or as the child process of Redis does, at a snapshot's leisure (rdb.c).

There is no process: the shell writes the snapshot piece by piece while clients are served. What the parent notices
of a child is there: that tables are not resized meanwhile, that it takes rdb-key-save-delay for each key, that it
can be killed, and that the cron alone sees its end.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from posixpath import join
from typing import TYPE_CHECKING

from redproof_server.engine.files import FileEffect, FileRead, FileWrite
from redproof_server.persistence.rdb_writing import write_rdb
from redproof_server.persistence.snapshot import ReplicationState, Snapshot, take_snapshot

if TYPE_CHECKING:
    from redproof_server.engine.server import Server

RETRY_DELAY_MS = 5_000


@dataclass(slots=True, eq=False)
class Child:
    """A save in the background: what it saves, when it may be over, and what came of it, once that is known.

    One that is diskless has no file: somebody else sends the snapshot. `pieces` are those of the file, where somebody
    wants them; whether it `succeeded` is known once its end was noticed.
    """

    snapshot: Snapshot
    started_ms: int
    dirty: int
    ends_ms: int
    is_diskless: bool
    write: FileWrite | None = None
    has_written: bool | None = None
    is_killed: bool = False
    pieces: list[bytes] | None = None
    succeeded: bool | None = None

    def written_pieces(self) -> Iterator[bytes]:
        """The file, piece by piece, which are kept where `pieces` is a list."""
        for piece in write_rdb(self.snapshot):
            if self.pieces is not None:
                self.pieces.append(piece)
            yield piece


class Saving:
    """What is saved, and what came of it.

    `effects` are what the shell is to do with files, in their order. `dirty_saved` of the changes that the server has
    counted are in the file, which was written last at `saved_ms`. `replication_state` tells where the dataset stands
    in a replication stream.
    """

    __slots__ = (
        "_child",
        "_server",
        "_tried_ms",
        "dirty_saved",
        "effects",
        "has_failed",
        "is_scheduled",
        "last_child_ms",
        "replication_state",
        "saved_ms",
    )

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._child: Child | None = None
        self._tried_ms = 0
        self.effects: list[FileEffect] = []
        self.replication_state: Callable[[], ReplicationState | None] = lambda: None
        self.saved_ms = server.now_ms
        self.dirty_saved = 0
        self.has_failed = False
        self.is_scheduled = False
        self.last_child_ms: int | None = None

    @property
    def is_running(self) -> bool:
        """Whether the child exists (hasActiveChildProcess)."""
        return self._child is not None

    @property
    def child_started_ms(self) -> int | None:
        """Since when the child exists, if it does."""
        return None if self._child is None else self._child.started_ms

    @property
    def changes(self) -> int:
        """How many changes are not in the file."""
        return self._server.dirty - self.dirty_saved

    @property
    def save_points(self) -> list[tuple[int, int]]:
        """After how many seconds the dataset is saved, if there were how many changes."""
        numbers = [int(number) for number in self._server.config.values["save"].split()]
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    @property
    def denies_writes(self) -> bool:
        """Whether nobody may write, since a snapshot that should be saved could not be."""
        config = self._server.config
        return self.has_failed and config.is_yes("stop-writes-on-bgsave-error") and bool(config.values["save"])

    @property
    def path(self) -> str:
        """Where the file is."""
        values = self._server.config.values
        return join(values["dir"], values["dbfilename"])

    def snapshot(self) -> Snapshot:
        """The dataset as it is now."""
        return take_snapshot(self._server, self.replication_state())

    def save(self, done: Callable[[str | None], None] = lambda problem: None) -> None:
        """Save before any client is served (rdbSave); `done` takes None, or the reason why it failed."""
        dirty = self._server.dirty

        def written(problem: str | None) -> None:
            if problem is None:
                self._saved(dirty)
            done(problem)

        self.effects.append(FileWrite(self.path, write_rdb(self.snapshot()), written))

    def save_for_good(self, wanted: bool | None, done: Callable[[str | None], None]) -> None:
        """Save before the end: if it is `wanted`, or, where nothing is said of that, if there are save points
        (prepareForShutdown)."""
        self.kill()
        if wanted or (wanted is None and self.save_points):
            self.save(done)
        else:
            done(None)

    def read(self, done: Callable[[bytes | None], None]) -> None:
        """Have the file read before any client is served."""
        self.effects.append(FileRead(self.path, done))

    def start(self, is_diskless: bool = False, keeps_pieces: bool = False) -> Child:
        """Begin a save in the background, which takes rdb-key-save-delay for each key (rdbSaveBackground,
        rdbSaveToSlavesSockets)."""
        server = self._server
        snapshot = self.snapshot()
        delay_us = max(server.config.integer("rdb-key-save-delay"), 0)
        ends_ms = server.now_ms + snapshot.keys * delay_us // 1000
        child = self._child = Child(snapshot, server.now_ms, server.dirty, ends_ms, is_diskless)
        child.pieces = [] if keeps_pieces else None
        self._tried_ms = server.now_ms
        server.limits.hashing.avoids_resize = True
        self.is_scheduled = False
        self._write_if_due(child)
        return child

    def _write_if_due(self, child: Child) -> None:
        """Let the shell write once the delay is over; a child that is killed before has written nothing."""
        if child.is_diskless or child.write is not None or self._server.now_ms < child.ends_ms:
            return

        def written(problem: str | None) -> None:
            child.has_written = problem is None

        child.write = FileWrite(self.path, child.written_pieces(), written, is_background=True)
        self.effects.append(child.write)

    def run(self) -> None:
        """Notice that the child has ended, or start the one that is due (serverCron, checkChildrenDone)."""
        child = self._child
        if child is not None:
            is_sent = child.is_diskless and self._server.now_ms >= child.ends_ms
            if child.is_killed or child.has_written is not None or is_sent:
                self._end(child)
            else:
                self._write_if_due(child)
        elif self._is_due():
            self.start()
        if self.is_scheduled and self._child is None and self._may_try():
            self.start()

    def _end(self, child: Child) -> None:
        """What is left to do when a child has ended (backgroundSaveDoneHandlerDisk)."""
        self._child = None
        child.succeeded = not child.is_killed and child.has_written is not False
        self._server.limits.hashing.avoids_resize = False
        self.last_child_ms = self._server.now_ms - child.started_ms
        if child.has_written is not None and not child.is_killed:
            self.has_failed = not child.has_written
            self._server.refresh_guards()
            if child.has_written:
                self._saved(child.dirty)

    def _saved(self, dirty: int) -> None:
        self.dirty_saved, self.saved_ms, self.has_failed = dirty, self._server.now_ms, False
        self._server.refresh_guards()

    def _is_due(self) -> bool:
        """Whether a save point is reached."""
        changes = self.changes
        if not changes:
            return False
        past_seconds = self._server.now_ms // 1000 - self.saved_ms // 1000
        points = self.save_points
        return any(changes >= least and past_seconds > seconds for seconds, least in points) and self._may_try()

    def _may_try(self) -> bool:
        """Whether it is not too early after a failure."""
        return not self.has_failed or self._server.now_ms - self._tried_ms > RETRY_DELAY_MS

    def kill(self) -> None:
        """Let the child end, which is noticed later and leaves the result of the last one as it was (killRDBChild)."""
        if self._child is not None:
            self._child.is_killed = True
            if self._child.write is not None:
                self._child.write.is_cancelled = True
