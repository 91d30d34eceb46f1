"""The two tables as a transition system: its variables and its actions; `claims` says what is true of them.

An operation of the code is a sequence of these actions: a lookup may move a chain, an insertion looks up, expands, may
move a chain, and inserts, a deletion looks up, takes out, and shrinks. What is true after each is true after all.
"""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, cast, implies, ite, negate
from redproof_model.systems.hashtable.tables.claims import declare_claims
from redproof_model.systems.hashtable.tables.parts import (
    IDLE,
    count_inserted,
    found,
    insert,
    is_full,
    is_rehashing,
    is_sparse,
    may_step,
    remove,
    resize,
    size_for,
    step,
    tally,
    used1,
)
from redproof_model.systems.hashtable.tables.scope import ALLOW, AVOID, FILLING, POLICY, PROOF, SMALL, Scope


def tables(scope: Scope = PROOF) -> System:
    """The hashtable with the operations on its keys, resizing, iterators, and a child process that comes and goes."""
    system = System("hashtable", source="hashtable.c of Valkey 8.1")
    _declare_variables(system, scope)
    _declare_operations(system, scope)
    if scope.others:
        _declare_others(system, scope)
    _declare_surroundings(system, scope)
    declare_claims(system, scope)
    return system


def small() -> System:
    """The smallest hashtable that shows everything: three keys."""
    return tables(SMALL)


def filling() -> System:
    """Three keys, by the rule of Valkey 9.0: a rehash is never ended early, and table 1 is filled on."""
    return tables(FILLING)


def _declare_variables(system: System, scope: Scope) -> None:
    keys = scope.tracked
    system.array("hash", keys, scope.position, ANY, rigid=True)
    system.variable("size0", scope.position, 0)
    system.variable("size1", scope.position, 0)
    system.variable("used", scope.number, 0)
    system.variable("used0", scope.number, 0)
    system.variable("rehash_idx", scope.number, IDLE)
    system.array("in0", keys, Bool, False)
    system.array("in1", keys, Bool, False)
    system.array("bucket0", keys, scope.position, 0)
    system.array("bucket1", keys, scope.position, 0)
    system.array("tag0", keys, scope.tag, 0)
    system.array("tag1", keys, scope.tag, 0)
    system.array("map", keys, Bool, False)
    system.variable("pause_rehash", Int(0, scope.pauses_max), 0)
    system.variable("policy", POLICY, 0)


def _declare_operations(system: System, scope: Scope) -> None:
    keys = range(scope.tracked)

    @system.action(key=keys)
    def add(old: Any, new: Any, key: int) -> None:
        """insert: once expanding has done what it can, put a key that no lookup finds into its table."""
        new.require(negate(found(scope, old, key)), has_room(scope, old))
        insert(scope, new, key)
        new.map[key] = True

    @system.action(key=keys)
    def delete(old: Any, new: Any, key: int) -> None:
        """hashtablePop: take a key that a lookup finds out of its table."""
        new.require(found(scope, old, key))
        remove(scope, new, key)
        new.map[key] = False

    @system.action(fair=True, moved=scope.companions)
    def move(old: Any, new: Any, moved: Any) -> None:
        """rehashStepOnReadIfNeeded: what lookups do once and hashtableRehashMicroseconds again and again."""
        new.require(may_step(old), old.policy == ALLOW)
        step(scope, new, moved)

    @system.action(moved=scope.companions)
    def move_on_write(old: Any, new: Any, moved: Any) -> None:
        """rehashStepOnWriteIfNeeded: what an insertion does while there is a child process."""
        new.require(may_step(old), old.policy == AVOID)
        step(scope, new, moved)

    @system.action()
    def expand(old: Any, new: Any) -> None:
        """hashtableExpandIfNeeded: begin to make room for one entry more, as an insertion and the cron job ask for.

        Where table 1 is too full already, the rehash is ended before: those are steps like others.
        """
        new.require(is_full(scope, old), negate(is_rehashing(old)), has_memory(scope, old))
        resize(scope, new, size_for(scope, scope.wide(old.used + 1)), False)

    @system.action(children=Bool)
    def shrink(old: Any, new: Any, children: Any) -> None:
        """hashtableShrinkIfNeeded: begin to shrink a sparse table, as deletions and the cron job ask for.

        A table without entries may have `children`, buckets of its chains that deletions have emptied.
        """
        size = size_for(scope, scope.wide(ite(old.used0 == 0, old.used0 + 1, old.used0)))
        new.require(is_sparse(scope, old), negate(is_rehashing(old)), old.pause_rehash == 0, size != old.size0)
        resize(scope, new, size, children)


def has_memory(scope: Scope, s: Any) -> Term:
    """Whether there is memory for another key."""
    return any_of(s.used < scope.keys_max)


def has_room(scope: Scope, s: Any) -> Term:
    """Whether an insertion goes on: its table is not too full, or that cannot be helped as a rehash is under way."""
    inevitable = all_of(is_rehashing(s), any_of(s.pause_rehash > 0, not scope.fast_forwards))
    return all_of(has_memory(scope, s), any_of(negate(is_full(scope, s)), inevitable))


def _declare_others(system: System, scope: Scope) -> None:
    @system.action()
    def add_other(old: Any, new: Any) -> None:
        """insert of a key that is not tracked and not there."""
        new.require(has_room(scope, old))
        count_inserted(new)

    @system.action(from0=Bool)
    def delete_other(old: Any, new: Any, from0: Term) -> None:
        """hashtablePop of a key that is not tracked, from either table."""
        new.require(implies(from0, old.used0 > tally(scope, old.in0)))
        new.require(any_of(from0, used1(old) > tally(scope, old.in1)))
        new.used = old.used - 1
        new.used0 = old.used0 - cast(from0, scope.number)


def _declare_surroundings(system: System, scope: Scope) -> None:
    @system.action()
    def pause(old: Any, new: Any) -> None:
        """An iterator, or a call of scan, begins (hashtablePauseRehashing, which pauses shrinking too)."""
        new.require(scope.pauses_max is None or old.pause_rehash < scope.pauses_max)
        new.pause_rehash = old.pause_rehash + 1

    @system.action()
    def resume(old: Any, new: Any) -> None:
        """The iterator ends (hashtableResumeRehashing)."""
        new.require(old.pause_rehash > 0)
        new.pause_rehash = old.pause_rehash - 1

    @system.action()
    def fork(old: Any, new: Any) -> None:
        """A child process begins to save (updateDictResizePolicy)."""
        new.require(old.policy == ALLOW)
        new.policy = AVOID

    @system.action()
    def reap(old: Any, new: Any) -> None:
        """The child has ended (updateDictResizePolicy)."""
        new.require(old.policy == AVOID)
        new.policy = ALLOW
