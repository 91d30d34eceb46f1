"""`redproof check`: every property on every target."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from redproof_properties.comparison import Comparison
from redproof_properties.errors import RedproofError, UsageError
from redproof_properties.plugin import DEFAULT_TARGETS
from redproof_properties.run import PROFILES
from redproof_properties.targets import parse_target
from redproof_properties.vocabulary import GROUPS
from rich.console import Console
from rich.text import Text

from redproof_reports.baseline.file import Baseline
from redproof_reports.commands.options import (
    TARGET_HELP,
    allow_flush_option,
    baseline_option,
    comparison_option,
    judge_as_option,
    out_option,
    seed_option,
    target_file_option,
)
from redproof_reports.finish import finish
from redproof_reports.observer import Observer, run_properties
from redproof_reports.text import printable


@click.command(epilog=TARGET_HELP, short_help="Judge servers by every property.")
@click.argument("targets", nargs=-1, metavar="TARGET...")
@target_file_option
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="quick",
    show_default=True,
    help="How long to look: some minutes, an hour, or a night.",
)
@seed_option
@click.option(
    "-k", "keyword", metavar="EXPRESSION", help="Only properties whose names match, as in 'lists and not clients'."
)
@click.option(
    "--group",
    "groups",
    type=click.Choice(list(GROUPS)),
    multiple=True,
    help="Only properties of this group of commands; may be repeated.",
)
@comparison_option
@judge_as_option
@allow_flush_option
@out_option
@baseline_option
@click.pass_context
def check(
    context: click.Context,
    targets: tuple[str, ...],
    of_files: tuple[str, ...],
    profile: str,
    seed: int,
    keyword: str | None,
    groups: tuple[str, ...],
    comparison: Comparison,
    judge_as: str | None,
    allow_flush: bool,
    out: Path,
    known: Baseline,
) -> None:
    """Judge servers by every property; without a TARGET the bundled server and the real Redis.

    \b
    redproof check bundled redis local:redis-server
    redproof check redis://127.0.0.1:6379 --profile thorough --seed 7
    """
    targets += of_files
    spellings = [parse_target(target).spelling for target in targets or DEFAULT_TARGETS]
    console = Console(file=sys.stdout, highlight=False)
    console.print(Text(f"{', '.join(spellings)}; profile {profile}; seed {seed}"), soft_wrap=True)
    observer = Observer(console, groups)
    arguments = [
        "--require-targets",
        "--profile",
        profile,
        "--seed",
        str(seed),
        "--comparison",
        comparison.value,
        "--out",
        str(out),
    ]
    arguments += [word for target in targets for word in ("--target", target)]
    arguments += ["--judge-as", judge_as] if judge_as is not None else []
    arguments += ["--allow-flush"] if allow_flush else []
    arguments += ["-k", keyword] if keyword is not None else []
    run_properties(arguments, observer)
    context.exit(_conclude(console, observer, out, known))


def _conclude(console: Console, observer: Observer, out: Path, known: Baseline) -> int:
    """Show what was judged, then what ended the run early; a divergence outweighs that in the exit code."""
    code = finish(console, out, known) if observer.judged else None
    if observer.failure is not None:
        if code != 1:
            raise observer.failure
        console.print(Text("\n".join(map(printable, str(observer.failure).splitlines())), "bold"), soft_wrap=True)
    if code is not None:
        return code
    if observer.selected == 0:
        raise UsageError("no property has such a name and group; leave out -k or --group")
    raise RedproofError("interrupted before anything was judged")
