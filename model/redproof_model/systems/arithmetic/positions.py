"""Which matches LPOS reports: RANK and COUNT."""

from __future__ import annotations

from redproof_model.kernel.python import definition
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, ite, negate, same, value_of
from redproof_model.systems.arithmetic.long_long import LLONG_MIN, LONG_LONG, declare_lemmas, signed_overflow

# What Redis computes.


@definition(match=LONG_LONG, rank=LONG_LONG, count=LONG_LONG)
def reported(match: Term, rank: Term, count: Term) -> tuple[Term, Term]:
    """Whether LPOS reports a match, and whether it looks no further; matches count from 1.

    `count` is -1 where COUNT is not given (`t_list.c` lposCommand).
    """
    rank = ite(rank < 0, -rank, rank)
    taken = match >= rank
    enough = any_of(count == -1, all_of(count != 0, match - rank + 1 >= count))
    return taken, all_of(taken, enough)


@definition(index=LONG_LONG, length=LONG_LONG, rank=LONG_LONG)
def reported_place(index: Term, length: Term, rank: Term) -> Term:
    """Where the element is that LPOS looked at after `index` others (`t_list.c` lposCommand)."""
    return ite(rank < 0, length - index - 1, index)


# What that means.


def _first(rank: Term) -> Term:
    """The number of the first match that a rank asks for, as an integer."""
    return ite(rank < 0, -value_of(rank), value_of(rank))


def _wanted(count: Term) -> Term:
    """How many matches a count asks for, as an integer: one if it is not given."""
    return ite(count == -1, 1, value_of(count))


# The lemmas.


def _given(match: Term, rank: Term, count: Term) -> Term:
    return all_of(match >= 1, rank != 0, count >= -1)


def lpos_rank_differs(match: Term, rank: Term, count: Term) -> Term:
    """LPOS takes the matches from the one on that RANK tells, but for the least rank: then it takes them all."""
    taken, _ = reported(match, rank, count)
    differs = negate(same(taken, value_of(match) >= _first(rank)))
    return implies(_given(match, rank, count), same(differs, rank == LLONG_MIN))


def lpos_count_differs(match: Term, rank: Term, count: Term) -> Term:
    """LPOS ends with the match that completes COUNT, and by none for a COUNT of 0.

    For the least rank, whose first match is never reached, it ends with the very first if COUNT is not given.
    """
    _, last = reported(match, rank, count)
    wanted = _wanted(count)
    complete = all_of(wanted != 0, value_of(match) >= _first(rank) + wanted - 1)
    at_once = all_of(rank == LLONG_MIN, count == -1)
    return implies(_given(match, rank, count), same(negate(same(last, complete)), at_once))


def lpos_is_undefined(match: Term, rank: Term, count: Term) -> Term:
    """LPOS negates the least rank, which has no opposite; with other ranks no signed overflow is met."""
    undefined = signed_overflow(*reported(match, rank, count))
    return implies(_given(match, rank, count), same(undefined, rank == LLONG_MIN))


def lpos_place_is_distance(index: Term, length: Term, rank: Term) -> Term:
    """A place is as far from the head as others were looked at before, or from the tail for a negative rank."""
    place = reported_place(index, length, rank)
    distance = ite(rank < 0, value_of(length) - 1 - value_of(place), value_of(place))
    defined = negate(signed_overflow(place))
    return implies(all_of(index >= 0, index < length), all_of(defined, distance == value_of(index)))


def positions() -> System:
    """The lemmas of LPOS."""
    system = System("positions", "t_list.c lposCommand of Redis 6.2.14 and 7.0.15")
    declare_lemmas(system, [lpos_rank_differs, lpos_count_differs, lpos_is_undefined, lpos_place_is_distance])
    return system
