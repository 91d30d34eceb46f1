"""Integers of any width in BITFIELD: GET, SET and INCRBY with the modes of OVERFLOW, for all widths at once."""

from __future__ import annotations

from typing import Final

from redproof_model.kernel.python import definition
from redproof_model.kernel.sorts import BitVec, Enum, Int, Sort
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, constant, literals
from redproof_model.kernel.vocabulary import all_of, any_of, cast, choose, implies, ite, negate, same, value_of, wrap
from redproof_model.systems.arithmetic.long_long import (
    LLONG_MAX,
    LLONG_MIN,
    LONG_LONG,
    UNSIGNED,
    declare_lemmas,
    fits,
    signed,
    signed_overflow,
    unsigned,
)

OVERFLOW: Final = Enum("OVERFLOW", ("WRAP", "SAT", "FAIL"))
"""What becomes of a result that does not fit."""

_WRAP, _SAT, _FAIL = literals(OVERFLOW)
_ZERO: Final = constant(0, LONG_LONG)
_ONE: Final = constant(1, UNSIGNED)
_ONES: Final = constant(UNSIGNED.high, UNSIGNED)

# What Redis computes. A signed integer has 1 to 64 bits, an unsigned one 1 to 63.


@definition(low_bits=UNSIGNED, bits=UNSIGNED)
def signed_integer(low_bits: Term, bits: Term) -> Term:
    """The signed integer that so many bits are (`bitops.c` getSignedBitfield)."""
    negative = low_bits & (_ONE << (bits - 1)) != 0
    return signed(ite(all_of(bits < 64, negative), low_bits | (_ONES << bits), low_bits))


def _signed_overflow(value: Term, increment: Term, bits: Term, mode: Term) -> tuple[Term, Term]:
    """Whether a sum overflows, and what is taken for it (`bitops.c` checkSignedBitfieldOverflow)."""
    largest = _largest(bits)
    least = -largest - 1
    room_above = signed(unsigned(largest) - unsigned(value))
    room_below = _room_below(value, bits)
    above = any_of(
        value > largest,
        all_of(bits != 64, increment > room_above),
        all_of(value >= 0, increment > 0, increment > room_above),
    )
    below = any_of(
        value < least,
        all_of(bits != 64, increment < room_below),
        all_of(value < 0, increment < 0, increment < room_below),
    )
    total, beyond = unsigned(value) + unsigned(increment), _ONES << bits
    negative = total & (_ONE << (bits - 1)) != 0
    wrapped = ite(bits < 64, ite(negative, total | beyond, total & ~beyond), total)
    return any_of(above, below), ite(mode == _SAT, ite(above, largest, least), signed(wrapped))


def _largest(bits: Term) -> Term:
    return ite(bits == 64, LLONG_MAX, signed(_ONE << (bits - 1)) - 1)


def _room_below(value: Term, bits: Term) -> Term:
    """How much may be added to a signed integer so that it does not get too small: Redis's `minincr`."""
    return -_largest(bits) - 1 - value


def _unsigned_overflow(value: Term, increment: Term, bits: Term, mode: Term) -> tuple[Term, Term]:
    """Whether a sum overflows, and what is taken for it (`bitops.c` checkUnsignedBitfieldOverflow)."""
    largest = (_ONE << bits) - 1
    above = any_of(value > largest, all_of(increment > 0, increment > signed(largest - value)))
    below = all_of(increment < 0, increment < signed(-value))
    wrapped = (value + unsigned(increment)) & ~(_ONES << bits)
    return any_of(above, below), ite(mode == _SAT, ite(above, largest, 0), wrapped)


@definition(old=LONG_LONG, increment=LONG_LONG, bits=UNSIGNED, mode=OVERFLOW)
def signed_incrby(old: Term, increment: Term, bits: Term, mode: Term) -> tuple[Term, Term]:
    """Whether INCRBY fails, and the new integer (`bitops.c` bitfieldGeneric)."""
    overflows, limit = _signed_overflow(old, increment, bits, mode)
    return all_of(overflows, mode == _FAIL), ite(overflows, limit, old + increment)


@definition(number=LONG_LONG, bits=UNSIGNED, mode=OVERFLOW)
def signed_set(number: Term, bits: Term, mode: Term) -> tuple[Term, Term]:
    """Whether SET fails, and the new integer (`bitops.c` bitfieldGeneric)."""
    overflows, limit = _signed_overflow(number, _ZERO, bits, mode)
    return all_of(overflows, mode == _FAIL), ite(overflows, limit, number)


