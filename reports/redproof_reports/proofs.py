"""Proofs as they are shown: a row for each claim, with what its conditions took and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from redproof_model.kernel.prove.condition import Condition, Kind
from redproof_model.kernel.prove.prove import NO_SOLVER, Outcome
from rich.table import Table
from rich.text import Text

from redproof_reports.findings import STYLES, Verdict
from redproof_reports.layout import GAP
from redproof_reports.text import count

_VERDICTS: Final = {"proved": Verdict.HOLDS, "refuted": Verdict.BROKEN, "unknown": Verdict.UNKNOWN}

_SECTIONS: Final[Mapping[Kind, str]] = {
    Kind.INIT: "invariants",
    Kind.INDUCTION: "invariants",
    Kind.ALWAYS: "always",
    Kind.STEP: "every step",
    Kind.LEADS_TO: "leads to",
    Kind.LEMMA: "lemmas",
    Kind.RANGE: "ranges",
    Kind.POSSIBLE: "possible",
    Kind.BOUNDED: "over several steps",
    Kind.K_INDUCTION: "over several steps",
}
"""Under which heading a condition's claim is listed."""

TOGETHER: Final = {
    Kind.RANGE: "what is assigned is a value of its sort",
    Kind.POSSIBLE: "initial states, actions and what is assumed",
}
"""Conditions that are many and dull, and share a row."""


@dataclass(slots=True, eq=False)
class Row:
    """A claim, or several that are listed as one, with the conditions asked and the outcomes so far."""

    section: str
    name: str
    solvers_wanted: int
    asked: list[Condition] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Broken if a condition is refuted; holds only if all are proved, by each solver."""
        verdicts = {_VERDICTS[each.verdict] for each in self.outcomes}
        if Verdict.BROKEN in verdicts:
            return Verdict.BROKEN
        complete = len(self.outcomes) == self.solvers_wanted * len(self.asked)
        return Verdict.HOLDS if verdicts == {Verdict.HOLDS} and complete else Verdict.UNKNOWN

    @property
    def told(self) -> str:
        """The verdict in the words of proof; what holds in the first steps alone is not proved."""
        if self.verdict == Verdict.BROKEN:
            return "refuted"
        if self.verdict == Verdict.HOLDS:
            return "holds" if all(each.kind == Kind.BOUNDED for each in self.asked) else "proved"
        return "unknown"

    @property
    def seconds(self) -> float:
        """The seconds of all solvers together."""
        return round(sum(each.seconds for each in self.outcomes), 3)

    @property
    def solvers(self) -> str:
        """The solvers that decided something."""
        return ", ".join(dict.fromkeys(each.solver for each in self.outcomes if each.solver != NO_SOLVER)) or NO_SOLVER

    @property
    def shortest(self) -> Outcome | None:
        """The refuted condition with the shortest counterexample, if any is refuted."""
        refuted = [each for each in self.outcomes if each.verdict == "refuted"]
        return min(refuted, key=lambda each: len(each.counterexample or ()), default=None)

    @property
    def reason(self) -> str:
        """Why it is not known, or what is refuted; empty if it is proved."""
        if self.verdict == Verdict.UNKNOWN:
            reasons = Counter(each.reason for each in self.outcomes if each.verdict == "unknown")
            missing = self.solvers_wanted * len(self.asked) - len(self.outcomes)
            reasons += Counter(interrupted=missing)
            return "; ".join(f"{reason} ({count(number, 'condition')})" for reason, number in reasons.items())
        return self.sentence_of(self.shortest) if self.shortest is not None else ""

    @staticmethod
    def sentence_of(outcome: Outcome) -> str:
        """What a condition says, after the action that it is about."""
        return f"{outcome.action}: {outcome.sentence}" if outcome.action else outcome.sentence


class Rows:
    """A row for each claim of some conditions, to be filled with the outcomes of so many solvers."""

    def __init__(self, asked: Iterable[Condition], solvers: int) -> None:
        rows: dict[tuple[str, str], Row] = {}
        for condition in asked:
            key = _key(condition.kind, condition.claim)
            rows.setdefault(key, Row(*key, solvers)).asked.append(condition)
        order = list(_SECTIONS.values())
        self._rows = dict(sorted(rows.items(), key=lambda item: order.index(item[0][0])))

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def add(self, outcome: Outcome) -> None:
        """Enter the outcome of a condition."""
        self._rows[_key(outcome.kind, outcome.claim)].outcomes.append(outcome)

    def table(self) -> Table:
        """All rows under their sections."""
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, len(GAP), 0, 0))
        table.add_column("claim", overflow="fold")
        for heading in ("asked", "seconds"):
            table.add_column(heading, justify="right", no_wrap=True)
        for heading in ("solver", "verdict"):
            table.add_column(heading, no_wrap=True)
        section = ""
        for row in self:
            if row.section != section:
                section = row.section
                table.add_row(Text(section, "dim"))
            figures = (str(len(row.asked)), f"{row.seconds:.2f}", row.solvers)
            table.add_row(GAP + row.name, *figures, Text(row.told, STYLES[row.verdict]))
        return table


def _key(kind: Kind, claim: str) -> tuple[str, str]:
    """The section and the name of the row for a condition."""
    return _SECTIONS[kind], TOGETHER.get(kind, claim)
