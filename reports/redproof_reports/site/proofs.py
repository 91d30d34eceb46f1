"""What was found out about systems, as its page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from redproof_reports.findings import Verdict
from redproof_reports.site.gather import Found
from redproof_reports.text import count, printable


@dataclass(frozen=True, slots=True)
class Row:
    """A claim or a scope of a system, what came of it, and its figures in a line."""

    about: str
    verdict: str
    reason: str
    figures: str


@dataclass(frozen=True, slots=True)
class ProofsPage:
    """All findings of all commands."""

    found: Sequence[Found]

    @property
    def systems(self) -> list[str]:
        """The systems that anything was found out about."""
        return sorted({str(row["system"]) for each in self.found for row in each.rows})

    @property
    def verdicts(self) -> list[str]:
        """The verdicts that there are."""
        return sorted({str(row["verdict"]) for each in self.found for row in each.rows})

    @property
    def headline(self) -> str:
        """What they come to, in a sentence."""
        told = [str(row["verdict"]) for each in self.found for row in each.rows]
        odd = [f"{told.count(verdict):,} {verdict}" for verdict in (Verdict.BROKEN, Verdict.UNKNOWN) if verdict in told]
        about = f"{count(len(told), 'finding')} about {count(len(self.systems), 'system')}"
        return f"{about}: {', '.join(odd) or 'everything holds'}" if told else "Nothing was found out"

    @staticmethod
    def by_system(found: Found) -> Iterator[tuple[str, list[Row]]]:
        """The rows of each system, in the order in which they were found."""
        for system, rows in groupby(found.rows, key=lambda row: str(row["system"])):
            yield printable(system), [_row(row) for row in rows]


def _row(row: Mapping[str, Any]) -> Row:
    figures = (
        f"{name.replace('_', ' ')} {_number(value)}" for name, value in row["figures"].items() if _is_short(value)
    )
    texts = (printable(str(row[name] or "")) for name in ("about", "verdict", "reason"))
    about, verdict, reason = texts
    return Row(about, verdict, reason, printable(", ".join(figures)))


def _is_short(value: object) -> bool:
    """Whether it is a number or a name; what actions were taken how often is in the file alone."""
    return isinstance(value, int | float | str)


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
