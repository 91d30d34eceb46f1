"""`redproof simulate`: random walks through systems."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import click
from redproof_model.kernel.draws import NoInitialStateError
from redproof_model.kernel.simulate import Broken, Simulator
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from redproof_reports.commands.options import out_option, seed_option
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

INTERRUPTED: Final = "interrupted"
STEPS: Final = 100_000
_STEPS_BETWEEN_LOOKS: Final = 5_000


@click.command(short_help="Walk through systems at random.")
@systems_argument
@scope_option
@click.option(
    "--steps", type=click.IntRange(min=1), default=STEPS, show_default=True, help="Steps to take in each scope."
)
@seed_option
@itf_option
@out_option
@click.pass_context
def simulate(
    context: click.Context,
    names: tuple[str, ...],
    every: bool,
    scope: str | None,
    steps: int,
    seed: int,
    itf: Path | None,
    out: Path,
) -> None:
    """Walk through systems at random and check every claim in each state and step.

    What is found broken is shown with a short trace, which is kept as ITF JSON. That nothing is found
    says little: `redproof explore` visits every state, `redproof prove` needs no bounds.

    \b
    redproof simulate --all
    redproof simulate rehash --steps 1000000 --seed 7
    """
    chosen = choose_scopes(names, every, scope)
    console = Console(file=sys.stdout, highlight=False)
    findings = Findings("scope", reproduce(context))
    traces = Traces(console, out, itf)
    with findings.until_interrupted():
        for entry, name, make in announced(console, chosen):
            simulator = Simulator(make(), seed)
            started = time.monotonic()
            ended = _walk(console, simulator, steps)
            seconds = time.monotonic() - started
            _print_walks(console, simulator, seconds)
            verdict = _verdict(console, traces, simulator, ended, entry.name, name)
            findings.found.append(Finding(entry.name, name, *verdict, _figures(simulator, seconds)))
            if ended is INTERRUPTED:
                raise KeyboardInterrupt
    context.exit(conclude(console, findings, out / "simulations.json"))


def _walk(console: Console, simulator: Simulator, steps: int) -> Broken | str | None:
    """Take the steps, with a bar; give what is broken, or why it ended early."""
    columns = (BarColumn(), TextColumn("{task.completed:,} of {task.total:,} steps"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=steps)
        try:
            while (left := steps - simulator.steps) > 0:
                before = simulator.steps
                broken = simulator.walk(min(left, _STEPS_BETWEEN_LOOKS))
                bar.update(task, completed=simulator.steps)
                if broken is not None:
                    return broken
                if simulator.steps == before:
                    return "no initial state that was drawn has a possible step"
        except NoInitialStateError as error:
            return str(error)
        except KeyboardInterrupt:
            return INTERRUPTED
    return None


def _print_walks(console: Console, simulator: Simulator, seconds: float) -> None:
    """What was walked through."""
    steps = simulator.steps
    rate = f"{steps / seconds:,.0f} steps/s"
    ends = [count(simulator.dead_ends, "dead end")] if simulator.dead_ends else []
    print_values(console, "steps", [f"{steps:,} in {count(simulator.walks, 'walk')}", *ends, duration(seconds), rate])
    print_fired(console, _fired(simulator))
    print_witnesses(console, simulator.witnessed, [each.name for each in simulator.system.witnesses])


def _fired(simulator: Simulator) -> Counter[str]:
    """How often each action was taken, whatever its parameters."""
    fired: Counter[str] = Counter()
    for action, number in zip(simulator.system.actions, simulator.fired, strict=True):
        fired[action.name] += number
    return fired


def _verdict(
    console: Console, traces: Traces, simulator: Simulator, ended: Broken | str | None, *names: str
) -> tuple[Verdict, str, str | None]:
    """Print the verdict, with the trace if there is one, and give it with its reason and the trace's file."""
    match ended:
        case Broken(claim, trace):
            reason = f"{claim.name}: {claim.sentence}"
            print_sentence(console, "broken", reason, STYLES[Verdict.BROKEN])
            return Verdict.BROKEN, reason, traces.keep(trace, *names, claim.name)
        case str():
            print_sentence(console, "unknown", ended, STYLES[Verdict.UNKNOWN])
            return Verdict.UNKNOWN, ended, None
        case None:
            number = count(claims_of(simulator.system), "claim")
            print_sentence(console, "holds", f"{number} in every state and step seen", STYLES[Verdict.HOLDS])
            return Verdict.HOLDS, "", None


def _figures(simulator: Simulator, seconds: float) -> dict[str, Any]:
    return {
        "steps": simulator.steps,
        "walks": simulator.walks,
        "dead_ends": simulator.dead_ends,
        "seconds": round(seconds, 2),
        "fired": dict(_fired(simulator)),
        "witnessed": simulator.witnessed,
    }
