"""Files as the engine asks for them: written as a whole or not at all, and read as a whole."""

import asyncio
import os
from itertools import count
from pathlib import Path

from redproof_server.engine.files import FileRead, FileWrite

_numbers = count()


class TemporaryFile:
    """A file that becomes the one at `path` with `commit`; inside `with` nothing is left of one that does not."""

    def __init__(self, path: str) -> None:
        self._path, self._folder = path, os.path.dirname(path)
        self._temporary = Path(self._folder, f"temp-{os.getpid()}-{next(_numbers)}.rdb")
        self._file = self._temporary.open("xb")

    def __enter__(self) -> "TemporaryFile":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()
        self._temporary.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Write `data` behind what there is."""
        self._file.write(data)

    def commit(self) -> None:
        """Let the disk have the bytes, and then the name (rdb.c rdbSave)."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._temporary.rename(self._path)
        folder = os.open(self._folder or os.curdir, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write(effect: FileWrite) -> None:
    """Write a file and tell how it went."""
    try:
        with TemporaryFile(effect.path) as file:
            for piece in effect.pieces:
                file.write(piece)
            file.commit()
    except OSError as problem:
        effect.done(str(problem))
    else:
        effect.done(None)


async def write_in_background(effect: FileWrite) -> None:
    """Write a file and tell how it went; after each piece others have their turn, and a thread waits for the disk."""
    try:
        with TemporaryFile(effect.path) as file:
            for piece in effect.pieces:
                file.write(piece)
                await asyncio.sleep(0)
                if effect.is_cancelled:
                    return
            await asyncio.to_thread(file.commit)
    except OSError as problem:
        effect.done(str(problem))
    else:
        effect.done(None)


def read(effect: FileRead) -> None:
    """Read a file and hand over what it holds."""
    try:
        data = Path(effect.path).read_bytes()
    except OSError:
        effect.done(None)
    else:
        effect.done(data)
