"""What a command found out about systems: a verdict on each, the file that keeps them, and the exit code.

A claim that nobody could decide is unknown, and unknown is never a pass.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from redproof_reports.text import count

FINDINGS_FORMAT: Final = 1


class Verdict(StrEnum):
    """What came out."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"


STYLES: Final = {Verdict.HOLDS: "bold green", Verdict.BROKEN: "bold red", Verdict.UNKNOWN: "bold yellow"}
"""How verdicts are coloured."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict on a claim or a scope of a system.

    `reason` says what is broken, or why nothing is known; `trace` is the ITF file that shows what is broken, and
    `figures` are numbers and names for programs to read.
    """

    system: str
    about: str
    verdict: Verdict
    reason: str
    trace: str | None
    figures: Mapping[str, Any]


@dataclass(slots=True)
class Findings:
    """All that a command found; `noun` is what its verdicts are about, and `reproduce` the command itself."""

    noun: str
    reproduce: str
    found: list[Finding] = field(default_factory=list)
    interrupted: bool = False
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _clock_start: float = field(default_factory=time.monotonic)

    @contextmanager
    def until_interrupted(self) -> Iterator[None]:
        """What Ctrl-C ends, but for what was found until then."""
        try:
            yield
        except KeyboardInterrupt:
            self.interrupted = True

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._clock_start

    @property
    def verdict(self) -> Verdict:
        """Broken if anything is; holds only if something was found out and all of it holds."""
        verdicts = {each.verdict for each in self.found}
        if Verdict.BROKEN in verdicts:
            return Verdict.BROKEN
        return Verdict.HOLDS if verdicts == {Verdict.HOLDS} and not self.interrupted else Verdict.UNKNOWN

    @property
    def exit_code(self) -> int:
        """0 everything holds, 1 something is broken, 3 something is unknown."""
        return {Verdict.HOLDS: 0, Verdict.BROKEN: 1, Verdict.UNKNOWN: 3}[self.verdict]

    @property
    def headline(self) -> str:
        """The verdict in a sentence."""
        number = count(len(self.found), self.noun)
        verdicts = Counter(each.verdict for each in self.found)
        match self.verdict:
            case Verdict.HOLDS:
                return f"Everything holds: {number}"
            case Verdict.UNKNOWN if self.interrupted:
                return f"Unknown: interrupted after {number}"
            case verdict:
                return f"{verdict.capitalize()}: {verdicts[verdict]:,} of {number}"

    def write(self, path: Path) -> None:
        """Write everything as JSON. Raises OSError."""
        data = {
            "format": FINDINGS_FORMAT,
            "started": self._started.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 1),
            "reproduce": self.reproduce,
            "interrupted": self.interrupted,
            "verdict": self.verdict,
            "found": [asdict(each) for each in self.found],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, indent=2) + "\n")
