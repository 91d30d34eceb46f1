"""A larger system to explore: servers that replicate, and sentinels that elect one of themselves to promote a server.

It is there to be counted, and is no more faithful to Redis than that asks for.
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
    everyone, nobody = range(sentinels), sentinels
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
        new.require(
            old.asks[sentinel], elected(old, sentinel), negate(old.is_down[server]), negate(old.is_master[server])
        )
        new.is_master[server], new.asks[sentinel] = True, False
        for cell in row(sentinel):
            new.got[cell] = False

    def elected(state: Any, sentinel: int) -> Term:
        return count(state.got[cell] for cell in row(sentinel)) * 2 > sentinels

    @system.invariant
    def sentinels_vote_for_themselves(s: Any) -> Term:
        return all_of(
            implies(s.asks[each], all_of(s.leader[each] == each, s.got[row(each)[each]])) for each in everyone
        )

    @system.invariant
    def votes_are_kept(s: Any) -> Term:
        """Who gave a vote is in the epoch it was given for, where it voted so, or in a later one."""
        return all_of(
            implies(s.got[row(one)[two]], any_of(s.epoch[two] > s.epoch[one], s.leader[two] == one))
            for one in everyone
            for two in everyone
        )

    @system.invariant
    def votes_are_of_those_who_ask(s: Any) -> Term:
        return all_of(implies(s.got[cell], s.asks[each]) for each in everyone for cell in row(each))

    @system.always
    def one_is_elected_in_an_epoch(s: Any) -> Term:
        return all_of(
            any_of(s.epoch[one] != s.epoch[two], negate(elected(s, one)), negate(elected(s, two)))
            for one in everyone
            for two in range(one)
        )

    @system.always
    def acknowledged_writes_are_somewhere(s: Any) -> Term:
        return any_of(s.offset[each] >= s.acknowledged for each in range(servers))

    return system
