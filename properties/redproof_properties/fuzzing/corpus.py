"""The corpus: histories that reached something new, kept on disk, each in a file that is named by its content."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from redproof_properties.errors import UsageError
from redproof_properties.history import History, Step, from_json, to_json

CORPUS_FORMAT: Final = 1
_NAME_DIGITS: Final = 16


class Corpus:
    """A folder of histories, to which several processes may add at the same time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """All histories that are there, by name; none if there is no such folder."""
        return sorted(path.stem for path in self.folder.glob(f"{'?' * _NAME_DIGITS}.json"))

    def read(self, name: str) -> list[Step]:
        """A history. Raises UsageError if the file holds none."""
        path = self._path(name)
        try:
            data = json.loads(path.read_text())
            if data["format"] != CORPUS_FORMAT:
                raise ValueError(f"its format is {data['format']}, this version reads {CORPUS_FORMAT}")
            return [from_json(step) for step in data["steps"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path}: not a history of a corpus: {error}") from error

    def add(self, history: History) -> str:
        """Keep a history, whole or not at all, and give its name. Raises OSError."""
        text = json.dumps({"format": CORPUS_FORMAT, "steps": _as_json(history)}, indent=1) + "\n"
        name = hashlib.sha256(text.encode()).hexdigest()[:_NAME_DIGITS]
        path = self._path(name)
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(f".{os.getpid()}")
            beside.write_text(text)
            os.replace(beside, path)
        return name

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def _as_json(history: Sequence[Step]) -> list[object]:
    return [to_json(step) for step in history]
