"""How many sentinels and servers are looked at, and the sorts that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redproof_model.kernel.parts import Domain
from redproof_model.kernel.sorts import Enum, Int
from redproof_model.systems.servers import NO_ONE as NO_ONE
from redproof_model.systems.servers import OfServers

PHASE: Final = Enum("Phase", ("none", "waits_for_promotion", "reconfigures"))
"""How far a leader's failover has come: SENTINEL_FAILOVER_STATE_WAIT_PROMOTION, and RECONF_SLAVES."""

NONE, WAITS, RECONFIGURES = range(3)

FIRST: Final = 0
"""The server that is the master at the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope(OfServers):
    """The bounds: sentinels, servers, and the last epoch in which a leader is elected.

    For the proof some sentinels are followed, and `others` do in one epoch, which stands for any, what these do.
    """

    sentinels: int
    servers: int
    epochs_max: int | None = None
    others: bool = False
    keeps_going: bool = False
    """A newer configuration that names the master as it was lets a failover go on, as the source has it."""
    calm_epochs: int = 0
    """Epochs that are left for the time when all is calm: with 0 that time never comes."""

    @property
    def nodes(self) -> range:
        """The numbers of the sentinels."""
        return range(self.sentinels)

    @property
    def all_servers(self) -> range:
        """The numbers of the servers."""
        return range(self.servers)

    @property
    def node(self) -> Domain:
        """A sentinel that does something: left open in the proof, where it is any of them."""
        return Int(0, self.sentinels - 1) if self.others else self.nodes

    @property
    def some_server(self) -> Domain:
        """A server to which something is done."""
        return self.server if self.others else self.all_servers

    @property
    def epoch(self) -> Int:
        """An epoch; 0 is that of the configuration with which all begin."""
        return Int(0, self.epochs_max)

    @property
    def next_epoch(self) -> Int:
        """The epoch of the next leader: one beyond the last if there are no more."""
        return Int(1, None if self.epochs_max is None else self.epochs_max + 1)

    @property
    def stormy_max(self) -> int | None:
        """The last epoch of a leader that is elected before all is calm."""
        return None if self.epochs_max is None else self.epochs_max - self.calm_epochs


PROOF: Final = Scope(sentinels=2, servers=3, others=True)
"""Any number of sentinels of which any two are followed, three servers, and epochs without end."""

THREE: Final = Scope(sentinels=3, servers=3, epochs_max=2)
"""Three sentinels, and a master with two replicas."""

FIVE: Final = Scope(sentinels=5, servers=3, epochs_max=2)
"""Five sentinels."""

SOURCE: Final = Scope(sentinels=3, servers=3, epochs_max=2, keeps_going=True)
"""Three sentinels that learn of a newer configuration as the source has it."""

CALM: Final = Scope(sentinels=3, servers=3, epochs_max=3, calm_epochs=1)
"""Three sentinels and three servers that all stay up and connected from some time on."""
