"""`redproof fuzz`: many generated commands on one target."""

from __future__ import annotations

from typing import Any, Final

import click
from redproof_properties.errors import UsageError
from redproof_properties.fuzzing.passages import require
from redproof_properties.generate import CLIENT_NAMES
from redproof_properties.targets import parse_target
from redproof_properties.vocabulary import GROUPS

from redproof_reports.commands.campaigns import Conduct, length_options, resume_option, sharing_options
from redproof_reports.commands.options import (
    TARGET_HELP,
    allow_flush_option,
    baseline_option,
    comparison_option,
    judge_as_option,
    out_option,
    seed_option,
)
from redproof_reports.fuzzing.outcome import DEFAULTS
from redproof_reports.fuzzing.shard import passages_of

COMMANDS: Final = 100_000


def _read_groups(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[str, ...]:
    groups = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    unknown = [name for name in groups if name not in GROUPS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(GROUPS)}")
    return groups


@click.command(epilog=TARGET_HELP, short_help="Judge many generated commands.")
@click.argument("target")
@length_options(COMMANDS)
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
@sharing_options
@click.option(
    "--corpus",
    type=click.Path(file_okay=False),
    help="Guide histories by what is new: keep those that reach something in this folder, and make others of them.",
)
@click.option("--replica", is_flag=True, help="Give the server a replica, whose data must equal after each history.")
@click.option(
    "--documented",
    is_flag=True,
    help="Draw every command that COMMAND DOCS documents, also those without a model; data must be the same on a "
    "replica, after DEBUG RELOAD, after an AOF rewrite with DEBUG LOADAOF, and after a restart.",
)
@resume_option
@comparison_option
@judge_as_option
@allow_flush_option
@out_option
@baseline_option
@click.pass_context
def fuzz(context: click.Context, /, target: str, **options: Any) -> None:
    """Judge many generated commands on TARGET.

    Ctrl-C ends it and keeps what was found; --resume goes on with it. History number n is drawn from the
    seed plus n, which is the seed that a divergence found in it shows.

    \b
    redproof fuzz redis --commands 1000000 --workers 2
    redproof fuzz bundled --groups lists,transactions --clients 3 --resp 3
    redproof fuzz redis --max-time 10m
    redproof fuzz redis --seed 7 --commands 1      the one history of seed 7
    """
    parsed = parse_target(target)
    conduct = Conduct(context, COMMANDS, **options)
    settings = conduct.settings(parsed.spelling)
    if conduct.executor is not None and settings.corpus is not None:
        raise UsageError("a corpus is kept on this machine, and --executor judges on others; leave one of them out")
    require(parsed, passages_of(settings))
    if settings.documented and (settings.corpus is not None or settings.clients > 1):
        raise UsageError(
            "documented commands are drawn for one client and by no model: leave --corpus and --clients out"
        )
    conduct.run(settings, [target])
