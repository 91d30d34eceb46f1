"""What divergences have in common: those that differ in the same way are likely to have one cause.

A server that answers every bulk string by a status diverges at each command that gives one: one cause, many ids. So
where the shapes of what was expected and what came differ, the two shapes are the cause, whatever the command; of an
error beside a reply it is the error alone. Where the shapes are the same, it is the first bulk string that differs,
such as an encoding or a score; where that is not it, only a number is wrong, of which the command alone says more.
"""

from __future__ import annotations

import re
from typing import Final

from redproof_properties.divergence import MALFORMED, MISSING, Divergence

_LONGEST: Final = 40
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAMES: Final = {"bytes": "bulk string", "int": "integer", "null $-1": "nil", "null *-1": "nil array", "null _": "null"}
_ERROR: Final = "error "
_NO_ERROR: Final = "a reply"
_REPEATED: Final = re.compile(r"\*(?:,? \*)+,?")
_EMPTY: Final = "array of nothing"
_WORD: Final = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in _NAMES))


def cause_of(divergence: Divergence) -> str:
    """The cause, as far as the record tells: a line for people by which divergences are grouped."""
    expected, actual = divergence.expected_shape, divergence.actual_shape
    if divergence.topology is not None or divergence.kind not in ("reply", "unasked reply", MISSING, MALFORMED):
        return f"{divergence.kind}: {expected}"
    if divergence.kind in (MISSING, MALFORMED):
        return divergence.kind
    if expected != actual:
        return f"{_named(actual, beside=expected)} instead of {_named(expected, beside=actual)}"
    strings = [_STRING.findall(text) for text in (divergence.expected, divergence.actual)]
    pair = next((pair for pair in zip(*strings, strict=False) if pair[0] != pair[1]), None)
    if pair is not None and max(map(len, pair)) <= _LONGEST:
        return f"{pair[1]} instead of {pair[0]}"
    return f"{divergence.command}: another {_named(expected)}"


def _named(shape: str, beside: str = "") -> str:
    """A shape in the words of RESP; the texts of errors and statuses stay, but for how many arguments they repeat."""
    if shape.startswith(_ERROR) != beside.startswith(_ERROR) and beside:
        return _REPEATED.sub("*", shape) if shape.startswith(_ERROR) else _NO_ERROR
    if shape.startswith((_ERROR, "status ")):
        return _REPEATED.sub("*", shape)
    if shape == _EMPTY:
        return "empty array"
    return _WORD.sub(lambda match: _NAMES[match[0]], shape).replace("|", " or ")
