"""What is claimed of the dict."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import BitVec
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, cast, choose, count, implies, ite, negate, same, value_of
from redproof_model.systems.rehash.scope import Scope
from redproof_model.systems.rehash.tables import (
    IDLE,
    found,
    found_skipping,
    is_full,
    is_held_back,
    is_mask,
    is_rehashing,
    may_step,
)


def declare_claims(system: System, scope: Scope) -> None:
    """Declare all of them."""
    _declare_invariants(system, scope)
    _declare_properties(system, scope)
    _declare_thresholds(system, scope)
    _declare_progress(system, scope)
    _declare_witnesses(system, scope)


def _declare_invariants(system: System, scope: Scope) -> None:
    keys = range(scope.tracked)

    @system.invariant
    def sizes_are_powers_of_two(s: Any) -> Term:
        """Each table has 2^n buckets, no fewer than the initial size, and table 1 only while the dict is rehashed."""
        smallest = scope.initial_size - 1
        sized = implies(is_rehashing(s), all_of(s.mask1 >= smallest, s.mask1 != s.mask0))
        powers = all_of(is_mask(s.mask0), is_mask(s.mask1), s.mask0 >= smallest, sized)
        return all_of(powers, implies(negate(is_rehashing(s)), s.mask1 == 0))

    @system.invariant
    def there_are_buckets(s: Any) -> Term:
        """Table 0 is no smaller than the initial size, nor is table 1 while the dict is rehashed."""
        sized = ite(is_rehashing(s), s.size1 >= scope.initial_size, s.size1 == 0)
        if scope.others:
            return all_of(s.size0 >= scope.initial_size, sized)
        agreed = all_of(s.size0 == value_of(s.mask0) + 1, implies(is_rehashing(s), s.size1 == value_of(s.mask1) + 1))
        return all_of(s.size0 >= scope.initial_size, sized, agreed)

    @system.invariant
    def rehashidx_is_a_bucket(s: Any) -> Term:
        """rehashidx is -1, or a bucket of table 0, or just after the last if table 0 holds nothing."""
        last = scope.as_index(s.mask0)
        return all_of(s.rehashidx >= IDLE, s.rehashidx <= last + 1, implies(s.used0 > 0, s.rehashidx <= last))

    @system.invariant
    def used_counts_the_keys(s: Any) -> Term:
        """used is the number of keys in each table: no less than are tracked, and without others no more."""
        counted = [(s.used0, count(s.in0)), (s.used1, count(s.in1))]
        kept = [used >= known if scope.others else used == known for used, known in counted]
        return all_of(kept, implies(negate(is_rehashing(s)), s.used1 == 0))

    @system.invariant
    def a_key_is_in_one_table(s: Any) -> Term:
        """A key is never in both tables."""
        return all_of(negate(all_of(s.in0[key], s.in1[key])) for key in keys)

    @system.invariant
    def the_tables_hold_the_map(s: Any) -> Term:
        """A key is in a table if and only if it is in the map."""
        return all_of(same(any_of(s.in0[key], s.in1[key]), s.map[key]) for key in keys)

    @system.invariant
    def keys_lie_in_their_buckets(s: Any) -> Term:
        """A key lies in the bucket that its hash and its table's mask say; one in table 1 is there by rehashing."""
        in0 = [implies(s.in0[key], s.bucket0[key] == s.hash[key] & s.mask0) for key in keys]
        in1 = [implies(s.in1[key], s.bucket1[key] == s.hash[key] & s.mask1) for key in keys]
        return all_of(in0, in1, [implies(s.in1[key], is_rehashing(s)) for key in keys])

    @system.invariant
    def buckets_below_rehashidx_are_empty(s: Any) -> Term:
        """No key of table 0 lies below rehashidx."""
        return all_of(implies(s.in0[key], scope.as_index(s.bucket0[key]) >= s.rehashidx) for key in keys)


def _declare_properties(system: System, scope: Scope) -> None:
    keys = range(scope.tracked)

    @system.always
    def lookups_are_right(s: Any) -> Term:
        """A lookup finds a key if and only if it is in the map."""
        return all_of(same(found(s, key), s.map[key]) for key in keys)

    @system.always
    def lookups_may_skip_moved_buckets(s: Any) -> Term:
        """The lookup of Redis 7.2 and later, which skips what lies below rehashidx, is right as well."""
        return all_of(same(found_skipping(scope, s, key), s.map[key]) for key in keys)

    @system.every_step
    def steps_preserve_the_map(old: Any, new: Any) -> Term:
        """Whatever an operation moves, all other keys are found after it if and only if they were before."""
        return all_of(implies(same(old.map[k], new.map[k]), same(found(old, k), found(new, k))) for k in keys)

    @system.every_step
    def rehashidx_goes_up(old: Any, new: Any) -> Term:
        """While the same two tables are rehashed, rehashidx never goes back."""
        same_tables = all_of(is_rehashing(old), new.mask0 == old.mask0, new.mask1 == old.mask1)
        return implies(all_of(same_tables, is_rehashing(new)), new.rehashidx >= old.rehashidx)

    def stands_still(old: Any, new: Any) -> Term:
        """Whether the same tables are there, no bucket has been passed, and no key has been moved."""
        stays = [implies(all_of(old.in0[key], new.map[key]), new.in0[key]) for key in keys]
        return all_of(new.rehashidx == old.rehashidx, new.mask0 == old.mask0, new.mask1 == old.mask1, stays)

    @system.every_step
    def iterators_pause_the_rehash(old: Any, new: Any) -> Term:
        """Nothing is moved while an iterator, or a step of SCAN, is under way."""
        return implies(all_of(is_rehashing(old), old.pauserehash > 0), stands_still(old, new))

    @system.every_step
    def a_child_holds_the_rehash_back(old: Any, new: Any) -> Term:
        """Nothing is moved while there is a child process, unless one table is far larger than the other."""
        near = all_of(old.size1 < old.size0 * scope.stall_ratio, old.size0 < old.size1 * scope.shrinking_stall_ratio)
        return implies(all_of(is_rehashing(old), old.child, near), stands_still(old, new))


