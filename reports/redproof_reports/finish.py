"""The end of a run: its page and scripts, its summary in the terminal, and its exit code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from redproof_reports.page import write_report
from redproof_reports.results import read_results
from redproof_reports.terminal import print_page_path, print_results


def finish(console: Console, folder: Path, known: Mapping[str, str] | None = None) -> int:
    """Draw the run that was left in `folder`, print its summary and return its exit code.

    Raises UsageError when there is no run, and OSError.
    """
    results = read_results(folder, known)
    page = write_report(results)
    print_results(console, results)
    print_page_path(console, page)
    return results.exit_code
