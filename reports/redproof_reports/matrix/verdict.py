"""What a run of the matrix comes to: its exit code, and a sentence.

Alone a matrix tells what is, and ends with 0 though cells fail. It judges once there is something to compare with:
an earlier run, or a baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from redproof_reports.baseline.file import Baseline, Known
from redproof_reports.baseline.unseen import Fate, Unseen
from redproof_reports.matrix.cells import Status
from redproof_reports.matrix.changes import Changes
from redproof_reports.matrix.document import Matrix, status_counts
from redproof_reports.text import count


@dataclass(frozen=True, slots=True)
class Verdict:
    """A matrix, what it is compared with, the baseline, and what became of those in it that were not seen."""

    matrix: Matrix
    changes: Changes | None = None
    baseline: Baseline = field(default_factory=Baseline)
    unseen: Sequence[Unseen] = ()

    @property
    def new(self) -> tuple[str, ...]:
        """The records of divergences that neither the earlier run nor the baseline has."""
        if self.changes is not None:
            candidates = self.changes.new
        else:
            candidates = tuple(self.matrix.divergences) if self.baseline.path is not None else ()
        return tuple(name for name in candidates if self.matrix.divergences[name].id not in self.matrix.known)

    @property
    def expired(self) -> tuple[Known, ...]:
        """What was to be gone by now, and is not known to be."""
        fixed = {each.id for each in self.unseen if each.fate is Fate.FIXED}
        return tuple(each for each in self.baseline.expired if each.id not in fixed)

    @property
    def exit_code(self) -> int:
        """0 nothing worse than before, 1 something is, 3 not everything was judged."""
        if self.new or self.expired or (self.changes is not None and self.changes.regressions):
            return 1
        lost = self.changes is not None and self.changes.lost
        return 3 if self.matrix.interrupted or lost or not self.matrix.judged else 0

    @property
    def headline(self) -> str:
        """The verdict in a sentence."""
        judged = [server for server in self.matrix.servers if server.server]
        where = f"on {count(len(judged), 'server')}"
        if self.changes is not None and self.changes.regressions:
            return f"{count(len(self.changes.regressions), 'regression')} {where}"
        if self.new:
            return f"{count(len(self.new), 'new divergence')} {where}"
        if self.expired:
            return f"{count(len(self.expired), 'known divergence')} expired {where}"
        if not self.matrix.judged:
            return "Unknown: nothing was judged"
        if self.matrix.interrupted:
            return f"Unknown: interrupted, with {self._told} {where} until then"
        if self.changes is not None and self.changes.lost:
            number = len(self.changes.lost)
            return f"Unknown: {count(number, 'cell')} passed and {'is' if number == 1 else 'are'} not tested now"
        return f"{self._told} {where}"

    @property
    def _told(self) -> str:
        counts = status_counts(self.matrix.cells)
        parts = [
            f"{counts[status]:,} {status}" for status in (Status.PASS, Status.PARTIAL, Status.FAIL) if counts[status]
        ]
        return ", ".join(parts)
