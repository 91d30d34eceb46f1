"""`redproof explore`: every reachable state of finite scopes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from redproof_model.kernel.explore import MEMORY_BYTES_MAX, Exploration, Progress
from redproof_model.kernel.explore import explore as explore_system
from redproof_model.kernel.explore.initial import initial_states
from redproof_model.kernel.explore.packing import Packing
from redproof_model.kernel.explore.traces import state_at
from redproof_model.kernel.promela import to_promela
from redproof_model.kernel.system import System
from redproof_properties.errors import UsageError
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from redproof_reports.commands.options import WRITTEN_FILE, out_option
from redproof_reports.commands.systems import (
    announced,
    choose_scopes,
    claims_of,
    conclude,
    itf_option,
    reproduce,
    scope_option,
    systems_argument,
)
from redproof_reports.findings import STYLES, Finding, Findings, Verdict
from redproof_reports.layout import print_fired, print_sentence, print_values, print_witnesses
from redproof_reports.text import count, duration
from redproof_reports.traces import Traces

_MEBIBYTE: Final = 2**20
_OF_STEPS: Final = ("every_step", "range")


@click.command(short_help="Visit every state of finite scopes.")
@systems_argument
@scope_option
@click.option("--states-max", type=click.IntRange(min=1), help="Stop a scope at so many states.")
@click.option(
    "--memory-mib",
    type=click.IntRange(min=1),
    default=MEMORY_BYTES_MAX // _MEBIBYTE,
    show_default=True,
    help="Stop a scope where it needs more memory.",
)
@click.option("--witnesses", is_flag=True, help="Show and keep a shortest trace to each witness, too.")
@click.option("--deadlock", is_flag=True, help="Claim that in every state some action is possible.")
@click.option(
    "--promela",
    type=WRITTEN_FILE,
    help="Write the one scope that is chosen to this file, in Promela for SPIN.",
)
@itf_option
@out_option
@click.pass_context
def explore(
    context: click.Context,
    names: tuple[str, ...],
    every: bool,
    scope: str | None,
    states_max: int | None,
    memory_mib: int,
    witnesses: bool,
    deadlock: bool,
    promela: Path | None,
    itf: Path | None,
    out: Path,
) -> None:
    """Visit every reachable state of finite scopes and check every claim in each state and step.

    What is broken is shown with a shortest trace, which is kept as ITF JSON. A scope that is not
    visited to its end is unknown, and so the command ends with 3.

    \b
    redproof explore --all
    redproof explore rehash --scope small --itf trace.itf.json
    """
    chosen = choose_scopes(names, every, scope)
    if promela is not None:
        if len(chosen) != 1:
            raise UsageError("--promela takes one scope: name a system, and a scope with --scope")
        promela.write_text(_in_promela(chosen[0][2]()))
    console = Console(file=sys.stdout, highlight=False)
    findings = Findings("scope", reproduce(context))
    traces = Traces(console, out, itf)
    with findings.until_interrupted():
        for entry, name, make in announced(console, chosen):
            started = time.monotonic()
            with _bar(console) as show:
                exploration = explore_system(
                    make(),
                    states_max=states_max,
                    memory_bytes_max=memory_mib * _MEBIBYTE,
                    deadlocks_allowed=not deadlock,
                    progress=show,
                )
            seconds = time.monotonic() - started
            _print_exploration(console, exploration, seconds)
            verdict = _verdict(console, traces, exploration, entry.name, name)
            if witnesses:
                _show_witnesses(console, traces, exploration, entry.name, name)
            findings.found.append(Finding(entry.name, name, *verdict, _figures(exploration, seconds)))
            if exploration.interrupted:
                raise KeyboardInterrupt
    context.exit(conclude(console, findings, out / "explorations.json"))


def _in_promela(system: System) -> str:
    """The system in Promela. Raises UsageError where SPIN cannot count so far."""
    packing = Packing(system)
    chunks = initial_states(system, packing)
    initial = [packing.unpack(state_at(words, at)) for words in chunks for at in range(len(words[0]))]
    try:
        return to_promela(system, initial)
    except ValueError as error:
        raise UsageError(f"{system.name} cannot be written in Promela: {error}") from error


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[Progress], None]]:
    """What shows how far an exploration is, where there is a terminal to see it."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("compiling")

        def show(progress: Progress) -> None:
            rate = progress.states / (bar.tasks[0].elapsed or 1)
            parts = (f"{progress.states:,} states", f"level {progress.depth}", f"{progress.frontier:,} waiting")
            bar.update(task, description="  ".join((*parts, f"{rate:,.0f} states/s")))

        yield show


