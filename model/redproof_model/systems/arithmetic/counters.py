"""Counting: INCR, INCRBY, DECR, DECRBY and HINCRBY."""

from __future__ import annotations

from redproof_model.kernel.python import definition
from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, constant
from redproof_model.kernel.vocabulary import all_of, any_of, ite, negate, same, value_of
from redproof_model.systems.arithmetic.long_long import (
    LLONG_MAX,
    LLONG_MIN,
    LONG_LONG,
    declare_lemmas,
    is_exact,
    signed_overflow,
)

# What Redis computes.


@definition(old=LONG_LONG, increment=LONG_LONG)
def incremented(old: Term, increment: Term) -> tuple[Term, Term]:
    """Whether an increment overflows, and the new number (`t_string.c` incrDecrCommand, `t_hash.c` hincrbyCommand)."""
    overflows = any_of(
        all_of(increment < 0, old < 0, increment < LLONG_MIN - old),
        all_of(increment > 0, old > 0, increment > LLONG_MAX - old),
    )
    return overflows, ite(overflows, old, old + increment)


@definition(decrement=LONG_LONG, refuses_minimum=Bool)
def decrement_as_increment(decrement: Term, refuses_minimum: Term) -> tuple[Term, Term]:
    """Whether DECRBY refuses a decrement at once, and the increment it is taken for (`t_string.c` decrbyCommand).

    `refuses_minimum` is what Redis 7.0 does and 6.2 does not.
    """
    refused = all_of(refuses_minimum, decrement == LLONG_MIN)
    return refused, ite(refused, decrement, -decrement)


# The lemmas.


def incrby_is_sum(old: Term, increment: Term) -> Term:
    """INCRBY fails if and only if the sum does not fit 64 bits, and gives the sum."""
    return is_exact(value_of(old) + value_of(increment), *incremented(old, increment))


def incrby_is_defined(old: Term, increment: Term) -> Term:
    """No signed overflow is met in incrementing."""
    return negate(signed_overflow(*incremented(old, increment)))


def _decrby_is_exact(old: Term, decrement: Term, refuses_minimum: bool) -> Term:
    refused, increment = decrement_as_increment(decrement, constant(refuses_minimum, Bool))
    overflows, new = incremented(old, increment)
    return is_exact(value_of(old) - value_of(decrement), any_of(refused, overflows), new)


def decrby_differs_in_6_2(old: Term, decrement: Term) -> Term:
    """DECRBY of Redis 6.2 is the difference, but for the least decrement, which it adds."""
    return same(negate(_decrby_is_exact(old, decrement, refuses_minimum=False)), decrement == LLONG_MIN)


def decrby_differs_in_7_0(old: Term, decrement: Term) -> Term:
    """DECRBY of Redis 7.0 is the difference, but for the least decrement: it is refused even if the result would fit.

    So it is where the number is negative.
    """
    differs = negate(_decrby_is_exact(old, decrement, refuses_minimum=True))
    return same(differs, all_of(decrement == LLONG_MIN, old < 0))


def decrby_is_undefined(decrement: Term, refuses_minimum: Term) -> Term:
    """DECRBY negates the least decrement, which has no opposite, unless it refuses it."""
    undefined = signed_overflow(*decrement_as_increment(decrement, refuses_minimum))
    return same(undefined, all_of(negate(refuses_minimum), decrement == LLONG_MIN))


def counters() -> System:
    """The lemmas of counting."""
    system = System("counters", "t_string.c and t_hash.c of Redis 6.2.14 and 7.0.15")
    declare_lemmas(system, [incrby_is_sum, incrby_is_defined, decrby_differs_in_6_2, decrby_differs_in_7_0])
    declare_lemmas(system, [decrby_is_undefined], refuses_minimum=Bool)
    return system
