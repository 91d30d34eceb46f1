"""Integers of any width in BITFIELD: GET, SET and INCRBY with the three modes of OVERFLOW, for every width at once."""

from __future__ import annotations

from typing import Final

from redproof_model.kernel.python import definition
from redproof_model.kernel.sorts import BitVec, Enum
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, constant, literals
from redproof_model.kernel.vocabulary import all_of, any_of, choose, implies, ite, negate, same, value_of, wrap
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
WRAP, SAT, FAIL = literals(OVERFLOW)

_ONE: Final = constant(1, UNSIGNED)
_ONES: Final = constant(UNSIGNED.high, UNSIGNED)

# What Redis computes. A signed integer has 1 to 64 bits, an unsigned one 1 to 63.


@definition(low_bits=UNSIGNED, bits=UNSIGNED)
def signed_integer(low_bits: Term, bits: Term) -> Term:
    """The signed integer of so many bits (`bitops.c` getSignedBitfield)."""
    negative = low_bits & (_ONE << (bits - 1)) != 0
    return signed(ite(all_of(bits < 64, negative), low_bits | (_ONES << bits), low_bits))


def _largest(bits: Term) -> Term:
    return ite(bits == 64, LLONG_MAX, signed(_ONE << (bits - 1)) - 1)


def _room_below(value: Term, bits: Term) -> Term:
    """`minincr`: what may be added to a signed value, for all that is asked after the value was found in range."""
    return -_largest(bits) - 1 - value


def _signed_overflows(value: Term, increment: Term, bits: Term, mode: Term) -> tuple[Term, Term]:
    """Whether value + increment does not fit, and what the mode makes of it (`bitops.c` checkSignedBitfieldOverflow)."""
    largest = _largest(bits)
    room_above = signed(unsigned(largest) - unsigned(value))
    room_below = _room_below(value, bits)
    above = any_of(
        value > largest,
        all_of(bits != 64, increment > room_above),
        all_of(value >= 0, increment > 0, increment > room_above),
    )
    below = any_of(
        value < -largest - 1,
        all_of(bits != 64, increment < room_below),
        all_of(value < 0, increment < 0, increment < room_below),
    )
    wrapped = signed_integer(_cut(unsigned(value) + unsigned(increment), bits), bits)
    return any_of(above, below), ite(mode == SAT, ite(above, largest, -largest - 1), wrapped)


def _unsigned_overflows(value: Term, increment: Term, bits: Term, mode: Term) -> tuple[Term, Term]:
    """The same for unsigned integers (`bitops.c` checkUnsignedBitfieldOverflow)."""
    largest = (_ONE << bits) - 1
    above = any_of(value > largest, all_of(increment > 0, increment > signed(largest - value)))
    below = all_of(increment < 0, increment < signed(-value))
    wrapped = _cut(value + unsigned(increment), bits)
    return any_of(above, below), ite(mode == SAT, ite(above, largest, 0), wrapped)
