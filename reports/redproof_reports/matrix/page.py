"""The page of the matrix: one HTML file with all its data, drawn from the document alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from redproof_properties.run import RECORDS_FOLDER

from redproof_reports.matrix import cells
from redproof_reports.matrix.cells import Cell, Status
from redproof_reports.matrix.changes import Changes
from redproof_reports.matrix.document import Matrix, Row, status_counts
from redproof_reports.matrix.verdict import Verdict
from redproof_reports.rendering import in_script, template
from redproof_reports.results import read_record
from redproof_reports.script import write_script
from redproof_reports.text import duration, printable

PAGE_NAME: Final = "matrix.html"
CHANGES_SHOWN: Final = 200
"""Changes listed on the page, the worst first; the filter shows the rows of all."""

_STATUSES: Final = list(Status)


def write_page(verdict: Verdict, folder: Path) -> Path:
    """Write the page into this folder, and a script beside each record there; return its path. Raises OSError."""
    path = folder / PAGE_NAME
    path.write_text(render_page(verdict))
    for name in verdict.matrix.divergences:
        record_path = folder / RECORDS_FOLDER / f"{name}.json"
        if record_path.exists():
            record = read_record(record_path)
            record.script_path.write_text(write_script(record.divergence, record_path.name))
    return path


def render_page(verdict: Verdict, home: str = "") -> str:
    """The page as HTML, with a link to where it is listed.

    What servers sent is data in it, and is written as text by its script.
    """
    matrix = verdict.matrix
    return template("matrix.html").render(
        matrix=matrix,
        home=home,
        verdict=verdict,
        changes=verdict.changes,
        shown=verdict.changes.changes[:CHANGES_SHOWN] if verdict.changes is not None else (),
        counts=status_counts(matrix.cells),
        thresholds=cells,
        data=in_script(_data(matrix, verdict.changes)),
    )


def _data(matrix: Matrix, changes: Changes | None) -> dict[str, Any]:
    """What the script draws from, with every text that occurs often written once."""
    texts: dict[str, int] = {}
    names = {(found.target, found.id): name for name, found in matrix.divergences.items()}
    changed = {(each.row, each.target): each for each in (changes.changes if changes is not None else ())}

    def cell_data(row: Row, cell: Cell, target: str) -> list[Any]:
        change = changed.get((row.name, target))
        records = [names[target, each] for each in cell.divergences if (target, each) in names]
        return [
            _STATUSES.index(cell.status),
            cell.judged,
            cell.answered,
            texts.setdefault(printable(cell.reason), len(texts)),
            records,
            [change.kind, change.was] if change is not None else 0,
        ]

    rows = [
        {
            "name": printable(row.name),
            "kind": row.kind,
            "title": printable(row.title),
            "group": row.group,
            "introduced": row.introduced,
            "of": row.of,
            "source": row.source if row.source.startswith("https://") else "",
            "cells": [
                cell_data(row, cell, server.target) for cell, server in zip(row.cells, matrix.servers, strict=True)
            ],
        }
        for row in matrix.rows
    ]
    return {
        "statuses": _STATUSES,
        "servers": list(_servers(matrix)),
        "rows": rows,
        "reasons": list(texts),
        "divergences": {name: _divergence(matrix, name) for name in matrix.divergences},
    }


def _servers(matrix: Matrix) -> Iterator[dict[str, Any]]:
    for server in matrix.servers:
        yield {
            "target": printable(server.target),
            "server": printable(server.server),
            "model": printable(server.model),
            "failure": "interrupted" if server.interrupted else printable(server.failure.partition("\n")[0]),
            "commands": server.commands,
            "took": duration(server.seconds),
            "notes": [printable(note) for note in server.notes],
        }


def _divergence(matrix: Matrix, name: str) -> dict[str, Any]:
    found = matrix.divergences[name]
    return {
        "id": found.id,
        "command": found.command,
        "about": found.about,
        "judged": printable(found.judged_as),
        "steps": found.steps,
        "expected": found.expected,
        "actual": found.actual,
        "replay": found.replay,
        "known": printable(matrix.known.get(found.id, "")),
    }
