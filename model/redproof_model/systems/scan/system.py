"""SCAN of one dict as a transition system: an element that stays, a cursor, and tables that change between calls.

The element stands for any that is there from the start of the scan to its end; its hash is any. A call is one of
dictScan. While there are two tables it visits one bucket of the smaller and all those of the larger that it splits
into, a bucket at a time here; nothing is rehashed meanwhile, as dictScan pauses that.
"""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import BitVec, Bool
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, ite, maximum, minimum, negate, reverse, value_of
from redproof_model.systems.rehash.tables import is_mask
from redproof_model.systems.scan.cursor import CURSOR, declare_lemmas, is_at, successor


def scan(position: BitVec = CURSOR) -> System:
    """SCAN with hashes, masks and cursors of this sort."""
    system = System("scan", source="dict.c dictScan")
    declare_lemmas(system, position)
    _declare_variables(system, position)
    _declare_actions(system, position)
    _declare_invariants(system)
    _declare_properties(system)
    _declare_witnesses(system)
    return system


def small() -> System:
    """Tables of up to 8 buckets."""
    return scan(BitVec(3))


def large() -> System:
    """Tables of up to 64 buckets."""
    return scan(BitVec(6))


def _declare_variables(system: System, position: BitVec) -> None:
    system.constant("hash", position, ANY)
    system.variable("mask0", position, ANY)
    system.variable("mask1", position, 0)
    system.variable("rehashing", Bool, False)
    system.variable("moved", Bool, False)
    system.variable("cursor", position, 0)
    system.variable("start", position, 0)
    system.variable("in_call", Bool, False)
    system.variable("done", Bool, False)
    system.variable("returned", Bool, False)
    system.variable("repeated", Bool, False)
    system.variable("shrunk", Bool, False)

    @system.init
    def any_size(s: Any) -> Term:
        return is_mask(s.mask0)


def small_mask(s: Any) -> Term:
    """The mask of the smaller of two tables, or of the only one."""
    return ite(s.rehashing, minimum(s.mask0, s.mask1), s.mask0)


def large_mask(s: Any) -> Term:
    """The mask of the larger of two tables, or of the only one."""
    return ite(s.rehashing, maximum(s.mask0, s.mask1), s.mask0)


def in_small(s: Any) -> Term:
    """Whether the element is in the smaller of two tables."""
    moved_to_smaller = all_of(s.moved, s.mask1 < s.mask0)
    return all_of(s.rehashing, any_of(moved_to_smaller, all_of(negate(s.moved), s.mask0 < s.mask1)))


def _declare_actions(system: System, position: BitVec) -> None:
    @system.action(fair=True)
    def visit(old: Any, new: Any) -> None:
        """dictScan visits the next bucket of the larger table; at the start of a call that of the smaller before it."""
        new.require(negate(old.done))
        begins = negate(old.in_call)
        from_small = all_of(begins, in_small(old), is_at(old.hash, old.cursor, small_mask(old)))
        from_large = all_of(negate(in_small(old)), is_at(old.hash, old.cursor, large_mask(old)))
        hit = any_of(from_small, from_large)
        new.start = ite(begins, old.cursor, old.start)
        new.cursor = successor(old.cursor, large_mask(old))
        differing = small_mask(old) ^ large_mask(old)
        new.in_call = new.cursor & differing != 0
        new.done = all_of(negate(new.in_call), new.cursor == 0)
        new.repeated = any_of(old.repeated, all_of(hit, old.returned))
        new.returned = any_of(old.returned, hit)

    @system.action(mask=position)
    def resize(old: Any, new: Any, mask: Term) -> None:
        """A larger or smaller table is allocated (dictExpand, dictResize)."""
        new.require(negate(old.in_call), negate(old.done), negate(old.rehashing), is_mask(mask), mask != old.mask0)
        new.rehashing, new.moved, new.mask1 = True, False, mask
        new.shrunk = any_of(old.shrunk, mask < old.mask0)

    @system.action()
    def move(old: Any, new: Any) -> None:
        """The element's bucket is rehashed (dictRehash)."""
        new.require(negate(old.in_call), negate(old.done), old.rehashing, negate(old.moved))
        new.moved = True

    @system.action()
    def finish(old: Any, new: Any) -> None:
        """Table 1 takes the place of table 0, where nothing is left (dictRehash)."""
        new.require(negate(old.in_call), negate(old.done), old.rehashing, old.moved)
        new.mask0, new.mask1, new.rehashing, new.moved = old.mask1, 0, False, False


