"""What the engine asks to be done with files, as data: the shell does it and tells how it went."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class FileWrite:
    """A file to be written as a whole or not at all: a temporary one, synced to the disk and then renamed.

    `pieces` are made when they are asked for. Clients may be served in between if it `is_background`; once it
    `is_cancelled` nothing may be left of it. `done` takes None, or the reason why there is no such file.
    """

    path: str
    pieces: Iterator[bytes]
    done: Callable[[str | None], None]
    is_background: bool = False
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FileRead:
    """A file to be read before any client is served. `done` takes its bytes, or None where it cannot be read."""

    path: str
    done: Callable[[bytes | None], None]


FileEffect = FileWrite | FileRead
