"""Which matches LPOS reports: RANK and COUNT."""

from __future__ import annotations

from redproof_model.kernel.python import definition
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, constant
from redproof_model.kernel.vocabulary import all_of, any_of, implies, ite, negate, same, value_of
from redproof_model.systems.arithmetic.long_long import LLONG_MIN, LONG_LONG, declare_lemmas, signed_overflow

# What Redis computes.


@definition(rank=LONG_LONG)
def first_match(rank: Term) -> Term:
    """The number of the match that RANK asks for first, from the head or the tail (`t_list.c` lposCommand)."""
    return ite(rank < 0, -rank, rank)


@definition(match=LONG_LONG, first=LONG_LONG, count=LONG_LONG)
def reported(match: Term, first: Term, count: Term) -> tuple[Term, Term]:
    """Whether LPOS reports a match, and whether it ends with it; matches count from 1.

    `count` is -1 where COUNT is not given (`t_list.c` lposCommand).
    """
    taken = match >= first
    complete = any_of(count == -1, all_of(count != 0, match - first + 1 >= count))
    return taken, all_of(taken, complete)


@definition(index=LONG_LONG, length=LONG_LONG, rank=LONG_LONG)
def reported_place(index: Term, length: Term, rank: Term) -> Term:
    """Where the element is that LPOS looked at after `index` others (`t_list.c` lposCommand)."""
    return ite(rank < 0, length - index - 1, index)


# The lemmas.


def lpos_rank_differs(rank: Term) -> Term:
    """LPOS counts to the magnitude of RANK, but for the least rank, whose place the least number takes."""
    magnitude = ite(rank < 0, -value_of(rank), value_of(rank))
    differs = value_of(first_match(rank)) != magnitude
    return all_of(same(differs, rank == LLONG_MIN), implies(differs, first_match(rank) == LLONG_MIN))


def lpos_rank_is_undefined(rank: Term) -> Term:
    """LPOS negates the least rank, which has no opposite."""
    return same(signed_overflow(first_match(rank)), rank == LLONG_MIN)


def _given(match: Term, first: Term, count: Term) -> Term:
    return all_of(match >= 1, first >= 1, count >= -1)


def lpos_reports_count(match: Term, first: Term, count: Term) -> Term:
    """LPOS reports the matches from the first one on, and ends with number COUNT of them, or never for a COUNT of 0.

    It ends with the first one where COUNT is not given.
    """
    taken, last = reported(match, first, count)
    so_far = value_of(match) - value_of(first) + 1
    complete = all_of(so_far >= 1, count != 0, so_far >= ite(count == -1, 1, value_of(count)))
    return implies(_given(match, first, count), all_of(same(taken, so_far >= 1), same(last, complete)))


def lpos_is_defined(match: Term, first: Term, count: Term) -> Term:
    """No signed overflow is met in counting matches from a first one that is positive."""
    return implies(_given(match, first, count), negate(signed_overflow(*reported(match, first, count))))


def lpos_count_differs(match: Term, count: Term) -> Term:
    """For the least rank LPOS reports every match, and ends with the very first without COUNT, else never."""
    taken, last = reported(match, constant(LLONG_MIN, LONG_LONG), count)
    return implies(all_of(match >= 1, count >= -1), all_of(taken, same(last, count == -1)))


def lpos_place_is_distance(index: Term, length: Term, rank: Term) -> Term:
    """A place is as far from the head as others were looked at before, or from the tail for a negative rank."""
    place = reported_place(index, length, rank)
    distance = ite(rank < 0, value_of(length) - 1 - value_of(place), value_of(place))
    defined = negate(signed_overflow(place))
    return implies(all_of(index >= 0, index < length), all_of(defined, distance == value_of(index)))


def positions() -> System:
    """The lemmas of LPOS."""
    system = System("positions", "t_list.c lposCommand of Redis 6.2.14 and 7.0.15")
    declare_lemmas(system, [lpos_rank_differs, lpos_rank_is_undefined, lpos_reports_count, lpos_count_differs])
    declare_lemmas(system, [lpos_is_defined, lpos_place_is_distance])
    return system
