"""What is claimed of the two tables."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, cast, implies, ite, negate, same, value_of
from redproof_model.systems.hashtable.tables.parts import (
    IDLE,
    found,
    found_by_increments,
    home0,
    home1,
    is_rehashing,
    may_step,
    scanned,
    tally,
    used1,
)
from redproof_model.systems.hashtable.tables.scope import ALLOW, AVOID, Scope


def declare_claims(system: System, scope: Scope) -> None:
    """Declare all of them."""
    _declare_shape(system, scope)
    _declare_places(system, scope)
    _declare_properties(system, scope)
    _declare_thresholds(system, scope)
    _declare_progress(system, scope)
    _declare_witnesses(system, scope)


def _declare_shape(system: System, scope: Scope) -> None:
    @system.invariant
    def sizes_are_powers_of_two(s: Any) -> Term:
        """Each table has 2^n buckets or is not there, and table 1 is there only while entries are moved."""
        are_powers = [size & (size - 1) == 0 for size in (s.size0, s.size1)]
        bounded = all_of(s.size0 <= scope.size_max, s.size1 <= scope.size_max)
        both = all_of(s.size0 != 0, s.size1 != 0, s.size1 != s.size0)
        return all_of(are_powers, bounded, ite(is_rehashing(s), both, s.size1 == 0))

    @system.invariant
    def rehash_idx_is_a_bucket(s: Any) -> Term:
        """rehash_idx is -1 or a bucket of table 0."""
        return all_of(s.rehash_idx >= IDLE, implies(is_rehashing(s), scope.wide(s.rehash_idx) < scope.wide(s.size0)))

    @system.invariant
    def used_counts_the_keys(s: Any) -> Term:
        """used is the number of keys in each table: no less than are tracked, and without others no more."""
        counted = [(s.used0, tally(scope, s.in0)), (used1(s), tally(scope, s.in1))]
        kept = [used >= known if scope.others else used == known for used, known in counted]
        absent = [implies(s.size0 == 0, s.used0 == 0), implies(negate(is_rehashing(s)), used1(s) == 0)]
        return all_of(kept, absent, s.used0 >= 0, s.used0 <= s.used, s.used <= scope.keys_max)


def _declare_places(system: System, scope: Scope) -> None:
    keys = range(scope.tracked)

    @system.invariant
    def a_key_is_in_one_table(s: Any) -> Term:
        """A key is never in both tables."""
        return all_of(negate(all_of(s.in0[key], s.in1[key])) for key in keys)

    @system.invariant
    def the_tables_hold_the_map(s: Any) -> Term:
        """A key is in a table if and only if it is in the map."""
        return all_of(same(any_of(s.in0[key], s.in1[key]), s.map[key]) for key in keys)

    @system.invariant
    def keys_lie_in_their_chains(s: Any) -> Term:
        """A key lies in the chain that its hash says, also where a table that shrank did not compute the hash."""
        in0 = [implies(s.in0[key], s.bucket0[key] == home0(s, key)) for key in keys]
        in1 = [implies(s.in1[key], all_of(is_rehashing(s), s.bucket1[key] == home1(s, key))) for key in keys]
        return all_of(in0, in1)

    @system.invariant
    def tags_are_of_the_hash(s: Any) -> Term:
        """The byte stored with an entry is the highest of its hash, wherever the entry has been moved."""
        tags = [scope.high_bits(s.hash[key]) for key in keys]
        in0 = [implies(s.in0[key], s.tag0[key] == tags[key]) for key in keys]
        return all_of(in0, [implies(s.in1[key], s.tag1[key] == tags[key]) for key in keys])

    @system.invariant
    def chains_below_rehash_idx_are_empty(s: Any) -> Term:
        """No key of table 0 lies below rehash_idx."""
        return all_of(implies(s.in0[key], cast(s.bucket0[key], scope.number) >= s.rehash_idx) for key in keys)


def _declare_properties(system: System, scope: Scope) -> None:
    keys = range(scope.tracked)

    @system.always
    def lookups_are_right(s: Any) -> Term:
        """A lookup finds a key if and only if it is in the map, whatever it leaves out."""
        return all_of(same(found(scope, s, key), s.map[key]) for key in keys)

    @system.always
    def lookups_by_increments_are_right(s: Any) -> Term:
        """So does a lookup in several parts."""
        return all_of(same(found_by_increments(scope, s, key), s.map[key]) for key in keys)

    @system.always
    def scans_leave_out_nothing(s: Any) -> Term:
        """A scan that comes to a key's buckets returns the key, although it leaves out what has been rehashed."""
        return all_of(same(scanned(scope, s, key), s.map[key]) for key in keys)

    @system.every_step
    def steps_preserve_the_map(old: Any, new: Any) -> Term:
        """Whatever an operation moves, all other keys are found after it if and only if they were before."""
        kept = [same(found(scope, old, key), found(scope, new, key)) for key in keys]
        return all_of(implies(same(old.map[key], new.map[key]), kept[key]) for key in keys)

    @system.every_step
    def rehash_idx_goes_up(old: Any, new: Any) -> Term:
        """While the same two tables are rehashed, rehash_idx never goes back."""
        same_tables = all_of(is_rehashing(old), new.size0 == old.size0, new.size1 == old.size1)
        return implies(all_of(same_tables, is_rehashing(new)), new.rehash_idx >= old.rehash_idx)

    @system.every_step
    def nothing_moves_while_paused(old: Any, new: Any) -> Term:
        """While an iterator is open no table that is there is freed, and no key moves to another bucket or table."""
        stays = [all_of(same(old.in0[key], new.in0[key]), new.bucket0[key] == old.bucket0[key]) for key in keys]
        kept = [implies(all_of(old.map[key], new.map[key]), stays[key]) for key in keys]
        both = all_of(new.size0 == old.size0, implies(is_rehashing(old), new.rehash_idx == old.rehash_idx))
        paused = all_of(old.pause_rehash > 0, new.pause_rehash > 0)
        return implies(all_of(paused, old.size0 != 0), all_of(both, kept))