def _declare_invariants(system: System) -> None:
    @system.invariant
    def sizes_are_powers_of_two(s: Any) -> Term:
        """Both tables have a power of two of buckets, and while there are two their sizes differ."""
        return all_of(is_mask(s.mask0), is_mask(s.mask1), implies(s.rehashing, s.mask0 != s.mask1))

    @system.invariant
    def table_1_is_there_while_rehashing(s: Any) -> Term:
        """Without a rehash there is no table 1 and no call that needs several visits."""
        return any_of(s.rehashing, all_of(s.mask1 == 0, negate(s.moved), negate(s.in_call)))

    @system.invariant
    def what_is_ahead_comes(s: Any) -> Term:
        """Between calls the element has been returned, or is not before the cursor: the size does not matter."""
        return implies(
            all_of(negate(s.in_call), negate(s.done)), any_of(s.returned, reverse(s.hash) >= reverse(s.cursor))
        )

    @system.invariant
    def a_call_stays_in_its_bucket(s: Any) -> Term:
        """Within a call the cursor goes up inside the bucket of the smaller table at which the call began."""
        inside = all_of(is_at(s.cursor, s.start, small_mask(s)), reverse(s.cursor) > reverse(s.start))
        return implies(s.in_call, all_of(inside, negate(s.done)))

    @system.invariant
    def what_is_ahead_in_the_larger_table_comes(s: Any) -> Term:
        """Within a call the element, if it is in the larger table, was returned or is not before the cursor."""
        ahead = any_of(s.returned, reverse(s.hash) >= reverse(s.cursor))
        return implies(all_of(s.in_call, negate(in_small(s))), ahead)

    @system.invariant
    def what_is_ahead_in_the_smaller_table_comes(s: Any) -> Term:
        """Within a call the element, if it is in the smaller table, was returned or is in a bucket that comes later."""
        other = all_of(negate(is_at(s.hash, s.start, small_mask(s))), reverse(s.hash) >= reverse(s.start))
        return implies(all_of(s.in_call, in_small(s)), any_of(s.returned, other))

    @system.invariant
    def the_end_has_returned_all(s: Any) -> Term:
        """A scan that has ended has returned the element."""
        return implies(s.done, s.returned)

    @system.invariant
    def without_shrinking_cursors_begin_buckets(s: Any) -> Term:
        """As long as no table has become smaller, every cursor is the first position of a bucket."""
        between = s.cursor & ~small_mask(s) == 0
        within = all_of(s.start & ~small_mask(s) == 0, s.cursor & ~large_mask(s) == 0)
        return any_of(s.shrunk, all_of(ite(s.in_call, within, between), implies(s.rehashing, s.mask0 < s.mask1)))

    @system.invariant
    def without_shrinking_the_past_lies_behind(s: Any) -> Term:
        """As long as no table has become smaller, what has been returned is before the cursor."""
        behind = reverse(s.hash) < reverse(s.cursor)
        in_the_bucket = any_of(is_at(s.hash, s.start, small_mask(s)), reverse(s.hash) < reverse(s.start))
        past = ite(all_of(s.in_call, in_small(s)), in_the_bucket, behind)
        return any_of(s.shrunk, s.done, negate(s.returned), past)

    @system.invariant
    def only_shrinking_repeats(s: Any) -> Term:
        """An element is returned twice only if a table has become smaller since the scan began."""
        return implies(s.repeated, s.shrunk)


def _declare_properties(system: System) -> None:
    @system.always
    def scan_is_complete(s: Any) -> Term:
        """A full iteration returns every element that was there from its start to its end."""
        return implies(s.done, s.returned)

    @system.every_step
    def visits_go_up(old: Any, new: Any) -> Term:
        """Every visit makes the reversed cursor greater, or is the last."""
        return any_of(new.cursor == old.cursor, new.cursor == 0, reverse(new.cursor) > reverse(old.cursor))

    def left(s: Any) -> Term:
        return ite(s.done, 0, value_of(~reverse(s.cursor)) + 1)

    @system.leads_to(measure=left, helpful="visit")
    def scan_ends(s: Any) -> tuple[Term, Term]:
        """Whoever goes on with the cursor comes to the end, whatever the table does."""
        return negate(s.done), s.done


def _declare_witnesses(system: System) -> None:
    @system.sometimes
    def duplicates(s: Any) -> Term:
        """An element is returned twice."""
        return all_of(s.repeated)

    @system.sometimes
    def ends_in_one_bucket(s: Any) -> Term:
        """A scan ends after the table has shrunk to a single bucket on its way."""
        return all_of(s.done, s.shrunk, s.mask0 == 0)

    @system.sometimes
    def many_visits(s: Any) -> Term:
        """A call has visited more than one bucket of the larger table."""
        return all_of(s.in_call, s.returned)
