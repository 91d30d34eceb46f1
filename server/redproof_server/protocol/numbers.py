"""Redis's strict readings of numbers in text, and its ways of writing them."""

import math
import re

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1

_INT64_TEXT_BYTES_MAX = 20
_INT64_SAFE_DIGITS = 19
_DOUBLE_SAFE_DIGITS = 308
_ZERO = ord("0")
_FIRST_OF_INTEGER = b"-0123456789"
_FLOAT_TEXT = re.compile(
    rb"[+-]?(?:(?:inf|infinity)|0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?"
    rb"|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)",
    re.IGNORECASE,
)


def parse_int64(text: bytes) -> int | None:
    """The signed 64-bit integer that `text` spells canonically, or None (util.c string2ll)."""
    if text.isdigit() and len(text) < _INT64_SAFE_DIGITS:
        return int(text) if text[0] != _ZERO or len(text) == 1 else None
    if len(text) > _INT64_TEXT_BYTES_MAX or not text or text[0] not in _FIRST_OF_INTEGER:
        return None
    try:
        number = int(text)
    except ValueError:
        return None
    if b"%d" % number != text or not INT64_MIN <= number <= INT64_MAX:
        return None
    return number


def wrap_int64(number: int) -> int:
    """What is left of a number in 64 bits, where C lets a calculation overflow."""
    return (number - INT64_MIN) % 2**64 + INT64_MIN


def parse_float(text: bytes) -> float | None:
    """The number that C's strtod reads from the whole of `text`, or None.

    NaN, leading or trailing blanks, overflow and underflow to zero are refused, infinities spelled out
    are not (object.c getDoubleFromObject).
    """
    if text.isdigit() and len(text) <= _DOUBLE_SAFE_DIGITS:
        return float(text)
    number = parse_wide_float(text)
    if number is None:
        return None
    if math.isinf(number):
        return number if b"n" in text.lower() else None
    mantissa = re.split(rb"p" if b"x" in text.lower() else rb"e", text.lower())[0]
    is_underflow = number == 0.0 and mantissa.replace(b"0x", b"").strip(b"+-0.") != b""
    return None if is_underflow else number


def parse_wide_float(text: bytes) -> float | None:
    """As `parse_float`, but overflow comes out infinite and underflow zero, as of strtod itself."""
    if _FLOAT_TEXT.fullmatch(text) is None:
        return None
    spelling = text.decode("ascii").lower()
    try:
        return float.fromhex(spelling) if "x" in spelling else float(spelling)
    except OverflowError:
        return -math.inf if spelling.startswith("-") else math.inf


def format_double(number: float) -> bytes:
    """The text of a double in a reply, 17 significant digits (networking.c addReplyDouble)."""
    return b"%.17g" % number
