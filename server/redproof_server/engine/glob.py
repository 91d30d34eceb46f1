"""Glob patterns over bytes (util.c stringmatchlen)."""

from functools import lru_cache
from re import DOTALL, Pattern, compile, escape


def matches(pattern: bytes, text: bytes, ignore_case: bool = False) -> bool:
    """Whether `text` as a whole matches `pattern`: `*`, `?`, `[set]`, `[^set]`, ranges and backslashes."""
    if pattern == b"*":
        return True
    if ignore_case:
        pattern, text = pattern.lower(), text.lower()
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: bytes) -> Pattern[bytes]:
    """An expression without backtracking into earlier stars: the first place where a piece fits is enough."""
    pieces = [b""]
    position = 0
    while position < len(pattern):
        character = pattern[position : position + 1]
        position += 1
        if character == b"*":
            pieces.append(b"")
        elif character == b"?":
            pieces[-1] += b"."
        elif character == b"[":
            expression, position = _character_set(pattern, position)
            pieces[-1] += expression
        else:
            if character == b"\\" and position < len(pattern):
                character = pattern[position : position + 1]
                position += 1
            pieces[-1] += escape(character)
    if len(pieces) == 1:
        return compile(pieces[0], DOTALL)
    first, *middle, last = pieces
    between = b"".join(b"(?>.*?%b)" % piece for piece in middle if piece)
    return compile(first + between + b".*" + last, DOTALL)


def _character_set(pattern: bytes, position: int) -> tuple[bytes, int]:
    """The expression for the set that starts at `position` and where it ends; the end of the pattern closes it."""
    negated = pattern[position : position + 1] == b"^"
    position += negated
    members: set[int] = set()
    while position < len(pattern) and pattern[position] != ord("]"):
        if pattern[position] == ord("\\") and position + 1 < len(pattern):
            members.add(pattern[position + 1])
            position += 2
        elif position + 2 < len(pattern) and pattern[position + 1] == ord("-"):
            low, high = sorted((pattern[position], pattern[position + 2]))
            members.update(range(low, high + 1))
            position += 3
        else:
            members.add(pattern[position])
            position += 1
    alternatives = b"".join(b"\\x%02x" % member for member in sorted(members))
    return _set_expression(alternatives, negated), position + 1


def _set_expression(alternatives: bytes, negated: bool) -> bytes:
    if not alternatives:
        return b"." if negated else b"(?!)"
    return b"[%b%b]" % (b"^" if negated else b"", alternatives)
