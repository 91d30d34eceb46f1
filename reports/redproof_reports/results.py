"""What a run left on disk, read back: `run.json`, a record for each divergence, and the verdict on them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.run import MODEL, RUN_FORMAT, PropertyOutcome, TargetSummary

from redproof_reports.text import count

RUN_FOLDER: Final = Path(".redproof")
_UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Record:
    """A divergence and the file that it is kept in."""

    path: Path
    divergence: Divergence

    @property
    def id(self) -> str:
        """The stable id."""
        return self.divergence.signature

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
    """A run and its verdict; `known` gives the reasons of the divergences that a baseline accepts."""

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
    known: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def new(self) -> tuple[Record, ...]:
        """The divergences that no baseline accepts."""
        return tuple(record for record in self.records if record.id not in self.known)

    @cached_property
    def accepted(self) -> tuple[Record, ...]:
        """The divergences that the baseline accepts."""
        return tuple(record for record in self.records if record.id in self.known)

    @cached_property
    def gone(self) -> tuple[str, ...]:
        """The ids in the baseline that this run did not see."""
        seen = {record.id for record in self.records}
        return tuple(name for name in self.known if name not in seen)

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
        """0 nothing new, 1 a divergence, 3 when not everything was judged."""
        if self.new or self.unexplained:
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
        if self.profile == "fuzz":
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


def read_results(folder: Path, known: Mapping[str, str] | None = None) -> Results:
    """Read what a run left in `folder`. Raises UsageError when there is none, or none that can be read."""
    path = folder / "run.json"
    if not path.exists():
        raise UsageError(f"{folder}: no run is kept there. Make one first, for instance: redproof check bundled")
    try:
        data = json.loads(path.read_text())
        if data["format"] != RUN_FORMAT:
            raise ValueError(f"its format is {data['format']}, this version reads {RUN_FORMAT}")
        records = tuple(read_record(folder / "divergences" / str(name)) for name in data["divergences"])
        return _results(folder, data, records, known or {})
    except _UNREADABLE as error:
        raise UsageError(f"{path}: not a run of redproof: {_why(error)}") from error


def read_record(path: Path) -> Record:
    """Read the record of a divergence. Raises UsageError when the file is none."""
    try:
        return Record(path, Divergence.from_json(json.loads(path.read_text())))
    except _UNREADABLE as error:
        raise UsageError(f"{path}: not a record of a divergence: {_why(error)}") from error


def _why(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)


def _results(folder: Path, data: dict[str, Any], records: tuple[Record, ...], known: Mapping[str, str]) -> Results:
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
        known=known,
    )
