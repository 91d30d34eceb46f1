"""What decides the histories of a campaign: kept on disk, so that it can be gone on with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from redproof_properties.comparison import Comparison
from redproof_properties.errors import UsageError
from redproof_properties.vocabulary import GROUPS

SETTINGS_FORMAT: Final = 2
WHOLE: Final = "0/1"
SEEDS_OF_A_SHARD: Final = 1 << 32
"""Histories are numbered from the seed on; each shard has this many numbers for its own."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The same settings give the same histories; targets are spelled without a password."""

    target: str
    seed: int
    second_target: str | None = None
    """The server that is compared with `target`; None where a model or the data tells what is right."""
    groups: tuple[str, ...] = tuple(GROUPS)
    clients: int = 1
    resp: int = 2
    pauses: bool = False
    length: int = 100
    workers: int = 1
    comparison: Comparison = Comparison.EXACT
    judge_as: str | None = None
    corpus: str | None = None
    """The folder of the histories that guide it; None where none do."""
    replica: bool = False
    """Whether a replica must hold the same data after each history."""
    documented: bool = False
    """Whether commands are drawn by COMMAND DOCS, and judged by what becomes of the data."""
    part: str = WHOLE
    """Which part of the campaign this is, `I/N`, counted from 0: each has the shards of its own workers."""

    @property
    def spelling(self) -> str:
        """The server that is judged, or both."""
        return self.target if self.second_target is None else f"{self.target} and {self.second_target}"

    @property
    def drawn(self) -> str:
        """What commands are drawn, for people."""
        if self.second_target is not None:
            return "what both document"
        if self.documented:
            return "what the server documents"
        return "all groups" if self.groups == tuple(GROUPS) else ", ".join(self.groups)

    @property
    def drawn_groups(self) -> list[str]:
        """The groups of commands that are drawn; none where servers document what is."""
        if self.documented or self.second_target is not None:
            return []
        return [group for group in self.groups if not self.replica or group != "replication"]

    @property
    def parts(self) -> int:
        """Into how many runs the campaign is divided."""
        return int(self.part.partition("/")[2])

    def seed_of(self, shard: int) -> int:
        """The seed of a shard's first history."""
        first = int(self.part.partition("/")[0]) * self.workers
        return self.seed + (first + shard) * SEEDS_OF_A_SHARD

    def write(self, folder: Path) -> None:
        """Keep them for `read_settings`. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        data = {"format": SETTINGS_FORMAT} | asdict(self) | {"comparison": self.comparison.value}
        _path(folder).write_text(json.dumps(data, indent=2) + "\n")

    def resumed(self, given: Mapping[str, Any]) -> Settings:
        """These, for a run that goes on with them. Raises UsageError if one that is `given` is another here."""
        changed = [name for name, value in given.items() if getattr(self, name) != value]
        if changed:
            raise UsageError(
                f"what is resumed has another {changed[0].replace('_', '-')}: {getattr(self, changed[0])!r}. "
                "Leave it out, or begin anew without --resume"
            )
        return self


def read_settings(folder: Path) -> Settings:
    """The settings of the campaign in a folder. Raises UsageError when there is none."""
    path = _path(folder)
    try:
        data = json.loads(path.read_text())
        if data.pop("format") != SETTINGS_FORMAT:
            raise ValueError("of another version of redproof")
        read = Settings(**{field.name: data[field.name] for field in fields(Settings)})
        return replace(read, groups=tuple(read.groups), comparison=Comparison(read.comparison))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{folder.parent}: no campaign to resume is kept there: {error}") from error


def _path(folder: Path) -> Path:
    return folder / "campaign.json"
