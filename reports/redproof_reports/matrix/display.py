"""A run of the matrix in the terminal: a bar for each target that is judged, and a table at the end."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from redproof_reports.baseline.settle import print_expired, print_unseen
from redproof_reports.matrix.cells import Status
from redproof_reports.matrix.document import status_counts
from redproof_reports.matrix.evidence import Evidence
from redproof_reports.matrix.judging import Progress as Step
from redproof_reports.matrix.judging import Task
from redproof_reports.matrix.verdict import Verdict
from redproof_reports.terminal import print_whole
from redproof_reports.text import count, duration, printable

CHANGES_SHOWN: Final = 20
_STYLES: Final = {
    Status.PASS: "green",
    Status.PARTIAL: "yellow",
    Status.FAIL: "bold red",
    Status.UNSUPPORTED: "dim",
    Status.UNTESTED: "dim",
}
_VERDICT_STYLES: Final = {0: "bold", 1: "bold red", 3: "bold yellow"}


class Display:
    """Shows how far each target is, and a line for each that has ended."""

    def __init__(self, console: Console, targets: Sequence[str]) -> None:
        self._console = console
        self._bars: dict[str, TaskID] = {}
        self._bar = Progress(
            TextColumn("{task.fields[name]}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[doing]}", markup=False),
            console=console,
            transient=True,
        )
        self._width = max(map(len, targets))

    def __enter__(self) -> Display:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, task: Task, told: Step | Evidence) -> None:
        """Move the bar of a target, or take it away and say what came of it."""
        name = printable(task.column.name)
        if isinstance(told, Step):
            if name not in self._bars:
                self._bars[name] = self._bar.add_task("", total=1.0, name=name.ljust(self._width), doing="")
            found = count(told.found, "divergence")
            self._bar.update(self._bars[name], completed=told.share, doing=f"{found}  {told.doing}")
            return
        if name in self._bars:
            self._bar.remove_task(self._bars[name])
        self._console.print(Text(f"{name.ljust(self._width)}  {_ended(told)}"), soft_wrap=True)


def _ended(evidence: Evidence) -> str:
    if not evidence.server:
        reason = "interrupted" if evidence.interrupted else printable(evidence.failure.partition("\n")[0])
        return f"not judged: {reason}"
    found = f"{count(len(evidence.divergences), 'divergence')} in {count(evidence.commands, 'command')}"
    early = "; interrupted" if evidence.interrupted else f"; {printable(evidence.failure.partition(chr(10))[0])}"
    return f"{evidence.server}: {found}, {duration(evidence.seconds)}{early if early != '; ' else ''}"


def print_verdict(console: Console, verdict: Verdict) -> None:
    """What each server came to, what has changed, and the verdict last."""
    matrix = verdict.matrix
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for heading in ("target", "server"):
        table.add_column(heading, overflow="fold")
    for status in Status:
        table.add_column(status, justify="right")
    for index, server in enumerate(matrix.servers):
        counts = status_counts([row.cells[index] for row in matrix.rows])
        numbers = [Text(f"{counts[status]:,}", style if counts[status] else "dim") for status, style in _STYLES.items()]
        table.add_row(*(Text(printable(text)) for text in (server.target, server.server or "not judged")), *numbers)
    console.print()
    print_whole(console, table)
    console.print()
    if verdict.changes is not None:
        _print_changes(console, verdict)
    print_expired(console, verdict.expired)
    print_unseen(console, verdict.baseline, verdict.unseen)
    took = (f", {duration(matrix.seconds)}", "dim")
    console.print(Text.assemble((verdict.headline, _VERDICT_STYLES[verdict.exit_code]), took), soft_wrap=True)
    console.print(Text(f"reproduce  {printable(matrix.reproduce)}"), soft_wrap=True)


def _print_changes(console: Console, verdict: Verdict) -> None:
    changes = verdict.changes.changes if verdict.changes is not None else ()
    for change in changes[:CHANGES_SHOWN]:
        line = f"{change.kind}: {change.row} on {change.target}: {change.was}, now {change.now}"
        console.print(Text(printable(line)), soft_wrap=True)
    if len(changes) > CHANGES_SHOWN:
        console.print(f"{len(changes) - CHANGES_SHOWN} further changes are on the page.")
    for name in verdict.new:
        found = verdict.matrix.divergences[name]
        console.print(Text(printable(f"new divergence {found.id}: {found.command} on {found.target}")), soft_wrap=True)
