"""Arithmetic of the 80-bit `long double` that INCRBYFLOAT and HINCRBYFLOAT compute with, done exactly in integers.

A number is a sign, 64 significant bits and an exponent, as the x87 unit keeps it; results are rounded to the
nearest such number, ties to even. Sources: `util.c` string2ld and ld2string, and the C library's strtold.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from redproof_model.errors import NOT_FLOAT, ReplyError
from redproof_model.remember import remembered

_PRECISION_BITS: Final = 64
_LOWEST_EXPONENT: Final = -16445
_INFINITE_EXPONENT: Final = 16384
_LONGEST_TEXT: Final = 5 * 1024 - 1
_LARGEST_DECIMAL_EXPONENT: Final = 4932
_SMALLEST_DECIMAL_EXPONENT: Final = -4951
_DECIMAL_PLACES: Final = 17
_SCALE: Final = 10**_DECIMAL_PLACES
_EXPONENT_DIGITS: Final = 7

_DECIMAL: Final = re.compile(rb"([+-]?)(\d++(?:\.\d*+)?|\.\d++)(?:[eE]([+-]?)(\d++))?")
_HEXADECIMAL: Final = re.compile(rb"([+-]?)0[xX](?=\.?[\da-fA-F])([\da-fA-F]*+)\.?([\da-fA-F]*+)(?:[pP]([+-]?)(\d+))?")
_INFINITY: Final = re.compile(rb"([+-]?)inf(?:inity)?", re.IGNORECASE)


class Extended(NamedTuple):
    """The number mantissa * 2**exponent; infinity has an exponent that no finite number reaches."""

    mantissa: int
    exponent: int

    @property
    def finite(self) -> bool:
        """Whether this is a number and not an infinity."""
        return self.exponent < _INFINITE_EXPONENT


ZERO: Final = Extended(0, 0)


def extended(text: bytes, error: bytes = NOT_FLOAT) -> Extended:
    """Read a long double argument or end the command with `error` (`object.c` getLongDoubleFromObjectOrReply)."""
    number = to_extended(text)
    if number is None:
        raise ReplyError(error)
    return number


@remembered
def to_extended(text: bytes) -> Extended | None:
    """Read a long double, infinities included, or None if it has another form or is out of range.

    Source: `util.c` string2ld; a number so small that it becomes zero is out of range, a denormal is not.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    if matched := _DECIMAL.fullmatch(text):
        return _from_decimal(*matched.groups(b""))
    if matched := _HEXADECIMAL.fullmatch(text):
        return _from_hexadecimal(*matched.groups(b""))
    if matched := _INFINITY.fullmatch(text):
        return _infinity(-1 if matched[1] == b"-" else 1)
    return None


def add(left: Extended, right: Extended) -> Extended | None:
    """The sum, which may be infinite; None if it is not a number."""
    if not left.finite or not right.finite:
        return _add_infinities(left, right)
    exponent = min(left.exponent, right.exponent)
    total = (left.mantissa << left.exponent - exponent) + (right.mantissa << right.exponent - exponent)
    return _nearest(total, 1, exponent)


def times(number: Extended, factor: int) -> Extended:
    """The product with a natural number, which may be infinite."""
    if not number.finite:
        return number
    return _nearest(number.mantissa * factor, 1, number.exponent)


@lru_cache(maxsize=1 << 10)
def extended_text(number: Extended) -> bytes:
    """Write a finite number as `%.17Lf` does, without trailing zeros (`util.c` ld2string, LD_STR_HUMAN)."""
    mantissa, exponent = number
    scaled = _divide(abs(mantissa) * _SCALE, 1, -exponent)
    if scaled == 0:
        return b"0"
    # Python refuses to write an int of more than 4,300 digits, but a Decimal of any length.
    digits = str(Decimal(scaled)).zfill(_DECIMAL_PLACES + 1)
    sign = "-" if mantissa < 0 else ""
    return f"{sign}{digits[:-_DECIMAL_PLACES]}.{digits[-_DECIMAL_PLACES:]}".rstrip("0").rstrip(".").encode()


def _infinity(sign: int) -> Extended:
    return Extended(sign, _INFINITE_EXPONENT)


def _add_infinities(left: Extended, right: Extended) -> Extended | None:
    if left.finite:
        return right
    if right.finite or left == right:
        return left
    return None


def _from_decimal(sign: bytes, digits: bytes, exponent_sign: bytes, exponent_digits: bytes) -> Extended | None:
    exponent = _exponent(exponent_sign, exponent_digits)
    number = Decimal(f"{sign.decode()}{digits.decode()}e{exponent}")
    if not number:
        return ZERO
    if not _SMALLEST_DECIMAL_EXPONENT <= number.adjusted() <= _LARGEST_DECIMAL_EXPONENT:
        return None
    return _in_range(_nearest(*number.as_integer_ratio(), 0))


def _from_hexadecimal(
    sign: bytes, whole: bytes, part: bytes, exponent_sign: bytes, exponent_digits: bytes
) -> Extended | None:
    mantissa = int(whole + part, 16)
    if mantissa == 0:
        return ZERO
    exponent = _exponent(exponent_sign, exponent_digits) - 4 * len(part)
    magnitude = mantissa.bit_length() + exponent
    if not _LOWEST_EXPONENT <= magnitude <= _INFINITE_EXPONENT:
        return None
    return _in_range(_nearest(-mantissa if sign == b"-" else mantissa, 1, exponent))


def _exponent(sign: bytes, digits: bytes) -> int:
    """An exponent as written, cut to so many digits that it is out of range all the same."""
    return int(sign + (digits.lstrip(b"0")[:_EXPONENT_DIGITS] or b"0"))


def _in_range(number: Extended) -> Extended | None:
    return number if number.mantissa and number.finite else None


def _nearest(numerator: int, denominator: int, exponent: int) -> Extended:
    """The number of 64 significant bits that is nearest to numerator / denominator * 2**exponent."""
    surplus = numerator.bit_length() - denominator.bit_length() - _PRECISION_BITS
    surplus = max(surplus, _LOWEST_EXPONENT - exponent)
    magnitude = _divide(abs(numerator), denominator, surplus)
    if magnitude.bit_length() > _PRECISION_BITS:
        surplus += 1
        magnitude = _divide(abs(numerator), denominator, surplus)
    exponent += surplus
    sign = -1 if numerator < 0 else 1
    if magnitude.bit_length() + exponent > _INFINITE_EXPONENT:
        return _infinity(sign)
    return Extended(sign * magnitude, exponent)


def _divide(numerator: int, denominator: int, shift: int = 0) -> int:
    """numerator / (denominator * 2**shift) for natural numbers, rounded to the nearest, ties to even."""
    if shift > 0:
        denominator <<= shift
    else:
        numerator <<= -shift
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient & 1):
        return quotient + 1
    return quotient
