"""How many servers are looked at, how far their offsets go, and the sorts that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from redproof_model.kernel.parts import Domain
from redproof_model.kernel.sorts import Enum, Int
from redproof_model.kernel.terms import literals
from redproof_model.systems.psync.decision import NO_OFFSET

NO_ONE: Final = -1
"""The master of a server that has none, as in REPLICAOF NO ONE."""

LINK: Final = Enum("Link", ("down", "continuing", "receiving", "loading", "swapping", "online"))
"""How far a replica has come with its master.

It has no answer to PSYNC from it; it has been answered +CONTINUE, or +FULLRESYNC and receives the snapshot; it loads
that in the place of its data, or beside it (`repl-diskless-load swapdb`); or it applies the stream.
"""

DOWN, CONTINUING, RECEIVING, LOADING, SWAPPING, ONLINE = literals(LINK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The bounds: servers, the greatest offset, the last replication ID, and the most bytes of one write.

    Without bounds, None, offsets and IDs are any numbers, and a write is of any size.
    """

    servers: int
    offset_max: int | None = None
    ids_max: int | None = None
    bytes_max: int | None = None
    restarts: bool = True
    """Servers restart, and save RDB files before."""
    swaps: bool = True
    """A snapshot may be loaded beside the data."""
    upkeep: bool = True
    """Backlogs lose bytes and expire, and servers without one write."""
    prompt: bool = False
    """Nothing else happens while an answer to PSYNC is under way, a snapshot is loaded, or a link is closed."""
    backlogs: bool = False
    """Servers begin with a backlog, as if each had been replicated from before."""

    @property
    def nodes(self) -> range:
        """The numbers of the servers."""
        return range(self.servers)

    @property
    def node(self) -> Domain:
        """A server that does something: left open in the proof, where it is any of them."""
        return Int(0, self.servers - 1) if self.offset_max is None else self.nodes

    @property
    def server(self) -> Int:
        """A server, or no one."""
        return Int(NO_ONE, self.servers - 1)

    @property
    def id(self) -> Int:
        """A replication ID, or none."""
        return Int(0, self.ids_max)

    @property
    def next_id(self) -> Int:
        """The ID that is chosen next: one beyond the last if there are no more."""
        return Int(0, _after(self.ids_max))

    @property
    def offset(self) -> Int:
        """The offset of a byte of a history; 0 is what a history begins with."""
        return Int(0, self.offset_max)

    @property
    def next_offset(self) -> Int:
        """The offset of a byte, or of the one that comes next."""
        return Int(0, _after(self.offset_max))

    @property
    def second_offset(self) -> Int:
        """What second_replid_offset may be."""
        return Int(NO_OFFSET, _after(self.offset_max))

    @property
    def size(self) -> Int:
        """The number of bytes of a write."""
        return Int(1, self.bytes_max)

    @property
    def size_or_none(self) -> Int:
        """The number of bytes of a write that may be none."""
        return Int(0, self.bytes_max)


def _after(last: int | None) -> int | None:
    return None if last is None else last + 1


PROOF: Final = Scope(servers=3)
"""Three servers, and offsets and replication IDs without bounds."""

PAIR: Final = Scope(servers=2, offset_max=1, ids_max=4, bytes_max=1, restarts=False, backlogs=True)
"""Two servers that do not restart."""

RESTARTS: Final = Scope(servers=2, offset_max=1, ids_max=3, bytes_max=1, swaps=False, backlogs=True)
"""Two servers that do."""

CHAIN: Final = Scope(
    servers=3,
    offset_max=1,
    ids_max=4,
    bytes_max=1,
    restarts=False,
    swaps=False,
    upkeep=False,
    prompt=True,
    backlogs=True,
)
"""Three servers, of which one may be a replica of a replica, and one link at a time is on its way."""

PROMOTIONS: Final = replace(CHAIN, ids_max=5, upkeep=True, backlogs=False)
"""The same from the first backlog on, with all that may become of backlogs."""
