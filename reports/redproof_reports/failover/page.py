"""The page of failovers: one HTML file with the timeline of each run, drawn from the records alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from redproof_reports.failover.causes import Cause, causes_of
from redproof_reports.failover.results import RUNS_KEPT, FailoverResults, JudgedRun
from redproof_reports.failover.timeline import timeline
from redproof_reports.rendering import in_script, template

PAGE_NAME: Final = "failover.html"
ENTRIES_LISTED: Final = 300
FINDINGS_LISTED: Final = 20
_MARK: Final = '<p class="mark">redproof failover</p>'


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run as the page shows it."""

    anchor: str
    run: JudgedRun
    causes: list[Cause]


def write_page(results: FailoverResults, folder: Path) -> Path:
    """Write the page into this folder, and return its path. Raises OSError."""
    path = folder / PAGE_NAME
    path.write_text(render_page(results))
    return path


def render_page(results: FailoverResults) -> str:
    """The page as HTML. What servers sent is data in it, and is written as text by its script."""
    drawn = results.drawn[:RUNS_KEPT]
    shown = [ShownRun(f"run-{number}", run, causes_of(run)) for number, run in enumerate(drawn, 1)]
    return template("failover.html").render(
        mark=_MARK,
        results=results,
        shown=shown,
        left_out=results.judged - sum(run in results.runs for run in drawn),
        listed=FINDINGS_LISTED,
        entries_listed=ENTRIES_LISTED,
        data=in_script({"runs": [_data(each) for each in shown]}),
    )


def linked(page: str, home: str) -> str:
    """A page that was written before, as one of a site: it leads to `home`."""
    return page.replace(_MARK, f'<p class="mark"><a href="{home}">redproof</a> failover</p>', 1)


def _data(shown: ShownRun) -> dict[str, Any]:
    return {"anchor": shown.anchor, **timeline(shown.run.record, shown.run.entries)}
