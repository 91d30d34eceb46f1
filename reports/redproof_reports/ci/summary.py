"""The summary of a step in GitHub Actions: Markdown that is appended to the file which the runner names.

A step may write 1 MiB at most, of which nothing is shown when there is more; so divergences are left out from the end.
Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from redproof_reports.results import Record, Results
from redproof_reports.terminal import step_lines
from redproof_reports.text import compare, count, duration, printable

SUMMARY_BYTES_MAX: Final = 1 << 20
_RESERVED_BYTES: Final = 1 << 10
_STEPS_MAX: Final = 200


def append_summary(results: Results, path: Path) -> None:
    """Append the summary of a run to a file, of which the whole stays below the limit. Raises OSError."""
    there = path.stat().st_size if path.exists() else 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(summary(results, SUMMARY_BYTES_MAX - there))


def summary(results: Results, limit_bytes: int = SUMMARY_BYTES_MAX) -> str:
    """The summary in Markdown, in at most so many bytes of UTF-8; empty where not even its head has room."""
    head = "\n".join(_head(results)) + "\n"
    left = limit_bytes - len(head.encode()) - _RESERVED_BYTES
    if left < 0:
        return ""
    parts = [head]
    records = [*results.new, *results.accepted]
    for number, record in enumerate(records):
        part = "\n".join(_divergence(record, results.known.get(record.id))) + "\n"
        left -= len(part.encode())
        if left < 0:
            parts.append(f"\n{count(len(records) - number, 'further divergence')} on the page.\n")
            break
        parts.append(part)
    return "".join(parts)


def _head(results: Results) -> Iterator[str]:
    yield f"## {_escaped(results.headline)}"
    yield ""
    yield "| target | server | model | commands | divergences |"
    yield "|---|---|---|--:|--:|"
    for target in results.targets:
        found = sum(record.divergence.target == target.spelling for record in results.records)
        cells = (*map(_code, (target.spelling, target.server, target.model)), f"{target.commands:,}", str(found))
        yield f"| {' | '.join(cells)} |"
    yield ""
    for known in results.expired:
        yield f"- expired {_code(known.id)}, accepted until {known.expires}: {_escaped(known.reason)}"
    for unseen in results.unseen:
        yield f"- {unseen.fate} {_code(unseen.id)}: {_escaped(unseen.why)}"
    for outcome in results.unexplained:
        yield f"- broken on {_code(outcome.target)}: {_escaped(outcome.title)}"
    yield ""
    yield f"{duration(results.seconds)}; again with"
    yield ""
    yield from _block([results.reproduce])


def _divergence(record: Record, reason: str | None) -> Iterator[str]:
    divergence = record.divergence
    known = "" if reason is None else " (known)"
    yield f"### {_code(divergence.command)} {_code(record.id)}{known}"
    yield ""
    judged_as = f", judged as {divergence.model}" if divergence.model else ""
    where = f"{divergence.target} ({divergence.server}){judged_as}"
    yield f"{_escaped(where)}{'' if reason is None else f'. Known: {_escaped(reason)}'}"
    yield ""
    compared = compare(divergence.expected, divergence.actual)
    steps = step_lines(divergence)
    if len(steps) > _STEPS_MAX:
        steps = [f"# {len(steps) - _STEPS_MAX:,} steps before these are in the record", *steps[-_STEPS_MAX:]]
    lines = [*steps, "", f"expected  {compared.before}{compared.expected}{compared.after}"]
    lines += [f"actual    {compared.before}{compared.actual}{compared.after}"]
    yield from _block([*lines, "", record.replay])


def _block(lines: list[str]) -> Iterator[str]:
    """Lines as they are, in a fence that none of them ends."""
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    yield f"{fence}text"
    yield from map(printable, lines)
    yield fence
    yield ""


def _escaped(text: str) -> str:
    """Text in which neither Markdown nor HTML means anything."""
    shown = html.escape(printable(text), quote=False)
    return "".join(f"\\{char}" if char in "\\`*_[]{}#|~!" else char for char in shown)


def _code(text: str) -> str:
    """Text in a fixed width, also in a cell of a table."""
    return f"<code>{_escaped(text)}</code>"
