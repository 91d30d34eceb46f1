"""Traces of the system `election` taken with real sentinels alone: each request for a vote is let pass when it is to.

A sentinel that begins a failover asks at once. So what it asks takes a while on its way, and is stopped there as soon
as it is known to have begun: the request arrives where the trace has the answer. The answer is stopped in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from redproof_model.kernel.sorts import Value
from redproof_model.systems.sentinel.election.scope import Scope

from redproof_properties.failover.traces.asking import NotFollowed
from redproof_properties.failover.traces.sentinel_stage import SLOWLY_MS, SentinelStage
from redproof_properties.failover.traces.translation import Deed

PROMOTABLE: Final = 2
"""The server that a leader selects: it is linked to those that are to be elected."""

_HEARD_AT: Final = 1
"""The server at which a sentinel hears of a later epoch from another that publishes it there."""


class Voting:
    """An election as it is played: `state` has the variables of the system before the action that is to be taken."""

    def __init__(self, stage: SentinelStage, scope: Scope) -> None:
        self._stage = stage
        self._scope = scope
        self._run_ids = [stage.group.run_id(name) for name in stage.sentinels]
        self.state: Mapping[str, Value] = {}

    def start(self, sentinel: int) -> None:
        """Let a sentinel begin a failover, and stop what it asks."""
        # What it tells is an epoch, too: another that is in an earlier one would learn of it.
        own = self._epoch(sentinel)
        other = next((each for each in self._others(sentinel) if self._epoch(each) >= own), None)
        if other is None:
            raise NotFollowed(f"sentinel {sentinel} would tell its epoch to the one that it asks")
        self._stage.begin(sentinel, other, stops=True)

    def ask(self, sentinel: int) -> None:
        """Do nothing: it has asked as it began, or learned of an epoch, and goes on to do so."""

    def answer(self, voter: int, candidate: int, epoch: int) -> None:
        """Let a request arrive, and stop the answer."""
        self._stage.tell(candidate, voter, SLOWLY_MS)

        def has_voted() -> bool:
            return self._stage.standing(voter).votes.get(epoch) == self._run_ids[candidate]

        self._stage.until(has_voted, f"the vote of sentinel {voter}")
        self._stage.silence(candidate, voter)

    def win(self, sentinel: int, followed: int) -> None:
        """Let the answers to a candidate arrive, and keep what it does as a leader from its replica."""
        self._stage.reach(sentinel, PROMOTABLE)
        voters = [each for each in self._others(sentinel) if self._has_voted(each, sentinel)]
        for voter in voters:
            self._stage.tell(sentinel, voter, SLOWLY_MS)
        self._stage.until(
            lambda: followed + 1 in self._stage.standing(sentinel).led, f"sentinel {sentinel} to be elected"
        )
        self._stage.let_select(sentinel, PROMOTABLE)
        for voter in voters:
            self._stage.silence(sentinel, voter)

    def learn(self, sentinel: int, epoch: int) -> None:
        """Let a sentinel hear what another that is in the epoch publishes."""
        other = next(each for each in self._others(sentinel) if self._epoch(each) >= epoch)
        self._stage.link(other, _HEARD_AT)
        self._stage.link(sentinel, _HEARD_AT)
        self._stage.until(lambda: self._stage.saved_epochs(sentinel)[0] == epoch, f"sentinel {sentinel} to learn")
        self._stage.unlink(other, _HEARD_AT)
        self._stage.unlink(sentinel, _HEARD_AT)

    def seen(self) -> Mapping[str, Value]:
        """What sentinels have saved and published, in the variables of the system."""
        told: dict[str, Value] = {}
        for node in self._scope.nodes:
            standing = self._stage.standing(node)
            told[f"current_epoch[{node}]"], told[f"leader_epoch[{node}]"] = self._stage.saved_epochs(node)
            told[f"failover_epoch[{node}]"] = standing.failover_epoch
            for followed in self._scope.every:
                told[f"leads[{self._scope.at(followed, node)}]"] = followed + 1 in standing.led
                for candidate, run_id in enumerate(self._run_ids):
                    cell = self._scope.vote(followed, node, candidate)
                    told[f"given[{cell}]"] = standing.votes.get(followed + 1) == run_id
        return told

    def _epoch(self, sentinel: int) -> int:
        return int(self.state[f"current_epoch[{sentinel}]"])

    def _others(self, sentinel: int) -> list[int]:
        return [each for each in self._scope.nodes if each != sentinel]

    def _has_voted(self, voter: int, candidate: int) -> bool:
        return any(self.state[f"given[{self._scope.vote(at, voter, candidate)}]"] for at in self._scope.every)


DEEDS: Final[Mapping[str, Deed]] = {
    "start": Deed("sentinel {sentinel} hears that another misses the master, and begins a failover", Voting.start),
    "ask": Deed("what sentinel {sentinel} asks waits at the gates of the others", Voting.ask),
    "answer": Deed("what {candidate} asked is let go until {voter} has voted; the answer waits", Voting.answer),
    "win": Deed("the answers are let go until sentinel {sentinel} is elected; its replica is not reached", Voting.win),
    "learn": Deed(
        "sentinel {sentinel} and one in epoch {epoch} are linked to a server until it has heard", Voting.learn
    ),
}
"""What is done for each action of `election` that is in its traces."""
