"""Glob patterns exactly as Redis matches them, for KEYS, the SCAN family and whatever else takes a pattern."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

Matcher: TypeAlias = Callable[[bytes], bool]

_ANY: Final = b"."
_NOTHING: Final = b"[^\\x00-\\xff]"


@lru_cache(maxsize=1024)
def matcher(pattern: bytes) -> Matcher:
    """Compile a pattern to a test of strings (`util.c` stringmatchlen, with regard to case).

    `*`, `?`, `[…]`, `[^…]` and `\\` as usual; a class that is not closed ends with the pattern, and the
    empty string is matched by the empty pattern alone, not even by `*`. Ranges compare bytes as signed
    characters, as a server built for x86 does. Takes time linear in pattern and string.
    """
    if not pattern:
        return lambda string: not string
    segments = _segments(pattern)
    head, *rest = segments
    expression = head
    if rest:
        expression += b"".join(b"(?>%b*?%b)" % (_ANY, middle) for middle in rest[:-1])
        expression += b"%b*%b" % (_ANY, rest[-1])
    match = re.compile(expression, re.DOTALL).fullmatch
    return lambda string: bool(string) and match(string) is not None


def _segments(pattern: bytes) -> list[bytes]:
    """The pattern between its stars, each part as a regular expression of fixed width."""
    segments = [b""]
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        at += 1
        if char == b"*":
            segments.append(b"")
        elif char == b"?":
            segments[-1] += _ANY
        elif char == b"[":
            expression, at = _class(pattern, at)
            segments[-1] += expression
        else:
            if char == b"\\" and at < len(pattern):
                char = pattern[at : at + 1]
                at += 1
            segments[-1] += re.escape(char)
    return segments


def _class(pattern: bytes, at: int) -> tuple[bytes, int]:
    """The class whose text starts at `at`, and where the pattern goes on behind it."""
    negated = pattern[at : at + 1] == b"^"
    at += negated
    members: set[int] = set()
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        if pattern[at : at + 1] == b"\\" and at + 1 < len(pattern):
            members.add(pattern[at + 1])
            at += 2
        elif pattern[at + 1 : at + 2] == b"-" and at + 2 < len(pattern):
            members |= _range(pattern[at], pattern[at + 2])
            at += 3
        else:
            members.add(pattern[at])
            at += 1
    if negated:
        members = set(range(256)) - members
    if not members:
        return _NOTHING, at + 1
    return b"[%b]" % b"".join(b"\\x%02x" % byte for byte in sorted(members)), at + 1


def _range(first: int, last: int) -> set[int]:
    """The bytes between two, in either order, compared as signed characters."""
    low, high = sorted(byte - 256 if byte > 127 else byte for byte in (first, last))
    return {byte % 256 for byte in range(low, high + 1)}
