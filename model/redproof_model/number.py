"""Numbers as Redis reads them from arguments and writes them into replies (`util.c`, `object.c`)."""

from __future__ import annotations

import re
from math import copysign, inf, isinf
from typing import Final

from redproof_model.errors import NOT_FLOAT, NOT_INTEGER, ReplyError, c_string
from redproof_model.grisu import grisu_text
from redproof_model.remember import remembered

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
INT32_MIN: Final = -(2**31)
INT32_MAX: Final = 2**31 - 1

_LONGEST_INTEGER: Final = 20
_MAX_WHOLE: Final = 2**62
_DECIMAL: Final = re.compile(rb"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?")
_HEXADECIMAL: Final = re.compile(rb"[+-]?0[xX](?:[\da-fA-F]++\.?[\da-fA-F]*+|\.[\da-fA-F]++)(?:[pP][+-]?\d+)?")
_INFINITY: Final = re.compile(rb"[+-]?inf(?:inity)?", re.IGNORECASE)
_TWO_SIGNED: Final = re.compile(rb"-\+inf(?:inity)?", re.IGNORECASE)


@remembered
def to_integer(text: bytes) -> int | None:
    """Read a signed 64-bit integer in its only accepted spelling, or None (`util.c` string2ll)."""
    if len(text) > _LONGEST_INTEGER:
        return None
    try:
        number = int(text)
    except ValueError:
        return None
    if b"%d" % number != text or not INT64_MIN <= number <= INT64_MAX:
        return None
    return number


def integer(text: bytes, error: bytes = NOT_INTEGER) -> int:
    """Read an integer argument or end the command with `error` (`object.c` getLongLongFromObjectOrReply)."""
    number = to_integer(text)
    if number is None:
        raise ReplyError(error)
    return number


def ranged(text: bytes, low: int, high: int, error: bytes = NOT_INTEGER) -> int:
    """Read an integer in `low..high` or end the command (`object.c` getRangeLongFromObjectOrReply)."""
    number = integer(text, error)
    if not low <= number <= high:
        raise ReplyError(error)
    return number


def to_int32(number: int) -> int:
    """What is left of an integer that C keeps in an `int`: its low 32 bits, the highest of them the sign."""
    return (number - INT32_MIN) % 2**32 + INT32_MIN


def negatable(text: bytes) -> int:
    """Read an integer whose negative is in range too or end the command (`object.c` getRangeLongFromObjectOrReply)."""
    number = integer(text)
    if number < -INT64_MAX:
        raise ReplyError(b"ERR value is out of range, value must between %d and %d" % (-INT64_MAX, INT64_MAX))
    return number


@remembered
def to_double(text: bytes) -> float | None:
    """Read a double as C's strtod does, refusing blanks, NaN, overflow and underflow to zero, or None.

    Source: `object.c` getDoubleFromObject.
    """
    if _DECIMAL.fullmatch(text):
        number = float(text)
        underflows = number == 0 and text.lower().partition(b"e")[0].strip(b"+-.0") != b""
        out_of_range = underflows or isinf(number)
    elif _HEXADECIMAL.fullmatch(text):
        try:
            number = float.fromhex(text.decode())
        except OverflowError:
            return None
        digits = text.lower().lstrip(b"+-")[2:].partition(b"p")[0]
        out_of_range = number == 0 and digits.strip(b".0") != b""
    elif _INFINITY.fullmatch(text):
        return float(text)
    else:
        return None
    return None if out_of_range else number


@remembered
def strtod(text: bytes) -> float | None:
    """Read a whole C string as strtod does, blanks in front, overflow and the empty string included, or None.

    Source: `t_zset.c` zslParseRange, which refuses only NaN and what strtod leaves over.
    """
    text = c_string(text)
    number = text.lstrip(b" \t\n\v\f\r")
    if _DECIMAL.fullmatch(number) or _INFINITY.fullmatch(number):
        return float(number)
    if _HEXADECIMAL.fullmatch(number):
        try:
            return float.fromhex(number.decode())
        except OverflowError:
            return float("-inf" if number.startswith(b"-") else "inf")
    return None if text else 0.0


def fast_float(text: bytes, two_signs: bool) -> float | None:
    """Read a whole C string as the library fast_float does, overflow and the empty string included, or None.

    With `two_signs` `-+inf` is infinite too. Source: `deps/fast_float`, as `t_zset.c` zslParseRange and `sort.c` of
    Redis 8.0 use it.
    """
    text = c_string(text)
    if _DECIMAL.fullmatch(text) or _INFINITY.fullmatch(text):
        return float(text)
    if two_signs and is_two_signed(text):
        return -inf
    return None if text else 0.0


def is_two_signed(text: bytes) -> bool:
    """Whether the text is infinity after two signs, which parse_infnan of fast_float lets pass."""
    return _TWO_SIGNED.fullmatch(text) is not None


def is_hexadecimal(text: bytes) -> bool:
    """Whether the text is a double in hexadecimal, if it is one."""
    return text.lstrip(b"+-")[:2] in (b"0x", b"0X")


def double(text: bytes, error: bytes = NOT_FLOAT, hexadecimal: bool = True) -> float:
    """Read a double argument or end the command with `error` (`object.c` getDoubleFromObjectOrReply)."""
    number = to_double(text)
    if number is None or (not hexadecimal and is_hexadecimal(text)):
        raise ReplyError(error)
    return number


def double_text(number: float) -> bytes:
    """Write a double with the 17 significant digits that Redis up to 7.0 sends (`networking.c` addReplyDouble)."""
    return b"%.17g" % number


def few_digits_text(number: float) -> bytes:
    """Write a double as Redis from 7.2 on sends it, as an integer if it is one of up to 2**62 (`util.c` d2string)."""
    if abs(number) <= _MAX_WHOLE and number.is_integer():
        return b"-0" if number == 0 and copysign(1, number) < 0 else b"%d" % number
    return double_text(number) if isinf(number) else grisu_text(number)
