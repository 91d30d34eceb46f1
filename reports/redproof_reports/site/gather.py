"""What there is to publish: everything that is kept in the folders of runs, and one level below them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any, Final

from redproof_properties.errors import UsageError

from redproof_reports.baseline.file import Baseline
from redproof_reports.findings import FINDINGS_FORMAT
from redproof_reports.matrix.document import JSON_NAME, Matrix, read_matrix
from redproof_reports.records.journal import JOURNAL_NAME, Sighting, read_journal
from redproof_reports.results import RUN_NAME, Results, read_results

FINDINGS: Final = {"proofs": "Proofs", "explorations": "Explorations", "simulations": "Simulations"}
"""The files of what was found out about systems, and their headings."""

_TITLE: Final = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_TIMELINES: Final = "failover*.html"


@dataclass(frozen=True, slots=True)
class Found:
    """What a command found out about systems; `rows` are the findings as their file has them."""

    heading: str
    started: str
    reproduce: str
    verdict: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of failovers that a run has left."""

    title: str
    path: Path


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that is to be published; `sightings` are those of the journals."""

    runs: Sequence[Results]
    matrices: Sequence[Matrix]
    found: Sequence[Found]
    timelines: Sequence[Timeline]
    sightings: Sequence[Sighting]


def gather(folders: Iterable[Path], baseline: Baseline) -> Gathered:
    """Read it. Raises UsageError where a file is not what it should be, or where there is nothing at all."""
    given = list(folders)
    everywhere = list(_with_children(given))
    journals = [path for folder in everywhere if (path := folder / JOURNAL_NAME).exists()]
    gathered = Gathered(
        runs=_runs([folder for folder in everywhere if (folder / RUN_NAME).exists()], baseline),
        matrices=[read_matrix(path) for folder in everywhere if (path := folder / JSON_NAME).exists()],
        found=[
            _found(path) for folder in everywhere for name in FINDINGS if (path := folder / f"{name}.json").exists()
        ],
        timelines=[_timeline(path) for folder in everywhere for path in sorted(folder.glob(_TIMELINES))],
        sightings=[sighting for path in journals for sighting in read_journal(path)],
    )
    if not (gathered.runs or gathered.matrices or gathered.found or gathered.timelines):
        where = ", ".join(map(str, given))
        raise UsageError(f"{where}: nothing that a run leaves is kept there. Make one: redproof check bundled")
    return gathered


def _runs(folders: Sequence[Path], baseline: Baseline) -> list[Results]:
    """The runs in these folders, each of which is told nothing of what is known and was seen by others alone."""
    runs = [read_results(folder, baseline) for folder in folders]
    seen = {record.id for run in runs for record in run.records}
    return [replace(run, baseline=_without(baseline, seen - {record.id for record in run.records})) for run in runs]


def _without(baseline: Baseline, names: Collection[str]) -> Baseline:
    return replace(baseline, entries={name: known for name, known in baseline.entries.items() if name not in names})


def _with_children(folders: Iterable[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for folder in folders:
        children = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
        for each in (folder, *children):
            if each.resolve() not in seen:
                seen.add(each.resolve())
                yield each


def _found(path: Path) -> Found:
    try:
        data = json.loads(path.read_text())
        if data["format"] != FINDINGS_FORMAT:
            raise ValueError(f"its format is {data['format']}, this version reads {FINDINGS_FORMAT}")
        rows = [{**row, "figures": dict(row["figures"])} for row in data["found"]]
        return Found(FINDINGS[path.stem], str(data["started"]), str(data["reproduce"]), str(data["verdict"]), rows)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: not what redproof {path.stem} are kept in: {error}") from error


def _timeline(path: Path) -> Timeline:
    title = _TITLE.search(path.read_text(errors="replace"))
    return Timeline(unescape(title[1]).strip() if title else path.stem, path)
