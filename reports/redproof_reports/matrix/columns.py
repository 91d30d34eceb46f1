"""The columns of the matrix: the targets of a file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from redproof_properties.errors import UsageError
from redproof_properties.targets.entries import spellings_of


@dataclass(frozen=True, slots=True)
class Column:
    """A target: how people call it, and how it is spelled."""

    name: str
    spelling: str


def read_columns(path: Path) -> list[Column]:
    """The targets of a file, each once: tables `[targets.NAME]`, or a list of spellings.

    Raises UsageError, with the right shape, for anything else.
    """
    spellings = _listed(path)
    if spellings is not None:
        return [Column(spelling, spelling) for spelling in dict.fromkeys(spellings)]
    return [Column(spelling.partition("#")[2], spelling) for spelling in spellings_of(path)]


def _listed(path: Path) -> list[str] | None:
    """The spellings that a file lists; None when it lists none."""
    try:
        data = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: no targets: {error}") from error
    listed = data.get("targets")
    if not isinstance(listed, list):
        return None
    if not listed or not all(isinstance(each, str) for each in listed) or len(data) > 1:
        raise UsageError(f'{path}: a list of targets is written targets = ["bundled", "redis"], and nothing else')
    return listed
