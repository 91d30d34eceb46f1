"""Remembering what short texts were turned into: a history uses the same few keys and numbers again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

_MOST_TEXTS: Final = 1 << 12
_LONGEST_BYTES: Final = 512


def remembered(make: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """Let a pure function of a text be called once for each; of long texts, and of too many, nothing is kept."""
    return _Memory(make).__getitem__


class _Memory(dict[bytes, T]):
    """A dictionary, whose look-up costs a third of what a call does."""

    def __init__(self, make: Callable[[bytes], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: bytes) -> T:
        made = self._make(text)
        if len(text) <= _LONGEST_BYTES:
            if len(self) >= _MOST_TEXTS:
                self.clear()
            self[text] = made
        return made
