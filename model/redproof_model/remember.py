"""Remembering what short texts were read as: a history uses the same few numbers again and again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, TypeVar

T = TypeVar("T")

_TEXTS: Final = 1 << 12
_LONGEST_BYTES: Final = 512


def remembered(read: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """Keep what a pure function makes of the texts it was last given; long ones are not worth their memory."""
    known = lru_cache(_TEXTS)(read)

    @wraps(read)
    def look_up(text: bytes) -> T:
        return known(text) if len(text) <= _LONGEST_BYTES else read(text)

    return look_up
