"""Glob patterns over bytes (util.c stringmatchlen)."""

from functools import lru_cache
from re import DOTALL, Pattern, compile

ALL = b"*"


def selects(pattern: bytes, name: bytes) -> bool:
    """Whether a listing by `pattern` shows `name`: all of them for a star alone, which is not matched (keysCommand)."""
    return pattern == ALL or matches(pattern, name)


def matches(pattern: bytes, text: bytes, ignore_case: bool = False) -> bool:
    """Whether `text` as a whole matches `pattern`: `*`, `?`, `[set]`, `[^set]`, ranges and backslashes.

    A text of no bytes is matched by a pattern of no bytes only, not by a star.
    """
    if not text:
        return not pattern
    if pattern == ALL:
        return True
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: bytes, ignore_case: bool) -> Pattern[bytes]:
    """An expression without backtracking into earlier stars: the first place where a piece fits is enough."""
    pieces = [b""]
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == ord("*"):
            pieces.append(b"")
        elif character == ord("?"):
            pieces[-1] += b"."
        elif character == ord("["):
            members, position = _character_set(pattern, position, ignore_case)
            pieces[-1] += _one_of(members)
        else:
            if character == ord("\\") and position < len(pattern):
                character = pattern[position]
                position += 1
            pieces[-1] += _one_of(_cases(character) if ignore_case else {character})
    if len(pieces) == 1:
        return compile(pieces[0], DOTALL)
    first, *middle, last = pieces
    between = b"".join(b"(?>.*?%b)" % piece for piece in middle if piece)
    return compile(first + between + b".*" + last, DOTALL)


def _character_set(pattern: bytes, position: int, ignore_case: bool) -> tuple[set[int], int]:
    """The members of the set that starts at `position` and where it ends; the end of the pattern closes it."""
    is_negated = pattern[position : position + 1] == b"^"
    position += is_negated
    members: set[int] = set()
    while position < len(pattern) and pattern[position] != ord("]"):
        if pattern[position] == ord("\\") and position + 1 < len(pattern):
            members.add(pattern[position + 1])
            position += 2
        elif position + 2 < len(pattern) and pattern[position + 1] == ord("-"):
            members |= _range(pattern[position], pattern[position + 2], ignore_case)
            position += 3
        else:
            members |= _cases(pattern[position]) if ignore_case else {pattern[position]}
            position += 1
    return _others(members) if is_negated else members, position + 1


def _others(members: set[int]) -> set[int]:
    return set(range(256)) - members


def _range(first: int, last: int, ignore_case: bool) -> set[int]:
    """The bytes between two, which are signed as `char` of C is on x86; put in order before their case is dropped."""
    low, high = sorted((first, last), key=_signed)
    if ignore_case:
        low, high = _lower(low), _lower(high)
    return {
        byte for byte in range(256) if _signed(low) <= _signed(_lower(byte) if ignore_case else byte) <= _signed(high)
    }


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def _lower(byte: int) -> int:
    return byte | 32 if ord("A") <= byte <= ord("Z") else byte


def _cases(byte: int) -> set[int]:
    return {other for other in (byte, byte ^ 32) if _lower(other) == _lower(byte)}


def _one_of(members: set[int]) -> bytes:
    if not members:
        return b"(?!)"
    return b"[%b]" % b"".join(b"\\x%02x" % member for member in sorted(members))