def _declare_thresholds(system: System, scope: Scope) -> None:
    def begins(old: Any, new: Any) -> Term:
        return all_of(is_rehashing(new), any_of(negate(is_rehashing(old)), new.mask0 != old.mask0))

    @system.every_step
    def tables_grow_when_full(old: Any, new: Any) -> Term:
        """A table grows if it has a key a bucket, with a child process the forced load, and to fit."""
        load = ite(old.child, new.size0 * scope.forced_load, new.size0)
        grows = all_of(begins(old, new), new.size1 > new.size0)
        least = new.used0 * 2 if scope.doubles else new.used0 + 1
        return implies(grows, all_of(new.used0 >= load, new.size1 >= least, new.size1 < least * 2))

    @system.every_step
    def tables_shrink_when_sparse(old: Any, new: Any) -> Term:
        """A table shrinks below the least fill, before 7.4 without a child process, and to no less than its keys."""
        shrinks = all_of(begins(old, new), new.size1 < new.size0)
        needed = new.used0 * ite(old.child, scope.forced_sparse_ratio or 0, scope.sparse_ratio)
        sparse = new.size0 >= needed if scope.sparse_inclusive else new.size0 > needed
        may = any_of(negate(old.child), scope.forced_sparse_ratio is not None)
        fits = any_of(new.size1 == scope.initial_size, all_of(new.used0 <= new.size1, new.size1 < new.used0 * 2))
        return implies(shrinks, all_of(may, sparse, fits))

    @system.every_step
    def tables_are_replaced_by_a_rehash(old: Any, new: Any) -> Term:
        """A table is exchanged for one of another size once it has been rehashed, or if it holds no keys."""
        replaced = all_of(negate(is_rehashing(old)), new.mask0 != old.mask0)
        return implies(replaced, all_of(scope.replaces_empty, old.used0 == 0, negate(is_rehashing(new))))

    @system.every_step
    def no_key_is_added_to_a_full_table(old: Any, new: Any) -> Term:
        """A key goes into table 0 only below a key a bucket, or below the force ratio if there is a child process."""
        added = all_of(negate(is_rehashing(old)), new.used0 > old.used0, negate(is_rehashing(new)))
        return implies(added, negate(is_full(scope, old)))


def _declare_progress(system: System, scope: Scope) -> None:
    def buckets_left(s: Any) -> Term:
        return ite(is_rehashing(s), cast(scope.as_index(s.mask0) + 1 - s.rehashidx, BitVec(scope.index.width)), 0)

    def what_is_met(s: Any) -> dict[str, Term]:
        """A step that can be made: to the tracked key's bucket if that is near, else past empty buckets."""
        distance = scope.as_index(s.bucket0[0]) - s.rehashidx
        far = all_of(s.in0[0], distance >= scope.visits_max)
        visited = choose((far, scope.visits_max), (s.in0[0], distance), otherwise=distance * 0)
        others = s.used0 - count(s.in0)
        last = all_of(s.used0 > 0, s.rehashidx + visited == scope.as_index(s.mask0))
        moved = choose((far, 0), (any_of(last, negate(s.in0[0])), others), otherwise=0)
        return {"visited": visited, "moved": moved}

    arguments = what_is_met if scope.others else None

    @system.leads_to(measure=buckets_left, helpful="move", arguments=arguments, mask=scope.position)
    def rehashing_ends(s: Any, mask: Term) -> tuple[Term, Term]:
        """A table is rehashed to its end unless an iterator pauses that or a child process holds it back."""
        awaited = all_of(may_step(scope, s), s.mask0 == mask)
        return awaited, negate(awaited)


def _declare_witnesses(system: System, scope: Scope) -> None:
    @system.sometimes
    def keys_in_both_tables(s: Any) -> Term:
        """Both tables hold keys."""
        return all_of(s.used0 > 0, s.used1 > 0)

    @system.sometimes
    def shrinking(s: Any) -> Term:
        """Keys move to a smaller table."""
        return all_of(is_rehashing(s), s.size1 < s.size0, s.used0 > 0)

    @system.sometimes
    def growing_with_a_child(s: Any) -> Term:
        """A table grows although there is a child process, by more than the force ratio."""
        return all_of(is_rehashing(s), s.child, s.size1 > s.size0, negate(is_held_back(scope, s)))

    if scope.stall_ratio > 1:
        _declare_stalls(system, scope)


def _declare_stalls(system: System, scope: Scope) -> None:
    @system.sometimes
    def held_back(s: Any) -> Term:
        """A child process holds a rehash back that has moved something."""
        return all_of(is_rehashing(s), is_held_back(scope, s), s.rehashidx > 0)
