"""What the actions of servers and sentinels are made of."""

from __future__ import annotations

from typing import Any, TypeAlias

from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import Truth, all_of, any_of, count, implies, ite, maximum, negate
from redproof_model.systems.failover.scope import DEPOSED, FIRST, NO_ONE, NONE, Scope

Index: TypeAlias = int | Term
"""The number of a server; a term in the form that is proved."""


def is_master(s: Any, node: Index) -> Term:
    """Whether a server is a replica of no one."""
    return all_of(s.master[node] == NO_ONE)


def reaches(s: Any, one: Index, other: Index) -> Term:
    """Whether two servers are up, and on the same side of the network."""
    return all_of(s.up[one], s.up[other], s.apart[one] == s.apart[other])


def is_prefix(s: Any, one: Index, other: Index) -> Term:
    """Whether a server has the beginning of what another has, as far as the position that is followed tells."""
    return all_of(s.offset[one] <= s.offset[other], implies(s.position <= s.offset[one], s.has[one] == s.has[other]))


def is_candidate(s: Any, node: Index) -> Term:
    """Whether a server may be promoted: sentinels reach it, and its priority is not 0 (sentinelSelectSlave)."""
    seen = all_of(s.up[node], negate(s.apart[node]))
    return all_of(seen, s.current != node, s.priority[node] > 0)


def may_write(scope: Scope, s: Any, node: Index) -> Term:
    """Whether the first master, whose settings are followed, has heard enough replicas (`min-replicas-to-write`)."""
    if not scope.counts_time:
        return all_of()
    good = count(all_of(s.lag_s[other] <= s.max_lag_s) for other in scope.nodes if other != FIRST)
    return any_of(node != FIRST, good >= s.min_replicas)


def lose_connection(scope: Scope, s: Any, node: Index) -> None:
    """Let the first master see that a replica has closed its connection, if it is reached."""
    if scope.counts_time:
        s.lag_s[node] = ite(reaches(s, node, FIRST), maximum(s.lag_s[node], s.max_lag_s + 1), s.lag_s[node])


def confirming(scope: Scope, s: Any, node: Index) -> Term:
    """How many replicas of a server have the write that is followed, and say so."""

    def confirms(replica: int) -> Term:
        is_linked = all_of(s.master[replica] == node, reaches(s, replica, node), is_prefix(s, replica, node))
        return all_of(is_linked, s.offset[replica] >= s.position)

    return count(confirms(other) for other in scope.nodes)


def append(s: Any, node: Index) -> None:
    """Take one write; the first one at the position is that which is followed."""
    offset = s.offset[node] + 1
    is_followed = all_of(offset == s.position, negate(s.written))
    s.offset[node] = offset
    s.has[node] = any_of(s.has[node], is_followed)
    s.written = any_of(s.written, is_followed)
    is_deposed = all_of(s.current != node)
    note_loss(s, all_of(is_followed, is_deposed), DEPOSED)
    # From here on it has something that the master has not.
    s.synced[node] = all_of(s.synced[node], negate(is_deposed))


def copy(s: Any, node: Index, source: Index, wanted: Truth) -> None:
    """Take the data of another in the place of what was there."""
    s.offset[node] = ite(wanted, s.offset[source], s.offset[node])
    s.has[node] = ite(wanted, s.has[source], s.has[node])


def forget(s: Any, node: Index) -> None:
    """Have no data any more."""
    s.offset[node] = 0
    s.has[node] = False


def note_loss(s: Any, happens: Truth, reason: Term) -> None:
    """Enter why the write that is followed may be gone, if it has been written: the first reason stays."""
    is_first = all_of(s.written, happens, s.reason == NONE)
    s.reason = ite(is_first, reason, s.reason)
