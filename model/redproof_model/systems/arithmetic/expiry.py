"""Instants of expiry: EXPIRE and its kin, the options of SET and GETEX, SETEX, PSETEX and RESTORE.

All of them add an amount of seconds or milliseconds to the time it counts from: the server's clock, or 0 where the
amount is an instant already.
"""

from __future__ import annotations

from typing import Final

from redproof_model.kernel.python import definition
from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, constant
from redproof_model.kernel.vocabulary import all_of, any_of, implies, ite, negate, same, value_of
from redproof_model.systems.arithmetic.long_long import (
    LLONG_MAX,
    LLONG_MIN,
    LONG_LONG,
    declare_lemmas,
    fits,
    is_exact,
    signed_overflow,
)

_SECONDS_MAX: Final = LLONG_MAX // 1000
"""LLONG_MAX / 1000; LLONG_MIN / 1000 is its opposite, since C rounds towards zero."""

# What Redis computes. The time that is counted from is not negative.


@definition(amount=LONG_LONG, in_seconds=Bool, from_ms=LONG_LONG)
def expire_instant(amount: Term, in_seconds: Term, from_ms: Term) -> tuple[Term, Term]:
    """Whether EXPIRE or its kin refuses an amount, and the instant in ms (`expire.c` expireGenericCommand)."""
    amount_ms = ite(in_seconds, amount * 1000, amount)
    cannot_convert = all_of(in_seconds, any_of(amount > _SECONDS_MAX, amount < -_SECONDS_MAX))
    refused = any_of(cannot_convert, amount_ms > LLONG_MAX - from_ms)
    return refused, ite(refused, 0, amount_ms + from_ms)


@definition(amount=LONG_LONG, in_seconds=Bool, from_ms=LONG_LONG)
def set_instant(amount: Term, in_seconds: Term, from_ms: Term) -> tuple[Term, Term]:
    """Whether SET or its kin refuses an amount, and the instant in ms.

    Source: `t_string.c` getExpireMillisecondsOrReply, which 6.2 writes out in setGenericCommand and getexCommand.
    """
    invalid = any_of(amount <= 0, all_of(in_seconds, amount > _SECONDS_MAX))
    when_ms = ite(in_seconds, amount * 1000, amount) + from_ms
    refused = any_of(invalid, when_ms <= 0)
    return refused, ite(refused, 0, when_ms)


@definition(amount=LONG_LONG, in_seconds=Bool, from_ms=LONG_LONG)
def unchecked_instant(amount: Term, in_seconds: Term, from_ms: Term) -> Term:
    """The instant in ms that Redis 6.0 computes for EXPIRE, SET and their kin: what does not fit 64 bits wraps."""
    return ite(in_seconds, amount * 1000, amount) + from_ms


@definition(ttl_ms=LONG_LONG, from_ms=LONG_LONG)
def restore_instant(ttl_ms: Term, from_ms: Term) -> Term:
    """The instant in ms of a time to live that RESTORE is given, 0 for none (`cluster.c` restoreCommand)."""
    return ite(ttl_ms != 0, ttl_ms + from_ms, ttl_ms)


# What that means.


def _in_ms(amount: Term, in_seconds: Term) -> Term:
    """An amount in milliseconds, as an integer."""
    return ite(in_seconds, value_of(amount) * 1000, value_of(amount))


def _instant(amount: Term, in_seconds: Term, from_ms: Term) -> Term:
    """The instant that an amount tells, in milliseconds, as an integer."""
    return _in_ms(amount, in_seconds) + value_of(from_ms)


# The lemmas. Seconds and milliseconds are told apart beforehand: a solver finds that far easier.

_SECONDS: Final = constant(True, Bool)
_MILLISECONDS: Final = constant(False, Bool)
_EITHER: Final = (_SECONDS, _MILLISECONDS)


def expire_differs(amount: Term, from_ms: Term) -> Term:
    """EXPIRE and EXPIREAT refuse an instant that does not fit 64 bits, and seconds that alone do not in ms.

    Those may be so far in the past that adding the clock would bring them back into range.
    """
    exact = _instant(amount, _SECONDS, from_ms)
    far_past = all_of(_in_ms(amount, _SECONDS) < LLONG_MIN, fits(exact))
    differs = negate(is_exact(exact, *expire_instant(amount, _SECONDS, from_ms)))
    return implies(from_ms >= 0, same(differs, far_past))


def pexpire_is_sum(amount: Term, from_ms: Term) -> Term:
    """PEXPIRE and PEXPIREAT refuse an instant that does not fit 64 bits, and no other."""
    exact = _instant(amount, _MILLISECONDS, from_ms)
    return implies(from_ms >= 0, is_exact(exact, *expire_instant(amount, _MILLISECONDS, from_ms)))


def expire_is_defined(amount: Term, from_ms: Term) -> Term:
    """No signed overflow is met in telling the instant of EXPIRE."""
    undefined = (signed_overflow(*expire_instant(amount, in_seconds, from_ms)) for in_seconds in _EITHER)
    return implies(from_ms >= 0, negate(any_of(undefined)))


def set_refuses_what_overflows(amount: Term, from_ms: Term) -> Term:
    """SET refuses an amount that is not positive and an instant that does not fit 64 bits, and no other."""

    def agrees(in_seconds: Term) -> Term:
        refused, when_ms = set_instant(amount, in_seconds, from_ms)
        exact = is_exact(_instant(amount, in_seconds, from_ms), refused, when_ms)
        return ite(amount > 0, exact, refused)

    return implies(from_ms >= 0, all_of(map(agrees, _EITHER)))


def set_is_undefined(amount: Term, from_ms: Term) -> Term:
    """SET finds the overflow of a sum by computing it: what is negative then has wrapped."""

    def agrees(in_seconds: Term) -> Term:
        overflows = all_of(fits(_in_ms(amount, in_seconds)), negate(fits(_instant(amount, in_seconds, from_ms))))
        return same(signed_overflow(*set_instant(amount, in_seconds, from_ms)), all_of(amount > 0, overflows))

    return implies(from_ms >= 0, all_of(map(agrees, _EITHER)))


def restore_differs(ttl_ms: Term, from_ms: Term) -> Term:
    """RESTORE takes the sum for the instant, but for one that does not fit 64 bits, which wraps into the past."""
    exact = value_of(ttl_ms) + value_of(from_ms)
    when_ms = restore_instant(ttl_ms, from_ms)
    wraps = all_of(negate(fits(exact)), when_ms < 0)
    return implies(all_of(ttl_ms > 0, from_ms >= 0), same(value_of(when_ms) != exact, wraps))


def restore_is_undefined(ttl_ms: Term, from_ms: Term) -> Term:
    """RESTORE does not look for an overflow before it adds."""
    exact = value_of(ttl_ms) + value_of(from_ms)
    undefined = signed_overflow(restore_instant(ttl_ms, from_ms))
    return implies(all_of(ttl_ms >= 0, from_ms >= 0), same(undefined, all_of(ttl_ms != 0, negate(fits(exact)))))


def expiry() -> System:
    """The lemmas of instants of expiry."""
    system = System("expiry", "expire.c, t_string.c and cluster.c of Redis 6.2.14 and 7.0.15")
    declare_lemmas(system, [expire_differs, pexpire_is_sum, expire_is_defined, set_refuses_what_overflows])
    declare_lemmas(system, [set_is_undefined, restore_differs, restore_is_undefined])
    return system
