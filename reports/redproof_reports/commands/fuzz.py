"""`redproof fuzz`: many generated commands on one target."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click
from redproof_properties.comparison import Comparison
from redproof_properties.errors import UsageError
from redproof_properties.generate import CLIENT_NAMES
from redproof_properties.run import Profile, PropertyOutcome, Run, TargetSummary
from redproof_properties.targets import parse_target
from redproof_properties.targets.url import UrlTarget
from redproof_properties.vocabulary import GROUPS
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from redproof_reports.commands.options import (
    TARGET_HELP,
    allow_flush_option,
    baseline_option,
    comparison_option,
    judge_as_option,
    out_option,
    seed_option,
)
from redproof_reports.finish import finish
from redproof_reports.fuzzing import Tally, Task, run_tasks
from redproof_reports.text import printable

TITLE: Final = "Every reply to generated commands is one that the model allows"
SOURCE: Final = "https://redis.io/docs/latest/commands/"
DEFAULTS: Final[dict[str, str | int]] = {
    "--groups": ",".join(GROUPS),
    "--clients": 1,
    "--resp": 2,
    "--length": 100,
    "--jobs": 1,
    "--comparison": Comparison.EXACT.value,
}


def _read_groups(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[str, ...]:
    groups = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    unknown = [name for name in groups if name not in GROUPS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(GROUPS)}")
    return groups


@click.command(epilog=TARGET_HELP, short_help="Judge many generated commands.")
@click.argument("target")
@click.option(
    "--commands", type=click.IntRange(min=1), default=100_000, show_default=True, help="How many to judge in all."
)
@seed_option
@click.option(
    "--groups",
    default=DEFAULTS["--groups"],
    callback=_read_groups,
    help=f"Groups of commands, with commas between: {', '.join(GROUPS)} (all without this).",
)
@click.option(
    "--clients",
    type=click.IntRange(1, len(CLIENT_NAMES)),
    default=DEFAULTS["--clients"],
    show_default=True,
    help="Clients in a history.",
)
@click.option(
    "--resp", type=click.IntRange(2, 3), default=DEFAULTS["--resp"], show_default=True, help="The protocol they speak."
)
@click.option("--pauses", is_flag=True, help="Let some time pass within histories, so that keys expire.")
@click.option(
    "--length",
    type=click.IntRange(min=1),
    default=DEFAULTS["--length"],
    show_default=True,
    help="Commands in a history, which starts with an empty server.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=DEFAULTS["--jobs"],
    show_default=True,
    help="Processes, each with its own server.",
)
@comparison_option
@judge_as_option
@allow_flush_option
@out_option
@baseline_option
@click.pass_context
def fuzz(
    context: click.Context,
    target: str,
    commands: int,
    seed: int,
    groups: tuple[str, ...],
    clients: int,
    resp: int,
    pauses: bool,
    length: int,
    jobs: int,
    comparison: Comparison,
    judge_as: str | None,
    allow_flush: bool,
    out: Path,
    known: Mapping[str, str],
) -> None:
    """Judge many generated commands on TARGET.

    Ctrl-C ends it and keeps what was found. History number n is drawn from the seed plus n, which is
    the seed that a divergence found in it shows.

    \b
    redproof fuzz redis --commands 1000000 --jobs 2
    redproof fuzz bundled --groups lists,transactions --clients 3 --resp 3
    redproof fuzz redis --seed 7 --commands 1      the one history of seed 7
    """
    parsed = parse_target(target)
    if jobs > 1 and isinstance(parsed, UrlTarget):
        raise UsageError(f"{parsed.spelling}: several jobs would empty this server under each other; use --jobs 1")
    task = Task(target, allow_flush, groups, clients, resp, pauses, length, commands, seed, comparison, judge_as)
    run = Run(Profile("fuzz", 0, 0, commands), seed, comparison, out, judge_as)
    started = time.monotonic()
    console = Console(file=sys.stdout, highlight=False)
    console.print(Text(f"{parsed.spelling}: {commands:,} commands of {', '.join(groups)}; seed {seed}"), soft_wrap=True)
    with _progress(console, commands) as bar:
        tallies = run_tasks(task.split(jobs), lambda tallies: _show(bar, tallies))
    for note in dict.fromkeys(note for tally in tallies for note in tally.notes):
        console.print(Text(f"note: {printable(note)}"), soft_wrap=True)
    _enter(run, parsed.spelling, tallies, _repeat(parsed.spelling, task, jobs), started)
    run.write()
    context.exit(finish(console, out, known))


def _progress(console: Console, commands: int) -> Progress:
    columns = (
        BarColumn(),
        TextColumn("{task.completed:,} of {task.total:,} commands"),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[found]}"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=console, transient=not console.is_terminal)
    bar.add_task("", total=commands, rate="", found="")
    return bar


def _show(bar: Progress, tallies: Sequence[Tally]) -> None:
    (task,) = bar.tasks
    commands = sum(tally.commands for tally in tallies)
    found = len(set().union(*(tally.signatures for tally in tallies)))
    bar.update(
        task.id,
        completed=commands,
        rate=f"{commands / task.elapsed:,.0f}/s" if task.elapsed else "",
        found=f"[red]{found} found[/]" if found else "none found",
    )


def _enter(run: Run, spelling: str, tallies: Sequence[Tally], repeat: str, started: float) -> None:
    """Keep in the run what the workers found, as one property."""
    findings = [tally.findings for tally in tallies if tally.findings is not None]
    for each in findings:
        for divergence in each.divergences.values():
            divergence.property_name = TITLE
            run.enter(divergence)
    commands, histories = (sum(getattr(tally, name) for tally in tallies) for name in ("commands", "histories"))
    run.interrupted = any(each.interrupted for each in findings)
    summary = TargetSummary(spelling, tallies[0].server, tallies[0].model, commands, histories)
    summary.unsupported = [*tallies[0].unsupported]
    run.summaries[spelling] = summary
    broken = sorted({signature for each in findings for signature in each.divergences})
    seconds = round(time.monotonic() - started, 1)
    outcome, reason = ("error", "interrupted") if run.interrupted else ("holds", "")
    if broken:
        outcome, reason = "broken", ""
    run.outcomes.append(PropertyOutcome(repeat, TITLE, SOURCE, spelling, outcome, reason, seconds, broken))


def _repeat(spelling: str, task: Task, jobs: int) -> str:
    """The command that makes the same run again; of the options that have a default those that differ from it."""
    words = [spelling, "--commands", task.commands, "--seed", task.seed]
    given = {"--groups": ",".join(task.groups), "--clients": task.clients, "--resp": task.resp, "--length": task.length}
    given |= {"--jobs": jobs, "--comparison": task.comparison.value}
    for option, value in given.items():
        if value != DEFAULTS[option]:
            words += [option, value]
    words += ["--judge-as", task.judge_as] if task.judge_as is not None else []
    words += ["--pauses"] if task.pauses else []
    return shlex.join(["redproof", "fuzz", *map(str, words)])