@definition(old=UNSIGNED, increment=LONG_LONG, bits=UNSIGNED, mode=OVERFLOW)
def unsigned_incrby(old: Term, increment: Term, bits: Term, mode: Term) -> tuple[Term, Term]:
    """Whether INCRBY fails, and the new integer (`bitops.c` bitfieldGeneric)."""
    overflows, limit = _unsigned_overflow(old, increment, bits, mode)
    return all_of(overflows, mode == _FAIL), ite(overflows, limit, old + unsigned(increment))


@definition(number=LONG_LONG, bits=UNSIGNED, mode=OVERFLOW)
def unsigned_set(number: Term, bits: Term, mode: Term) -> tuple[Term, Term]:
    """Whether SET fails, and the new integer (`bitops.c` bitfieldGeneric)."""
    overflows, limit = _unsigned_overflow(unsigned(number), _ZERO, bits, mode)
    return all_of(overflows, mode == _FAIL), ite(overflows, limit, unsigned(number))


def _is_inside(offset: Term, limit_bytes: Term) -> Term:
    return all_of(offset >= 0, offset >> 3 < limit_bytes)


@definition(index=LONG_LONG, bits=UNSIGNED, limit_bytes=LONG_LONG)
def numbered_offset(index: Term, bits: Term, limit_bytes: Term) -> tuple[Term, Term]:
    """Whether the offset `#index` is accepted, and the bit that it means (`bitops.c` getBitOffsetFromArgument)."""
    offset = index * signed(bits)
    return _is_inside(offset, limit_bytes), offset


# What that means, over the integers.


def _signed_ends(bits: Term) -> tuple[Term, Term]:
    half = value_of(_ONE << (bits - 1))
    return -half, half - 1


def _unsigned_ends(bits: Term) -> tuple[Term, Term]:
    return constant(0, Int()), value_of(_ONE << bits) - 1


def _is_kept(exact: Term, ends: tuple[Term, Term], bits: Term, mode: Term, result: tuple[Term, Term]) -> Term:
    """Whether a result is an exact integer, or, if that is not between the ends, what the mode says.

    WRAP takes the integer between the ends that has the same low bits, SAT the nearer end, and FAIL fails.
    """
    (low, high), (fails, new) = ends, result
    number = value_of(new)
    congruent = _low_bits(number, bits) == _low_bits(exact, bits)
    wrapped = all_of(number >= low, number <= high, congruent)
    saturated = number == ite(exact > high, high, low)
    taken = choose((_between(exact, ends), number == exact), (mode == _SAT, saturated), otherwise=wrapped)
    return ite(all_of(mode == _FAIL, negate(_between(exact, ends))), fails, all_of(negate(fails), taken))


def _between(number: Term, ends: tuple[Term, Term]) -> Term:
    return all_of(number >= ends[0], number <= ends[1])


def _low_bits(number: Term, bits: Term) -> Term:
    """So many low bits of an integer."""
    return wrap(number, UNSIGNED) & ~(_ONES << bits)


def _width(bits: Term, most: int) -> Term:
    return all_of(bits >= 1, bits <= most)


# The lemmas.


def signed_get_is_twos_complement(low_bits: Term, bits: Term) -> Term:
    """GET reads the integer between the ends that has these low bits."""
    number = value_of(signed_integer(low_bits, bits))
    congruent = _low_bits(number, bits) == _low_bits(value_of(low_bits), bits)
    given = all_of(_width(bits, 64), value_of(low_bits) <= 2 * _signed_ends(bits)[1] + 1)
    return implies(given, all_of(_between(number, _signed_ends(bits)), congruent))


def signed_incrby_is_sum(old: Term, increment: Term, bits: Term, mode: Term) -> Term:
    """INCRBY of a signed integer gives the sum, or what the mode says."""
    ends, exact = _signed_ends(bits), value_of(old) + value_of(increment)
    kept = _is_kept(exact, ends, bits, mode, signed_incrby(old, increment, bits, mode))
    return implies(all_of(_width(bits, 64), _between(value_of(old), ends)), kept)


def unsigned_incrby_is_sum(old: Term, increment: Term, bits: Term, mode: Term) -> Term:
    """INCRBY of an unsigned integer gives the sum, or what the mode says."""
    ends, exact = _unsigned_ends(bits), value_of(old) + value_of(increment)
    kept = _is_kept(exact, ends, bits, mode, unsigned_incrby(old, increment, bits, mode))
    return implies(all_of(_width(bits, 63), _between(value_of(old), ends)), kept)


