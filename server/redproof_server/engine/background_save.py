"""The child process of BGSAVE, as far as the parent notices it: tables are not resized while it exists (rdb.c).

There is no process, and nothing is written. So a save ends in failure, and INFO tells.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redproof_server.engine.server import Server


class BackgroundSave:
    """Whether a child saves, or is to be started, and whether the last one failed."""

    __slots__ = ("_ends_ms", "_is_killed", "_server", "has_failed", "is_scheduled")

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._ends_ms: int | None = None
        self._is_killed = False
        self.has_failed = False
        self.is_scheduled = False

    @property
    def is_running(self) -> bool:
        """Whether the child exists (hasActiveChildProcess)."""
        return self._ends_ms is not None

    def start(self) -> None:
        """Begin a save that takes rdb-key-save-delay for each key (rdbSaveBackground)."""
        keys = sum(len(db.keys) for db in self._server.databases)
        delay_us = max(self._server.config.integer("rdb-key-save-delay"), 0)
        self._ends_ms = self._server.now_ms + keys * delay_us // 1000
        self._is_killed = False
        self._server.limits.hashing.avoids_resize = True
        self.is_scheduled = False

    def end_if_over(self) -> None:
        """Notice that the child has ended, and start the one that is scheduled (serverCron, checkChildrenDone)."""
        if self._ends_ms is not None and self._server.now_ms >= self._ends_ms:
            self._ends_ms = None
            self._server.limits.hashing.avoids_resize = False
            self.has_failed = self.has_failed or not self._is_killed
        if self.is_scheduled and not self.is_running:
            self.start()

    def kill(self) -> None:
        """Let the child end, which is noticed later and leaves the result of the last one as it was (killRDBChild)."""
        if self.is_running:
            self._ends_ms, self._is_killed = self._server.now_ms, True
