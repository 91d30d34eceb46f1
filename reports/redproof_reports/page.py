"""The page: one HTML file that shows a run, without a network or anything beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redproof_properties.run import PropertyOutcome

from redproof_reports.rendering import template
from redproof_reports.results import Record, Results
from redproof_reports.script import write_script
from redproof_reports.terminal import step_lines
from redproof_reports.text import Compared, compare

PAGE_NAME: Final = "report.html"
LONGEST_SCRIPT_SHOWN: Final = 50_000


@dataclass(frozen=True, slots=True)
class ShownDivergence:
    """A divergence as the page shows it."""

    record: Record
    script: str | None
    """None for one that is too long for a page; the file lies beside the record."""
    replay: str
    steps: list[str]
    compared: Compared
    reason: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A property with its outcome on each target, None where it was not run."""

    title: str
    source: str
    cells: list[tuple[PropertyOutcome, tuple[Record, ...]] | None]

    @property
    def holds(self) -> bool:
        """Whether it holds wherever it was run."""
        return all(cell is None or cell[0].outcome == "holds" for cell in self.cells)


def write_report(results: Results) -> Path:
    """Write the page and a script beside each record; return the path of the page. Raises OSError."""
    for record in results.records:
        record.script_path.parent.mkdir(exist_ok=True)
        record.script_path.write_text(write_script(record.divergence, record.path.name))
    path = results.folder / PAGE_NAME
    path.write_text(render_page(results))
    return path


def render_page(results: Results, home: str = "") -> str:
    """The page as HTML, with a link to where it is listed.

    Every text in it is escaped: keys, values and error texts are hostile.
    """
    return template("page.html").render(
        run=results,
        home=home,
        rows=list(_rows(results)),
        groups=list(_groups(results)),
        divergences=[_shown(record, results) for record in (*results.new, *results.accepted)],
    )


def _rows(results: Results) -> Iterator[Row]:
    """The properties, those that do not hold everywhere first."""
    by_name: dict[str, dict[str, PropertyOutcome]] = {}
    for outcome in results.properties:
        by_name.setdefault(outcome.name, {})[outcome.target] = outcome
    rows = []
    for outcomes in by_name.values():
        first = next(iter(outcomes.values()))
        found = [outcomes.get(target.spelling) for target in results.targets]
        cells = [None if each is None else (each, results.divergences_of(each)) for each in found]
        rows.append(Row(first.title, first.source, cells))
    yield from sorted(rows, key=lambda row: row.holds)


def _groups(results: Results) -> Iterator[tuple[str, list[int]]]:
    """The commands judged of each group on each target."""
    names = dict.fromkeys(name for target in results.targets for name in target.groups)
    for name in names:
        yield name, [target.groups.get(name, 0) for target in results.targets]


def _shown(record: Record, results: Results) -> ShownDivergence:
    divergence = record.divergence
    script = write_script(divergence, record.path.name)
    return ShownDivergence(
        record=record,
        script=script if len(script) <= LONGEST_SCRIPT_SHOWN else None,
        replay=record.replay,
        steps=step_lines(divergence),
        compared=compare(divergence.expected, divergence.actual),
        reason=results.known.get(record.id),
    )
