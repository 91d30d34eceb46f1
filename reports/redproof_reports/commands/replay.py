"""`redproof replay`: is a recorded divergence still there?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.errors import TargetError
from rich.console import Console
from rich.text import Text

from redproof_reports.commands.options import (
    TARGET_HELP,
    allow_flush_option,
    comparison_option,
    judge_as_option,
    target_option,
)
from redproof_reports.records.lookup import find_record
from redproof_reports.replaying.narration import UNSENT, Told
from redproof_reports.replaying.pytest_file import write_pytest
from redproof_reports.rerun import Bench, open_bench
from redproof_reports.results import RUN_FOLDER
from redproof_reports.script import write_script
from redproof_reports.terminal import render_replies, render_steps, render_told
from redproof_reports.text import count, printable

FORMS: Final[Mapping[str, Callable[[Divergence, str], str]]] = {"pytest": write_pytest, "bash": write_script}
MATRIX_FOLDER: Final = RUN_FOLDER / "matrix"


@click.command(epilog=TARGET_HELP, short_help="See whether a recorded divergence is still there.")
@click.argument("record", metavar="ID|FILE")
@target_option
@click.option(
    "--times",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Run it so often: chance may play a part.",
)
@click.option(
    "--records",
    "folders",
    type=click.Path(file_okay=False, path_type=Path),
    multiple=True,
    default=[RUN_FOLDER, MATRIX_FOLDER],
    show_default=True,
    help="Where an id is looked for: the folders of runs; may be repeated.",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(list(FORMS)),
    help="Run nothing: print a file that needs no redproof, for pytest or for bash with redis-cli.",
)
@comparison_option
@judge_as_option
@allow_flush_option
@click.pass_context
def replay(
    context: click.Context,
    record: str,
    target: str | None,
    times: int,
    folders: tuple[Path, ...],
    form: str | None,
    comparison: Comparison,
    judge_as: str | None,
    allow_flush: bool,
) -> None:
    """Run the steps of a record again on a target, judged by today's model; a schedule on several servers.

    It is given by its file, or by its id or the beginning of that. Each step is shown with the replies of
    model and server, and with what differs in their data. Ends with 0 when there is no divergence any more,
    with 1 when there is one, and with 3 when its last step is not sent, as it would end the server.

    \b
    redproof replay 3f2a19c0b7d1 --target redis
    redproof replay .redproof/divergences/redis-3f2a19c0b7d1.json --target redis
    redproof replay 3f2a --as pytest > test_3f2a.py
    """
    recorded = find_record(record, folders)
    if form is not None:
        click.echo(FORMS[form](recorded, record), nl=False)
        return
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    console.print(Text(f"divergence {recorded.signature}, recorded on {printable(recorded.server)}\n", "bold"))
    with open_bench(target, recorded, comparison, judge_as, allow_flush=allow_flush) as bench:
        seen = [found for _ in range(times) if (found := bench.run(recorded)) is not None]
        _print_steps(console, bench, recorded)
        unsent = bench.unsent(recorded)
    console.print(_verdict(recorded, seen, times, unsent))
    context.exit(1 if seen else 3 if len(recorded.steps) in unsent else 0)


def _print_steps(console: Console, bench: Bench, recorded: Divergence) -> None:
    """Each step as it goes, or, of a schedule, all of them with what was recorded."""
    if recorded.topology is not None:
        console.print(
            render_steps(recorded), render_replies(recorded.expected, recorded.actual), sep="\n\n", end="\n\n"
        )
        console.print(Text(f"on {bench.described}:"))
        return
    console.print(Text(f"on {bench.described}:\n"))
    told, state = None, None
    try:
        for number, told in enumerate(bench.tell(recorded), 1):
            shown = told if told.state != state else replace(told, state=())
            console.print(render_told(number, shown, several=len(recorded.clients) > 1), end="")
            state = told.state
    except TargetError as error:
        console.print(Text(f"      nothing more can be told: {printable(str(error))}", "yellow"))
    if told is not None:
        console.print(_of_the_data(told))


def _of_the_data(last: Told) -> Text:
    """What is to be said of the data after the last step."""
    if last.unread:
        return Text(f"      data    not compared: {printable(last.unread)}\n", "yellow")
    return Text() if last.state else Text("      data    in the server as in the model\n")


def _verdict(recorded: Divergence, seen: Sequence[Divergence], times: int, unsent: Sequence[int]) -> Text:
    if not seen and len(recorded.steps) in unsent:
        return Text(f"UNKNOWN: the step at which it diverged is {UNSENT}", "bold yellow")
    if not seen:
        allowed = "every reply is one that the model allows"
        held = allowed if recorded.topology is None else "every replica has what its master has"
        return Text(f"NOT REPRODUCED in {count(times, 'attempt')}, not there: {held}", "bold green")
    same = [each for each in seen if each.signature == recorded.signature]
    last = (same or seen)[-1]
    if same:
        verdict = f"REPRODUCED {len(same)} of {times}, still there"
    else:
        verdict = f"another divergence, {last.signature}, at step {len(last.steps)}: {last.command}"
    return Text.assemble((verdict, "bold red"), "\n", render_replies(last.expected, last.actual))