def _print_exploration(console: Console, exploration: Exploration, seconds: float) -> None:
    """What was visited."""
    levels = count(len(exploration.levels), "level")
    extent = "all of them" if exploration.complete else "not all of them"
    rate = f"{exploration.states / seconds:,.0f} states/s"
    print_values(console, "states", [f"{exploration.states:,} in {levels}, {extent}", duration(seconds), rate])
    ends = [count(exploration.deadlocks, "dead end")] if exploration.deadlocks else []
    print_values(console, "transitions", [f"{exploration.transitions:,}", *ends])
    if exploration.collision_probability:
        text = f"two states taken for one with a probability of at most {exploration.collision_probability:.0e}"
        print_sentence(console, "fingerprints", text)
    print_fired(console, exploration.firings)
    print_witnesses(console, _witnessed(exploration), [each.claim.name for each in exploration.witnesses])


def _witnessed(exploration: Exploration) -> dict[str, int]:
    """The steps to each witness that was seen."""
    return {each.claim.name: len(each.trace) for each in exploration.witnesses if each.trace is not None}


def _verdict(
    console: Console, traces: Traces, exploration: Exploration, *names: str
) -> tuple[Verdict, str, str | None]:
    """Print the verdict, with a trace for each broken claim, and give it with its reason and the first trace's file."""
    reasons: list[str] = []
    paths: list[str] = []
    for violation in exploration.violations:
        if paths:
            console.print()
        claim = violation.claim
        reasons.append(f"{claim.name}: {claim.sentence}")
        where = count(violation.count, "step" if violation.kind in _OF_STEPS else "state")
        print_sentence(console, "broken", f"{reasons[-1]} ({where})", STYLES[Verdict.BROKEN])
        paths.append(traces.keep(violation.trace, *names, claim.name))
    if exploration.complete and exploration.unseen:
        reasons.append(f"never seen: {', '.join(exploration.unseen)}")
        print_sentence(console, "broken", reasons[-1], STYLES[Verdict.BROKEN])
    if reasons:
        return Verdict.BROKEN, "; ".join(reasons), paths[0] if paths else None
    if not exploration.holds:
        print_sentence(console, "unknown", exploration.stopped, STYLES[Verdict.UNKNOWN])
        return Verdict.UNKNOWN, exploration.stopped, None
    number = count(claims_of(exploration.system) + len(exploration.system.leads), "claim")
    print_sentence(console, "holds", f"{number} in every state and step", STYLES[Verdict.HOLDS])
    return Verdict.HOLDS, "", None


def _show_witnesses(console: Console, traces: Traces, exploration: Exploration, *names: str) -> None:
    """Print and keep a shortest trace to each witness that was seen."""
    for each in exploration.witnesses:
        if each.trace is not None:
            console.print()
            print_sentence(console, "witness", f"{each.claim.name}: {each.claim.sentence}")
            traces.keep(each.trace, *names, each.claim.name)


def _figures(exploration: Exploration, seconds: float) -> dict[str, Any]:
    return {
        "states": exploration.states,
        "transitions": exploration.transitions,
        "levels": list(exploration.levels),
        "deadlocks": exploration.deadlocks,
        "seconds": round(seconds, 2),
        "bits": exploration.bits,
        "memory_mib": round(exploration.memory_bytes / _MEBIBYTE, 1),
        "collision_probability": exploration.collision_probability,
        "fired": dict(exploration.firings),
        "witnessed": _witnessed(exploration),
    }
