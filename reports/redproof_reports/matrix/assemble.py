"""From the evidence of all servers to the rows of the matrix."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

import redproof_properties.suite
from redproof_properties.divergence import Divergence

from redproof_reports.again import replay_command
from redproof_reports.matrix.cells import Cell, Status, command_cell, form_cell, property_cell, unjudged_cell
from redproof_reports.matrix.document import Found, Row, Server
from redproof_reports.matrix.evidence import Evidence
from redproof_reports.matrix.introduced import introduced_by
from redproof_reports.matrix.rows import CommandRow, command_rows, introduced
from redproof_reports.terminal import step_lines
from redproof_reports.text import printable, shorten

UNJUDGED: Final = "not judged"
"""The group of the commands that servers list and no vocabulary has."""

_TAKEN: Final = (Status.PASS, Status.PARTIAL, Status.FAIL)


def assemble_rows(commands: Sequence[CommandRow], evidence: Sequence[Evidence]) -> tuple[list[Row], list[str]]:
    """The rows for these commands and what else was found, and the words without one, since no server took them."""
    told = [each.introduced for each in evidence]
    rows: list[Row] = []
    refused: list[str] = []
    for command in commands:
        rows.append(_command(command, evidence))
        for form, word in zip(command.forms, command.words, strict=True):
            cells = tuple(form_cell(command, form, each) for each in evidence)
            if any(_is_taken(cell) for cell in cells):
                releases = introduced_by(told, form) or command.introduced
                rows.append(Row(form, "option", word, command.group, cells, releases, command.name))
            else:
                refused.append(form)
    return [*rows, *_properties(evidence), *_unjudged(evidence)], refused


def servers(evidence: Sequence[Evidence]) -> list[Server]:
    """The columns."""
    return [
        Server(
            target=each.target,
            server=each.server,
            model=each.model,
            failure=each.failure,
            interrupted=each.interrupted,
            seconds=each.seconds,
            commands=each.commands,
            histories=each.histories,
            notes=tuple(each.notes),
        )
        for each in evidence
    ]


def show_divergence(divergence: Divergence, target: str, record: str) -> Found:
    """A divergence of a column's target as people are shown it; `record` is the path of its record."""
    expected, actual = (shorten(printable(text)) for text in (divergence.expected, divergence.actual))
    return Found(
        id=divergence.signature,
        target=target,
        command=printable(divergence.command),
        about=printable(divergence.property_name),
        judged_as=divergence.model,
        steps=tuple(step_lines(divergence)),
        expected=expected,
        actual=actual,
        seed=divergence.seed,
        record=Path(record).name,
        replay=replay_command(record, divergence),
    )


def _command(command: CommandRow, evidence: Sequence[Evidence]) -> Row:
    cells = tuple(command_cell(command, each) for each in evidence)
    return Row(command.name, "command", command.name, command.group, cells, command.introduced)


def _is_taken(cell: Cell) -> bool:
    """Whether a server took a word at all, or its version would have."""
    return cell.status in _TAKEN or bool(cell.divergences or cell.answered)


def _properties(evidence: Sequence[Evidence]) -> Iterator[Row]:
    outcomes = [{outcome.name: outcome for outcome in each.properties} for each in evidence]
    known = {name: outcome for found in outcomes for name, outcome in found.items()}
    for name, outcome in known.items():
        cells = tuple(property_cell(found.get(name), each) for found, each in zip(outcomes, evidence, strict=True))
        group = _modules().get(name.partition("-")[0], "properties")
        yield Row(name, "property", printable(outcome.title), group, cells, source=outcome.source)


@cache
def _modules() -> Mapping[str, str]:
    """The module of the suite that each property is in, without its `test_`."""
    suite = redproof_properties.suite
    names = [module.name for module in pkgutil.iter_modules(suite.__path__)]
    modules = {name: import_module(f"{suite.__name__}.{name}") for name in names}
    return {
        each: name.removeprefix("test_").replace("_", " ")
        for name, module in modules.items()
        for each in vars(module)
        if each.startswith("test_")
    }


def _unjudged(evidence: Sequence[Evidence]) -> Iterator[Row]:
    """Commands that a server lists and that nothing here judges: it is told where they are, and no more."""
    judged = {row.name for row in command_rows()}
    listed = set().union(*(each.served or () for each in evidence))
    for name in sorted(listed - judged):
        cells = tuple(unjudged_cell(name, each) for each in evidence)
        releases = introduced(name) or introduced_by([each.introduced for each in evidence], name)
        yield Row(printable(name), "command", printable(name), UNJUDGED, cells, releases)
