"""What the commands on systems share: how systems and scopes are chosen, and how a command ends."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import click
from click.core import ParameterSource
from redproof_model.kernel.system import System
from redproof_model.systems import SYSTEMS, Entry, Maker
from redproof_properties.errors import UsageError
from rich.console import Console
from rich.text import Text

from redproof_reports.commands.options import WRITTEN_FILE
from redproof_reports.findings import STYLES, Findings
from redproof_reports.layout import GAP, print_heading, print_values
from redproof_reports.text import duration

Command = TypeVar("Command", bound=Callable[..., Any])
Scope: TypeAlias = tuple[Entry, str, Maker]
"""A system, the name of one of its scopes, and what makes it."""


def systems_argument(command: Command) -> Command:
    """The systems by name, or `--all` of them."""
    every = click.option("--all", "every", is_flag=True, help="All systems.")
    return click.argument("names", nargs=-1, metavar="[SYSTEM]...")(every(command))


def scope_option(command: Command) -> Command:
    """`--scope`: one scope of each system."""
    return click.option("--scope", metavar="NAME", help="Only the scope of this name; without it every scope.")(command)


def itf_option(command: Command) -> Command:
    """`--itf`: where the trace of what is broken is written, beside the run folder."""
    return click.option(
        "--itf",
        type=WRITTEN_FILE,
        help="Write the trace of the first broken claim to this file too, as ITF JSON.",
    )(command)


def choose_systems(names: Sequence[str], every: bool) -> list[Entry]:
    """The systems of these names, or all. Raises UsageError, which says which there are."""
    if every and names:
        raise UsageError("give names of systems or --all, not both")
    if not every and not names:
        raise UsageError(f"give names of systems, or --all\n{_listed()}")
    for name in names:
        if name not in SYSTEMS:
            raise UsageError(f"there is no system {name!r}\n{_listed()}")
    return [SYSTEMS[name] for name in dict.fromkeys(names)] if names else list(SYSTEMS.values())


def choose_scopes(names: Sequence[str], every: bool, scope: str | None) -> list[Scope]:
    """The finite scopes of the chosen systems. Raises UsageError where one that was named has none such."""
    entries = choose_systems(names, every)
    chosen = [(entry, name, make) for entry in entries for name, make in entry.scopes.items() if scope in (None, name)]
    without = [entry for entry in entries if not any(entry is each for each, _, _ in chosen)]
    if without and (names or not chosen):
        raise UsageError("; ".join(_scopes_of(entry, scope) for entry in without))
    return chosen


def choose_proofs(names: Sequence[str], every: bool) -> list[tuple[Entry, System]]:
    """The chosen systems in the form that is proved. Raises UsageError where one that was named has none."""
    entries = choose_systems(names, every)
    for entry in entries:
        if names and entry.proof is None:
            raise UsageError(f"{entry.name} has no form to be proved; it can only be explored and simulated")
    return [(entry, entry.proof()) for entry in entries if entry.proof is not None]


def _scopes_of(entry: Entry, scope: str | None) -> str:
    wanted = "finite scope" if scope is None else f"scope {scope!r}"
    there = ", ".join(entry.scopes) or "none: it can only be proved"
    return f"{entry.name} has no {wanted}; there is {there}"


def _listed() -> str:
    """The systems there are, a line for each."""
    width = max(map(len, SYSTEMS), default=0)
    return "\n".join(f"  {entry.name:<{width}}  {entry.summary}" for entry in SYSTEMS.values())


def announced(console: Console, chosen: Iterable[Scope]) -> Iterator[Scope]:
    """The scopes one after the other, each with its name printed before, below that of its system."""
    above: Entry | None = None
    for entry, name, make in chosen:
        if entry is above:
            console.print()
        else:
            print_heading(console, entry.name, entry.summary)
        print_values(console, "scope", [Text(name, "bold")])
        above = entry
        yield entry, name, make


def claims_of(system: System) -> int:
    """How many claims are made of every state and every step of a system."""
    steps = system.step_claims(system.actions[0]) if system.actions else []
    return len(system.properties) + len(system.invariants) + len(steps)


def reproduce(context: click.Context) -> str:
    """The command line that does the same again: as it was given, with the seed if there is one."""
    words = ["redproof", str(context.info_name), *context.params["names"]]
    for parameter in context.command.params:
        name, value = str(parameter.name), context.params[str(parameter.name)]
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if isinstance(parameter, click.Option) and (given or name == "seed"):
            values = value if parameter.multiple else [value]
            words += [word for each in values for word in (parameter.opts[0], *([] if each is True else [str(each)]))]
    return shlex.join(words)


def conclude(console: Console, findings: Findings, path: Path) -> int:
    """Keep the findings in a file, print the verdict, and give the exit code. Raises OSError."""
    findings.write(path)
    console.print()
    took = (f", {duration(findings.seconds)}", "dim")
    console.print(Text.assemble((findings.headline, STYLES[findings.verdict]), took), soft_wrap=True)
    for label, value in (("reproduce", findings.reproduce), ("results", str(path))):
        console.print(Text(f"{label:<9}{GAP}{value}"), soft_wrap=True)
    return findings.exit_code
