"""How many servers and writes are looked at, and the sorts that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from redproof_model.kernel.parts import Domain
from redproof_model.kernel.sorts import Enum, Int, Value
from redproof_model.kernel.terms import literals
from redproof_model.systems.servers import NO_ONE as NO_ONE
from redproof_model.systems.servers import OfServers

FIRST: Final = 0
"""The server that is the master at the beginning."""


REASON: Final = Enum("Reason", ("none", "behind", "another_history", "deposed", "forgotten"))
"""Why the write that is followed may be gone.

Who was promoted had not come so far, or had not been synchronised with the master; or the write was taken by a server
that was the master no more; or the master came back without its data.
"""

NONE, BEHIND, ANOTHER_HISTORY, DEPOSED, FORGOTTEN = literals(REASON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope(OfServers):
    """The bounds: servers, and the greatest offset, None for none. Servers are numbered in the order of their run IDs.

    One write is followed, which stands for any: the first at the position that is chosen at the start.
    """

    servers: int
    offset_max: int | None = None
    priority_max: int | None = None
    wait_replicas: int = 1
    """The replicas that WAIT waits for."""
    persists: bool = True
    """A server that comes back has the data it had."""
    divides: bool = True
    """The network may be divided."""
    min_replicas: int | None = 0
    """`min-replicas-to-write` of the first master, None for any."""
    max_lag_s: int | None = None
    """`min-replicas-max-lag`, in ticks of a clock, None for any."""

    @property
    def counts_time(self) -> bool:
        """Whether it matters how long ago a replica was heard."""
        return self.min_replicas != 0

    @property
    def nodes(self) -> range:
        """The numbers of the servers."""
        return range(self.servers)

    @property
    def node(self) -> Domain:
        """A server that does something: left open in the proof, where it is any of them."""
        return self.server if self.offset_max is None else self.nodes

    @property
    def offset(self) -> Int:
        """The number of writes that a server has seen."""
        return Int(0, self.offset_max)

    @property
    def position(self) -> Int:
        """The offset of a write."""
        return Int(1, self.offset_max)

    @property
    def priority(self) -> Int:
        """`replica-priority`; with 0 a replica is never promoted."""
        return Int(0, self.priority_max)

    @property
    def priorities(self) -> list[Value | None]:
        """The priorities, None for any: in a finite scope that of the last server alone."""
        return [None if self.offset_max is None or node == self.servers - 1 else 1 for node in self.nodes]

    @property
    def lag_s(self) -> Int:
        """How long ago something was, in ticks: one beyond the greatest that matters stands for longer."""
        return Int(0, None if self.max_lag_s is None else self.max_lag_s + 1)


PROOF: Final = Scope(servers=3, wait_replicas=2, min_replicas=None)
"""Three servers, any settings, and offsets without bounds, where WAIT waits for all replicas."""

SMALL: Final = Scope(servers=3, offset_max=1, priority_max=2)
"""Three servers, where WAIT waits for one replica."""

ALL: Final = replace(SMALL, wait_replicas=2, divides=False)
"""The same in one network, where it waits for all."""

FORGETFUL: Final = replace(ALL, persists=False)
"""The same with servers that come back without data."""

LAGGING: Final = replace(SMALL, servers=2, min_replicas=1, max_lag_s=1)
"""Two servers, of which the first takes no writes without a replica that it has heard lately."""
