"""The index of a journal: an SQLite file beside it that tells where each divergence stands.

It holds nothing of its own, and anybody may ask it: the table `sighting` has a row for each line of the journal, with
the cause by which divergences are grouped. What was appended is entered when it is opened; where it does not fit the
journal, as another has been put in its place, it is made anew.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from redproof_properties.closing import Closing
from redproof_properties.errors import UsageError

from redproof_reports.records.causes import cause_of
from redproof_reports.records.journal import Line, Sighting, lines

INDEX_FORMAT: Final = 2
SHORTEST_PREFIX: Final = 4
_PREFIX: Final = re.compile(r"[0-9a-f]{4,12}")
_TABLES: Final = f"""
PRAGMA user_version = {INDEX_FORMAT};
CREATE TABLE sighting (
    id TEXT, cause TEXT, target TEXT, server TEXT, model TEXT, command TEXT, run TEXT,
    steps INTEGER, line INTEGER, start_bytes INTEGER, length_bytes INTEGER
);
CREATE INDEX by_id ON sighting (id);
CREATE INDEX by_cause ON sighting (cause);
CREATE TABLE entered (end_bytes INTEGER, lines INTEGER, last_line TEXT);
INSERT INTO entered VALUES (0, 0, '');
"""


class Index(Closing):
    """The index of the journal at `path`, brought up to it. Raises UsageError, with the line, and OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = _open(path.with_suffix(".sqlite"))
        if not self._fits():
            self._database.close()
            path.with_suffix(".sqlite").unlink(missing_ok=True)
            self._database = _open(path.with_suffix(".sqlite"))
        self._enter_appended()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def find(self, prefix: str) -> Sighting:
        """The sighting with the fewest steps, of these the last, of the divergence whose id begins so.

        Raises UsageError where there is none, or more than one divergence.
        """
        if not _PREFIX.fullmatch(prefix):
            raise UsageError(f"{prefix}: neither a file nor an id of {SHORTEST_PREFIX} to 12 hex digits")
        ids = [name for (name,) in self._database.execute(
            "SELECT DISTINCT id FROM sighting WHERE substr(id, 1, ?) = ? ORDER BY id", (len(prefix), prefix)
        )]  # fmt: skip
        if len(ids) != 1:
            told = f"is the beginning of {', '.join(ids)}" if ids else "no such divergence"
            raise UsageError(f"{prefix}: {told} in {self._path}")
        start_bytes, length_bytes, line = self._database.execute(
            "SELECT start_bytes, length_bytes, line FROM sighting WHERE id = ? ORDER BY steps, line DESC", ids
        ).fetchone()
        with self._path.open("rb") as file:
            file.seek(start_bytes)
            return Sighting.from_line(file.read(length_bytes), f"{self._path}:{line}")

    def _fits(self) -> bool:
        """Whether what was entered last still stands where it stood."""
        if self._database.execute("PRAGMA user_version").fetchone() != (INDEX_FORMAT,):
            return False
        end_bytes, _, last_line = self._database.execute("SELECT * FROM entered").fetchone()
        if not end_bytes:
            return True
        (start_bytes,) = self._database.execute("SELECT max(start_bytes) FROM sighting").fetchone()
        with self._path.open("rb") as file:
            file.seek(start_bytes)
            return _digest(file.read(end_bytes - start_bytes)) == str(last_line)

    def _enter_appended(self) -> None:
        """Enter what was appended since; another process that does so at the same time is waited for."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            end_bytes, number, _ = self._database.execute("SELECT * FROM entered").fetchone()
            appended = list(lines(self._path, end_bytes, number + 1))
            if not appended:
                return
            rows = [self._row(line) for line in appended]
            self._database.executemany(f"INSERT INTO sighting VALUES ({', '.join('?' * len(rows[0]))})", rows)
            last = appended[-1]
            entered = (last.start_bytes + len(last.text), last.number, _digest(last.text))
            self._database.execute("UPDATE entered SET end_bytes = ?, lines = ?, last_line = ?", entered)

    def _row(self, line: Line) -> tuple[str | int, ...]:
        sighting = Sighting.from_line(line.text, f"{self._path}:{line.number}")
        each = sighting.divergence
        texts = (each.signature, cause_of(each), each.target, each.server, each.model, each.command, sighting.run)
        return (*texts, len(each.steps), line.number, line.start_bytes, len(line.text))


def _open(path: Path) -> sqlite3.Connection:
    """An index, an empty one where there is none that can be read. Raises OSError."""
    try:
        return _prepared(path)
    except sqlite3.OperationalError as error:
        raise OSError(f"{path}: {error}") from error
    except sqlite3.DatabaseError:
        path.unlink()
        return _prepared(path)


def _prepared(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            with closing(connection.cursor()) as cursor:
                cursor.executescript(f"BEGIN IMMEDIATE;{_TABLES}COMMIT;")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
