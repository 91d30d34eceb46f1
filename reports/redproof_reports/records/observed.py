"""What was observed, whatever kept it: the folder of a run or of a matrix, a journal, or a single record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.run import RECORDS_FOLDER

from redproof_reports.baseline.unseen import Unseen
from redproof_reports.matrix.document import JSON_NAME, read_matrix
from redproof_reports.records.journal import read_journal
from redproof_reports.results import RUN_NAME, read_record, read_results

_JOURNAL: Final = ".jsonl"


@dataclass(frozen=True, slots=True)
class Observed:
    """Divergences by id, of several with one id the one with the fewest steps, and where each was seen.

    `looked_at` tells what became of known ones that a run did not see.
    """

    divergences: Mapping[str, Divergence]
    targets: Mapping[str, tuple[str, ...]]
    looked_at: Mapping[str, Unseen] = field(default_factory=dict)


def read_observed(path: Path) -> Observed:
    """Read what was observed. Raises UsageError for anything else."""
    if path.suffix == _JOURNAL and path.is_file():
        return _observed(sighting.divergence for sighting in read_journal(path))
    if path.is_file():
        return _observed([read_record(path).divergence])
    if (path / RUN_NAME).exists():
        results = read_results(path)
        return _observed((each.divergence for each in results.records), results.looked_at)
    if (path / JSON_NAME).exists():
        names = read_matrix(path / JSON_NAME).divergences
        return _observed(read_record(path / RECORDS_FOLDER / f"{name}.json").divergence for name in names)
    raise UsageError(f"{path}: neither a record, nor a journal, nor the folder of a run or a matrix")


def _observed(divergences: Iterable[Divergence], looked_at: Iterable[Unseen] = ()) -> Observed:
    shortest: dict[str, Divergence] = {}
    targets: dict[str, dict[str, None]] = {}
    for each in divergences:
        name = each.signature
        targets.setdefault(name, {})[each.target] = None
        if name not in shortest or len(each.steps) < len(shortest[name].steps):
            shortest[name] = each
    told = {each.id: each for each in looked_at}
    return Observed(shortest, {name: tuple(seen) for name, seen in targets.items()}, told)
