"""Mutants of failovers of data, and of the lock."""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant


def explored(
    package: str, breaks: str, where: str, before: str, after: str, caught_by: str, length: int, maker: str = "small"
) -> Mutant:
    """A mutant that a scope shows, with the length of the shortest trace."""
    return Mutant(breaks, package, f"system:{maker}", where, before, after, caught_by, "explore", length)


FAILOVER: Final = (
    explored(
        "failover",
        "the offset of a replica counts before its priority",
        "choice",
        "return any_of(priority < other_priority, all_of(priority == other_priority, by_offset))",
        "return any_of(offset > other_offset, all_of(offset == other_offset, priority < other_priority))",
        "the_promoted_is_the_first_by_the_rule",
        5,
    ),
    explored(
        "failover",
        "the last run ID comes first",
        "choice",
        "run_id < other_run_id",
        "run_id > other_run_id",
        "the_promoted_is_the_first_by_the_rule",
        2,
    ),
    explored(
        "failover",
        "a replica of priority 0 is promoted",
        "parts",
        ", s.priority[node] > 0)",
        ")",
        "the_promoted_is_the_first_by_the_rule",
        2,
    ),
    explored(
        "failover",
        "a replica goes on from another history",
        "actions",
        "        copy(new, replica, node, negate(goes_on))\n",
        "",
        "who_is_synced_has_a_prefix",
        6,
    ),
    explored(
        "failover",
        "WAIT counts replicas that are behind",
        "parts",
        "all_of(is_linked, s.offset[replica] >= s.position)",
        "is_linked",
        "a_write_that_all_confirmed_survives",
        4,
        "confirmed_by_all",
    ),
    explored(
        "failover",
        "WAIT is content with one replica of two",
        "actions",
        ">= scope.wait_replicas",
        ">= 1",
        "a_write_that_all_confirmed_survives",
        5,
        "confirmed_by_all",
    ),
    explored(
        "failover",
        "a master asks for no replicas that it has heard",
        "parts",
        "good >= s.min_replicas",
        "good >= 0",
        "writes_end_with_the_lag",
        4,
        "lagging",
    ),
    explored(
        "failover",
        "a silent replica is taken for one that was heard",
        "actions",
        "ite(_acknowledges(old, each), 0, minimum(old.lag_s[each] + 1, last))",
        "ite(_acknowledges(old, each), 0, minimum(old.lag_s[each], last))",
        "writes_end_with_the_lag",
        4,
        "lagging",
    ),
    explored(
        "lock",
        "a lock is taken that another holds",
        "actions",
        "new.require(old.holder == NOBODY, negate(old.working[client]))",
        "new.require(negate(old.working[client]))",
        "undisturbed_one_works",
        2,
    ),
    explored(
        "lock",
        "a lock is released without a look at its token",
        "actions",
        "own = all_of(old.holder == client)",
        "own = all_of()",
        "only_time_takes_the_lock_away",
        5,
    ),
    explored(
        "lock",
        "a client believes in its lock for longer than it has it",
        "actions",
        "new.holder, new.ttl = client, ttl",
        "new.holder, new.ttl = client, 1",
        "undisturbed_one_works",
        3,
    ),
    explored(
        "lock",
        "the storage does not check tokens",
        "actions",
        "accepted = all_of(old.token[client] >= old.greatest)",
        "accepted = all_of()",
        "no_stale_write_is_accepted",
        5,
    ),
    explored(
        "lock",
        "a client does not stop when its time is over",
        "actions",
        "all_of(old.working[client], negate(over))",
        "all_of(old.working[client])",
        "undisturbed_one_works",
        3,
    ),
)
