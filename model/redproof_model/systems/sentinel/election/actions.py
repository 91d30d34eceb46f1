"""What sentinels do in an election, and what becomes of them."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, count, implies, negate, total
from redproof_model.systems.sentinel.election.parts import (
    acts,
    asked_epoch,
    given,
    is_elected,
    is_objectively_down,
    is_stormy,
    is_there,
    is_told,
    is_trying,
    note_vote,
    suffice,
    vote,
)
from redproof_model.systems.sentinel.election.scope import NO_FAILOVER, Index, Scope


def declare_candidates(system: System, scope: Scope) -> None:
    """Declare how a sentinel starts a failover, asks for votes, and is elected or not."""

    def begin(old: Any, new: Any, sentinel: Index) -> Term:
        """Start a failover in an epoch of its own; once all is calm, while no one else does, as delays are random."""
        new.require(acts(scope, old, sentinel), is_objectively_down(scope, old, sentinel))
        new.require(negate(is_trying(old, sentinel)), is_there(scope, old, sentinel))
        epoch: Term = old.current_epoch[sentinel] + 1
        if scope.epochs_max is not None:
            new.require(epoch <= scope.epochs_max)
        if scope.calm_epochs:
            rivals = [all_of(other != sentinel, old.alive[other], is_trying(old, other)) for other in scope.nodes]
            in_storm = all_of(negate(old.calm), epoch <= scope.stormy_max)
            new.require(any_of(in_storm, all_of(old.calm, negate(any_of(rivals)))))
        new.current_epoch[sentinel] = new.failover_epoch[sentinel] = epoch
        new.leader_epoch[sentinel] = epoch
        new.has_asked[sentinel] = True
        return epoch

    @system.action(fair=True, sentinel=scope.node)
    def start(old: Any, new: Any, sentinel: Index) -> None:
        """A sentinel starts a failover, and votes for itself (sentinelStartFailoverIfNeeded, sentinelGetLeader)."""
        epoch = begin(old, new, sentinel)
        note_vote(scope, new, sentinel, sentinel, epoch)

    if scope.stormy_max != 1:

        @system.action(sentinel=scope.node, candidate=scope.node)
        def join(old: Any, new: Any, sentinel: Index, candidate: Index) -> None:
            """A sentinel starts a failover in an epoch in which it has heard of another's votes, and adds its own."""
            # It has heard of them only if it has asked for votes before.
            new.require(sentinel != candidate, old.has_asked[sentinel], is_stormy(scope, old))
            epoch = begin(old, new, sentinel)
            new.require(
                any_of(
                    all_of(other != sentinel, old.epoch[at] == epoch, given(scope, old, at, other, candidate))
                    for at in scope.every
                    for other in scope.nodes
                )
            )
            note_vote(scope, new, sentinel, candidate, epoch)

    @system.action(fair=True, sentinel=scope.node)
    def ask(old: Any, new: Any, sentinel: Index) -> None:
        """A candidate asks all for their votes (sentinelAskMasterStateToOtherSentinels)."""
        new.require(is_trying(old, sentinel), is_there(scope, old, sentinel))
        asking = [(scope.at(at, sentinel), old.epoch[at] == asked_epoch(scope, old, sentinel)) for at in scope.every]
        new.require(any_of(all_of(negate(old.asked[cell]), is_meant) for cell, is_meant in asking))
        for cell, is_meant in asking:
            new.asked[cell] = any_of(old.asked[cell], is_meant)

    @system.action(fair=True, sentinel=scope.node, followed=scope.every)
    def win(old: Any, new: Any, sentinel: Index, followed: int) -> None:
        """A candidate finds itself elected (sentinelFailoverWaitStart)."""
        cell = scope.at(followed, sentinel)
        new.require(acts(scope, old, sentinel), is_there(scope, old, sentinel))
        new.require(old.failover_epoch[sentinel] == old.epoch[followed], negate(old.leads[cell]))
        new.require(is_elected(scope, old, followed, sentinel))
        new.leads[cell] = True

    @system.action(fair=True, sentinel=scope.node)
    def give_up(old: Any, new: Any, sentinel: Index) -> None:
        """A failover ends, or its time is over; once all is calm, only one that can come to nothing has to."""
        new.require(is_trying(old, sentinel))
        if scope.calm_epochs:
            new.require(implies(old.calm, negate(_may_win(scope, old, sentinel))))
        new.failover_epoch[sentinel] = NO_FAILOVER


def _may_win(scope: Scope, s: Any, sentinel: Index) -> Term:
    """Whether enough of those that are alive have voted for a candidate, or would."""
    epoch = s.failover_epoch[sentinel]

    def would(voter: Index) -> Term:
        has = any_of(
            all_of(s.epoch[at] == epoch, given(scope, s, at, voter, sentinel), is_told(scope, s, at, voter))
            for at in scope.every
        )
        free = all_of(s.leader_epoch[voter] < epoch, s.current_epoch[voter] <= epoch)
        return all_of(s.alive[voter], any_of(has, free))

    return suffice(s, count(would(voter) for voter in scope.nodes))


