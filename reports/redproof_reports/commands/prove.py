"""`redproof prove`: what systems claim, shown for all states by solvers."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from redproof_model.kernel.prove.bounded import bounded_conditions, k_induction_conditions
from redproof_model.kernel.prove.condition import Condition, Kind
from redproof_model.kernel.prove.conditions import conditions
from redproof_model.kernel.prove.houdini import houdini, templates
from redproof_model.kernel.prove.prove import decide
from redproof_model.kernel.prove.solver import CVC5, DEFAULT, Z3, Limits, Solver
from redproof_model.kernel.simulate import Simulator
from redproof_model.kernel.system import System
from redproof_properties.errors import UsageError
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from redproof_reports.commands.options import WRITTEN_FOLDER, out_option
from redproof_reports.commands.systems import choose_proofs, conclude, itf_option, reproduce, systems_argument
from redproof_reports.findings import STYLES, Finding, Findings, Verdict
from redproof_reports.layout import GAP, print_heading, print_sentence, print_values
from redproof_reports.proofs import TOGETHER, Row, Rows
from redproof_reports.traces import Traces, file_name

_STEPS_FOR_CANDIDATES = 20_000


@click.command(short_help="Prove what systems claim, for all states.")
@systems_argument
@click.option("--claim", "claims", metavar="NAME", multiple=True, help="Only the claim of this name; may be repeated.")
@click.option(
    "--timeout-s",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT.time_s,
    show_default=True,
    help="The time that one condition may take; then it is unknown.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Solvers at a time; without it one for each core.")
@click.option("--recheck", is_flag=True, help="Have every condition decided by a second solver, cvc5, too.")
@click.option("--k", type=click.IntRange(min=1), help="Prove what is always so by induction over so many steps.")
@click.option(
    "--depth", type=click.IntRange(min=0), help="Prove nothing, but look for counterexamples of so many steps."
)
@click.option("--candidates", is_flag=True, help="Look for further invariants among candidates of common forms.")
@click.option(
    "--smtlib",
    type=WRITTEN_FOLDER,
    help="Write every condition to this folder, in SMT-LIB.",
)
@itf_option
@out_option
@click.pass_context
def prove(
    context: click.Context,
    names: tuple[str, ...],
    every: bool,
    claims: tuple[str, ...],
    timeout_s: float,
    jobs: int | None,
    recheck: bool,
    k: int | None,
    depth: int | None,
    candidates: bool,
    smtlib: Path | None,
    itf: Path | None,
    out: Path,
) -> None:
    """Prove what systems claim for all their states, by induction, each condition by a solver of its own.

    A refuted condition is shown with the states that refute it. A condition that no solver decides in
    its time is unknown, and so the command ends with 3.

    \b
    redproof prove --all --recheck
    redproof prove rehash --claim a_key_is_in_one_table --timeout-s 300
    """
    if k is not None and depth is not None:
        raise UsageError("give --k or --depth, not both")
    work = [(entry, system, _asked(system, k, depth)) for entry, system in choose_proofs(names, every)]
    _check_claims(claims, [condition for _, _, asked in work for condition in asked])
    console = Console(file=sys.stdout, highlight=False)
    solvers = [Z3, CVC5] if recheck else [Z3]
    findings = Findings("claim", reproduce(context))
    traces = Traces(console, out, itf)
    with findings.until_interrupted():
        for entry, system, asked in work:
            print_heading(console, entry.name, entry.summary)
            chosen = [condition for condition in asked if not claims or condition.claim in claims]
            if smtlib is not None:
                _export(chosen, smtlib / entry.name)
            rows = Rows(chosen, len(solvers))
            interrupted = _decide(console, rows, chosen, solvers, Limits(timeout_s), jobs)
            findings.found += _print_rows(console, traces, entry.name, rows)
            if interrupted:
                raise KeyboardInterrupt
            if candidates:
                _print_candidates(console, system, Limits(timeout_s), jobs)
    context.exit(conclude(console, findings, out / "proofs.json"))


def _asked(system: System, k: int | None, depth: int | None) -> list[Condition]:
    """The conditions of a system; with `depth` only those about its first steps.

    With `k` what is always so is shown by induction over so many steps, given the invariants, which are shown as ever.
    """
    if depth is not None:
        claims = [*system.invariants, *system.properties]
        return [condition for claim in claims for condition in bounded_conditions(system, claim, depth)]
    asked = list(conditions(system))
    if k is not None:
        asked = [each for each in asked if each.kind != Kind.ALWAYS]
        asked += [condition for claim in system.properties for condition in k_induction_conditions(system, claim, k)]
    return asked


def _check_claims(claims: Sequence[str], asked: Iterable[Condition]) -> None:
    """Raise UsageError for a claim that no system makes."""
    there = dict.fromkeys(condition.claim for condition in asked if condition.kind not in TOGETHER)
    for claim in claims:
        if claim not in there:
            raise UsageError(f"there is no claim {claim!r}; there are {', '.join(there)}")


def _export(asked: Sequence[Condition], folder: Path) -> None:
    """Write each condition to a file of its own. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, condition in enumerate(asked, 1):
        words = [f"{number:03}", condition.kind, condition.claim, condition.action_label or ""]
        (folder / f"{file_name(*words)}.smt2").write_text(condition.script())


