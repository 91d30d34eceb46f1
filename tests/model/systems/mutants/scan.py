"""Mutants of SCAN and of its cursor."""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant


def scan(breaks: str, before: str, after: str, caught_by: str, trace_length: int, module: str = "system") -> Mutant:
    """A mutant of SCAN that the smallest scope shows."""
    return Mutant(breaks, "scan", "system:small", module, before, after, caught_by, "explore", trace_length)


def slots(breaks: str, before: str, after: str, trace_length: int) -> Mutant:
    """A mutant of the slot in a cursor that the smallest scope shows: what stays is not returned."""
    claim = "the_end_has_returned_all"
    return Mutant(breaks, "scan", "slots:small", "slots", before, after, claim, "explore", trace_length)


def slot_bits(breaks: str, before: str, after: str) -> Mutant:
    """A mutant of the slot in a cursor that the lemma about its bits notices."""
    return Mutant(breaks, "scan", "slots:slots", "slots", before, after, "a_slot_takes_no_bit_from_the_cursor")


SCAN: Final = (
    scan(
        "the cursor counts up",
        "    filled = cursor | ~mask\n    return reverse(reverse(filled) + 1)\n",
        "    return cursor + 1 & mask\n",
        "scan_is_complete",
        5,
        module="cursor",
    ),
    scan(
        "the bits above the mask are not set before counting",
        "cursor | ~mask",
        "cursor",
        "only_shrinking_repeats",
        2,
        module="cursor",
    ),
    scan(
        "a call visits one bucket of the larger table",
        "new.in_call = new.cursor & differing != 0",
        "new.in_call = all_of(False)",
        "only_shrinking_repeats",
        3,
    ),
    scan(
        "keys move while a call is under way",
        "new.require(negate(old.in_call), negate(old.done), old.rehashing, negate(old.moved))",
        "new.require(negate(old.done), old.rehashing, negate(old.moved))",
        "scan_is_complete",
        4,
    ),
    scan(
        "a call does not visit the smaller table",
        "from_small = all_of(begins, in_small(old), ",
        "from_small = all_of(False, begins, in_small(old), ",
        "scan_is_complete",
        3,
    ),
    scan(
        "a call goes on by the smaller table's buckets",
        "successor(old.cursor, large_mask(old))",
        "successor(old.cursor, small_mask(old))",
        "scan_is_complete",
        2,
    ),
    slots(
        "a slot that has keys is passed over",
        "new.require(implies(skipped, here != old.slot))",
        "new.require(implies(skipped, here == old.slot))",
        1,
    ),
    slots(
        "the cursor within the last dict goes on in the next",
        "with_slot(after, ite(leaves, follower, here))",
        "with_slot(ite(leaves, within, after), ite(leaves, follower, here))",
        3,
    ),
    slot_bits(
        "the cursor of a dict is shifted by a bit less than a slot has",
        "dict_cursor << slot_bits | slot",
        "dict_cursor << slot_bits - 1 | slot",
    ),
    slot_bits(
        "a table may have more buckets than the cursor has room for",
        "all_of(is_mask(mask), mask <= highest_mask, slot <= last_slot)",
        "all_of(is_mask(mask), slot <= last_slot)",
    ),
)
