"""A run: what was judged on which targets, property by property, and what it leaves on disk."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence

RUN_FORMAT = 1
RECORDS_FOLDER = "divergences"
"""Where in the folder of a run its records lie."""

FAILOVER_FOLDER = "failover"
"""Where in the folder of a run failovers are recorded that did not end as they must."""

MODEL = "model"
"""What stands in the place of a target's spelling for properties of the model alone."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How long to look: Hypothesis examples and steps of a machine, and commands for each bulk campaign."""

    name: str
    examples: int
    steps: int
    campaign_commands: int


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("quick", examples=40, steps=40, campaign_commands=10_000),
        Profile("thorough", examples=300, steps=60, campaign_commands=200_000),
        Profile("nightly", examples=3_000, steps=80, campaign_commands=2_000_000),
    )
}


@dataclass(slots=True)
class TargetSummary:
    """What was done to one target; to the model no commands are sent."""

    spelling: str
    server: str
    model: str
    commands: int = 0
    histories: int = 0
    groups: dict[str, int] = field(default_factory=dict)
    unsupported: list[str] = field(default_factory=list)
    """Commands that were not sent, as the target does not have them although its version does."""
    drawn: list[str] = field(default_factory=list)
    """The groups from which a campaign has drawn all its commands; none where something else told them."""
    frequencies: dict[str, str] = field(default_factory=dict)
    """Of what hangs on chance, such as when sentinels vote: how often it was seen, with the interval of that."""


@dataclass(slots=True)
class PropertyOutcome:
    """The verdict on one property for one target, or for the model: holds, broken, skipped, or error."""

    name: str
    title: str
    source: str
    target: str
    outcome: str
    reason: str
    seconds: float
    divergences: list[str]


@dataclass(slots=True)
class Run:
    """Everything about a run, written to `out` when it ends."""

    profile: Profile
    seed: int
    comparison: Comparison
    out: Path
    judge_as: str | None = None
    """The version of the model that was asked for, `7.0`; without it the servers' own."""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    interrupted: bool = False
    summaries: dict[str, TargetSummary] = field(default_factory=dict)
    outcomes: list[PropertyOutcome] = field(default_factory=list)
    divergences: dict[tuple[str, str], Divergence] = field(default_factory=dict)
    _clock_start: float = field(default_factory=time.monotonic)

    def enter(self, divergence: Divergence) -> None:
        """Keep a divergence; of two with the same signature on the same target the shorter one."""
        key = (divergence.target, divergence.signature)
        known = self.divergences.get(key)
        if known is None or len(divergence.steps) < len(known.steps):
            self.divergences[key] = divergence

    def write(self) -> Path:
        """Write `run.json` and a record for each divergence; return the folder. Raises OSError.

        Records of earlier runs stay as they are; `run.json` names those of this one.
        """
        records = self.out / RECORDS_FOLDER
        records.mkdir(parents=True, exist_ok=True)
        names = [write_record(divergence, records) for divergence in self.divergences.values()]
        (self.out / "run.json").write_text(json.dumps(self._to_json(names), indent=2) + "\n")
        return self.out

    def _to_json(self, records: list[str]) -> dict[str, Any]:
        return {
            "format": RUN_FORMAT,
            "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._clock_start, 1),
            "seed": self.seed,
            "profile": self.profile.name,
            "comparison": self.comparison.value,
            "judge_as": self.judge_as,
            "interrupted": self.interrupted,
            "targets": [asdict(summary) for summary in self.summaries.values()],
            "properties": [asdict(outcome) for outcome in self.outcomes],
            "divergences": records,
        }


def write_record(divergence: Divergence, folder: Path) -> str:
    """Write a record into `folder` and give the name of its file, which no file of an earlier run has. Raises OSError.

    Where a record there tells the same, whatever seed it was found with, that one is named and nothing is written.
    """
    stem = record_stem(divergence)
    for number in count(1):
        name = f"{stem}{f'-{number}' if number > 1 else ''}.json"
        try:
            with (folder / name).open("x") as file:
                file.write(divergence.dumps())
        except FileExistsError:
            if not _tells_the_same(folder / name, divergence):
                continue
        return name
    raise AssertionError("numbers do not end")


def record_stem(divergence: Divergence) -> str:
    """What the name of its file begins with: the target and the id."""
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", divergence.target).strip("-") or "target"
    return f"{slug}-{divergence.signature}"


def _tells_the_same(path: Path, divergence: Divergence) -> bool:
    try:
        told: object = json.loads(path.read_text())
    except ValueError:
        return False
    return isinstance(told, dict) and told | {"seed": ""} == divergence.to_json() | {"seed": ""}
