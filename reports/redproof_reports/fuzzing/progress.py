"""The progress of a campaign in a terminal: how fast it is, and what it has found that nobody knew."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from redproof_reports.fuzzing.shard import Tally


class Display:
    """A line that is drawn again and again; `known` are the divergences that a baseline has.

    What is to be done are `commands` in all, of which an earlier run may have done some, or `seconds`.
    """

    def __init__(self, console: Console, commands: int | None, seconds: float | None, known: Collection[str]) -> None:
        self.progress = Progress(
            BarColumn(),
            TextColumn("{task.fields[done]}"),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[found]}"),
            TimeRemainingColumn(),
            console=console,
            transient=not console.is_terminal,
        )
        self._commands = commands
        self._known = known
        self._began_with: int | None = None
        self._new: set[str] = set()
        self._last_new_s = 0.0
        self._task = self.progress.add_task("", total=commands or seconds, done="", rate="", found="")

    def show(self, tallies: Sequence[Tally]) -> None:
        """Draw how far the shards are."""
        task = self.progress.tasks[self._task]
        commands = sum(tally.commands for tally in tallies)
        if self._began_with is None:
            self._began_with = commands
        elapsed_s = task.elapsed or 0.0
        signatures = set().union(*(tally.signatures for tally in tallies))
        new = signatures.difference(self._known)
        if new - self._new:
            self._new, self._last_new_s = new, time.monotonic()
        self.progress.update(
            self._task,
            completed=elapsed_s if self._commands is None else commands,
            done=f"{commands:,} commands" if self._commands is None else f"{commands:,} of {self._commands:,} commands",
            rate=f"{(commands - self._began_with) / elapsed_s:,.0f}/s" if elapsed_s else "",
            found=self._found(len(new), len(signatures) - len(new)),
        )

    def _found(self, new: int, known: int) -> str:
        told = f", {known} known" if known else ""
        if not new:
            return f"none new{told}"
        return f"[red]{new} new[/]{told}, last new {time.monotonic() - self._last_new_s:,.0f} s ago"
