"""The matrix as a document: `matrix.json`, from which the page is drawn and with which later runs are compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from redproof_properties.errors import UsageError

from redproof_reports.matrix.cells import Cell, Status

MATRIX_FORMAT: Final = 1
JSON_NAME: Final = "matrix.json"
_UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Server:
    """A column; `failure` says why the target could not be judged, or not to the end."""

    target: str
    server: str
    model: str
    failure: str
    interrupted: bool
    seconds: float
    commands: int
    histories: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `kind` is `command`, `option` or `property`; an option tells the command it is `of`.

    Its cells stand in the order of the servers.
    """

    name: str
    kind: str
    title: str
    group: str
    cells: tuple[Cell, ...]
    introduced: tuple[str, ...] = ()
    of: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A divergence of one target, with the file of its record."""

    id: str
    target: str
    command: str
    about: str
    """The property that it broke; empty for a command judged by itself."""
    judged_as: str
    steps: tuple[str, ...]
    expected: str
    actual: str
    seed: str
    record: str
    replay: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A run over many servers; `divergences` are by the names of their records."""

    started: str
    seconds: float
    seed: int
    commands_per_row: int
    profile: str | None
    comparison: str
    reproduce: str
    interrupted: bool
    servers: tuple[Server, ...]
    rows: tuple[Row, ...]
    divergences: Mapping[str, Found]
    refused: tuple[str, ...] = ()
    """Words that no server took, each with its command: most of them are mistakes that are made on purpose."""
    known: Mapping[str, str] = field(default_factory=dict)
    """The reasons of a baseline by the ids of divergences."""

    @property
    def cells(self) -> list[Cell]:
        """Every cell."""
        return [cell for row in self.rows for cell in row.cells]

    @property
    def judged(self) -> bool:
        """Whether any cell came to a verdict."""
        return any(cell.status not in (Status.UNTESTED, Status.UNSUPPORTED) for cell in self.cells)

    def write(self, folder: Path) -> Path:
        """Write the document into this folder; return its path. Raises OSError."""
        path = folder / JSON_NAME
        rows = [asdict(row) | {"cells": [_short(cell) for cell in row.cells]} for row in self.rows]
        data = {"format": MATRIX_FORMAT} | {name: getattr(self, name) for name in self.__slots__}
        data |= {"servers": [asdict(each) for each in self.servers], "rows": rows}
        data |= {"divergences": {name: asdict(each) for name, each in self.divergences.items()}}
        path.write_text(json.dumps(data, separators=(",", ":")) + "\n")
        return path


def read_matrix(path: Path) -> Matrix:
    """Read what an earlier run wrote. Raises UsageError for anything else."""
    try:
        data = json.loads(path.read_text())
        if data.pop("format") != MATRIX_FORMAT:
            raise ValueError(f"this version reads format {MATRIX_FORMAT}")
        data["servers"] = tuple(Server(**_tuples(each)) for each in data["servers"])
        data["rows"] = tuple(_row(each) for each in data["rows"])
        data["divergences"] = {name: Found(**_tuples(each)) for name, each in data["divergences"].items()}
        return Matrix(**_tuples(data))
    except _UNREADABLE as error:
        raise UsageError(f"{path}: not a matrix of redproof: {error}") from error


def _row(data: dict[str, Any]) -> Row:
    cells = tuple(Cell(**_tuples(cell) | {"status": Status(cell["status"])}) for cell in data.pop("cells"))
    return Row(**_tuples(data), cells=cells)


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


def _short(cell: Cell) -> dict[str, Any]:
    """A cell without what is empty."""
    return {name: value for name, value in asdict(cell).items() if value not in (0, "", ())}


def status_counts(cells: Sequence[Cell]) -> dict[Status, int]:
    """How many cells say what, for each status."""
    return {status: sum(cell.status is status for cell in cells) for status in Status}
