"""The dict as a transition system: its variables and its actions; `claims` says what is true of it."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, count, negate
from redproof_model.systems.rehash.claims import declare_claims
from redproof_model.systems.rehash.scope import PROOF, REDIS_7_4, SMALL, SMALL_7_4, Scope
from redproof_model.systems.rehash.tables import (
    IDLE,
    bucket_of,
    expand,
    found,
    is_full,
    is_rehashing,
    is_sparse,
    link,
    look,
    may_step,
    start,
    step,
    unlink,
    unlink_other,
)


def rehash(scope: Scope = PROOF, name: str = "rehash") -> System:
    """The dict with the operations on its keys, resizing, iterators, and a child process that comes and goes."""
    system = System(name, source="dict.c, server.c")
    _declare_variables(system, scope)
    _declare_operations(system, scope)
    if scope.moves_visited:
        _declare_visits(system, scope)
    if scope.cron_grows:
        _declare_growing(system, scope)
    if scope.others:
        _declare_others(system, scope)
    if scope.moves_visited and scope.others:
        _declare_visits_by_others(system, scope)
    _declare_surroundings(system, scope)
    declare_claims(system, scope)
    return system


def small() -> System:
    """The smallest dict that shows everything: three keys."""
    return rehash(SMALL)


def visiting(scope: Scope = REDIS_7_4) -> System:
    """The dict from Redis 7.4 on, which moves the bucket that an operation looks into."""
    return rehash(scope, "visiting")


def small_visiting() -> System:
    """The same with three keys."""
    return visiting(SMALL_7_4)


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

    @system.action(key=keys, **scope.looked, **scope.allocated)
    def add(old: Any, new: Any, key: int, mask: Any = None, buckets: Any = None, **met: Any) -> None:
        """dictAdd: a step, a table for one more if need be, then the key unless it is there."""
        look(scope, new, bucket_of(old, key), **met)
        expand(scope, new, mask, buckets)
        link(scope, new, key, negate(found(new, key)))
        new.map[key] = True

    @system.action(key=keys, **scope.looked)
    def delete(old: Any, new: Any, key: int, **met: Any) -> None:
        """dictDelete: a step, then the key out of its table."""
        look(scope, new, bucket_of(old, key), **met)
        unlink(new, key)
        new.map[key] = False

    @system.action(fair=True, **scope.met)
    def move(old: Any, new: Any, visited: Any, moved: Any = 0) -> None:
        """dictRehash: what a lookup does once and the cron job again and again."""
        new.require(may_step(scope, old))
        step(scope, new, visited, moved)

    @system.action(**scope.allocated)
    def shrink(old: Any, new: Any, mask: Any = None, buckets: Any = None) -> None:
        """dictResize: what the cron job asks for the databases, and a deletion for other dicts, later for all."""
        new.require(negate(is_rehashing(old)), is_sparse(scope, old))
        start(scope, new, all_of(), old.used0, mask, buckets)


def _declare_visits(system: System, scope: Scope) -> None:
    @system.action(bucket=scope.position, **scope.moved)
    def move_visited(old: Any, new: Any, bucket: Term, moved: Any = 0) -> None:
        """_dictBucketRehash: what a lookup does that looks into a bucket of table 0 which holds keys."""
        new.require(may_step(scope, old), old.used0 > 0, scope.as_index(bucket) >= old.rehashidx)
        step(scope, new, visited=0, moved=moved, own=True, bucket=bucket)

    @system.action(key=range(scope.tracked), **scope.met)
    def delete_in_two_phases(old: Any, new: Any, key: int, **met: Any) -> None:
        """dictTwoPhaseUnlinkFind: how a database deletes a key, which moves the next bucket all the same."""
        step(scope, new, **met)
        unlink(new, key)
        new.map[key] = False


def _declare_growing(system: System, scope: Scope) -> None:
    @system.action(**scope.allocated)
    def grow(old: Any, new: Any, mask: Any = None, buckets: Any = None) -> None:
        """dictExpandIfNeeded: what the cron job asks for the databases."""
        new.require(negate(is_rehashing(old)), is_full(scope, old))
        expand(scope, new, mask, buckets)


def _declare_others(system: System, scope: Scope) -> None:
    @system.action(**scope.looked, **scope.elsewhere, **scope.allocated)
    def add_other(old: Any, new: Any, mask: Term, buckets: Term, bucket: Any = None, **met: Any) -> None:
        """dictAdd of a key that is not tracked and not there."""
        look(scope, new, bucket, **met)
        expand(scope, new, mask, buckets)
        new.used0 = new.used0 + count(negate(is_rehashing(new)))
        new.used1 = new.used1 + count(is_rehashing(new))

    @system.action(from0=Bool, **scope.looked, **scope.elsewhere)
    def delete_other(old: Any, new: Any, from0: Term, bucket: Any = None, **met: Any) -> None:
        """dictDelete of a key that is not tracked, from either table."""
        look(scope, new, bucket, **met)
        unlink_other(new, from0)


def _declare_visits_by_others(system: System, scope: Scope) -> None:
    @system.action(from0=Bool, **scope.met)
    def delete_other_in_two_phases(old: Any, new: Any, from0: Term, **met: Any) -> None:
        """dictTwoPhaseUnlinkFind of a key that is not tracked, from either table."""
        step(scope, new, **met)
        unlink_other(new, from0)


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
