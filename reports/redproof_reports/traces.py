"""Traces in a terminal and as ITF files: the first state whole, then each action with what it changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from redproof_model.kernel.trace import Trace, shown
from rich.console import Console
from rich.text import Text

from redproof_reports.layout import GAP, filled, print_values


def render_trace(trace: Trace, width: int, first: str = "start") -> Iterator[Text]:
    """Lines of at most `width`, where values allow it; `first` is what the first state is called."""
    actions = [first, *trace.actions]
    numbers = ["", *map(str, range(1, len(actions)))]
    number_width, action_width = len(numbers[-1]), max(map(len, actions))
    left = len(GAP) + number_width + len(GAP) + action_width + len(GAP)
    units = [[Text(unit) for unit in shown(trace.system, trace.states[0])]]
    units += [[_change(*change) for change in changes] for _, changes in trace.changes()]
    for number, action, parts in zip(numbers, actions, units, strict=True):
        head = Text.assemble((f"  {number:>{number_width}}  ", "dim"), (f"{action:<{action_width}}  ", "bold"))
        for line in filled(parts or [Text("nothing changes", "dim")], width - left):
            yield Text.assemble(head, line)
            head = Text(" " * left)
    if trace.loop_start is not None:
        place = f"the state after step {trace.loop_start}" if trace.loop_start else "the first state"
        yield Text(f"{' ' * left}and so on from {place}, for ever", "dim")


class Traces:
    """The traces of a run: shown in a terminal and kept in a folder, the first also where `first` says."""

    def __init__(self, console: Console, folder: Path, first: Path | None) -> None:
        self._console = console
        self._folder = folder / "traces"
        self._first = first

    def keep(self, trace: Trace, *names: str, start: str = "start") -> str:
        """Print a trace and the path of its file, which is named after what it is about. Raises OSError."""
        path = self._folder / f"{file_name(*names)}.itf.json"
        self._console.print()
        for line in render_trace(trace, self._console.width, start):
            self._console.print(line, soft_wrap=True)
        self._console.print()
        for each in filter(None, (path, self._first)):
            write_trace(trace, each)
            print_values(self._console, "trace", [str(each)])
        self._first = None
        return str(path)


def write_trace(trace: Trace, path: Path) -> None:
    """Write a trace as ITF JSON. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(trace.to_itf(), indent=1, ensure_ascii=False) + "\n")


def file_name(*parts: str) -> str:
    """A name for a file about something with these names, without an ending."""
    return re.sub(r"[^\w.]+", "-", "-".join(filter(None, parts))).strip("-")


def _change(name: str, before: str, after: str) -> Text:
    return Text.assemble((f"{name}: ", "dim"), before, (" → ", "dim"), (after, "bold"))
