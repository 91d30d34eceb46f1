"""`redproof diff`: what is new, fixed, still there, and unobserved between two runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import click
from redproof_properties.comparison import Comparison
from rich.console import Console
from rich.table import Table
from rich.text import Text

from redproof_reports.baseline.unseen import Judging, look_again
from redproof_reports.commands.options import comparison_option, judge_as_option
from redproof_reports.records.comparison import Difference, State, compare_observed, missing
from redproof_reports.records.observed import read_observed
from redproof_reports.terminal import print_whole
from redproof_reports.text import printable, shorten

_STYLES: Final = {State.NEW: "bold red", State.STILL: "yellow", State.UNOBSERVED: "dim", State.FIXED: "green"}
_WIDEST_SCRIPT: Final = 60


@click.command(short_help="Tell what is new and what is fixed between two runs.")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="Take the steps of what NEW did not see again on this server; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@comparison_option
@judge_as_option
@click.pass_context
def diff(
    context: click.Context,
    old: Path,
    new: Path,
    targets: tuple[str, ...],
    as_json: bool,
    comparison: Comparison,
    judge_as: str | None,
) -> None:
    """Compare what two runs have found: new, still there, unobserved, or fixed.

    OLD and NEW are folders of runs or of matrices, journals (.jsonl) or records, and divergences are
    compared by their ids. That a run did not see one does not make it fixed: it is fixed where its steps
    were taken again without it, by a run with a baseline or here with --target. Ends with 1 when
    something is new.

    \b
    redproof diff main/.redproof .redproof
    redproof diff known.jsonl .redproof --target docker:redis:8.2
    """
    before, now = read_observed(old), read_observed(new)
    judging = Judging(targets, comparison, judge_as)
    looked_at = list(look_again(missing(before, now), before.divergences, judging)) if targets else []
    difference = compare_observed(before, now, looked_at)
    if as_json:
        click.echo(json.dumps(difference.to_json(), indent=2))
    else:
        _print(Console(file=sys.stdout, highlight=False), difference)
    context.exit(difference.exit_code)


def _print(console: Console, difference: Difference) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for heading in ("state", "id", "command", "steps", "seen on", "how it is known"):
        table.add_column(heading, overflow="fold")
    for each in difference.compared:
        script = shorten("; ".join(map(printable, each.divergence.script())), _WIDEST_SCRIPT)
        texts = (each.divergence.signature, each.divergence.command, script, ", ".join(each.targets), each.why)
        table.add_row(Text(each.state, _STYLES[each.state]), *(Text(printable(text)) for text in texts))
    if difference.compared:
        print_whole(console, table)
    console.print(Text(difference.headline, "bold red" if difference.exit_code else "bold green"))
