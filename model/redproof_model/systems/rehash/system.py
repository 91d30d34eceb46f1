"""The dict as a transition system: its variables and its actions; `claims` says what is true of it."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, count, ite, negate
from redproof_model.systems.rehash.claims import declare_claims
from redproof_model.systems.rehash.scope import PROOF, SMALL, Scope
from redproof_model.systems.rehash.tables import (
    IDLE,
    expand,
    found,
    is_rehashing,
    is_sparse,
    link,
    may_step,
    start,
    step,
    unlink,
)


def rehash(scope: Scope = PROOF) -> System:
    """The dict with the operations on its keys, resizing, iterators, and a child process that comes and goes."""
    system = System("rehash", source="dict.c, server.c")
    _declare_variables(system, scope)
    _declare_operations(system, scope)
    if scope.others:
        _declare_others(system, scope)
    _declare_surroundings(system, scope)
    declare_claims(system, scope)
    return system


def small() -> System:
    """The smallest dict that shows everything: three keys."""
    return rehash(SMALL)


def _declare_variables(system: System, scope: Scope) -> None:
    keys = scope.tracked
    system.array("hash", keys, scope.position, ANY, rigid=True)
    system.variable("mask0", scope.position, scope.initial_size - 1)
    system.variable("mask1", scope.position, 0)
    system.variable("size0", scope.buckets, scope.initial_size)
    system.variable("size1", scope.buckets, 0)
    system.variable("used0", scope.keys, 0)
    system.variable("used1", scope.keys, 0)
    system.variable("rehashidx", scope.index, IDLE)
    system.array("in0", keys, Bool, False)
    system.array("in1", keys, Bool, False)
    system.array("bucket0", keys, scope.position, 0)
    system.array("bucket1", keys, scope.position, 0)
    system.array("map", keys, Bool, False)
    system.variable("pauserehash", Int(0, scope.pauses_max), 0)
    system.variable("child", Bool, False)


def _declare_operations(system: System, scope: Scope) -> None:
    keys = range(scope.tracked)

    @system.action(key=keys, **scope.met, **scope.allocated)
    def add(old: Any, new: Any, key: int, visited: Any, moved: Any = 0, mask: Any = None, buckets: Any = None) -> None:
        """dictAdd: a step, a table for one more if need be, then the key unless it is there."""
        step(scope, new, visited, moved)
        expand(scope, new, mask, buckets)
        link(scope, new, key, negate(found(new, key)))
        new.map[key] = True

    @system.action(key=keys, **scope.met)
    def delete(old: Any, new: Any, key: int, visited: Any, moved: Any = 0) -> None:
        """dictDelete: a step, then the key out of its table."""
        step(scope, new, visited, moved)
        unlink(new, key)
        new.map[key] = False

    @system.action(fair=True, **scope.met)
    def move(old: Any, new: Any, visited: Any, moved: Any = 0) -> None:
        """dictRehash: what each lookup does once and the cron job again and again."""
        new.require(may_step(scope, old))
        step(scope, new, visited, moved)

    @system.action(**scope.allocated)
    def shrink(old: Any, new: Any, mask: Any = None, buckets: Any = None) -> None:
        """dictResize: what the cron job asks for the databases, and a deletion for other dicts."""
        new.require(negate(is_rehashing(old)), negate(old.child), is_sparse(scope, old))
        start(scope, new, all_of(), old.used0, mask, buckets)


def _declare_others(system: System, scope: Scope) -> None:
    @system.action(**scope.met, **scope.allocated)
    def add_other(old: Any, new: Any, visited: Any, moved: Any, mask: Term, buckets: Any) -> None:
        """dictAdd of a key that is not tracked and not there."""
        step(scope, new, visited, moved)
        expand(scope, new, mask, buckets)
        new.used0 = new.used0 + count(negate(is_rehashing(new)))
        new.used1 = new.used1 + count(is_rehashing(new))

    @system.action(from0=Bool, **scope.met)
    def delete_other(old: Any, new: Any, from0: Term, visited: Any, moved: Any) -> None:
        """dictDelete of a key that is not tracked, from either table."""
        step(scope, new, visited, moved)
        new.require(ite(from0, new.used0 > count(new.in0), new.used1 > count(new.in1)))
        new.used0 = new.used0 - count(from0)
        new.used1 = new.used1 - count(negate(from0))


def _declare_surroundings(system: System, scope: Scope) -> None:
    @system.action()
    def pause(old: Any, new: Any) -> None:
        """An iterator, or a step of SCAN, begins (dictPauseRehashing)."""
        new.require(scope.pauses_max is None or old.pauserehash < scope.pauses_max)
        new.pauserehash = old.pauserehash + 1

    @system.action()
    def resume(old: Any, new: Any) -> None:
        """The iterator ends (dictResumeRehashing)."""
        new.require(old.pauserehash > 0)
        new.pauserehash = old.pauserehash - 1

    @system.action()
    def fork(old: Any, new: Any) -> None:
        """A child process begins to save (updateDictResizePolicy: DICT_RESIZE_AVOID)."""
        new.require(negate(old.child))
        new.child = True

    @system.action()
    def reap(old: Any, new: Any) -> None:
        """The child has ended (updateDictResizePolicy: DICT_RESIZE_ENABLE)."""
        new.require(old.child)
        new.child = False
