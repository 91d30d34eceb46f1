"""What is claimed of the lock, and what breaks it."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, negate, same
from redproof_model.systems.lock.scope import NO_TOKEN, NOBODY, Scope


def is_undisturbed(s: Any) -> Term:
    """Whether nothing has gone wrong so far."""
    return negate(any_of(s.failed_over, s.was_paused, s.jumped))


def two_work(scope: Scope, s: Any) -> Term:
    """Whether two clients do what the lock guards."""
    return any_of(all_of(s.working[one], s.working[other]) for one, other in combinations(scope.all_clients, 2))


def declare_invariants(system: System, scope: Scope) -> None:
    """Declare the invariants."""
    clients = scope.all_clients

    @system.invariant
    def who_works_holds_the_lock(s: Any) -> Term:
        """As long as nothing has gone wrong, whoever is at work has the lock, for at least as long as it believes."""
        return implies(
            is_undisturbed(s),
            all_of(
                all_of(
                    negate(s.paused[client]),
                    implies(s.working[client], all_of(s.holder == client, s.ttl >= s.left[client], s.left[client] > 0)),
                )
                for client in clients
            ),
        )

    @system.invariant
    def a_lock_that_is_held_has_time_left(s: Any) -> Term:
        """The key is there as long as its time to live, on the master and on the replica."""
        return all_of(same(s.holder == NOBODY, s.ttl == 0), same(s.replica_holder == NOBODY, s.replica_ttl == 0))

    if scope.counts_in_redis:
        return

    @system.invariant
    def tokens_grow(s: Any) -> Term:
        """Each lock has a token of its own, below the next; the storage knows none that was not given."""
        given = [all_of(s.token[client] < s.next_token) for client in clients]
        unequal = [
            any_of(s.token[one] != s.token[other], s.token[one] == NO_TOKEN) for one, other in combinations(clients, 2)
        ]
        return all_of(given, unequal, s.greatest < s.next_token)

    @system.invariant
    def the_storage_knows_the_greatest(s: Any) -> Term:
        """The storage remembers the greatest token with which anyone has written."""
        return all_of(s.greatest == s.newest_written)


def declare_properties(system: System, scope: Scope) -> None:
    """Declare what is promised, and as witnesses what breaks the lock."""

    @system.always
    def undisturbed_one_works(s: Any) -> Term:
        """No two clients hold the lock at once while there is no failover, pause or jump of the clock."""
        return implies(is_undisturbed(s), negate(two_work(scope, s)))

    @system.every_step
    def only_time_takes_the_lock_away(old: Any, new: Any) -> Term:
        """A client that goes on working loses the lock only with the last of its time, or by the server's fault."""
        goes_on = any_of(all_of(old.holder == client, new.working[client]) for client in scope.all_clients)
        by_server = any_of(new.failed_over, new.jumped)
        return implies(all_of(goes_on, old.ttl > 1, negate(by_server)), new.holder == old.holder)

    @system.sometimes
    def two_work_after_a_failover(s: Any) -> Term:
        """The replica had not got the key: a failover alone is enough."""
        return all_of(two_work(scope, s), negate(s.was_paused), negate(s.jumped))

    @system.sometimes
    def two_work_after_a_pause(s: Any) -> Term:
        """A client goes on with what it began while it had the lock: a pause alone is enough."""
        return all_of(two_work(scope, s), negate(s.failed_over), negate(s.jumped))

    @system.sometimes
    def two_work_after_a_jump(s: Any) -> Term:
        """The key expires too early: a jump of the server's clock alone is enough."""
        return all_of(two_work(scope, s), negate(s.failed_over), negate(s.was_paused))

    if scope.counts_in_redis:

        @system.sometimes
        def two_have_one_token(s: Any) -> Term:
            """A failover has taken the count back: tokens must be counted where nothing is lost."""
            return any_of(
                all_of(s.token[one] == s.token[other], s.token[one] != NO_TOKEN)
                for one, other in combinations(scope.all_clients, 2)
            )
    else:

        @system.invariant
        def no_stale_write_is_accepted(s: Any) -> Term:
            """With a fencing token, no client writes after one that took the lock later, whatever goes wrong."""
            return negate(s.accepted_stale)
