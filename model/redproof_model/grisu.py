"""Doubles in few digits that still tell them, the very ones that servers find (`fpconv_dtoa.c`, from Redis 7.2 on).

The algorithm is Grisu2 (Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with Integers", PLDI 2010,
figure 10). As it keeps to 64 bits there are, for one double in some hundreds, digits that are fewer or closer.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache, lru_cache
from struct import pack, unpack
from typing import Final

_FRACTION_BITS: Final = 52
_HIDDEN_BIT: Final = 1 << _FRACTION_BITS
_EXPONENT_OF_ONE: Final = 1023
_WORD_BITS: Final = 64

_POWERS: Final = 87
_FIRST_POWER: Final = -348
_POWER_STEP: Final = 8
_LOG10_OF_2: Final = 0.30102999566398114
_LOWEST_EXPONENT: Final = -60
_HIGHEST_EXPONENT: Final = -32
_WHOLE_DIGITS: Final = 10

_MOST_ZEROS: Final = 7
_MOST_DECIMALS: Final = 7
_LEAST_POWER: Final = 4


@lru_cache(maxsize=1 << 12)
def grisu_text(number: float) -> bytes:
    """A finite double but zero: with zeros, with decimals, or in powers of ten (`fpconv_dtoa.c` emit_digits)."""
    digits, power = _digits(abs(number))
    leading = power + len(digits) - 1
    if power >= 0 and abs(leading) < len(digits) + _MOST_ZEROS:
        text = digits + "0" * power
    elif power < 0 and (power > -_MOST_DECIMALS or abs(leading) < _LEAST_POWER):
        padded = digits.rjust(1 - power, "0")
        text = f"{padded[:power]}.{padded[power:]}"
    else:
        decimals = "." + digits[1:] if len(digits) > 1 else ""
        text = f"{digits[0]}{decimals}e{leading:+d}"
    return b"-" * (number < 0) + text.encode()


def _digits(number: float) -> tuple[str, int]:
    """Decimal digits of a positive double, and the power of ten by which they are to be multiplied.

    The double and the borders of what is rounded to it are scaled so that some 4 to 32 bits of them are whole.
    """
    significand, exponent = _parts(number)
    below = 2 if significand == _HIDDEN_BIT else 1
    upper, top = _normalized(2 * significand + 1, exponent - 1)
    lower = (significand << below) - 1 << exponent - below - top
    middle, _ = _normalized(significand, exponent)
    power, scale, scale_exponent = _scale(top)
    highest, lowest = _product(upper, scale) - 1, _product(lower, scale) + 1
    digits, more = _generate(
        highest, highest - lowest, highest - _product(middle, scale), -(top + scale_exponent + _WORD_BITS)
    )
    return str(digits), more - power


def _parts(number: float) -> tuple[int, int]:
    """The significand of a positive double as an integer, and the power of two by which it is multiplied."""
    [bits] = unpack("<Q", pack("<d", number))
    exponent, fraction = divmod(bits, _HIDDEN_BIT)
    significand = fraction + _HIDDEN_BIT if exponent else fraction
    return significand, max(exponent, 1) - _EXPONENT_OF_ONE - _FRACTION_BITS


def _normalized(significand: int, exponent: int) -> tuple[int, int]:
    """The same product with a significand that fills the word."""
    shift = _WORD_BITS - significand.bit_length()
    return significand << shift, exponent - shift


def _product(left: int, right: int) -> int:
    """The upper word of a product, rounded."""
    return left * right + (1 << _WORD_BITS - 1) >> _WORD_BITS


def _scale(exponent: int) -> tuple[int, int, int]:
    """A power of ten, its significand and its exponent, to multiply a number of this exponent by."""
    index = (int(-(exponent + _POWERS) * _LOG10_OF_2) - _FIRST_POWER) // _POWER_STEP
    while True:
        power = _FIRST_POWER + index * _POWER_STEP
        significand, scale_exponent = _power_of_ten(power)
        scaled = exponent + scale_exponent + _WORD_BITS
        if _LOWEST_EXPONENT <= scaled <= _HIGHEST_EXPONENT:
            return power, significand, scale_exponent
        index += 1 if scaled < _LOWEST_EXPONENT else -1


@cache
def _power_of_ten(power: int) -> tuple[int, int]:
    """The power as a significand that fills the word, rounded, and an exponent of two."""
    exact = Fraction(10) ** power
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length() - _WORD_BITS
    significand = exact / Fraction(2) ** exponent
    if significand >= 1 << _WORD_BITS:
        return round(significand / 2), exponent + 1
    return round(significand), exponent


def _generate(highest: int, width: int, distance: int, point: int) -> tuple[int, int]:
    """The first digits of `highest` that are within `width` of it, and how many of them are missing before the unit.

    All three have `point` bits after the binary point; the number itself is `distance` below `highest`.
    """
    digits, rest = 0, highest
    for power in reversed(range(_WHOLE_DIGITS)):
        weight = 10**power << point
        digit, rest = divmod(rest, weight)
        digits = 10 * digits + digit
        if rest <= width:
            return _rounded(digits, rest, weight, width, distance), power
    power, weight = 0, 1 << point
    while True:
        power, rest, width, distance = power - 1, 10 * rest, 10 * width, 10 * distance
        digit, rest = divmod(rest, weight)
        digits = 10 * digits + digit
        if rest < width:
            return _rounded(digits, rest, weight, width, distance), power


def _rounded(digits: int, rest: int, weight: int, width: int, distance: int) -> int:
    """The digits with the last one lowered as long as that comes closer to the number."""
    while (
        rest < distance
        and width - rest >= weight
        and (rest + weight < distance or distance - rest > rest + weight - distance)
    ):
        digits -= 1
        rest += weight
    return digits
