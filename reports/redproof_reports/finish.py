"""The end of a run: its page and scripts, its summary in the terminal, the baseline, and its exit code."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from redproof_reports.baseline.file import Baseline
from redproof_reports.baseline.settle import bring_up_to_date, look_at_unseen
from redproof_reports.page import write_report
from redproof_reports.records.journal import JOURNAL_NAME, Sighting, append
from redproof_reports.results import Results, add_looked_at, read_results
from redproof_reports.terminal import print_page_path, print_results


def finish(console: Console, folder: Path, baseline: Baseline | None = None) -> int:
    """Draw the run that was left in `folder`, print its summary and return its exit code.

    Its divergences are added to the journal, and those that are known and were not seen are looked at. Raises
    UsageError when there is no run, and OSError.
    """
    results = read_results(folder, baseline)
    divergences = [record.divergence for record in results.records]
    append(folder / JOURNAL_NAME, [Sighting(results.started, each) for each in divergences])
    if results.unseen and not results.interrupted:
        results = _looked_at(console, results)
    page = write_report(results)
    print_results(console, results)
    print_page_path(console, page)
    bring_up_to_date(console, results.baseline, divergences, results.unseen, results.started)
    return results.exit_code


def _looked_at(console: Console, results: Results) -> Results:
    seen = (record.divergence for record in results.records)
    add_looked_at(results.folder, look_at_unseen(console, results.baseline, seen, results.judging))
    return read_results(results.folder, results.baseline)
