"""The pages of a site, drawn from what was gathered, and written into a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Final

from redproof_properties.run import RECORDS_FOLDER

from redproof_reports.baseline.file import Baseline
from redproof_reports.ci.badge import write_badge
from redproof_reports.failover.page import linked
from redproof_reports.matrix.document import Matrix
from redproof_reports.matrix.page import render_page as render_matrix
from redproof_reports.matrix.verdict import Verdict
from redproof_reports.page import render_page
from redproof_reports.records.journal import Sighting
from redproof_reports.rendering import asset, template
from redproof_reports.site.entries import Entry, Status, make_entries
from redproof_reports.site.gather import Gathered, Timeline
from redproof_reports.site.overview import Overview
from redproof_reports.site.proofs import ProofsPage
from redproof_reports.text import count

BADGE_NAME: Final = "badge.json"
INDEX_NAME: Final = "index.html"


def write_site(gathered: Gathered, baseline: Baseline, out: Path) -> Path:
    """Write the site into this folder and return the path of its first page. Raises OSError.

    Pages of an earlier site there are written over; those that this one has no more stay.
    """
    site = _Site(gathered, baseline, out)
    site.write_assets()
    site.write_divergences()
    site.write_overview()
    site.write_others()
    return out / INDEX_NAME


class _Site:
    """Writes the pages, each of which has the same navigation."""

    def __init__(self, gathered: Gathered, baseline: Baseline, out: Path) -> None:
        self._gathered = gathered
        self._baseline = baseline
        self._out = out
        self._entries = _entries(gathered, baseline)
        self._overview = Overview(gathered, self._entries)
        self._runs = {f"runs/{number}.html": run for number, run in enumerate(gathered.runs, 1)}
        self._matrices = {_numbered("matrix", number): each for number, each in enumerate(gathered.matrices, 1)}
        self._timelines = {
            f"failover/{number}-{each.path.name}": each for number, each in enumerate(gathered.timelines, 1)
        }
        self._written = datetime.now(UTC).isoformat(timespec="seconds")

    def write_assets(self) -> None:
        """What the pages share, and what is read by programs."""
        for folder in (RECORDS_FOLDER, "runs", "failover"):
            (self._out / folder).mkdir(parents=True, exist_ok=True)
        (self._out / "style.css").write_text(asset("page.css") + asset("site/site.css"))
        (self._out / "site.js").write_text(asset("page.js") + asset("site/site.js"))
        overview = self._overview
        write_badge(overview.exit_code, overview.new, overview.commands, self._out / BADGE_NAME)
        # GitHub Pages takes folders as they are where it finds this.
        (self._out / ".nojekyll").touch()

    def write_overview(self) -> None:
        """The first page, and the track record."""
        groups = [(cause, list(group)) for cause, group in groupby(self._entries, key=lambda each: each.cause)]
        choices = _choices(self._entries)
        elsewhere = [*_of_matrices(self._matrices), *_of_timelines(self._timelines)]
        shown = {"overview": self._overview, "groups": groups, "runs": self._runs, "elsewhere": elsewhere}
        self._write(INDEX_NAME, "index", **shown, **choices)
        if self._entries:
            last_first = sorted(self._entries, key=lambda each: each.last_run, reverse=True)
            self._write("track-record.html", "track-record", rows=last_first, **choices)

    def write_divergences(self) -> None:
        """A page and a record for each divergence."""
        for each in self._entries:
            alike = [other for other in self._entries if other.cause == each.cause and other is not each]
            self._write(f"{RECORDS_FOLDER}/{each.name}", "divergence", entry=each, alike=alike)
            (self._out / RECORDS_FOLDER / each.record_name).write_text(each.divergence.dumps())

    def write_others(self) -> None:
        """The pages of runs, matrices, systems and failovers."""
        if self._gathered.found:
            self._write("proofs.html", "proofs", page=ProofsPage(self._gathered.found))
        for name, run in self._runs.items():
            (self._out / name).write_text(render_page(run, home=f"../{INDEX_NAME}"))
        for name, matrix in self._matrices.items():
            verdict = Verdict(matrix, baseline=self._baseline)
            (self._out / name).write_text(render_matrix(verdict, home=INDEX_NAME))
        for name, timeline in self._timelines.items():
            page = timeline.path.read_text(errors="replace")
            (self._out / name).write_text(linked(page, home=f"../{INDEX_NAME}"))

    @property
    def _pages(self) -> dict[str, str]:
        """The pages to go to from everywhere, by what they are called."""
        pages = {
            "Overview": INDEX_NAME,
            "Runs": f"{INDEX_NAME}#runs" if self._runs else None,
            "Matrix": next(iter(self._matrices), None),
            "Proofs": "proofs.html" if self._gathered.found else None,
            "Failover": next(iter(self._timelines), None),
            "Track record": "track-record.html" if self._entries else None,
        }
        return {name: page for name, page in pages.items() if page is not None}

    def _write(self, name: str, source: str, **variables: object) -> None:
        """Write a page, from which the others are found by `up`."""
        shared = {"here": name, "up": "../" * name.count("/"), "pages": self._pages, "written": self._written}
        text = template(f"site/{source}.html").render(version=version("redproof"), **shared, **variables)
        (self._out / name).write_text(text)


def _entries(gathered: Gathered, baseline: Baseline) -> list[Entry]:
    """Every divergence once; those of the runs and matrices that are published are current."""
    current = [Sighting(run.started, record.divergence) for run in gathered.runs for record in run.records]
    started = {matrix.started for matrix in gathered.matrices}
    current += [sighting for sighting in gathered.sightings if sighting.run in started]
    return make_entries(current, gathered.sightings, baseline)


def _numbered(name: str, number: int) -> str:
    return f"{name}.html" if number == 1 else f"{name}-{number}.html"


def _of_matrices(matrices: Mapping[str, Matrix]) -> list[tuple[str, str, str]]:
    return [
        (f"Matrix of {each.started[:10]}", name, f"commands and properties on {count(len(each.servers), 'server')}")
        for name, each in matrices.items()
    ]


def _of_timelines(timelines: Mapping[str, Timeline]) -> list[tuple[str, str, str]]:
    return [(each.title, name, "failovers as they went") for name, each in timelines.items()]


def _choices(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """What rows are filtered by."""
    statuses = {each.status for each in entries}
    targets = sorted({target for each in entries for target in each.targets})
    return {"statuses": [status for status in Status if status in statuses], "targets": targets}
