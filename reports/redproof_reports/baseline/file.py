"""The file of a baseline, which people write and review: TOML with a table for each divergence that is known.

    [3f2a19c0b7d1]
    reason = "error texts are translated"
    ticket = "https://tracker.example.org/12"
    expires = 2027-01-31

The name of a table is the id of the divergence, which is the same in every run. The reason must be given; the ticket
is free text; the day of expiry is the last one on which the divergence is accepted.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from redproof_properties.errors import UsageError

ID: Final = re.compile(r"[0-9a-f]{12}")
HEADER: Final = re.compile(r"""\s*\[\s*["']?([0-9a-f]{12})["']?\s*\]\s*(#.*)?""")
_KEYS: Final = ("reason", "ticket", "expires")
_AT: Final = re.compile(r" \(at line (\d+), column \d+\)$")
_SHAPE: Final = (
    'a table [ID], with the 12 hex digits of a divergence, a reason = "...", and if need be a ticket = "..."'
)


@dataclass(frozen=True, slots=True)
class Known:
    """A divergence that is known; `line` is that of its table."""

    id: str
    reason: str
    ticket: str
    expires: date | None
    line: int

    @property
    def told(self) -> str:
        """Why it is accepted, where it is followed up, and how long."""
        parts = [self.reason or "no reason given yet", self.ticket, f"until {self.expires}" if self.expires else ""]
        return ", ".join(filter(None, parts))


@dataclass(frozen=True)
class Baseline:
    """What is known, as of `today`; without a `path` nothing is.

    `update` and `prune` say what is to be done to the file at the end of a run.
    """

    entries: Mapping[str, Known] = field(default_factory=dict)
    path: Path | None = None
    update: bool = False
    prune: bool = False
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        """Why each divergence is accepted that is accepted today."""
        return {entry.id: entry.told for entry in self.entries.values() if entry not in self.expired}

    @cached_property
    def expired(self) -> tuple[Known, ...]:
        """What was to be gone by now."""
        return tuple(each for each in self.entries.values() if each.expires is not None and each.expires < self.today)

    @property
    def records_path(self) -> Path | None:
        """The journal beside the file, with a record of each entry, so that its steps can be taken again."""
        return None if self.path is None else self.path.with_suffix(".jsonl")


def read_baseline(path: Path, *, update: bool = False, prune: bool = False) -> Baseline:
    """Read a baseline. Raises UsageError, with the line, for anything else.

    What is to be changed may have entries that are still without a reason, and what is to be updated need not exist.
    """
    try:
        text = path.read_text() if path.exists() or not update else ""
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        raise UsageError(f"{path}:{at[1] if at else 1}: no baseline: {_AT.sub('', str(error))}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no baseline: {error}") from error
    lines = text.splitlines()
    entries = {name: _entry(path, name, table, lines, drafted=update or prune) for name, table in tables.items()}
    return Baseline(entries, path, update, prune)


def _entry(path: Path, name: str, table: Any, lines: list[str], *, drafted: bool) -> Known:
    line = _line_of(lines, rf"""\s*(\[\s*)?["']?{re.escape(name)}\b""")
    if not ID.fullmatch(name) or not isinstance(table, dict):
        raise UsageError(f"{path}:{line}: {name} is no entry of a baseline: write {_SHAPE}")
    for key, value in table.items():
        at = _line_of(lines, rf"\s*{re.escape(key)}\s*=", line)
        if key not in _KEYS:
            raise UsageError(f"{path}:{at}: {key}: an entry has {', '.join(_KEYS)} and nothing else")
        if key == "expires" and type(value) is not date:
            raise UsageError(f"{path}:{at}: expires: a day is written {key} = 2027-01-31, without quotes")
        if key != "expires" and not isinstance(value, str):
            raise UsageError(f'{path}:{at}: {key}: a text is written {key} = "..."')
    reason = table.get("reason", "").strip()
    if not reason and not drafted:
        raise UsageError(f"{path}:{line}: {name} has no reason: say why it is accepted")
    return Known(name, reason, table.get("ticket", "").strip(), table.get("expires"), line)


def _line_of(lines: list[str], pattern: str, first: int = 1) -> int:
    """The number of the first line from `first` on that begins so; `first` if none does."""
    numbered = enumerate(lines[first - 1 :], first)
    return next((number for number, line in numbered if re.match(pattern, line)), first)
