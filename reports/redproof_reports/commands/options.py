"""Options that several commands take."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click
from redproof_properties.comparison import Comparison
from redproof_properties.errors import UsageError
from redproof_properties.judged import version_named
from redproof_properties.targets import SPELLINGS
from redproof_properties.targets.entries import spellings_of

from redproof_reports.baseline.file import Baseline, read_baseline
from redproof_reports.baseline.unseen import records_beside
from redproof_reports.results import RUN_FOLDER

Command = TypeVar("Command", bound=Callable[..., Any])

TARGET_HELP: Final = "\b\nTargets are spelled:\n" + "\n".join(f"  {name:<44}{text}" for name, text in SPELLINGS)


class Written(click.Path):
    """A file or folder that a command writes, refused before it starts: at its end all that was found would be lost."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Read it; folders that are not there yet are made later."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        there = next(each for each in (path, *path.parents) if os.access(each, os.F_OK))
        if not os.access(there, os.W_OK) or (there != path and not there.is_dir()):
            self.fail(f"{str(path)!r} cannot be written: look at {str(there)!r}", param, ctx)
        return path


WRITTEN_FOLDER: Final = Written(file_okay=False)
WRITTEN_FILE: Final = Written(dir_okay=False)


def _read_comparison(_context: click.Context, _parameter: click.Parameter, value: str) -> Comparison:
    return Comparison(value)


def _read_target_files(
    _context: click.Context, _parameter: click.Parameter, paths: tuple[Path, ...]
) -> tuple[str, ...]:
    return tuple(name for path in paths for name in spellings_of(path))


def _check_version(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    if text is not None:
        version_named(text)
    return text


def _choose_seed(_context: click.Context, _parameter: click.Parameter, seed: int | None) -> int:
    return random.SystemRandom().randrange(2**32) if seed is None else seed


def target_option(command: Command) -> Command:
    """`--target`: one target, as `redproof check` takes it, in the place of those that a record names."""
    help_text = "The server to run it on, or several of this kind for a schedule; without it, what the record names."
    return click.option("--target", metavar="TARGET", help=help_text)(command)


def target_file_option(command: Command) -> Command:
    """`--target-file`: every target of a file, beside those named one by one."""
    return click.option(
        "--target-file",
        "of_files",
        multiple=True,
        type=click.Path(dir_okay=False, path_type=Path),
        callback=_read_target_files,
        metavar="FILE",
        help="Judge every target of a TOML file with tables [targets.NAME]; may be repeated.",
    )(command)


def comparison_option(command: Command) -> Command:
    """`--comparison`: how strictly error replies are compared."""
    return click.option(
        "--comparison",
        type=click.Choice([level.value for level in Comparison]),
        default=Comparison.EXACT.value,
        show_default=True,
        callback=_read_comparison,
        help="How strictly error replies are compared: their text, its first word, or only that they are errors.",
    )(command)


def judge_as_option(command: Command) -> Command:
    """`--judge-as`: the version of the model."""
    return click.option(
        "--judge-as",
        metavar="VERSION",
        callback=_check_version,
        help="The version of the model that judges, such as 7.0; without it the one that the server tells.",
    )(command)


def allow_flush_option(command: Command) -> Command:
    """`--allow-flush`: empty a running server that holds keys."""
    return click.option(
        "--allow-flush", is_flag=True, help="Empty a server given by URL even though it holds keys: they are lost."
    )(command)


def seed_option(command: Command) -> Command:
    """`--seed`: what everything is drawn from, chosen at random without it."""
    return click.option(
        "--seed", type=click.IntRange(min=0), callback=_choose_seed, help="Repeat the run that printed this seed."
    )(command)


def out_option(command: Command) -> Command:
    """`--out`: the run folder."""
    return click.option(
        "--out",
        type=WRITTEN_FOLDER,
        default=RUN_FOLDER,
        show_default=True,
        help="The folder for what the run leaves: records, traces, scripts and the page.",
    )(command)


def baseline_option(command: Command) -> Command:
    """`--baseline` and what may be done to it: divergences that are known, which the command gets as `known`."""

    @wraps(command)
    def with_baseline(
        *arguments: Any, baseline: Path | None, baseline_update: bool, baseline_prune: bool, **options: Any
    ) -> Any:
        if baseline is None and (baseline_update or baseline_prune):
            raise UsageError("which baseline? --baseline names the file to update or prune")
        known = Baseline()
        if baseline is not None:
            known = read_baseline(baseline, update=baseline_update, prune=baseline_prune)
            records_beside(known)
        return command(*arguments, known=known, **options)

    options = [
        click.option(
            "--baseline",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Divergences that are known and fail nothing: a TOML file with a table [ID] and a reason for each.",
        ),
        click.option("--baseline-update", is_flag=True, help="Enter into it what is new, for you to give the reasons."),
        click.option("--baseline-prune", is_flag=True, help="Drop from it what was reached and diverges no more."),
    ]
    for option in reversed(options):
        option(with_baseline)
    return cast(Command, with_baseline)
