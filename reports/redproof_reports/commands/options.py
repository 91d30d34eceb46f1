"""Options that several commands take."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from redproof_properties.comparison import Comparison
from redproof_properties.judged import version_named
from redproof_properties.targets import SPELLINGS
from redproof_properties.targets.entries import spellings_of

from redproof_reports.baseline import read_baseline
from redproof_reports.results import RUN_FOLDER

Command = TypeVar("Command", bound=Callable[..., Any])

TARGET_HELP: Final = "\b\nTargets are spelled:\n" + "\n".join(f"  {name:<44}{text}" for name, text in SPELLINGS)


def _read_comparison(_context: click.Context, _parameter: click.Parameter, value: str) -> Comparison:
    return Comparison(value)


def _read_baseline(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Mapping[str, str]:
    return {} if path is None else read_baseline(path)


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
    """`--target`: one target, as `redproof check` takes it."""
    return click.option("--target", required=True, metavar="TARGET", help="The server to run it on.")(command)


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
        type=click.Path(file_okay=False, path_type=Path),
        default=RUN_FOLDER,
        show_default=True,
        help="The folder for what the run leaves: records, traces, scripts and the page.",
    )(command)


def baseline_option(command: Command) -> Command:
    """`--baseline`: divergences that are known, with reasons."""
    return click.option(
        "--baseline",
        "known",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=_read_baseline,
        help='Divergences that are known and fail nothing: a file with {"format": 1, "known": {"ID": "REASON"}}.',
    )(command)