def _declare_thresholds(system: System, scope: Scope) -> None:
    def limit(s: Any, size: Term, percent: tuple[int, int]) -> Term:
        """A hundred times the entries at which a table of this size is so full."""
        soft, hard = percent
        return ite(s.policy == AVOID, scope.capacity(size) * hard, scope.capacity(size) * soft)

    def allocates(old: Any, new: Any) -> tuple[Term, Term]:
        """Whether a step allocates a table, and the number of its buckets."""
        at_once = all_of(negate(is_rehashing(new)), new.size0 != old.size0)
        made = all_of(negate(is_rehashing(old)), any_of(is_rehashing(new), at_once))
        return made, ite(is_rehashing(new), new.size1, new.size0)

    @system.every_step
    def tables_grow_when_full(old: Any, new: Any) -> Term:
        """A table grows if another entry is too many for it, and no further than half would not do."""
        made, size = allocates(old, new)
        needed = scope.wide(old.used + 1) * (2 * scope.bucket_factor)
        half_would_do = needed <= scope.wide(size) << scope.bucket_divisor_log2
        full = scope.wide(old.used + 1) * 100 > limit(old, old.size0, scope.max_fill_percent)
        return implies(all_of(made, size > old.size0, old.size0 != 0), all_of(full, negate(half_would_do)))

    @system.every_step
    def growth_makes_room(old: Any, new: Any) -> Term:
        """A table that grows will be at most 100 % full with the entry that it grows for."""
        made, size = allocates(old, new)
        return implies(all_of(made, size > old.size0), scope.wide(old.used + 1) <= scope.capacity(size))

    @system.every_step
    def tables_shrink_when_sparse(old: Any, new: Any) -> Term:
        """A table shrinks if it is no fuller than the least fill and nobody iterates, and what is left fits."""
        made, size = allocates(old, new)
        fits = scope.wide(old.used) <= scope.capacity(size)
        sparse = scope.wide(old.used) * 100 <= limit(old, old.size0, scope.min_fill_percent)
        return implies(all_of(made, size < old.size0), all_of(sparse, fits, old.pause_rehash == 0))

    @system.every_step
    def insertions_find_room(old: Any, new: Any) -> Term:
        """After an insertion its table is no fuller than the most fill, unless a rehash to it could not be ended."""
        inserts = new.used > old.used
        size = ite(is_rehashing(new), new.size1, new.size0)
        room = scope.wide(new.used) * 100 <= limit(new, size, scope.max_fill_percent)
        inevitable = all_of(is_rehashing(old), any_of(old.pause_rehash > 0, not scope.fast_forwards))
        return implies(inserts, any_of(inevitable, room))


def _declare_progress(system: System, scope: Scope) -> None:
    def buckets_left(s: Any) -> Term:
        return ite(is_rehashing(s), value_of(scope.wide(s.size0) - scope.wide(s.rehash_idx)), 0)

    def all_others(s: Any) -> dict[str, Term]:
        return {"moved": s.used0 - tally(scope, s.in0)}

    @system.leads_to(measure=buckets_left, helpful="move", arguments=all_others if scope.others else None)
    def rehashing_ends(s: Any) -> tuple[Term, Term]:
        """A rehash that no iterator pauses and no child process holds back comes to its end."""
        steps = all_of(may_step(s), s.policy == ALLOW)
        return steps, negate(steps)


def _declare_witnesses(system: System, scope: Scope) -> None:
    @system.sometimes
    def keys_in_both_tables(s: Any) -> Term:
        """Both tables hold keys."""
        return all_of(s.used0 > 0, used1(s) > 0)

    @system.sometimes
    def shrinking(s: Any) -> Term:
        """Keys have moved to a smaller table, and others are still to do so."""
        return all_of(is_rehashing(s), s.size1 < s.size0, s.rehash_idx > 0, s.used0 > 0, used1(s) > 0)

    @system.sometimes
    def growth_put_off(s: Any) -> Term:
        """A table holds more than its buckets have room for, as a child process puts growth off."""
        return all_of(negate(is_rehashing(s)), s.policy == AVOID, scope.wide(s.used0) > scope.capacity(s.size0))

    @system.sometimes
    def table_1_too_full(s: Any) -> Term:
        """Table 1 holds more than its buckets have room for, before the rehash to it has ended."""
        return all_of(is_rehashing(s), scope.wide(used1(s)) > scope.capacity(s.size1))

    @system.sometimes
    def rehashing_nothing(s: Any) -> Term:
        """A table without entries is rehashed, for the sake of its empty child buckets or after deletions."""
        return all_of(is_rehashing(s), s.used == 0)
