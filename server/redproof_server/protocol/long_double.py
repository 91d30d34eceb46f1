"""The 80-bit long double of x86, which INCRBYFLOAT and HINCRBYFLOAT calculate with: read, add, write.

A number is an integer of up to 64 bits times a power of two, so integer arithmetic is exact until it rounds.
"""

import re
from dataclasses import dataclass

MANTISSA_BITS = 64
EXPONENT_MIN = -16445
EXPONENT_MAX = 16320
TEXT_BYTES_MAX = 5 * 1024 - 1
DECIMALS = 17

_DECIMAL_EXPONENT_LIMIT = 20_000
_BINARY_EXPONENT_LIMIT = 100_000
# Python refuses to convert longer texts at once.
_DIGITS_AT_ONCE = 4000
_INFINITY_TEXT = re.compile(rb"([+-]?)(?:inf|infinity)", re.IGNORECASE)
_DECIMAL_TEXT = re.compile(rb"([+-]?)(?=\.?[0-9])([0-9]*)\.?([0-9]*)(?:e([+-]?[0-9]+))?", re.IGNORECASE)
_HEX_TEXT = re.compile(rb"([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?[0-9]+))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LongDouble:
    """`mantissa` times two to the power of `exponent`; without an exponent an infinity, or NaN if 0."""

    mantissa: int
    exponent: int | None

    @property
    def is_finite(self) -> bool:
        """Whether this is neither an infinity nor NaN."""
        return self.exponent is not None


def parse_long_double(text: bytes) -> LongDouble | None:
    """The number that C's strtold reads from the whole of `text`, or None (util.c string2ld).

    Overflow and underflow to zero are refused, infinities spelled out are not.
    """
    if len(text) > TEXT_BYTES_MAX:
        return None
    infinity = _INFINITY_TEXT.fullmatch(text)
    if infinity is not None:
        return LongDouble(-1 if infinity[1] == b"-" else 1, None)
    found = _read_decimal(text) or _read_hex(text)
    if found is None:
        return None
    digits, numerator, denominator = found
    number = _rounded(digits * numerator, denominator)
    is_out_of_range = not number.is_finite or (digits and not number.mantissa)
    return None if is_out_of_range else number


def add(first: LongDouble, second: LongDouble) -> LongDouble:
    """The sum, rounded as the processor does."""
    if first.exponent is None or second.exponent is None:
        signs = {number.mantissa for number in (first, second) if number.exponent is None}
        return LongDouble(signs.pop() if len(signs) == 1 else 0, None)
    exponent = min(first.exponent, second.exponent)
    total = (first.mantissa << first.exponent - exponent) + (second.mantissa << second.exponent - exponent)
    return _rounded(total << exponent, 1) if exponent >= 0 else _rounded(total, 1 << -exponent)


def multiply(number: LongDouble, factor: int) -> LongDouble:
    """A number times an integer above 0, rounded as the processor does."""
    if number.exponent is None:
        return number
    product, exponent = number.mantissa * factor, number.exponent
    return _rounded(product << exponent, 1) if exponent >= 0 else _rounded(product, 1 << -exponent)


def format_long_double(number: LongDouble) -> bytes:
    """A finite number with up to 17 decimals and no trailing zeros (util.c ld2string, LD_STR_HUMAN)."""
    assert number.exponent is not None
    scaled = abs(number.mantissa) * 10**DECIMALS
    scaled = scaled << number.exponent if number.exponent >= 0 else _divided(scaled, 1 << -number.exponent)
    whole, decimals = divmod(scaled, 10**DECIMALS)
    text = _integer_text(whole) + (b".%0*d" % (DECIMALS, decimals)).rstrip(b"0").rstrip(b".")
    return b"-" + text if number.mantissa < 0 and scaled else text


def _read_decimal(text: bytes) -> tuple[int, int, int] | None:
    """Signed digits, and the fraction that they are to be multiplied with."""
    match = _DECIMAL_TEXT.fullmatch(text)
    if match is None:
        return None
    sign, whole, decimals, power = match.groups()
    exponent = _clamped(power or b"0", _DECIMAL_EXPONENT_LIMIT) - len(decimals)
    digits = _integer(whole + decimals) * (-1 if sign == b"-" else 1)
    return digits, 10 ** max(exponent, 0), 10 ** max(-exponent, 0)


def _read_hex(text: bytes) -> tuple[int, int, int] | None:
    match = _HEX_TEXT.fullmatch(text)
    if match is None:
        return None
    sign, whole, decimals, power = match.groups()
    exponent = _clamped(power or b"0", _BINARY_EXPONENT_LIMIT) - 4 * len(decimals)
    digits = int(whole + decimals, 16) * (-1 if sign == b"-" else 1)
    return digits, 1 << max(exponent, 0), 1 << max(-exponent, 0)


def _clamped(power: bytes, limit: int) -> int:
    """The exponent that `power` spells, at most `limit` either way: beyond it all numbers are out of range."""
    digits = power.lstrip(b"+-").lstrip(b"0")
    size = limit if len(digits) > len(str(limit)) else min(int(digits or b"0"), limit)
    return -size if power.startswith(b"-") else size


def _rounded(numerator: int, denominator: int) -> LongDouble:
    """The nearest number of 64 bits to a fraction, the even one of two; smaller numbers have fewer bits."""
    if not numerator:
        return LongDouble(0, 0)
    exponent = abs(numerator).bit_length() - denominator.bit_length() - MANTISSA_BITS
    exponent = max(exponent, EXPONENT_MIN)
    mantissa = _scaled_quotient(numerator, denominator, exponent)
    while abs(mantissa).bit_length() > MANTISSA_BITS:
        exponent += 1
        mantissa = _scaled_quotient(numerator, denominator, exponent)
    if exponent > EXPONENT_MAX:
        return LongDouble(1 if numerator > 0 else -1, None)
    return LongDouble(mantissa, exponent)


def _scaled_quotient(numerator: int, denominator: int, exponent: int) -> int:
    """The fraction divided by two to the power of `exponent`, rounded once."""
    if exponent >= 0:
        return _divided(numerator, denominator << exponent)
    return _divided(numerator << -exponent, denominator)


def _divided(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest integer, the even one of two."""
    quotient, rest = divmod(numerator, denominator)
    return quotient + (rest * 2 > denominator or (rest * 2 == denominator and quotient % 2 == 1))


def _integer(digits: bytes) -> int:
    number = 0
    for start in range(0, len(digits), _DIGITS_AT_ONCE):
        part = digits[start : start + _DIGITS_AT_ONCE]
        number = number * 10 ** len(part) + int(part)
    return number


def _integer_text(number: int) -> bytes:
    if number < 10**_DIGITS_AT_ONCE:
        return b"%d" % number
    high, low = divmod(number, 10**_DIGITS_AT_ONCE)
    return b"%d%0*d" % (high, _DIGITS_AT_ONCE, low)
