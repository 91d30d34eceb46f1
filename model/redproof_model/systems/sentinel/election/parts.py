"""What the actions of an election are made of."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import Number, Truth, all_of, any_of, count, ite, maximum, negate, total
from redproof_model.systems.sentinel.election.scope import NO_FAILOVER, Index, Scope


def is_trying(s: Any, sentinel: Index) -> Term:
    """Whether a sentinel has a failover in progress."""
    return all_of(s.failover_epoch[sentinel] != NO_FAILOVER)


def is_objectively_down(scope: Scope, s: Any, sentinel: Index) -> Term:
    """Whether a sentinel takes the master for down, and knows of enough that do (sentinelCheckObjectivelyDown)."""
    if not scope.detects:
        return all_of()
    of_others = s.others_saying if scope.others else 0
    agreeing = count(all_of(other != sentinel, s.says_down[other]) for other in scope.nodes) + of_others + 1
    return all_of(s.takes_for_down[sentinel], agreeing >= s.quorum)


def acts(scope: Scope, s: Any, sentinel: Index) -> Term:
    """Whether a sentinel does more than to look and to answer: not in TILT mode (sentinelHandleRedisInstance)."""
    return negate(s.tilt[sentinel]) if scope.detects else all_of()


def is_there(scope: Scope, s: Any, sentinel: Index) -> Term:
    """Whether what a sentinel says is heard: once all is calm, only if it is one of those that are alive."""
    return any_of(negate(s.calm), s.alive[sentinel]) if scope.calm_epochs else all_of()


def is_stormy(scope: Scope, s: Any) -> Term:
    """Whether anything may still break."""
    return negate(s.calm) if scope.calm_epochs else all_of()


def given(scope: Scope, s: Any, followed: int, voter: Index, candidate: Index) -> Term:
    """Whether a sentinel has voted for another in an epoch."""
    cast: Term = s.given[scope.vote(followed, voter, candidate)]
    return cast


def is_told(scope: Scope, s: Any, followed: int, voter: Index) -> Term:
    """Whether a sentinel tells its vote in an epoch; once all is calm, one that has restarted since has forgotten it.

    It may have been heard before: without calm it is taken for that.
    """
    if not scope.calm_epochs:
        return all_of()
    return all_of(is_there(scope, s, voter), negate(s.forgotten[scope.at(followed, voter)]))


def votes(scope: Scope, s: Any, followed: int, candidate: Index) -> Term:
    """How many have voted for a sentinel in an epoch, as far as it may have heard of it."""
    heard = count(
        all_of(given(scope, s, followed, voter, candidate), is_told(scope, s, followed, voter)) for voter in scope.nodes
    )
    return heard + s.others_for[candidate] if scope.others else heard


def suffice(s: Any, number: Term) -> Term:
    """Whether so many votes are enough: a majority of the sentinels that are known, and the quorum."""
    return all_of(number >= s.known // 2 + 1, number >= s.quorum)


def is_elected(scope: Scope, s: Any, followed: int, sentinel: Index) -> Term:
    """Whether a sentinel finds itself elected in an epoch (sentinelGetLeader)."""
    if not scope.counts_current:
        return suffice(s, votes(scope, s, followed, sentinel))
    # The source counts the votes of others in the current epoch, and its own in that of the failover.
    of_others = total(
        ite(s.current_epoch[sentinel] == s.epoch[at], _votes_of_others(scope, s, at, sentinel), 0) for at in scope.every
    )
    own = all_of(s.leader_epoch[sentinel] == s.epoch[followed], given(scope, s, followed, sentinel, sentinel))
    return suffice(s, of_others + count(own))


def _votes_of_others(scope: Scope, s: Any, followed: int, candidate: Index) -> Term:
    return count(all_of(voter != candidate, given(scope, s, followed, voter, candidate)) for voter in scope.nodes)


def asked_epoch(scope: Scope, s: Any, sentinel: Index) -> Term:
    """The epoch in which a sentinel asks for votes (sentinelAskMasterStateToOtherSentinels)."""
    epoch: Term = s.current_epoch[sentinel] if scope.counts_current else s.failover_epoch[sentinel]
    return epoch


def note_vote(scope: Scope, s: Any, voter: Index, candidate: Index, epoch: Number, wanted: Truth = True) -> None:
    """Enter a vote among those that were given, if it is in an epoch that is followed."""
    for followed in scope.every:
        cell = scope.vote(followed, voter, candidate)
        s.given[cell] = any_of(s.given[cell], all_of(wanted, s.epoch[followed] == epoch))


def vote(scope: Scope, s: Any, voter: Index, candidate: Index | None, epoch: Term) -> None:
    """Answer a request for a vote: it is given to the first that asks in an epoch (sentinelVoteLeader).

    A candidate of None is one that is not followed. What is voted is saved before it is told (sentinelFlushConfig).
    """
    current = maximum(s.current_epoch[voter], epoch)
    gives = all_of(s.leader_epoch[voter] < epoch, current <= epoch)
    # Nothing happens where nothing changes: what was voted is told again, which may be heard at any time as it is.
    s.require(any_of(gives, current != s.current_epoch[voter]))
    s.current_epoch[voter] = current
    s.leader_epoch[voter] = ite(gives, epoch, s.leader_epoch[voter])
    if candidate is not None:
        note_vote(scope, s, voter, candidate, epoch, gives)
