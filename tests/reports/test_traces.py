"""Traces in a terminal: aligned, as narrow as asked, and showing only what changes."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.system import System
from redproof_model.kernel.trace import Trace
from redproof_reports.traces import Traces, file_name, render_trace
from rich.console import Console


@pytest.fixture
def trace() -> Trace:
    """Two steps of a system of nine variables; the second changes nothing."""
    system = System("sample")
    system.array("flag", 8, Bool, init=False)
    system.variable("number", Int(0), init=0)
    first = (*[False] * 8, 0)
    second = (*[True] * 8, 7)
    return Trace(system, [first, second, second], ["raise_all(to=7)", "wait"])


def text(trace: Trace, width: int, first: str = "start") -> list[str]:
    return [line.plain for line in render_trace(trace, width, first)]


@pytest.mark.parametrize("width", [80, 120])
def test_lines_are_aligned_and_not_wider_than_asked(trace: Trace, width: int) -> None:
    lines = text(trace, width)
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("     start            flag=[false")
    assert all(line[22:23] != " " and line[20:22] == "  " for line in lines)


def test_only_what_changes_is_shown(trace: Trace) -> None:
    lines = text(trace, 1_000)
    assert len(lines) == 3
    assert lines[1].startswith("  1  raise_all(to=7)  flag[0]: false → true  flag[1]: false → true")
    assert lines[1].endswith("  number: 0 → 7")
    assert lines[2] == "  2  wait             nothing changes"


def test_a_loop_is_told_and_the_first_state_named(trace: Trace) -> None:
    endless = Trace(trace.system, trace.states, trace.actions, loop_start=1)
    assert text(endless, 80)[-1].strip() == "and so on from the state after step 1, for ever"
    again = Trace(trace.system, trace.states, trace.actions, loop_start=0)
    assert text(again, 80)[-1].strip() == "and so on from the first state, for ever"
    assert text(trace, 80, "before")[0].startswith("     before  ")


def test_traces_are_kept_as_itf_the_first_also_elsewhere(trace: Trace, tmp_path: Path) -> None:
    console = Console(file=StringIO(), width=80)
    traces = Traces(console, tmp_path, tmp_path / "deep" / "first.json")
    first = traces.keep(trace, "sample", "small", "a claim")
    second = traces.keep(trace, "sample", "small", "other")
    assert first == str(tmp_path / "traces" / "sample-small-a-claim.itf.json")
    assert json.loads(Path(first).read_text()) == json.loads(json.dumps(trace.to_itf()))
    assert (tmp_path / "deep" / "first.json").read_text() == Path(second).read_text()
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().count(" trace ") == 3


def test_file_names_hold_nothing_that_a_shell_minds() -> None:
    assert file_name("001", "induction", "", "add(key=0, on)") == "001-induction-add-key-0-on"
