"""The pytest plugin that ends `pytest properties` with the summary and the page."""

from __future__ import annotations

import io
import shutil

import pytest
from redproof_properties.plugin import RUN
from rich.console import Console

from redproof_reports.finish import finish


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Draw the page and the scripts of the run that has just been written, and print its summary."""
    run = config.stash.get(RUN, None)
    if run is None or not run.summaries:
        return
    text = io.StringIO()
    tty = terminalreporter.hasmarkup
    console = Console(
        file=text, force_terminal=tty, no_color=not tty, width=shutil.get_terminal_size().columns, highlight=False
    )
    finish(console, run.out)
    terminalreporter.section("redproof")
    terminalreporter.write(text.getvalue())
