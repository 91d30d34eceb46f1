"""Redis's strict readings of numbers in text, and its ways of writing them."""

import math
import re

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1

_INT64_TEXT_BYTES_MAX = 20
_FLOAT_TEXT = re.compile(
    rb"[+-]?(?:(?:inf|infinity)|0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?"
    rb"|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)",
    re.IGNORECASE,
)


def parse_int64(text: bytes) -> int | None:
    """The signed 64-bit integer that `text` spells canonically, or None (util.c string2ll)."""
    if len(text) > _INT64_TEXT_BYTES_MAX:
        return None
    try:
        number = int(text)
    except ValueError:
        return None
    if b"%d" % number != text or not INT64_MIN <= number <= INT64_MAX:
        return None
    return number


def parse_float(text: bytes) -> float | None:
    """The number that C's strtod reads from the whole of `text`, or None.

    NaN, leading or trailing blanks, overflow and underflow to zero are refused, infinities spelled out
    are not (object.c getDoubleFromObject).
    """
    if _FLOAT_TEXT.fullmatch(text) is None:
        return None
    spelling = text.decode("ascii").lower()
    try:
        number = float.fromhex(spelling) if "0x" in spelling else float(spelling)
    except OverflowError:
        return None
    if math.isinf(number):
        return number if "inf" in spelling else None
    mantissa = spelling.partition("p" if "0x" in spelling else "e")[0].replace("0x", "")
    if number == 0.0 and mantissa.strip("+-0."):
        return None
    return number


def format_double(number: float) -> bytes:
    """The text of a double in a reply, 17 significant digits (networking.c addReplyDouble)."""
    return b"%.17g" % number
