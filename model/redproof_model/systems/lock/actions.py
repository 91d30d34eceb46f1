"""What clients do with the lock, what the storage does that it guards, and what goes wrong."""

from __future__ import annotations

from typing import Any, TypeAlias

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, ite, maximum, negate
from redproof_model.systems.lock.scope import NOBODY, Scope

Index: TypeAlias = int | Term
"""The number of a client; a term in the form that is proved."""


def declare_clients(system: System, scope: Scope) -> None:
    """Declare how the lock is taken, used and released."""

    @system.action(client=scope.client, ttl=scope.ttl)
    def acquire(old: Any, new: Any, client: Index, ttl: Term) -> None:
        """SET lock TOKEN NX PX ttl creates the key, as there is none; the client counts from before it asked."""
        new.require(old.holder == NOBODY, negate(old.working[client]))
        if scope.tokens_max is not None:
            new.require(old.next_token <= scope.tokens_max)
        new.holder, new.ttl = client, ttl
        new.working[client], new.left[client] = True, ttl
        new.token[client] = old.next_token
        new.next_token = old.next_token + 1

    @system.action(client=scope.client)
    def release(old: Any, new: Any, client: Index) -> None:
        """A client is done, and a script deletes the key if the token in it is its own: at once, or after a pause."""
        new.require(old.working[client])
        own = all_of(old.holder == client)
        new.holder, new.ttl = ite(own, NOBODY, old.holder), ite(own, 0, old.ttl)
        new.working[client], new.left[client], new.paused[client] = False, 0, False

    @system.action(client=scope.client)
    def write(old: Any, new: Any, client: Index) -> None:
        """The storage takes a write from a client at work, unless it has seen a greater token."""
        new.require(old.working[client])
        accepted = all_of(old.token[client] >= old.greatest)
        new.greatest = ite(accepted, old.token[client], old.greatest)
        stale = all_of(accepted, old.token[client] < old.newest_written)
        new.accepted_stale = any_of(old.accepted_stale, stale)
        new.newest_written = ite(accepted, maximum(old.token[client], old.newest_written), old.newest_written)


def declare_time(system: System, scope: Scope) -> None:
    """Declare that time passes, for the server and for clients that are not paused."""

    @system.action()
    def tick(old: Any, new: Any) -> None:
        """The key expires when its time is over, and who holds the lock stops in time if it can look at its clock."""
        new.ttl = ite(old.ttl > 0, old.ttl - 1, 0)
        new.holder = ite(old.ttl <= 1, NOBODY, old.holder)
        new.replica_ttl = ite(old.replica_ttl > 0, old.replica_ttl - 1, 0)
        new.replica_holder = ite(old.replica_ttl <= 1, NOBODY, old.replica_holder)
        for client in scope.all_clients:
            new.left[client] = ite(old.left[client] > 0, old.left[client] - 1, 0)
            over = all_of(old.left[client] <= 1, negate(old.paused[client]))
            new.working[client] = all_of(old.working[client], negate(over))


def declare_faults(system: System, scope: Scope) -> None:
    """Declare failovers, pauses and jumps of the clock."""

    @system.action()
    def replicate(old: Any, new: Any) -> None:
        """The replica comes to have the key as the master has it."""
        new.require(any_of(old.replica_holder != old.holder, old.replica_ttl != old.ttl))
        new.replica_holder, new.replica_ttl = old.holder, old.ttl
        if scope.counts_in_redis:
            new.replica_next_token = old.next_token

    @system.action()
    def fail_over(old: Any, new: Any) -> None:
        """The replica is promoted, with the key that it has or without one."""
        new.failed_over = True
        new.holder, new.ttl = old.replica_holder, old.replica_ttl
        if scope.counts_in_redis:
            new.next_token = old.replica_next_token

    @system.action(client=scope.client)
    def pause(old: Any, new: Any, client: Index) -> None:
        """A client stands still after it has looked at its clock, or its write is under way for long."""
        new.require(old.working[client], negate(old.paused[client]))
        new.paused[client], new.was_paused = True, True

    @system.action(client=scope.client)
    def go_on(old: Any, new: Any, client: Index) -> None:
        """It goes on, and looks at its clock."""
        new.require(old.paused[client])
        new.paused[client] = False
        new.working[client] = all_of(old.working[client], old.left[client] > 0)

    @system.action()
    def jump(old: Any, new: Any) -> None:
        """The server's clock jumps ahead, and the key expires at once."""
        new.require(old.holder != NOBODY)
        new.jumped = True
        new.holder, new.ttl = NOBODY, 0
        new.replica_holder, new.replica_ttl = NOBODY, 0
