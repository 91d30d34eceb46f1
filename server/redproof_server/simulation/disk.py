"""A disk: what was written to the end and synced is there after a crash, and nothing else."""

from collections.abc import Callable

from redproof_server.engine.files import FileRead, FileWrite

Crash = Callable[[], None]


class Disk:
    """Files by their paths. A file is written as a whole or not at all, as `FileWrite` wants it.

    `failure` is why nothing can be written, None while it can be. A `crash` that is set comes with the next write:
    before the file is there or, where `crash_keeps` is set, right after, when nobody could be told of it yet.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.failure: str | None = None
        self.crash: Crash | None = None
        self.crash_keeps = False
        self.writes = 0

    def write(self, effect: FileWrite) -> bool:
        """Write a file and tell how it went; whether the file is there."""
        return self.commit(effect, b"".join(effect.pieces))

    def commit(self, effect: FileWrite, data: bytes) -> bool:
        """Give a file that is written its name, and tell how it went; whether the file is there. After a crash nobody
        is told."""
        if self.failure is not None:
            effect.done(self.failure)
            return False
        crash, self.crash = self.crash, None
        is_kept = crash is None or self.crash_keeps
        if is_kept:
            self.files[effect.path] = data
            self.writes += 1
        if crash is None:
            effect.done(None)
        else:
            crash()
        return is_kept

    def read(self, effect: FileRead) -> None:
        """Hand over what a file holds."""
        effect.done(self.files.get(effect.path))
