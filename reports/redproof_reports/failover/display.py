"""Failover runs in the terminal: how far they are, why writes are gone, what the judges say, and the verdict last."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Final, Self

from redproof_properties.failover.judges.verdict import Verdict
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from redproof_reports.failover.causes import Cause, causes_of
from redproof_reports.failover.results import FailoverResults, JudgedRun
from redproof_reports.layout import print_sentence
from redproof_reports.text import count, duration, printable

RUNS_SHOWN: Final = 3
"""Runs of which it is told why writes are gone, the worst first; the page tells it of all that are kept."""

CAUSES_SHOWN: Final = 6
FINDINGS_SHOWN: Final = 5
_TROUBLE: Final = {Verdict.BROKEN: "bold red", Verdict.UNKNOWN: "bold yellow"}
_REST: Final = {
    Verdict.HOLDS: "hold",
    Verdict.BROKEN: "broken",
    Verdict.UNKNOWN: "unknown",
    Verdict.NOT_APPLICABLE: "not applicable",
}
_VERDICT_STYLES: Final = {0: "bold green", 1: "bold red", 3: "bold yellow"}
_CAUSES: Final = {
    "design": ("by design", "yellow"),
    "promise": ("a promise", "bold red"),
    "bug": ("a bug", "bold red"),
    "undecided": ("unknown", "bold yellow"),
}


class Display:
    """Shows how many runs are over and which is under way; of how many is not known without `runs`."""

    def __init__(self, console: Console, runs: int | None) -> None:
        columns = (
            SpinnerColumn(),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("runs"),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=runs)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def begin(self, name: str, results: FailoverResults) -> None:
        """Say which run is under way, and what was found until now."""
        broken = results.verdicts[Verdict.BROKEN]
        found = f"{broken:,} broken" if broken else "none broken"
        self._bar.update(self._task, completed=results.judged, description=f"{found}; {name}")


def print_results(console: Console, results: FailoverResults) -> None:
    """Why writes are gone in the worst runs, what the judges say of these, and the verdict last."""
    for run in results.runs[:RUNS_SHOWN]:
        _print_run(console, run)
    if results.judged > RUNS_SHOWN:
        console.print(f"\n{count(results.judged - RUNS_SHOWN, 'further run')} with nothing worse.")
    if results.smaller is not None:
        _print_run(console, results.smaller.run)
        for number, step in enumerate(results.smaller.steps, 1):
            print_sentence(console, f"fault {number}", printable(step))
    console.print()
    if results.failure:
        console.print(Text(printable(results.failure), "bold yellow"), soft_wrap=True)
    took = (f", {duration(results.seconds)}", "dim") if results.seconds else ""
    console.print(Text.assemble((results.headline, _VERDICT_STYLES[results.exit_code]), took), soft_wrap=True)
    console.print(Text(results.account), soft_wrap=True)
    console.print(Text(f"reproduce  {printable(results.reproduce)}"), soft_wrap=True)


def _print_run(console: Console, run: JudgedRun) -> None:
    writes = f"{count(run.failovers, 'failover')}, {count(run.acknowledged, 'acknowledged write')}"
    console.print()
    console.print(Text.assemble((printable(run.name), "bold"), f"  {writes}, {len(run.entries):,} lost"))
    causes = causes_of(run)
    for cause in causes[:CAUSES_SHOWN]:
        label, style = _CAUSES[cause.kind]
        print_sentence(console, label, _told(cause), style)
    if len(causes) > CAUSES_SHOWN:
        print_sentence(console, "", f"{count(len(causes) - CAUSES_SHOWN, 'further cause')} on the page")
    for verdict, style in _TROUBLE.items():
        for judgement in run.judgements:
            if judgement.verdict is verdict:
                print_sentence(console, verdict.value, printable(judgement.title), style)
                for finding in [each for each in judgement.findings if each.verdict is verdict][:FINDINGS_SHOWN]:
                    print_sentence(console, "", printable(finding.why))
    told = Counter(judgement.verdict for judgement in run.judgements)
    rest = [f"{told[verdict]} {text}" for verdict, text in _REST.items() if told[verdict]]
    print_sentence(console, "claims", f"{', '.join(rest)} of {len(run.judgements)}")


def _told(cause: Cause) -> str:
    offsets = f", offset {cause.offsets}" if cause.offsets != "unknown" else ""
    return f"{count(len(cause.entries), 'write')}{offsets}: {printable(cause.why)}"
