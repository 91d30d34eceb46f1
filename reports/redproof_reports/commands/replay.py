"""`redproof replay`: is a recorded divergence still there?"""

from __future__ import annotations

import sys
from pathlib import Path

import click
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from rich.console import Console
from rich.text import Text

from redproof_reports.commands.options import (
    TARGET_HELP,
    allow_flush_option,
    comparison_option,
    judge_as_option,
    target_option,
)
from redproof_reports.rerun import open_bench
from redproof_reports.results import read_record
from redproof_reports.terminal import render_replies, render_steps
from redproof_reports.text import count, printable


@click.command(epilog=TARGET_HELP, short_help="See whether a recorded divergence is still there.")
@click.argument("record", type=click.Path(dir_okay=False, path_type=Path))
@target_option
@click.option(
    "--times", type=click.IntRange(min=1), default=1, show_default=True, help="Try again, where chance plays a part."
)
@comparison_option
@judge_as_option
@allow_flush_option
@click.pass_context
def replay(
    context: click.Context,
    record: Path,
    target: str,
    times: int,
    comparison: Comparison,
    judge_as: str | None,
    allow_flush: bool,
) -> None:
    """Run the steps of RECORD again on a target, judged by today's model.

    Ends with 0 when the server now answers as the model allows, and with 1 when there is a divergence.

    \b
    redproof replay .redproof/divergences/redis-3f2a19c0b7d1.json --target redis
    """
    recorded = read_record(record).divergence
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    console.print(Text(f"divergence {recorded.signature}, recorded on {printable(recorded.server)}\n", "bold"))
    console.print(render_steps(recorded), render_replies(recorded.expected, recorded.actual), sep="\n\n", end="\n\n")
    with open_bench(target, recorded, comparison, judge_as, allow_flush=allow_flush) as bench:
        console.print(Text(f"on {bench.described}:"))
        seen = bench.run(recorded, times)
    console.print(_verdict(recorded, seen, times))
    context.exit(0 if seen is None else 1)


def _verdict(recorded: Divergence, seen: Divergence | None, times: int) -> Text:
    if seen is None:
        tried = f" in {count(times, 'attempt')}" if times > 1 else ""
        return Text(f"not there{tried}: every reply is one that the model allows", "bold green")
    if seen.signature == recorded.signature:
        verdict = Text("still there", "bold red")
    else:
        verdict = Text(f"another divergence, {seen.signature}, at step {len(seen.steps)}: {seen.command}", "bold red")
    return Text.assemble(verdict, "\n", render_replies(seen.expected, seen.actual))
