"""Changes to the file of a baseline at the end of a run: whatever people wrote into it stays as it is."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Final

from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError

from redproof_reports.baseline.file import HEADER
from redproof_reports.records.journal import Sighting, append, read_journal
from redproof_reports.text import printable, shorten

_LONGEST_COMMENT: Final = 200


def enter(path: Path, divergences: Iterable[Divergence], run: str) -> list[str]:
    """Add divergences, each without a reason, which people have to give, and their records; return their ids.

    Those that were there stay as they are. Raises OSError.
    """
    added = {each.signature: each for each in divergences}
    text = path.read_text() if path.exists() else ""
    if text and not text.endswith("\n"):
        text += "\n"
    for name, divergence in added.items():
        comment = shorten(printable(f"{divergence} ({divergence.server})"), _LONGEST_COMMENT)
        text += ("\n" if text else "") + f'# {comment}\n[{name}]\nreason = ""\n'
    _replace(path, text)
    append(path.with_suffix(".jsonl"), [Sighting(run, each) for each in added.values()])
    return list(added)


def drop(path: Path, names: Collection[str]) -> None:
    """Take out entries, with the comments right above them, and their records. Raises OSError and UsageError."""
    if not names:
        return
    lines = path.read_text().splitlines(keepends=True)
    starts = {match[1]: _start(lines, number) for number, line in enumerate(lines) if (match := HEADER.match(line))}
    odd = [name for name in names if name not in starts]
    if odd:
        raise UsageError(f"{path}: only entries that begin with a line [ID] can be taken out, and not {', '.join(odd)}")
    ends = dict(pairwise([*starts.values(), len(lines)]))
    gone = {number for name in names for number in range(starts[name], ends[starts[name]])}
    _replace(path, "".join(line for number, line in enumerate(lines) if number not in gone))
    records = path.with_suffix(".jsonl")
    if records.exists():
        kept = [each for each in read_journal(records) if each.divergence.signature not in names]
        _replace(records, "".join(each.to_line().decode() for each in kept))


def _start(lines: list[str], header: int) -> int:
    """Where an entry starts: at the comments right above its header."""
    while header and lines[header - 1].startswith("#"):
        header -= 1
    return header


def _replace(path: Path, text: str) -> None:
    """Write a file whole, so that whoever reads it meanwhile finds the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)
