"""Texts for people: what servers sent is hostile, so it is made printable before anybody sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SHARED_SHOWN: Final = 60
OWN_SHOWN: Final = 1_000
_SHARED_WORTH_SHOWING: Final = 4


def printable(text: str) -> str:
    """One line without anything that moves a cursor, ends a line or turns the direction of writing.

    What is not printable becomes an escape, `\\x1b`; the result is the same in a terminal, a page and a comment.
    """
    return text if text.isprintable() else "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shorten(text: str, limit: int = OWN_SHOWN) -> str:
    """A text of at most about `limit` characters, with the number of those left out in its middle."""
    left_out = len(text) - limit
    if left_out <= 0:
        return text
    half = limit // 2
    return f"{text[:half]}… {left_out:,} characters …{text[-half:]}"


def count(number: int, noun: str) -> str:
    """A number with its noun, `1 divergence`, `2,000 divergences`; the noun takes an s or turns y into ies."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("y") else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """A time as `0.4 s`, `42 s` or `3 min 20 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two texts, one to be written above the other: what both begin and end with, and what is each one's own."""

    before: str
    expected: str
    actual: str
    after: str


def compare(expected: str, actual: str) -> Compared:
    """Find where two texts differ, and shorten both alike, so that they stay aligned.

    Texts that share next to nothing are given whole, as nothing would be seen from their difference.
    """
    expected, actual = printable(expected), printable(actual)
    shortest = min(len(expected), len(actual))
    before = _shared_length(expected, actual, shortest)
    after = _shared_length(expected[::-1], actual[::-1], shortest - before)
    if before + after < _SHARED_WORTH_SHOWING:
        before = after = 0
    return Compared(
        _last(expected[:before]),
        shorten(expected[before : len(expected) - after]),
        shorten(actual[before : len(actual) - after]),
        _first(expected[len(expected) - after :]),
    )


def _shared_length(one: str, other: str, limit: int) -> int:
    return next((position for position in range(limit) if one[position] != other[position]), limit)


def _last(text: str) -> str:
    left_out = len(text) - SHARED_SHOWN
    return text if left_out <= 0 else f"… {left_out:,} characters …{text[-SHARED_SHOWN:]}"


def _first(text: str) -> str:
    left_out = len(text) - SHARED_SHOWN
    return text if left_out <= 0 else f"{text[:SHARED_SHOWN]}… {left_out:,} characters …"