def signed_set_differs(number: Term, bits: Term, mode: Term) -> Term:
    """SET of a signed integer does what the mode says, but SAT takes the greatest for the most negative numbers.

    They are so far below it that the room between, which is looked at first, does not fit 64 bits.
    """
    ends, exact = _signed_ends(bits), value_of(number)
    kept = _is_kept(exact, ends, bits, mode, signed_set(number, bits, mode))
    no_room = all_of(bits < 64, negate(fits(ends[1] - exact)))
    return implies(_width(bits, 64), same(negate(kept), all_of(mode == _SAT, no_room)))


def unsigned_set_differs(number: Term, bits: Term, mode: Term) -> Term:
    """SET of an unsigned integer does what the mode says, but SAT takes the greatest for a negative number.

    The number is read as an unsigned one, which is too great.
    """
    ends, exact = _unsigned_ends(bits), value_of(number)
    kept = _is_kept(exact, ends, bits, mode, unsigned_set(number, bits, mode))
    return implies(_width(bits, 63), same(negate(kept), all_of(mode == _SAT, number < 0)))


def incrby_is_defined(old: Term, increment: Term, bits: Term, mode: Term) -> Term:
    """No signed overflow is met in what INCRBY asks for."""
    given = all_of(_width(bits, 64), _between(value_of(old), _signed_ends(bits)))
    return implies(given, negate(signed_overflow(*signed_incrby(old, increment, bits, mode))))


def set_is_defined(number: Term, bits: Term, mode: Term) -> Term:
    """No signed overflow is met in what SET asks for."""
    return implies(_width(bits, 64), negate(signed_overflow(*signed_set(number, bits, mode))))


def room_is_undefined(number: Term, bits: Term) -> Term:
    """Redis finds the room below a number before it knows that it will ask for it: for i64 this overflows if positive.

    With fewer bits it overflows only for numbers that are far too great.
    """
    low, _ = _signed_ends(bits)
    undefined = signed_overflow(_room_below(number, bits))
    return implies(_width(bits, 64), same(undefined, value_of(number) > low - LLONG_MIN))


def offset_is_low_bits(index: Term, narrow_bits: Term) -> Term:
    """The bit that `#index` means is the product with the width, or the low 64 bits of that."""
    _, offset = numbered_offset(index, cast(narrow_bits, UNSIGNED), constant(LLONG_MAX, LONG_LONG))
    return all_of(offset == wrap(value_of(index) * value_of(narrow_bits), LONG_LONG))


def offset_differs(product: Term, limit_bytes: Term) -> Term:
    """BITFIELD takes `#index` for the product with the width, but also where its low 64 bits lie in the string."""
    offset = wrap(product, LONG_LONG)
    accepted = _is_inside(offset, limit_bytes)
    inside = all_of(product >= 0, product < 8 * value_of(limit_bytes))
    agrees = all_of(same(accepted, inside), implies(accepted, value_of(offset) == product))
    given = all_of(limit_bytes >= 0, 8 * value_of(limit_bytes) <= LLONG_MAX)
    return implies(given, same(negate(agrees), all_of(accepted, negate(fits(product)))))


def offset_is_undefined(index: Term, bits: Term) -> Term:
    """The product with the width overflows where it does not fit: nothing is looked at before."""
    product = value_of(index) * value_of(signed(bits))
    undefined = signed_overflow(*numbered_offset(index, bits, constant(LLONG_MAX, LONG_LONG)))
    return same(undefined, negate(fits(product)))


def bitfield() -> System:
    """The lemmas of BITFIELD."""
    system = System("bitfield", "bitops.c of Redis 6.2.14 and 7.0.15")
    numbers: dict[str, Sort] = {"old": LONG_LONG, "bits": UNSIGNED, "low_bits": UNSIGNED, "mode": OVERFLOW}
    declare_lemmas(system, [signed_get_is_twos_complement, signed_incrby_is_sum, signed_set_differs], **numbers)
    declare_lemmas(system, [unsigned_set_differs, incrby_is_defined, set_is_defined, room_is_undefined], **numbers)
    declare_lemmas(system, [unsigned_incrby_is_sum], **{**numbers, "old": UNSIGNED})
    declare_lemmas(system, [offset_is_low_bits, offset_is_undefined], bits=UNSIGNED, narrow_bits=BitVec(7))
    declare_lemmas(system, [offset_differs], product=Int(64 * LLONG_MIN, 64 * LLONG_MAX))
    return system
