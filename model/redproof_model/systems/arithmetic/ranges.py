"""Ranges and indexes that may count from the end: GETRANGE, SETRANGE, LRANGE, LTRIM, LINDEX, LSET, ZRANGE and kin."""

from __future__ import annotations

from redproof_model.kernel.python import definition
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, ite, negate, same, value_of
from redproof_model.systems.arithmetic.long_long import (
    LLONG_MIN,
    LONG_LONG,
    declare_lemmas,
    signed,
    signed_overflow,
    unsigned,
)

# What Redis computes. Lengths are not negative.


@definition(length=LONG_LONG, start=LONG_LONG, end=LONG_LONG)
def byte_range(length: Term, start: Term, end: Term) -> tuple[Term, Term]:
    """The bytes that GETRANGE takes: the first, and the one after the last (`t_string.c` getrangeCommand)."""
    crossed = all_of(start < 0, end < 0, start > end)
    # The length is a size_t, so the sums are unsigned.
    start = ite(start < 0, signed(unsigned(length) + unsigned(start)), start)
    end = ite(end < 0, signed(unsigned(length) + unsigned(end)), end)
    start = ite(start < 0, 0, start)
    end = ite(end < 0, 0, end)
    end = ite(unsigned(end) >= unsigned(length), signed(unsigned(length) - 1), end)
    nothing = any_of(crossed, start > end, length == 0)
    return ite(nothing, 0, start), ite(nothing, 0, end + 1)


@definition(length=LONG_LONG, start=LONG_LONG, end=LONG_LONG)
def element_range(length: Term, start: Term, end: Term) -> tuple[Term, Term]:
    """The elements from `start` to `end`: the first, and the one after the last.

    Source: `t_list.c` addListRangeReply and ltrimCommand, `t_zset.c` genericZrangebyrankCommand and
    zremrangeGenericCommand.
    """
    start = ite(start < 0, length + start, start)
    end = ite(end < 0, length + end, end)
    start = ite(start < 0, 0, start)
    nothing = any_of(start > end, start >= length)
    end = ite(end >= length, length - 1, end)
    return ite(nothing, 0, start), ite(nothing, 0, end + 1)


@definition(length=LONG_LONG, index=LONG_LONG)
def element_at(length: Term, index: Term) -> tuple[Term, Term]:
    """Whether there is an element at `index`, and its position (`quicklist.c` quicklistIndex)."""
    backward = index < 0
    steps = unsigned(ite(backward, -index - 1, index))
    position = ite(backward, unsigned(length) - 1 - steps, steps)
    return steps < unsigned(length), signed(position)


@definition(size=LONG_LONG, append=LONG_LONG, limit=LONG_LONG)
def is_too_long(size: Term, append: Term, limit: Term) -> Term:
    """Whether `append` bytes after the first `size` make a string too long (`t_string.c` checkStringLength)."""
    total = signed(unsigned(size) + unsigned(append))
    return any_of(total > limit, total < size, total < append)


# What that means.


def _named(length: Term, index: Term) -> Term:
    """The position that an index names, as an integer: a negative one counts from the end."""
    return value_of(index) + ite(index < 0, value_of(length), 0)


def _in_slice(length: Term, start: Term, end: Term, position: Term) -> Term:
    """Whether a position of a sequence is in the range from one index to another, both included."""
    place = value_of(position)
    exists = all_of(position >= 0, position < length)
    return all_of(exists, place >= _named(length, start), place <= _named(length, end))


def _in_range(position: Term, first: Term, past: Term) -> Term:
    return all_of(first <= position, position < past)


# The lemmas.


def lrange_is_slice(length: Term, start: Term, end: Term, position: Term) -> Term:
    """LRANGE, LTRIM, ZRANGE and their kin take a position if and only if it is in the range."""
    taken = _in_range(position, *element_range(length, start, end))
    return implies(length >= 0, same(taken, _in_slice(length, start, end, position)))


def getrange_differs(length: Term, start: Term, end: Term, position: Term) -> Term:
    """GETRANGE takes a slice, but for the first byte: it is taken too where the range ends before the string.

    So it is if the range starts at index 0, or no later than it ends: GETRANGE k -100 -50 gives one byte.
    """
    taken = _in_range(position, *byte_range(length, start, end))
    clamped = all_of(length > 0, _named(length, end) < 0, any_of(start == 0, start <= end))
    differs = negate(same(taken, _in_slice(length, start, end, position)))
    return implies(length >= 0, same(differs, all_of(position == 0, clamped)))


def ranges_lie_inside(length: Term, start: Term, end: Term) -> Term:
    """What is taken lies inside the sequence, and its first position is not after its last."""
    ranges = (byte_range(length, start, end), element_range(length, start, end))
    return implies(length >= 0, all_of(all_of(first >= 0, first <= past, past <= length) for first, past in ranges))


def ranges_are_defined(length: Term, start: Term, end: Term) -> Term:
    """No signed overflow is met in finding a range."""
    results = (*byte_range(length, start, end), *element_range(length, start, end))
    return implies(length >= 0, negate(signed_overflow(*results)))


def lindex_finds_element(length: Term, index: Term) -> Term:
    """LINDEX and LSET find an element if and only if the index names a position of the list, and it is there."""
    found, position = element_at(length, index)
    named = _named(length, index)
    exists = all_of(named >= 0, named < value_of(length))
    return implies(length >= 0, all_of(same(found, exists), implies(found, value_of(position) == named)))


def lindex_is_undefined(length: Term, index: Term) -> Term:
    """LINDEX and LSET negate the least index, which has no opposite; that the result wraps makes them right."""
    return same(signed_overflow(*element_at(length, index)), index == LLONG_MIN)


def setrange_is_bounded(size: Term, append: Term, limit: Term) -> Term:
    """SETRANGE and APPEND refuse a string if and only if it would be longer than the limit; no sum overflows."""
    refused = is_too_long(size, append, limit)
    exact = value_of(size) + value_of(append) > value_of(limit)
    natural = all_of(size >= 0, append >= 0, limit >= 0)
    return implies(natural, all_of(same(refused, exact), negate(signed_overflow(refused))))


def ranges() -> System:
    """The lemmas of ranges and indexes."""
    system = System("ranges", "t_string.c, t_list.c, t_zset.c and quicklist.c of Redis 6.2.14 and 7.0.15")
    declare_lemmas(
        system,
        [
            lrange_is_slice,
            getrange_differs,
            ranges_lie_inside,
            ranges_are_defined,
            lindex_finds_element,
            lindex_is_undefined,
            setrange_is_bounded,
        ],
    )
    return system
