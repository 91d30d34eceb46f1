"""`redproof report`: what runs have left, drawn again, as a site, and for continuous integration."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from redproof_reports.baseline.file import Baseline
from redproof_reports.baseline.settle import bring_up_to_date
from redproof_reports.ci.annotations import annotate
from redproof_reports.ci.badge import write_badge
from redproof_reports.ci.summary import append_summary
from redproof_reports.commands.options import WRITTEN_FILE, WRITTEN_FOLDER, baseline_option
from redproof_reports.junit import write_junit
from redproof_reports.page import write_report
from redproof_reports.results import RUN_FOLDER, read_results
from redproof_reports.site.gather import gather
from redproof_reports.site.write import write_site
from redproof_reports.terminal import print_page_path, print_verdict


@click.command(short_help="Write the page of a run, a site of all, and what CI shows.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=RUN_FOLDER)
@click.option(
    "--out",
    type=WRITTEN_FOLDER,
    help="Write a site of all that is in FOLDER into this one.",
)
@click.option("--junit", type=WRITTEN_FILE, help="Write the run as JUnit XML to this file too.")
@click.option(
    "--summary", type=WRITTEN_FILE, help="Append a summary in Markdown to this file, such as $GITHUB_STEP_SUMMARY."
)
@click.option("--annotations", "annotated", is_flag=True, help="Print annotations for GitHub Actions, ten at most.")
@click.option("--badge", type=WRITTEN_FILE, help="Write the data of a badge for shields.io to this file.")
@baseline_option
def report(
    folder: Path,
    out: Path | None,
    junit: Path | None,
    summary: Path | None,
    annotated: bool,
    badge: Path | None,
    known: Baseline,
) -> None:
    """Write the page of a run, and a bash script for each divergence; with --out a site.

    FOLDER is where the run left its records, .redproof without it. A site has all that is there and in the
    folders below: runs, matrices, proofs, failovers. The exit code says only whether all could be written.

    \b
    redproof report
    redproof report nightly/.redproof --junit nightly.xml
    redproof report --out site --summary "$GITHUB_STEP_SUMMARY" --annotations
    """
    console = Console(file=sys.stdout, highlight=False)
    if out is not None:
        site = write_site(gather([folder], known), known, out)
        console.print(Text(f"site       {site}"), soft_wrap=True)
        if not (junit or summary or annotated or badge or known.update or known.prune):
            return
    results = read_results(folder, known)
    bring_up_to_date(console, known, [each.divergence for each in results.records], results.unseen, results.started)
    print_verdict(console, results)
    print_page_path(console, write_report(results))
    if junit is not None:
        write_junit(results, junit)
    if summary is not None:
        append_summary(results, summary)
    if badge is not None:
        write_badge(results.exit_code, len(results.new), results.commands, badge)
    if annotated:
        for line in annotate(results):
            click.echo(line)
