"""Texts as they are sent, and numbers as C reads them from the start of a text."""

import re

_leading_integer = re.compile(r"\s*([+-]?[0-9]+)").match


def encoded(text: str) -> bytes:
    """A text as it is sent."""
    return text.encode("utf-8", "surrogateescape")


def decoded(text: bytes) -> str:
    """A text as it was sent."""
    return text.decode("utf-8", "surrogateescape")


def leading_integer(text: str) -> int:
    """The integer that a text begins with, or 0 (atoi)."""
    if text.isdecimal() and text.isascii():
        return int(text)
    found = _leading_integer(text)
    return 0 if found is None else int(found[1])


def leading_unsigned(text: str) -> int:
    """The integer in 64 bits without a sign that a text begins with, or 0 (strtoull)."""
    return min(leading_integer(text), 2**64 - 1) % 2**64
