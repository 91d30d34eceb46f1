"""What a shard of a campaign has come to, on disk: nothing that it found is lost with its process."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.fuzzing.findings import Findings

from redproof_reports.records.journal import Sighting, append, read_journal

CAMPAIGN_FOLDER: Final = "campaign"
"""Where in the folder of a run its campaign is kept."""

_BEGUN_WITH: Final = "begun-with.txt"
EVERY_S: Final = 0.2
"""How often a shard writes down how far it is: what was judged since is judged again by one that goes on with it."""


class Ledger:
    """The files of shard number `shard`: a journal of its divergences, and how far it is.

    A divergence is appended when it is met, and again when it was examined. How far the shard is is written now and
    then, with each divergence, and at the end. `run` is when the run started, in ISO 8601.
    """

    def __init__(self, folder: Path, shard: int, run: str) -> None:
        self._journal = folder / f"shard-{shard}.jsonl"
        self._position = folder / f"shard-{shard}.json"
        self.log = folder / f"shard-{shard}.log"
        self._run = run
        self._due = 0.0

    def read(self) -> Findings:
        """What the shard has found so far; nothing if it was never begun. Raises UsageError and OSError."""
        findings = Findings()
        if self._journal.exists():
            for sighting in read_journal(self._journal):
                findings.divergences[sighting.divergence.signature] = sighting.divergence
        if self._position.exists():
            try:
                told = json.loads(self._position.read_text())
                findings.commands, findings.histories = int(told["commands"]), int(told["histories"])
                findings.occurrences = Counter(told["occurrences"])
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(f"{self._position}: not a shard's position: {error}") from error
        return findings

    def keep(self, divergence: Divergence) -> None:
        """Append a divergence."""
        append(self._journal, [Sighting(self._run, divergence)])
        self._due = 0.0

    def advance(self, findings: Findings) -> bool:
        """Write how far the shard is if that is due, and say whether it was."""
        if time.monotonic() < self._due:
            return False
        self._due = time.monotonic() + EVERY_S
        self.write(findings)
        return True

    def write(self, findings: Findings) -> None:
        """Write how far the shard is: all of it, or nothing if the process ends meanwhile."""
        told = {"commands": findings.commands, "histories": findings.histories, "occurrences": findings.occurrences}
        self._position.parent.mkdir(parents=True, exist_ok=True)
        beside = self._position.with_suffix(".new")
        beside.write_text(json.dumps(told) + "\n")
        os.replace(beside, self._position)


def hand_over(folder: Path, journal: Path) -> int:
    """Add to a run's journal what a campaign has found that was killed before it wrote its run, and say how many.

    Raises UsageError for files that are no journals, and OSError.
    """
    told = {sighting.divergence.signature for sighting in read_journal(journal)} if journal.exists() else set()
    shards = [sighting for path in sorted(folder.glob("shard-*.jsonl")) for sighting in read_journal(path)]
    # The last of those with the same signature was examined, if any was.
    left = {each.divergence.signature: each for each in shards if each.divergence.signature not in told}
    append(journal, list(left.values()))
    return len(left)


def forget(folder: Path) -> None:
    """Remove what an earlier campaign left in its folder. Raises OSError."""
    for path in folder.glob("shard-*.*"):
        path.unlink()
    (folder / _BEGUN_WITH).unlink(missing_ok=True)


def keep_beginning(folder: Path, names: Sequence[str]) -> None:
    """Keep with which histories of a corpus a campaign begins, for all its shards. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _BEGUN_WITH).write_text("".join(f"{name}\n" for name in names))


def beginning(folder: Path) -> list[str]:
    """With which histories of a corpus the campaign began, by name; raises OSError if nobody kept that."""
    return (folder / _BEGUN_WITH).read_text().split()
