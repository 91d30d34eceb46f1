"""A larger system to explore: servers that replicate, and sentinels that elect one of themselves to promote a server.

It is there to be counted, not to be believed: nothing is claimed of it but what keeps it from running wild.
"""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, count, implies, ite, negate


def failover(servers: int, sentinels: int, writes: int, epochs: int) -> System:
    """So many servers and sentinels, writes and elections; `got` has a row of votes for each sentinel."""
    system = System("failover", source="sentinel.c, replication.c")
    nobody = sentinels
    system.array("is_master", servers, Bool, init=False)
    system.array("is_down", servers, Bool, init=False)
    system.array("offset", servers, Int(0, writes), init=0)
    system.variable("acknowledged", Int(0, writes), init=0)
    system.array("epoch", sentinels, Int(0, epochs), init=0)
    system.array("leader", sentinels, Int(0, nobody), init=nobody)
    system.array("asks", sentinels, Bool, init=False)
    system.array("got", sentinels * sentinels, Bool, init=False)

    def row(sentinel: int) -> range:
        return range(sentinel * sentinels, (sentinel + 1) * sentinels)

    @system.action(server=range(servers))
    def write(old: Any, new: Any, server: int) -> None:
        """A master takes a write."""
        new.require(old.is_master[server], negate(old.is_down[server]), old.offset[server] < writes)
        new.offset[server] = old.offset[server] + 1

    @system.action(master=range(servers), replica=range(servers))
    def stream(old: Any, new: Any, master: int, replica: int) -> None:
        """A replica takes the next write, which is then acknowledged."""
        new.require(old.is_master[master], negate(old.is_master[replica]), old.offset[replica] < old.offset[master])
        new.require(negate(old.is_down[master]), negate(old.is_down[replica]))
        offset = old.offset[replica] + 1
        new.offset[replica] = offset
        new.acknowledged = ite(offset > old.acknowledged, offset, old.acknowledged)

    @system.action(server=range(servers))
    def kill(old: Any, new: Any, server: int) -> None:
        new.require(negate(old.is_down[server]))
        new.is_down[server] = True

    @system.action(server=range(servers))
    def restart(old: Any, new: Any, server: int) -> None:
        """A server comes back as a replica."""
        new.require(old.is_down[server])
        new.is_down[server] = new.is_master[server] = False

    @system.action(sentinel=range(sentinels))
    def start(old: Any, new: Any, sentinel: int) -> None:
        """A sentinel begins an election, with its own vote."""
        masters = (all_of(old.is_master[each], negate(old.is_down[each])) for each in range(servers))
        new.require(old.epoch[sentinel] < epochs, negate(any_of(masters)))
        new.epoch[sentinel] = old.epoch[sentinel] + 1
        new.leader[sentinel], new.asks[sentinel] = sentinel, True
        for cell in row(sentinel):
            new.got[cell] = cell == row(sentinel)[sentinel]

    @system.action(sentinel=range(sentinels), voter=range(sentinels))
    def ask(old: Any, new: Any, sentinel: int, voter: int) -> None:
        """A sentinel that has not voted in the epoch gives its vote."""
        new.require(old.asks[sentinel], old.epoch[voter] < old.epoch[sentinel])
        new.epoch[voter] = old.epoch[sentinel]
        new.leader[voter], new.asks[voter] = sentinel, False
        new.got[row(sentinel)[voter]] = True
        for cell in row(voter):
            new.got[cell] = False

    @system.action(sentinel=range(sentinels), server=range(servers))
    def promote(old: Any, new: Any, sentinel: int, server: int) -> None:
        """An elected sentinel makes a replica the master."""
        elected = count(old.got[cell] for cell in row(sentinel)) * 2 > sentinels
        new.require(old.asks[sentinel], elected, negate(old.is_down[server]), negate(old.is_master[server]))
        new.is_master[server], new.asks[sentinel] = True, False
        for cell in row(sentinel):
            new.got[cell] = False

    @system.invariant
    def sentinels_ask_for_themselves(s: Any) -> Term:
        return all_of(implies(s.asks[each], s.leader[each] == each) for each in range(sentinels))

    @system.always
    def acknowledged_writes_were_made(s: Any) -> Any:
        return s.acknowledged <= writes

    return system
