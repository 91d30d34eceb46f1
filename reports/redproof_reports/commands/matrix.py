"""`redproof matrix`: commands and properties by servers, each cell backed by a run."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from redproof_properties.comparison import Comparison
from redproof_properties.errors import UsageError
from redproof_properties.run import PROFILES, RECORDS_FOLDER
from redproof_properties.vocabulary import GROUPS
from rich.console import Console
from rich.text import Text

from redproof_reports.baseline.file import Baseline
from redproof_reports.baseline.settle import bring_up_to_date, look_at_unseen
from redproof_reports.baseline.unseen import Judging
from redproof_reports.commands.options import (
    WRITTEN_FOLDER,
    allow_flush_option,
    baseline_option,
    comparison_option,
    seed_option,
)
from redproof_reports.matrix.changes import compare_matrices
from redproof_reports.matrix.columns import read_columns
from redproof_reports.matrix.display import Display, print_verdict
from redproof_reports.matrix.document import JSON_NAME, Matrix, read_matrix
from redproof_reports.matrix.page import write_page
from redproof_reports.matrix.run import COMMANDS_PER_ROW, NO_PROPERTIES, Order, run_matrix
from redproof_reports.matrix.verdict import Verdict
from redproof_reports.results import read_record
from redproof_reports.text import count

OUT: Final = Path(".redproof/matrix")


@click.command(short_help="Judge many servers and draw a table of commands by servers.")
@click.option(
    "--targets",
    "targets_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help='The servers: a TOML file with tables [targets.NAME], or with targets = ["bundled", "redis"].',
)
@click.option(
    "--out",
    type=WRITTEN_FOLDER,
    default=OUT,
    show_default=True,
    help="The folder for the page, matrix.json, records and scripts.",
)
@click.option(
    "--commands",
    type=click.IntRange(min=1),
    default=COMMANDS_PER_ROW,
    show_default=True,
    help="How many to judge for each command of the table, at least.",
)
@click.option(
    "--group",
    "groups",
    type=click.Choice(list(GROUPS)),
    multiple=True,
    help="Only commands of this group; may be repeated. The properties are all run.",
)
@click.option(
    "--profile",
    type=click.Choice([*PROFILES, NO_PROPERTIES]),
    default="quick",
    show_default=True,
    help="How long to look at each property; none leaves the properties out.",
)
@seed_option
@click.option(
    "--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="How many servers to judge at a time."
)
@click.option(
    "--since",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A matrix.json of an earlier run: show what has changed, regressions first.",
)
@click.option("--redraw", is_flag=True, help="Judge nothing: draw the page again from the matrix.json in --out.")
@comparison_option
@allow_flush_option
@baseline_option
@click.pass_context
def matrix(
    context: click.Context,
    targets_file: Path | None,
    out: Path,
    commands: int,
    groups: tuple[str, ...],
    profile: str,
    seed: int,
    jobs: int,
    since: Path | None,
    redraw: bool,
    comparison: Comparison,
    allow_flush: bool,
    known: Baseline,
) -> None:
    """Judge many servers, and draw a table: commands, their options and the properties by servers.

    Ctrl-C ends it and draws what was found. Cells that fail change the exit code only where there is
    something to compare with: an earlier run, or a baseline.

    \b
    redproof matrix --targets servers.toml --out matrix
    redproof matrix --targets servers.toml --out matrix --since last/matrix.json
    redproof matrix --out matrix --redraw
    """
    before = None if since is None else read_matrix(since)
    console = Console(file=sys.stdout, highlight=False)
    if redraw:
        drawn = replace(read_matrix(out / JSON_NAME), known=known.reasons)
    elif targets_file is None:
        raise UsageError("which servers? --targets names a file that lists them")
    else:
        order = Order(
            targets_file=targets_file,
            columns=read_columns(targets_file),
            seed=seed,
            commands=commands,
            groups=groups,
            profile=None if profile == NO_PROPERTIES else profile,
            comparison=comparison,
            jobs=jobs,
            allow_flush=allow_flush,
            out=out,
        )
        drawn = _run(console, order, known)
    spellings = [] if redraw else [column.spelling for column in order.columns]
    context.exit(_conclude(console, drawn, before, out, known, Judging(spellings, comparison)))


def _run(console: Console, order: Order, known: Baseline) -> Matrix:
    console.print(Text(f"{count(len(order.columns), 'target')}; seed {order.seed}"), soft_wrap=True)
    with Display(console, [column.name for column in order.columns]) as display:
        return run_matrix(order, display.show, known.reasons)


def _conclude(
    console: Console, drawn: Matrix, before: Matrix | None, out: Path, known: Baseline, judging: Judging
) -> int:
    """Draw the page, print the verdict, bring the baseline up to date, and give the exit code."""
    records = [out / RECORDS_FOLDER / f"{name}.json" for name in drawn.divergences]
    divergences = [read_record(path).divergence for path in records if path.exists()]
    looked_at = () if drawn.interrupted else look_at_unseen(console, known, divergences, judging)
    changes = None if before is None else compare_matrices(before, drawn)
    verdict = Verdict(drawn, changes, known, looked_at)
    page = write_page(verdict, out)
    print_verdict(console, verdict)
    console.print(Text(f"page       {page}"), soft_wrap=True)
    bring_up_to_date(console, known, divergences, looked_at, drawn.started)
    return verdict.exit_code