def _decide(
    console: Console,
    rows: Rows,
    asked: Sequence[Condition],
    solvers: Sequence[Solver],
    limits: Limits,
    jobs: int | None,
) -> bool:
    """Fill the rows by every solver, with a bar; whether that was interrupted."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("conditions"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=len(asked) * len(solvers))
        try:
            for solver in solvers:
                for outcome in decide(asked, limits=limits, jobs=jobs, solver=solver):
                    rows.add(outcome)
                    bar.update(task, advance=1, description=f"{outcome.solver} {outcome.claim}")
        except KeyboardInterrupt:
            return True
    return False


def _print_rows(console: Console, traces: Traces, system: str, rows: Rows) -> list[Finding]:
    """Print the table, and below it what is refuted or unknown; keep it all."""
    console.print(Padding(rows.table(), (0, 0, 0, len(GAP))))
    findings: list[Finding] = []
    for row in rows:
        trace = None
        if row.verdict != Verdict.HOLDS:
            if row.shortest is not None or all(each.verdict == Verdict.HOLDS for each in findings):
                console.print()
            trace = _print_trouble(console, traces, system, row)
        figures = {
            "kind": row.section,
            "asked": len(row.asked),
            "seconds": round(row.seconds, 3),
            "solver": row.solvers,
        }
        findings.append(Finding(system, row.name, row.verdict, row.reason, trace, figures))
    return findings


def _print_trouble(console: Console, traces: Traces, system: str, row: Row) -> str | None:
    """Print why a row is not proved, and give the file of the trace if there is one."""
    print_sentence(console, row.told, f"{row.name}: {row.reason}", STYLES[row.verdict])
    refuted = row.shortest
    if refuted is None or refuted.counterexample is None:
        return None
    start = "start" if refuted.kind == Kind.BOUNDED else "before"
    return traces.keep(refuted.counterexample, system, refuted.claim, start=start)


def _print_candidates(console: Console, system: System, limits: Limits, jobs: int | None) -> None:
    """Print the inductive part of the candidates; states of random walks tell many of them at once."""
    simulator = Simulator(system, seed=0)
    simulator.walk(_STEPS_FOR_CANDIDATES)
    candidates = templates(system)
    found = houdini(system, candidates, simulator.states, limits=limits, jobs=jobs)
    console.print()
    print_sentence(console, "candidates", f"{len(found):,} of {len(candidates):,} are inductive")
    print_values(console, "", [claim.name for claim in found])
