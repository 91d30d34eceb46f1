"""The journal: every divergence that runs into a folder have seen, as JSON Lines to which runs only append."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError

JOURNAL_NAME: Final = "divergences.jsonl"
UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, UsageError)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A divergence as one run saw it; `run` is when that run started, in ISO 8601."""

    run: str
    divergence: Divergence

    def to_line(self) -> bytes:
        """The record in one line of JSON, with the run."""
        return json.dumps({"run": self.run} | self.divergence.to_json()).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes, where: str) -> Sighting:
        """Read a line; `where` names it in the message. Raises UsageError for anything else."""
        try:
            data = json.loads(line)
            return cls(str(data.get("run", "")), Divergence.from_json(data))
        except UNREADABLE as error:
            why = f"no {error}" if isinstance(error, KeyError) else error
            raise UsageError(f"{where}: not a record of a divergence: {why}") from error


@dataclass(frozen=True, slots=True)
class Line:
    """A whole line of a journal, and where it stands."""

    number: int
    start_bytes: int
    text: bytes


def append(path: Path, sightings: Sequence[Sighting]) -> None:
    """Add to a journal, which is made if it is not there. Raises OSError.

    Runs that write at the same time take turns. Half a line at the end is of a run that was killed while it wrote: it
    is no record, and is cut off.
    """
    if not sightings:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(_end_of_lines(file))
        file.write(b"".join(sighting.to_line() for sighting in sightings))
        file.flush()
        os.fsync(file.fileno())


def lines(path: Path, start_bytes: int = 0, number: int = 1) -> Iterator[Line]:
    """The whole lines from a place on, of which the first has this number. Raises OSError."""
    with path.open("rb") as file:
        file.seek(start_bytes)
        for text in file:
            if not text.endswith(b"\n"):
                return
            yield Line(number, start_bytes, text)
            start_bytes += len(text)
            number += 1


def read_journal(path: Path) -> list[Sighting]:
    """All sightings, in the order in which they were made. Raises UsageError, with the line, and OSError."""
    return [Sighting.from_line(line.text, f"{path}:{line.number}") for line in lines(path)]


def _end_of_lines(file: BinaryIO) -> int:
    """Where the last whole line ends, in bytes."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - (1 << 16))
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
