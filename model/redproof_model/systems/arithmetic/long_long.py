"""C's 64-bit integers, and where an expression over them is undefined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from inspect import signature
from typing import Final

from redproof_model.kernel.python import post_order
from redproof_model.kernel.sorts import BitVec, Sort
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, arithmetic
from redproof_model.kernel.vocabulary import all_of, any_of, cast, implies, ite, negate, same, value_of

LONG_LONG: Final = BitVec(64, signed=True)
"""`long long`, `int64_t`, and `long` where Redis is tested."""
UNSIGNED: Final = BitVec(64)
"""`unsigned long long`, `uint64_t` and `size_t`."""

LLONG_MIN: Final = LONG_LONG.low
LLONG_MAX: Final = LONG_LONG.high

_SIGNED_ARITHMETIC: Final = frozenset({"add", "sub", "mul", "neg"})


def unsigned(number: Term) -> Term:
    """C's conversion to an unsigned number."""
    return cast(number, UNSIGNED)


def signed(number: Term) -> Term:
    """C's conversion to a signed number, which every compiler of Redis makes by keeping the bits."""
    return cast(number, LONG_LONG)


def fits(number: Term) -> Term:
    """Whether an integer is one of 64 bits with a sign."""
    return all_of(number >= LLONG_MIN, number <= LLONG_MAX)


def is_exact(exact: Term, fails: Term, number: Term) -> Term:
    """Whether failing means that an integer does not fit, and otherwise the number is that integer."""
    return all_of(same(fails, negate(fits(exact))), implies(negate(fails), value_of(number) == exact))


def declare_lemmas(system: System, claims: Iterable[Callable[..., Term]], **sorts: Sort) -> None:
    """Declare claims about all values of their parameters, which are `long long` where `sorts` does not say others."""
    for claim in claims:
        system.lemma(**{name: sorts.get(name, LONG_LONG) for name in signature(claim).parameters})(claim)


def signed_overflow(*results: Term) -> Term:
    """Whether C, computing these results, meets signed arithmetic whose result does not fit: undefined behaviour.

    What is computed is what C computes: one branch of an `ite`, and of `all_of` and `any_of` no more than of && and ||.
    """
    known: dict[int, Term] = {}
    for term in post_order(results):
        known[term.number] = _meets_overflow(term, [known[arg.number] for arg in term.args])
    return any_of(known[result.number] for result in results)


def _meets_overflow(term: Term, arguments: Sequence[Term]) -> Term:
    """Whether computing a term meets an overflow, from whether computing each of its arguments does."""
    match term.op:
        case "ite":
            return any_of(arguments[0], ite(term.args[0], arguments[1], arguments[2]))
        case "and":
            return any_of(all_of(term.args[:at], each) for at, each in enumerate(arguments))
        case "or":
            return any_of(all_of(map(negate, term.args[:at]), each) for at, each in enumerate(arguments))
        case op if op in _SIGNED_ARITHMETIC and term.sort == LONG_LONG:
            return any_of(arguments, negate(fits(arithmetic(op, *map(value_of, term.args)))))
        case _:
            return any_of(arguments)
