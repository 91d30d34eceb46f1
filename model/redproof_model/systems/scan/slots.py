"""SCAN over one dict for each slot: the cursor carries the slot in its low bits (kvstore.c, cluster mode).

Redis 7.4 and later and Valkey 8.0 and later keep the keys of each slot in a dict of its own. A scan goes through the
dicts in the order of their slots, past the empty ones, and hands out `dict_cursor << 14 | slot`. How one dict is
scanned while it has two tables is the system `scan`; here a dict may have another size at each call.
"""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import BitVec, Bool
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, ite, negate, reverse, value_of
from redproof_model.systems.rehash.tables import is_mask
from redproof_model.systems.scan.cursor import CURSOR, is_at, successor

SLOT_BITS = 14


def slots(position: BitVec = CURSOR, slot_bits: int = SLOT_BITS) -> System:
    """The scan of the dicts of 2^`slot_bits` slots, with hashes and cursors of the sort `position`."""
    system = System("slots", source="kvstore.c kvstoreScan, addDictIndexToCursor, getAndClearDictIndexFromCursor")
    last_slot = (1 << slot_bits) - 1
    highest_mask = position.mask >> slot_bits
    system.constant("hash", position, ANY)
    system.constant("slot", position, ANY)
    system.variable("cursor", position, 0)
    system.variable("done", Bool, False)
    system.variable("returned", Bool, False)

    def slot_of(cursor: Term) -> Term:
        return cursor & last_slot

    def dict_cursor_of(cursor: Term) -> Term:
        return cursor >> slot_bits

    def with_slot(dict_cursor: Term, slot: Term) -> Term:
        return dict_cursor << slot_bits | slot

    @system.init
    def a_slot(s: Any) -> Term:
        return any_of(s.slot <= last_slot)

    @system.lemma(cursor=position, mask=position, slot=position)
    def a_slot_takes_no_bit_from_the_cursor(cursor: Term, mask: Term, slot: Term) -> Term:
        """Slot and cursor of a dict come back as they were, for every table that memory has room for."""
        fits = all_of(is_mask(mask), mask <= highest_mask, slot <= last_slot)
        after = successor(cursor, mask)
        both = with_slot(after, slot)
        return implies(fits, all_of(slot_of(both) == slot, dict_cursor_of(both) == after))

    @system.action(fair=True, mask=position, follower=position, skipped=Bool)
    def visit(old: Any, new: Any, mask: Term, follower: Term, skipped: Term) -> None:
        """kvstoreScan visits a bucket, or skips a slot without keys, and goes on to the next slot that has some."""
        here, within = slot_of(old.cursor), dict_cursor_of(old.cursor)
        new.require(negate(old.done), is_mask(mask), mask <= highest_mask, follower <= last_slot)
        new.require(implies(skipped, here != old.slot))
        after = ite(skipped, 0, successor(within, mask))
        leaves = any_of(after == 0)
        # The slot of the element has a key, so none beyond it is the next one. The last slot has none after it.
        ends = all_of(leaves, follower <= here)
        new.require(implies(all_of(leaves, here < old.slot), all_of(follower > here, follower <= old.slot)))
        new.returned = any_of(old.returned, all_of(here == old.slot, is_at(old.hash, within, mask)))
        new.cursor = ite(ends, 0, with_slot(after, ite(leaves, follower, here)))
        new.done = ends

    @system.invariant
    def what_is_ahead_comes(s: Any) -> Term:
        """The element has been returned, or is in a later slot, or in this one and not before the dict's cursor."""
        here = slot_of(s.cursor)
        ahead_in_dict = all_of(here == s.slot, reverse(s.hash) >= reverse(dict_cursor_of(s.cursor)))
        return all_of(s.slot <= last_slot, any_of(s.done, s.returned, here < s.slot, ahead_in_dict))

    @system.invariant
    def the_end_has_returned_all(s: Any) -> Term:
        """A scan that has ended has returned the element."""
        return implies(s.done, s.returned)

    @system.every_step
    def slots_go_up(old: Any, new: Any) -> Term:
        """Every visit goes on within the slot, or to a later slot, or ends."""
        onward = reverse(dict_cursor_of(new.cursor)) > reverse(dict_cursor_of(old.cursor))
        within = all_of(slot_of(new.cursor) == slot_of(old.cursor), onward)
        return any_of(new.done, slot_of(new.cursor) > slot_of(old.cursor), within)

    def order(cursor: Term) -> Term:
        return slot_of(cursor) << position.width - slot_bits | reverse(dict_cursor_of(cursor)) >> slot_bits

    @system.leads_to(measure=lambda s: ite(s.done, 0, value_of(~order(s.cursor)) + 1), helpful="visit")
    def scan_ends(s: Any) -> tuple[Term, Term]:
        """Whoever goes on with the cursor comes to the end of the last slot."""
        return negate(s.done), s.done

    @system.sometimes
    def a_later_slot(s: Any) -> Term:
        """An element of the last slot is returned."""
        return all_of(s.returned, s.slot == last_slot)

    @system.sometimes
    def both_parts(s: Any) -> Term:
        """A cursor is in the middle of a dict that is not of slot 0."""
        return all_of(slot_of(s.cursor) != 0, dict_cursor_of(s.cursor) != 0)

    return system


def small() -> System:
    """Four slots, and tables of up to 8 buckets."""
    return slots(BitVec(5), slot_bits=2)
