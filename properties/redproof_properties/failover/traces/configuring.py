"""Traces of the system `configuration` taken with real sentinels alone: each leads, sees and tells when it is to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from redproof_model.kernel.sorts import Value
from redproof_model.systems.sentinel.configuration.scope import NO_ONE, NONE, RECONFIGURES, WAITS, Scope

from redproof_properties.failover.traces.sentinel_stage import LONG_MS, OUT_OF_REACH, SLOWLY_MS, SentinelStage
from redproof_properties.failover.traces.translation import Deed


class Configuring:
    """Failovers as they are played: `state` has the variables of the system before the action that is to be taken.

    Sentinels that are not `followed` do nothing but vote.
    """

    def __init__(self, stage: SentinelStage, scope: Scope, followed: frozenset[int]) -> None:
        self._stage = stage
        self._scope = scope
        self._followed = followed
        self.state: Mapping[str, Value] = {}

    def select(self, sentinel: int, server: int) -> None:
        """Let a sentinel find a server, and be elected by another that tells of the same master; it gets no further."""
        voter = self._voter(sentinel)
        self._catch_up(sentinel, voter)
        self._stage.reach(sentinel, server)
        self._stage.begin(sentinel, voter, stops=False)
        self._stage.let_select(sentinel, server)
        self._stage.silence(sentinel, voter)
        self._stage.set(sentinel, "quorum", OUT_OF_REACH)
        # It goes on to wait for replicas that it does not reach as long as it does not miss them.
        self._stage.set(sentinel, "down-after-milliseconds", LONG_MS)

    def promote(self, sentinel: int, server: int) -> None:
        """Let REPLICAOF NO ONE arrive, and stop what the server answers."""
        self._stage.link(sentinel, server, SLOWLY_MS)
        self._stage.until(lambda: self._stage.see(server).master == NO_ONE, f"server {server} to be a master")
        self._stage.unlink(sentinel, server)

    def see_promotion(self, sentinel: int) -> None:
        """Let the server's INFO arrive."""
        server = int(self.state[f"promoted[{sentinel}]"])
        self._stage.link(sentinel, server)
        self._stage.until(lambda: self._stage.standing(sentinel).has_promoted, f"sentinel {sentinel} to see it")
        self._stage.unlink(sentinel, server)

    def hello(self, sentinel: int, other: int) -> None:
        """Let a sentinel be told of a configuration."""
        epoch = self.state[f"config_epoch[{other}]"]
        # What was to be told before is on its way still.
        self._stage.drop(other, sentinel)
        self._stage.tell(other, sentinel)
        self._stage.until(lambda: self._stage.configuration(sentinel)[0] == epoch, f"sentinel {sentinel} to be told")
        self._stage.silence(other, sentinel)

    def end(self, sentinel: int) -> None:
        """Let a leader miss the replicas for which it waits, and reach the one that it has promoted."""
        promoted = int(self.state[f"promoted[{sentinel}]"])
        self._stage.link(sentinel, promoted)
        down_after_ms = self._stage.group.plan.settings.down_after_ms
        self._stage.set(sentinel, "down-after-milliseconds", down_after_ms)
        self._stage.until(
            lambda: not self._stage.standing(sentinel).failover_epoch, f"the failover of sentinel {sentinel} to end"
        )
        self._stage.unlink(sentinel, promoted)

    def seen(self) -> Mapping[str, Value]:
        """What sentinels tell and have published, and what servers are, in the variables of the system."""
        told: dict[str, Value] = {}
        for node in self._scope.nodes:
            standing = self._stage.standing(node)
            config_epoch, address = self._stage.configuration(node)
            told[f"phase[{node}]"] = RECONFIGURES if standing.has_promoted else WAITS if standing.selected else NONE
            if node in self._followed:
                told |= {f"config_epoch[{node}]": config_epoch, f"address[{node}]": address}
                told[f"promoted[{node}]"] = self._stage.number_at(*standing.selected) if standing.selected else NO_ONE
                told[f"leads_in[{node}]"] = standing.failover_epoch
        for server in self._scope.all_servers:
            told[f"master[{server}]"] = self._stage.see(server).master
        return told

    def _voter(self, sentinel: int) -> int:
        """Another that leads nothing and tells of the same master; one that only votes is told of it."""

        def may_vote(other: int) -> bool:
            same = self.state[f"address[{other}]"] == self.state[f"address[{sentinel}]"]
            return other != sentinel and (
                other not in self._followed or (same and self.state[f"phase[{other}]"] == NONE)
            )

        return max(filter(may_vote, self._scope.nodes))

    def _catch_up(self, sentinel: int, other: int) -> None:
        """Let a sentinel be told by another, that leads nothing, of the last epoch in which there was a leader."""
        epoch = int(self.state["next_epoch"]) - 1
        if self._stage.saved_epochs(sentinel)[0] < epoch:
            self._stage.tell(other, sentinel)
            self._stage.until(lambda: self._stage.saved_epochs(sentinel)[0] == epoch, f"sentinel {sentinel} to learn")
            self._stage.silence(other, sentinel)


DEEDS: Final[Mapping[str, Deed]] = {
    "select": Deed(
        "{sentinel} reaches {server} and another sentinel until it is elected and selects", Configuring.select
    ),
    "promote": Deed("the link from {sentinel} to {server} is let go until this is a master", Configuring.promote),
    "see_promotion": Deed(
        "what the server answers to {sentinel} is let go until it is known", Configuring.see_promotion
    ),
    "hello": Deed(
        "the link from {other} to {sentinel} is let go until this tells the configuration", Configuring.hello
    ),
    "end": Deed("sentinel {sentinel} misses the replicas that it does not reach", Configuring.end),
}
"""What is done for each action of `configuration` that is in its traces."""
