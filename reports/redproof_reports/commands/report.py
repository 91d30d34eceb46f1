"""`redproof report`: the page and the scripts of a run, drawn again."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console

from redproof_reports.commands.options import baseline_option
from redproof_reports.junit import write_junit
from redproof_reports.page import write_report
from redproof_reports.results import RUN_FOLDER, read_results
from redproof_reports.terminal import print_page_path, print_verdict


@click.command(short_help="Write the page of a run, and its scripts.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=RUN_FOLDER)
@click.option(
    "--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the run as JUnit XML to this file too."
)
@baseline_option
def report(folder: Path, junit: Path | None, known: Mapping[str, str]) -> None:
    """Write the page of a run, and a bash script for each divergence.

    FOLDER is where the run left its records, .redproof without it. The exit code says only whether
    the page could be written.

    \b
    redproof report
    redproof report nightly/.redproof --junit nightly.xml
    """
    results = read_results(folder, known)
    console = Console(file=sys.stdout, highlight=False)
    print_verdict(console, results)
    print_page_path(console, write_report(results))
    if junit is not None:
        write_junit(results, junit)
