"""What a run left on disk, read back: `run.json`, a record for each divergence, and the verdict on them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.run import (
    MODEL,
    RECORDS_FOLDER,
    RUN_FORMAT,
    PropertyOutcome,
    TargetSummary,
    record_stem,
)

from redproof_reports.again import replay_command
from redproof_reports.baseline.file import Baseline, Known
from redproof_reports.baseline.unseen import Fate, Judging, Unseen
from redproof_reports.records.journal import JOURNAL_NAME, read_journal
from redproof_reports.text import count

RUN_FOLDER: Final = Path(".redproof")
RUN_NAME: Final = "run.json"
CAMPAIGNS: Final = ("fuzz", "compare")
"""The profiles of runs that are one campaign, and the commands that make them."""
_NUMBER: Final = re.compile(r"(?<=-[0-9a-f]{12})-\d+$")
_UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Record:
    """A divergence and the file that it is kept in; without that file it is a line of the journal beside the run."""

    path: Path
    divergence: Divergence

    @property
    def id(self) -> str:
        """The stable id."""
        return self.divergence.signature

    @property
    def replay(self) -> str:
        """The command that runs it again."""
        if self.path.exists():
            return replay_command(str(self.path), self.divergence)
        return replay_command(self.id, self.divergence, records=self.path.parent.parent)

    @property
    def script_path(self) -> Path:
        """The bash script that lies beside the record."""
        return self.path.with_suffix(".sh")

    @property
    def anchor(self) -> str:
        """Its place on the page: an id may occur on several targets."""
        return self.path.stem


@dataclass(frozen=True)
class Results:
    """A run and its verdict, held against a baseline of what is known."""

    folder: Path
    started: str
    seconds: float
    seed: int
    profile: str
    comparison: str
    judge_as: str | None
    interrupted: bool
    targets: tuple[TargetSummary, ...]
    properties: tuple[PropertyOutcome, ...]
    records: tuple[Record, ...]
    baseline: Baseline = field(default_factory=Baseline)
    looked_at: tuple[Unseen, ...] = ()
    """What became of the known divergences whose steps were taken again, as the run did not see them."""

    @property
    def known(self) -> Mapping[str, str]:
        """Why each divergence is accepted that is accepted today."""
        return self.baseline.reasons

    @cached_property
    def new(self) -> tuple[Record, ...]:
        """The divergences that no baseline accepts."""
        return tuple(record for record in self.records if record.id not in self.known)

    @cached_property
    def accepted(self) -> tuple[Record, ...]:
        """The divergences that the baseline accepts."""
        return tuple(record for record in self.records if record.id in self.known)

    @cached_property
    def unseen(self) -> tuple[Unseen, ...]:
        """What became of everything in the baseline that this run did not see."""
        seen = {record.id for record in self.records}
        told = {each.id: each for each in self.looked_at}
        names = (name for name in self.baseline.entries if name not in seen)
        return tuple(told.get(name, Unseen(name, Fate.UNOBSERVED, "not seen in this run")) for name in names)

    @cached_property
    def expired(self) -> tuple[Known, ...]:
        """What was to be gone by now, and is not known to be."""
        fixed = {each.id for each in self.unseen if each.fate is Fate.FIXED}
        return tuple(each for each in self.baseline.expired if each.id not in fixed)

    @property
    def judging(self) -> Judging:
        """How the run was judged."""
        spellings = [target.spelling for target in self.targets if target.spelling != MODEL]
        return Judging(spellings, Comparison(self.comparison), self.judge_as)

    @cached_property
    def commands(self) -> int:
        """The commands judged on all targets."""
        return sum(target.commands for target in self.targets)

    @cached_property
    def outcomes(self) -> Counter[str]:
        """How many properties came out how, over all targets."""
        return Counter(outcome.outcome for outcome in self.properties)

    @cached_property
    def unexplained(self) -> tuple[PropertyOutcome, ...]:
        """Properties that are broken without a record that says by what."""
        return tuple(each for each in self.properties if each.outcome == "broken" and not each.divergences)

    @property
    def judged_anything(self) -> bool:
        """Whether any property came to a verdict: what was not looked at never holds."""
        return bool(self.outcomes["holds"] or self.outcomes["broken"])

    @property
    def exit_code(self) -> int:
        """0 nothing new, 1 a divergence that is new or whose time is up, 3 when not everything was judged."""
        if self.new or self.expired or self.unexplained:
            return 1
        return 3 if self.interrupted or self.outcomes["error"] or not self.judged_anything else 0

    @property
    def headline(self) -> str:
        """The verdict in a sentence."""
        known = f", {len(self.accepted):,} known," if self.accepted else ""
        if self.new:
            return f"{count(len(self.new), 'divergence')}{known} in {count(self.commands, 'command')}"
        if self.unexplained:
            return f"{count(len(self.unexplained), 'property')} broken"
        if self.expired:
            return f"{count(len(self.expired), 'known divergence')} expired"
        if self.interrupted:
            return f"Unknown: interrupted after {count(self.commands, 'command')}, without a divergence until then"
        if self.outcomes["error"]:
            return f"Unknown: {count(self.outcomes['error'], 'property')} could not be judged"
        if not self.judged_anything:
            return "Unknown: nothing was judged"
        if not self.commands:
            return "Everything holds"
        return f"No {'new ' if known else ''}divergence{known} in {count(self.commands, 'command')}"

    @property
    def reproduce(self) -> str:
        """The command that makes the same run again."""
        if self.profile in CAMPAIGNS:
            return self.properties[0].name if self.properties else ""
        targets = " ".join(target.spelling for target in self.targets if target.spelling != MODEL)
        level = "" if self.comparison == "exact" else f" --comparison {self.comparison}"
        model = "" if self.judge_as is None else f" --judge-as {self.judge_as}"
        if not targets:
            return f"pytest properties -k test_systems --profile {self.profile} --seed {self.seed}"
        return f"redproof check {targets} --profile {self.profile} --seed {self.seed}{level}{model}"

    def divergences_of(self, outcome: PropertyOutcome) -> tuple[Record, ...]:
        """The records of the divergences that broke a property."""
        return tuple(
            record
            for record in self.records
            if record.id in outcome.divergences and record.divergence.target == outcome.target
        )


def read_results(folder: Path, baseline: Baseline | None = None) -> Results:
    """Read what a run left in `folder`. Raises UsageError when there is none, or none that can be read."""
    path = folder / RUN_NAME
    if not path.exists():
        raise UsageError(f"{folder}: no run is kept there. Make one first, for instance: redproof check bundled")
    try:
        data = json.loads(path.read_text())
        if data["format"] != RUN_FORMAT:
            raise ValueError(f"its format is {data['format']}, this version reads {RUN_FORMAT}")
        return _results(folder, data, _records(folder, data), baseline or Baseline())
    except _UNREADABLE as error:
        raise UsageError(f"{path}: not a run of redproof: {_why(error)}") from error


def add_looked_at(folder: Path, looked_at: Sequence[Unseen]) -> None:
    """Add to the run in `folder` what became of what it did not see. Raises OSError."""
    path = folder / RUN_NAME
    data = json.loads(path.read_text()) | {"looked_at": [asdict(each) for each in looked_at]}
    path.write_text(json.dumps(data, indent=2) + "\n")


def read_record(path: Path) -> Record:
    """Read the record of a divergence. Raises UsageError when the file is none."""
    try:
        return Record(path, Divergence.from_json(json.loads(path.read_text())))
    except _UNREADABLE as error:
        raise UsageError(f"{path}: not a record of a divergence: {_why(error)}") from error


def _records(folder: Path, data: Mapping[str, Any]) -> tuple[Record, ...]:
    """The records of a run: from their files, or from the journal where only that is kept. Raises UsageError."""
    paths = [folder / RECORDS_FOLDER / str(name) for name in data["divergences"]]
    journal = folder / JOURNAL_NAME
    if all(path.exists() for path in paths) or not journal.exists():
        return tuple(map(read_record, paths))
    seen = [sighting.divergence for sighting in read_journal(journal) if sighting.run == data["started"]]
    kept = {record_stem(divergence): divergence for divergence in seen}
    return tuple(Record(path, kept[_NUMBER.sub("", path.stem)]) for path in paths)


def _why(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)


def _results(folder: Path, data: dict[str, Any], records: tuple[Record, ...], baseline: Baseline) -> Results:
    return Results(
        folder=folder,
        started=str(data["started"]),
        seconds=float(data["seconds"]),
        seed=int(data["seed"]),
        profile=str(data["profile"]),
        comparison=str(data["comparison"]),
        judge_as=data.get("judge_as"),
        interrupted=bool(data["interrupted"]),
        targets=tuple(TargetSummary(**row) for row in data["targets"]),
        properties=tuple(PropertyOutcome(**row) for row in data["properties"]),
        records=records,
        baseline=baseline,
        looked_at=tuple(Unseen(row["id"], Fate(row["fate"]), row["why"]) for row in data.get("looked_at", ())),
    )
