"""`redproof shrink`: a record with fewer steps."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from redproof_properties.comparison import Comparison
from redproof_properties.errors import TargetError
from rich.console import Console

from redproof_reports.commands.options import (
    TARGET_HELP,
    WRITTEN_FILE,
    allow_flush_option,
    comparison_option,
    judge_as_option,
    target_option,
)
from redproof_reports.replaying.narration import UNSENT
from redproof_reports.rerun import open_bench
from redproof_reports.results import Record, read_record
from redproof_reports.script import write_script
from redproof_reports.terminal import render_divergence
from redproof_reports.text import count


@click.command(epilog=TARGET_HELP, short_help="Make a record smaller.")
@click.argument("record", type=click.Path(dir_okay=False, path_type=Path))
@target_option
@click.option("--out", type=WRITTEN_FILE, help="Write the smaller record here, not over RECORD.")
@comparison_option
@judge_as_option
@allow_flush_option
@click.pass_context
def shrink(
    context: click.Context,
    record: Path,
    target: str | None,
    out: Path | None,
    comparison: Comparison,
    judge_as: str | None,
    allow_flush: bool,
) -> None:
    """Leave out of RECORD what its divergence does not need.

    Ends with 1 when the divergence was there and the record is written, and with 0, writing nothing,
    when it was not there. Ends with 3 when its last step is not sent, as servers do not survive it.

    \b
    redproof shrink found.json --target redis --out small.json
    """
    recorded = read_record(record).divergence
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    with open_bench(target, recorded, comparison, judge_as, allow_flush=allow_flush) as bench:
        if len(recorded.steps) in bench.unsent(recorded):
            raise TargetError(f"{record}: its last step is {UNSENT}")
        seen = bench.run(recorded)
        if seen is None or seen.signature != recorded.signature:
            console.print(f"not there on {bench.described}; nothing written")
            context.exit(0)
        smaller = bench.shrink(seen)
    written = Record(out or record, smaller)
    written.path.parent.mkdir(parents=True, exist_ok=True)
    written.path.write_text(smaller.dumps())
    written.script_path.write_text(write_script(smaller, written.path.name))
    console.print(render_divergence(written))
    console.print(f"{count(len(recorded.steps), 'step')} before, {len(smaller.steps)} now; written to {written.path}")
    context.exit(1)
