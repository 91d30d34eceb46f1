"""What all runs of a site come to: a sentence, some figures, and the exit code that says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from redproof_reports.site.entries import Entry, Status
from redproof_reports.site.gather import Gathered
from redproof_reports.text import count


@dataclass(frozen=True)
class Overview:
    """The first page's summary of what was gathered."""

    gathered: Gathered
    entries: Sequence[Entry]

    @cached_property
    def counts(self) -> Counter[Status]:
        """How many divergences are what."""
        return Counter(each.status for each in self.entries)

    @property
    def new(self) -> int:
        """How many divergences nobody has accepted, or no longer accepts."""
        return self.counts[Status.NEW] + self.counts[Status.EXPIRED]

    @cached_property
    def commands(self) -> int:
        """The commands judged in all runs and matrices."""
        of_matrices = sum(server.commands for matrix in self.gathered.matrices for server in matrix.servers)
        return sum(run.commands for run in self.gathered.runs) + of_matrices

    @property
    def exit_code(self) -> int:
        """That of the worst run; 1 where anything is new, or a claim of a system is broken."""
        codes = {run.exit_code for run in self.gathered.runs}
        verdicts = {found.verdict for found in self.gathered.found}
        if self.new or 1 in codes or "broken" in verdicts:
            return 1
        return 3 if codes - {0} or "unknown" in verdicts else 0

    @property
    def tone(self) -> str:
        """How the headline is coloured."""
        return {0: "good", 1: "bad"}.get(self.exit_code, "unknown")

    @property
    def headline(self) -> str:
        """The verdict in a sentence."""
        if self.new:
            return f"{count(self.new, 'new divergence')} in {count(self.commands, 'command')}"
        for code in (1, 3):
            worst = next((run.headline for run in self.gathered.runs if run.exit_code == code), None)
            if worst is not None:
                return worst
        verdicts = Counter(found.verdict for found in self.gathered.found)
        for verdict in ("broken", "unknown"):
            if verdicts[verdict]:
                return f"Systems: {verdict}"
        if self.commands:
            return f"Nothing new in {count(self.commands, 'command')}"
        return "Everything holds" if self.gathered.found else "Nothing was judged"

    @property
    def facts(self) -> dict[str, str]:
        """Figures by what they are of."""
        targets = {target.spelling for run in self.gathered.runs for target in run.targets if target.commands}
        targets |= {server.target for matrix in self.gathered.matrices for server in matrix.servers if server.server}
        started = [run.started for run in self.gathered.runs] + [each.started for each in self.gathered.matrices]
        facts = {"commands judged": f"{self.commands:,}", "targets": f"{len(targets):,}"}
        facts |= {str(status): f"{self.counts[status]:,}" for status in Status if self.counts[status]}
        if started:
            facts["last run"] = max(started).replace("T", " ").replace("+00:00", " UTC")
        return facts
