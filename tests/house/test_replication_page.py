"""What the page about replication says of popular claims and of costs is what the systems and real servers show."""

from __future__ import annotations

import re
import shutil
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
import redproof_properties.suite
from redproof_model.kernel.explore import Exploration, explore
from redproof_model.kernel.python import compile_predicate, compile_step
from redproof_model.kernel.trace import Trace
from redproof_model.systems.psync.popular import popular
from redproof_model.systems.psync.transfer import transfer
from redproof_reports.traces import render_trace

PAGE = (Path(__file__).parents[2] / "docs" / "replication.md").read_text()
CLAIMS = PAGE[PAGE.index("## Popular claims") : PAGE.index("## What it costs")]
COSTS = PAGE[PAGE.index("## What it costs") : PAGE.index("## What is not modelled")]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBERS = {"five": 5, "seven": 7, "nine": 9, "ten": 10}
WIDTH = 120
"""The columns of the terminal whose output is shown."""


@cache
def explored() -> Exploration:
    return explore(popular())


def performed(labels: list[str]) -> Trace:
    """The trace of these actions, from where the explorer's traces begin."""
    found = explored()
    system = found.system
    first = found.witnesses[0].trace
    assert first is not None
    actions = {action.label(): action for action in system.concrete_actions}
    states = [first.states[0]]
    for label in labels:
        after = compile_step(system, actions[label])(states[-1])
        assert after is not None, label
        states.append(after)
    return Trace(system, states, labels)


@pytest.mark.parametrize("number", range(1, 5))
def test_traces_are_as_the_explorer_prints_them(number: int) -> None:
    start, *traces = [text for language, text in BLOCK.findall(CLAIMS) if language == "text"]
    assert len(traces) == len(explored().witnesses) == 4
    steps = traces[number - 1]
    trace = performed(re.findall(r"^ *\d+  (\S+?\(.*?\))  ", steps, re.MULTILINE))
    told = list(re.findall(r"`(a_\w+)`, in (\w+) actions", CLAIMS))[number - 1]
    (witness,) = (each for each in explored().witnesses if each.claim.name == told[0])
    assert witness.trace is not None
    assert len(witness.trace) == len(trace) == NUMBERS[told[1]]
    assert compile_predicate(trace.system, witness.claim.term)(trace.states[-1])
    lines = [line.plain.split() for line in render_trace(trace, WIDTH)]
    assert [line.split() for line in (start + steps).splitlines()] == lines


def test_the_page_counts_the_states_and_names_what_there_is() -> None:
    assert f"All {explored().states:,} states" in CLAIMS
    system = transfer()
    lemmas = re.findall(r"^\| `(\w+)` \|", COSTS[COSTS.index("| lemma |") :], re.MULTILINE)
    assert lemmas == [lemma.name for lemma in system.lemmas]
    claims = {*(each.name for each in system.invariants), *(lead.name for lead in system.leads)}
    assert claims >= {"what_fits_never_starts_over", "what_fits_ends"} <= set(re.findall(r"`(\w+)`", COSTS))


def test_properties_that_are_named_exist() -> None:
    folder = Path(next(iter(redproof_properties.suite.__path__)))
    functions = set(re.findall(r"^def (test_\w+)", "".join(f.read_text() for f in folder.glob("*.py")), re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", CLAIMS + COSTS))
    assert len(named) > 5
    assert named <= functions


def test_the_copies_of_the_stream_are_counted_as_shown() -> None:
    (program,) = (text for language, text in BLOCK.findall(COSTS) if language == "python")
    (output,) = (text for language, text in BLOCK.findall(COSTS) if language == "text")
    lines = output.splitlines()
    if shutil.which("redis-server") is None:
        spellings = '("redis", "local:redis-server")'
        assert spellings in program
        program, lines = program.replace(spellings, '("redis",)'), lines[:3]
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile(program, "replication.md", "exec"), {})
    assert printed.getvalue().splitlines() == lines