def declare_voters(system: System, scope: Scope) -> None:
    """Declare how votes are given, and how epochs are learned."""

    @system.action(fair=True, voter=scope.node, candidate=scope.node, epoch=scope.asked_epoch)
    def answer(old: Any, new: Any, voter: Index, candidate: Index, epoch: Term) -> None:
        """A request for a vote arrives, now or late (the SENTINEL command is-master-down-by-addr)."""
        new.require(voter != candidate, is_there(scope, old, voter))
        # Of an epoch that is not followed nothing is known, so any request may come.
        known = [all_of(old.epoch[at] == epoch, negate(old.asked[scope.at(at, candidate)])) for at in scope.every]
        new.require(negate(any_of(known)))
        vote(scope, new, voter, candidate, epoch)

    @system.action(fair=True, sentinel=scope.node, epoch=scope.asked_epoch)
    def learn(old: Any, new: Any, sentinel: Index, epoch: Term) -> None:
        """A sentinel learns of a later epoch from the hello message of another (sentinelProcessHelloMessage)."""
        new.require(epoch > old.current_epoch[sentinel], is_there(scope, old, sentinel))
        if not scope.others:
            new.require(any_of(old.current_epoch[other] >= epoch for other in scope.nodes))
        new.current_epoch[sentinel] = epoch

    @system.action(sentinel=scope.node)
    def restart(old: Any, new: Any, sentinel: Index) -> None:
        """A sentinel begins anew with what it has saved: its epochs, and not for whom it has voted."""
        new.require(is_stormy(scope, old))
        new.failover_epoch[sentinel] = NO_FAILOVER
        new.has_asked[sentinel] = False
        if scope.calm_epochs:
            for at in scope.every:
                has_voted = any_of(given(scope, old, at, sentinel, other) for other in scope.nodes)
                cell = scope.at(at, sentinel)
                new.forgotten[cell] = any_of(old.forgotten[cell], has_voted)
        if scope.detects:
            new.takes_for_down[sentinel] = new.tilt[sentinel] = new.says_down[sentinel] = False


def declare_others(system: System, scope: Scope) -> None:
    """Declare what those do that are not followed: each votes as the others do, at most once in an epoch."""

    @system.action(candidate=scope.node)
    def other_votes(old: Any, new: Any, candidate: Index) -> None:
        """One of the others gives its vote in the epoch that is followed."""
        new.require(old.asked[candidate], total(old.others_for) < old.known - scope.sentinels)
        new.others_for[candidate] = old.others_for[candidate] + 1

    @system.action(voter=scope.node, epoch=scope.asked_epoch)
    def answer_other(old: Any, new: Any, voter: Index, epoch: Term) -> None:
        """One of the others has asked for a vote."""
        vote(scope, new, voter, None, epoch)

    @system.action(saying=scope.number)
    def others_look(old: Any, new: Any, saying: Term) -> None:
        """Some of the others take the master for down."""
        new.require(saying <= old.known - scope.sentinels)
        new.others_saying = saying


def declare_detection(system: System, scope: Scope) -> None:
    """Declare who takes the master for down, and says so."""

    @system.action(sentinel=scope.node)
    def look(old: Any, new: Any, sentinel: Index) -> None:
        """The master has not answered for down-after-milliseconds, or answers again (sentinelCheckSubjectivelyDown)."""
        new.require(acts(scope, old, sentinel))
        new.takes_for_down[sentinel] = negate(old.takes_for_down[sentinel])

    @system.action(sentinel=scope.node)
    def tell(old: Any, new: Any, sentinel: Index) -> None:
        """A sentinel answers whether it takes the master for down: never that it does, if it mistrusts its clock."""
        says = all_of(old.takes_for_down[sentinel], negate(old.tilt[sentinel]))
        new.require(says != old.says_down[sentinel])
        new.says_down[sentinel] = says

    @system.action(sentinel=scope.node)
    def mistrust(old: Any, new: Any, sentinel: Index) -> None:
        """The clock has jumped, or the process stood still (sentinelCheckTiltCondition)."""
        new.require(negate(old.tilt[sentinel]))
        new.tilt[sentinel] = True

    @system.action(sentinel=scope.node)
    def trust(old: Any, new: Any, sentinel: Index) -> None:
        """The clock has gone well for SENTINEL_TILT_PERIOD."""
        new.require(old.tilt[sentinel])
        new.tilt[sentinel] = False


def declare_calm(system: System, scope: Scope) -> None:
    """Declare the moment from which on nothing breaks."""

    @system.action()
    def calm_down(old: Any, new: Any) -> None:
        """From now on messages between those that are alive arrive, and come in time."""
        new.require(negate(old.calm))
        new.calm = True
