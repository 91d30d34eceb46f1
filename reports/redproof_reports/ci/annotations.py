"""Annotations: what GitHub Actions shows beside the code, as commands on standard output.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands; how data are escaped is in
`actions/toolkit`, packages/core/src/command.ts (escapeData, escapeProperty). A step shows ten errors at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from redproof_reports.results import Record, Results
from redproof_reports.text import printable, shorten

ANNOTATIONS_MAX: Final = 10
_TITLE_MAX: Final = 200
_TEXT_MAX: Final = 2_000


def annotate(results: Results) -> Iterator[str]:
    """A line for each new divergence, then for what is expired and for what is broken without a record."""
    yield from islice(_all(results), ANNOTATIONS_MAX)


def _all(results: Results) -> Iterator[str]:
    records = [*results.new]
    shown = ANNOTATIONS_MAX - 1 if len(records) > ANNOTATIONS_MAX else ANNOTATIONS_MAX
    for record in records[:shown]:
        yield _error(f"redproof {record.id}: {record.divergence.command}", _text(record))
    if len(records) > shown:
        yield _error("redproof", f"{len(records) - shown:,} further new divergences: see the summary and the page")
    for known in results.expired:
        yield _error(f"redproof {known.id}: expired", f"accepted until {known.expires}: {known.reason}")
    for outcome in results.unexplained:
        yield _error(f"redproof: broken on {outcome.target}", f"{outcome.title}: {outcome.reason}")


def _text(record: Record) -> str:
    divergence = record.divergence
    lines = [*divergence.script(), f"expected {divergence.expected}", f"actual   {divergence.actual}"]
    lines += [f"{divergence.target} ({divergence.server})", record.replay]
    return "\n".join(map(printable, lines))


def _error(title: str, text: str) -> str:
    return f"::error title={_property(shorten(printable(title), _TITLE_MAX))}::{_data(shorten(text, _TEXT_MAX))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
