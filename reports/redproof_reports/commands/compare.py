"""`redproof compare`: every documented command on two servers."""

from __future__ import annotations

import sys
from typing import Any, Final

import click
from redproof_properties.fuzzing.documented.exclusions import CHANCE, EXCLUDED
from redproof_properties.fuzzing.documented.normal import VARIES
from redproof_properties.targets import parse_target
from rich.console import Console
from rich.table import Table

from redproof_reports.commands.campaigns import Conduct, length_options, resume_option, sharing_options
from redproof_reports.commands.options import (
    TARGET_HELP,
    allow_flush_option,
    baseline_option,
    comparison_option,
    out_option,
    seed_option,
)

COMMANDS: Final = 20_000


def _show_left_out(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    table.add_column("command")
    table.add_column("why")
    for name, reason in {**EXCLUDED, **CHANCE}.items():
        table.add_row(name, f"not sent: it {reason}")
    for name, reason in VARIES.items():
        table.add_row(name, f"only the kind of its reply is compared: it {reason}")
    Console(file=sys.stdout, highlight=False, width=120).print(table)
    context.exit(0)


@click.command(epilog=TARGET_HELP, short_help="Compare two servers, command by command.")
@click.argument("first")
@click.argument("second")
@length_options(COMMANDS)
@seed_option
@click.option(
    "--left-out",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_left_out,
    help="Show which commands are not sent or not compared in full, and why, and exit.",
)
@sharing_options
@resume_option
@comparison_option
@allow_flush_option
@out_option
@baseline_option
@click.pass_context
def compare(context: click.Context, /, first: str, second: str, **options: Any) -> None:
    """Send the same commands to FIRST and SECOND, and compare replies and data.

    Commands are drawn by COMMAND DOCS, of FIRST if it has that and else of SECOND, so that those which no
    model knows are sent too. What is random, or in no order, by a command's tips is compared as far as
    it can be. What is expected is what FIRST answers.

    \b
    redproof compare local:redis-server suite:sid/valkey --max-time 1m
    redproof compare local:redis-server suite:trixie/redis --comparison error
    redproof compare local:redis-server bundled --left-out
    """
    one, other = (parse_target(target).spelling for target in (first, second))
    conduct = Conduct(context, COMMANDS, **options)
    conduct.run(conduct.settings(one, other), [first, second])
