"""What `redproof fuzz` and `redproof compare` share: how long a campaign is, which processes judge it, and its end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from redproof_properties.errors import UsageError
from redproof_properties.fuzzing.corpus import Corpus
from redproof_properties.run import Profile, Run
from redproof_properties.targets import parse_target
from redproof_properties.targets.url import UrlTarget
from rich.console import Console
from rich.text import Text

from redproof_reports.baseline.file import Baseline
from redproof_reports.commands.time_limit import TimeLimit, in_words
from redproof_reports.finish import finish
from redproof_reports.fuzzing.cluster import SCHEME, cluster
from redproof_reports.fuzzing.executor import run_on
from redproof_reports.fuzzing.ledger import CAMPAIGN_FOLDER, forget, hand_over, keep_beginning
from redproof_reports.fuzzing.outcome import DEFAULTS, enter_outcome, repeat_command
from redproof_reports.fuzzing.progress import Display
from redproof_reports.fuzzing.settings import Settings, read_settings
from redproof_reports.fuzzing.shard import Shard, Tally
from redproof_reports.fuzzing.shards import run_shards
from redproof_reports.records.journal import JOURNAL_NAME
from redproof_reports.text import count, printable

Command = TypeVar("Command", bound=Callable[..., Any])


def _read_part(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and int(part) < int(parts)):
        raise click.BadParameter(f"{text!r} is no part of a campaign: 0/4 is the first of four, 3/4 the last")
    return f"{int(part)}/{int(parts)}"


def _read_executor(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    if text is not None and not text.startswith(SCHEME):
        raise click.BadParameter(f"{text!r} is no executor: it is written {SCHEME}host:port")
    return text


def length_options(default: int) -> Callable[[Command], Command]:
    """`--commands` and `--max-time`: when a campaign ends, by itself after so many commands."""

    def add(command: Command) -> Command:
        command = click.option("--max-time", type=TimeLimit(), help="For how long at most: 30s, 10m, 8h.")(command)
        return click.option(
            "--commands",
            type=click.IntRange(min=1),
            help=f"How many to judge in all.  [default: {default:,}, or as many as --max-time allows]",
        )(command)

    return add


def sharing_options(command: Command) -> Command:
    """`--length`, and how the histories are divided: `--workers`, `--shard` and `--executor`."""
    options = [
        click.option(
            "--length",
            type=click.IntRange(min=1),
            default=DEFAULTS["--length"],
            show_default=True,
            help="Commands in a history, which starts with an empty server.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(min=1),
            default=DEFAULTS["--workers"],
            show_default=True,
            help="Processes, each with its own server and its share of the histories.",
        ),
        click.option(
            "--shard",
            "part",
            metavar="I/N",
            default=DEFAULTS["--shard"],
            callback=_read_part,
            help="Only part I of N, counted from 0, of a campaign that is divided between machines.  [default: all]",
        ),
        click.option(
            "--executor",
            metavar="dask://HOST:PORT",
            callback=_read_executor,
            help="Judge the shards on the machines of this Dask cluster: --workers says how many shards.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def resume_option(command: Command) -> Command:
    """`--resume`: go on with a campaign."""
    return click.option(
        "--resume",
        is_flag=True,
        help="Go on with the campaign in --out: each worker after the last history that it had finished.",
    )(command)


class Limits:
    """When a campaign ends: after so many commands, or seconds; after `default` commands where neither is given."""

    def __init__(self, commands: int | None, max_time: int | None, default: int) -> None:
        self.commands = default if commands is None and max_time is None else commands
        self.max_time = max_time

    @property
    def words(self) -> list[str | int]:
        """The options that say so."""
        words: list[str | int] = [] if self.commands is None else ["--commands", self.commands]
        return words if self.max_time is None else [*words, "--max-time", in_words(self.max_time)]

    def __str__(self) -> str:
        commands = [] if self.commands is None else [count(self.commands, "command")]
        return " or ".join(commands + ([] if self.max_time is None else [in_words(self.max_time)]))


class Conduct:
    """A campaign as a command line asks for it: `options` are all of its options, of which the settings are the rest.

    It ends by itself after `default` commands.
    """

    def __init__(
        self,
        context: click.Context,
        default: int,
        *,
        commands: int | None,
        max_time: int | None,
        executor: str | None,
        resume: bool,
        allow_flush: bool,
        out: Path,
        known: Baseline,
        **options: Any,
    ) -> None:
        self.executor = executor
        self._context = context
        self._limits = Limits(commands, max_time, default)
        self._resume = resume
        self._allow_flush = allow_flush
        self._out = out
        self._known = known
        self._options = options

    def settings(self, target: str, second_target: str | None = None) -> Settings:
        """What was asked for; with --resume what is kept in `--out`, of which nothing may be another.

        Raises UsageError.
        """
        if not self._resume:
            return Settings(target, second_target=second_target, **self._options)
        given = {
            name: value
            for name, value in self._options.items()
            if self._context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        }
        targets = {"target": target, "second_target": second_target}
        return read_settings(self._out / CAMPAIGN_FOLDER).resumed(targets | given)

    def run(self, settings: Settings, targets: Sequence[str]) -> None:
        """Judge servers, spelled as they were given, write the run, and end the command with its exit code.

        Raises UsageError and TargetError.
        """
        for target in map(parse_target, targets):
            if settings.workers > 1 and isinstance(target, UrlTarget):
                raise UsageError(
                    f"{target.spelling}: several workers would empty this server under each other; use --workers 1"
                )
        folder = self._out / CAMPAIGN_FOLDER
        if not self._resume:
            journal = self._out / JOURNAL_NAME
            if left := hand_over(folder, journal):
                click.echo(f"{journal} has {count(left, 'divergence')} more, of a campaign that was killed")
            forget(folder)
            settings.write(folder)
            if settings.corpus is not None:
                keep_beginning(folder, Corpus(Path(settings.corpus)).names())
        limits = self._limits
        profile = Profile(str(self._context.command.name), 0, 0, limits.commands or 0)
        run = Run(profile, settings.seed, settings.comparison, self._out, settings.judge_as)
        share = None if limits.commands is None else ceil(limits.commands / settings.workers / settings.parts)
        started = run.started.isoformat(timespec="seconds")
        shards = [
            Shard(number, settings, tuple(targets), self._allow_flush, folder, started, share, limits.max_time)
            for number in range(settings.workers)
        ]
        tallies = _judge(shards, self.executor, limits, self._known.reasons)
        enter_outcome(run, settings, tallies, repeat_command(settings, limits.words))
        run.write()
        self._context.exit(finish(Console(file=sys.stdout, highlight=False), self._out, self._known))


def _judge(shards: Sequence[Shard], executor: str | None, limits: Limits, known: Mapping[str, str]) -> Sequence[Tally]:
    """Run the shards, and say what people should know of how the target is judged."""
    settings = shards[0].settings
    console = Console(file=sys.stdout, highlight=False)
    about = f"{settings.spelling}: {limits} of {settings.drawn}; seed {settings.seed}"
    console.print(Text(about), soft_wrap=True)
    display = Display(console, limits.commands, limits.max_time, known)
    with ExitStack() as stack:
        run = run_shards if executor is None else partial(run_on, stack.enter_context(cluster(executor)))
        stack.enter_context(display.progress)
        tallies = run(shards, display.show)
    early = [f"ended early: {tally.failure}" for tally in tallies if tally.failure and tally.signatures]
    for note in dict.fromkeys([*(note for tally in tallies for note in tally.notes), *early]):
        console.print(Text(f"note: {printable(note)}"), soft_wrap=True)
    return tallies
