"""What servers told of their replication, held against the model's system `psync`.

What is done to the servers is noted when it is done, and INFO replication of all of them whenever they have settled; in
between they do as they like. Replication IDs are random and the system's are numbers: which stands for which is found
out as they are seen, for each of the possible states. Snapshots that cannot be loaded, and RDB files that are older
than the trace, are not expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, TypeAlias

from redproof_model.kernel.moves import Argument, Move
from redproof_model.kernel.python import StateValues
from redproof_model.kernel.sorts import Value
from redproof_model.kernel.terms import Term
from redproof_model.kernel.validate import Observation, Validation, Validator
from redproof_model.systems.psync.decision import NO_ID
from redproof_model.systems.psync.scope import LINK, NO_ONE, Scope
from redproof_model.systems.psync.system import psync

from redproof_properties.replication.ends.info import NO_REPLID, ReplicationInfo

STEPS_MAX: Final = 100
"""Steps between two observations, more than it takes to come to all states that there are."""

_DOWN, _ONLINE = LINK.members.index("down"), LINK.members.index("online")
_NO_BYTE: Final[Mapping[str, Sequence[Argument]]] = {"byte": [False]}
"""INFO tells nothing of data, so none is followed."""

Numbering: TypeAlias = frozenset[tuple[str, int]]
"""Replication IDs that have been seen, each with its number in some states."""

Possible: TypeAlias = dict[Numbering, frozenset[StateValues]]


@dataclass(frozen=True, slots=True)
class Settled:
    """What all nodes told when they had settled, by their names, whom each replicated, and what was done before."""

    infos: Mapping[str, ReplicationInfo]
    following: Mapping[str, str | None]
    done: Sequence[Sequence[Move]] = ()


class ReplicationTrace:
    """A trace of nodes, by their names, that begins as they are: the masters without links but those to replicas."""

    def __init__(self, infos: Mapping[str, ReplicationInfo], following: Mapping[str, str | None]) -> None:
        self._nodes = {name: number for number, name in enumerate(infos)}
        self._settled = [Settled(infos, following)]
        self._done: list[Sequence[Move]] = []

    def promoted(self, node: str) -> None:
        """Note that a node was told REPLICAOF NO ONE."""
        self._done.append([self._move("promote", node)])

    def repointed(self, node: str, master: str) -> None:
        """Note that a node was told to replicate another."""
        self._done.append([self._move("replicaof", node, master=[self._nodes[master]])])

    def saved(self, node: str) -> None:
        """Note that a node has saved its RDB file."""
        self._done.append([self._move("save", node)])

    def restarted(self, node: str, master: str | None, keeps_id: bool) -> None:
        """Note that a node was killed and has started again, as a replica of another or of none.

        `keeps_id` where its version takes the ID of an RDB file that has one, and it was left the file.
        """
        following = [NO_ONE if master is None else self._nodes[master]]
        moves = [self._move("restart_anew", node, master=following, **_NO_BYTE)]
        if keeps_id and master is None:
            moves.append(self._move("restart_as_master", node, size=[0], **_NO_BYTE))
        elif keeps_id:
            moves.append(self._move("restart_as_replica", node, master=following))
        self._done.append(moves)

    def settled(self, infos: Mapping[str, ReplicationInfo], following: Mapping[str, str | None]) -> None:
        """Note what all nodes tell when every replica has what its master has."""
        self._settled.append(Settled(infos, following, tuple(self._done)))
        self._done.clear()

    def copy(self) -> ReplicationTrace:
        """A trace that is so far the same, and may go on otherwise."""
        made = ReplicationTrace(self._settled[0].infos, self._settled[0].following)
        made._settled, made._done = list(self._settled), list(self._done)
        return made

    def _move(self, action: str, node: str, **arguments: Sequence[Argument]) -> Move:
        return Move(action, {"node": [self._nodes[node]], **arguments})

    def judge(self) -> Validation:
        """Whether the system behaves so; `explained` counts the times at which all had settled."""
        return _Judge(self._nodes).judge(self._settled)


@cache
def _validator(servers: int) -> Validator:
    """The system for so many servers; compiled once."""
    return Validator(psync(Scope(servers=servers)))


class _Judge:
    """The system for so many servers, and what is possible of it."""

    def __init__(self, nodes: Mapping[str, int]) -> None:
        self._validator = _validator(len(nodes))
        self._system = self._validator.system
        self._nodes = nodes
        self._places = {each.name: at for at, each in enumerate(self._system.variables)}

    def judge(self, trace: Sequence[Settled]) -> Validation:
        first, *later = trace
        possible = self._beginning(first)
        for explained, settled in enumerate(later, 1):
            ends: Possible = {}
            failed: Validation | None = None
            for numbering, states in possible.items():
                validation = self._validator.validate(list(self._observations(settled, numbering)), states)
                if validation.verdict == "unknown":
                    return replace(validation, explained=explained)
                if validation.verdict == "broken":
                    failed = failed or validation
                for state in validation.possible if validation.verdict == "holds" else ():
                    extended = self._numbered(settled, numbering, state)
                    if extended is not None:
                        ends[extended] = ends.get(extended, frozenset()) | {state}
            if not ends:
                reason = "" if failed else "(replication IDs are equal where those of the system differ, or differ)"
                base = failed or Validation(self._system, "broken", explained, frozenset().union(*possible.values()))
                return replace(base, explained=explained, reason=reason)
            possible = ends
        return Validation(self._system, "holds", len(trace), frozenset().union(*possible.values()))

    def _beginning(self, settled: Settled) -> Possible:
        """The state in which all is as was told, and no node has anything to read."""
        replids = dict.fromkeys(
            replid
            for info in settled.infos.values()
            for replid in (info.master_replid, info.master_replid2)
            if replid != NO_REPLID
        )
        numbering = frozenset((replid, number) for number, replid in enumerate(replids, NO_ID + 1))
        values: dict[str, Value] = {each.name: each.init or 0 for each in self._system.variables}
        values |= self._told(settled, numbering) | {"next_id": len(replids) + 1}
        for name, master in settled.following.items():
            number = self._nodes[name]
            values[f"kept[{number}]"] = values[f"data[{number}]"] = False
            if master is not None:
                above = settled.infos[master]
                values[f"open[{number}]"] = True
                values[f"sent[{number}]"] = above.master_repl_offset
                values[f"sent_replid[{number}]"] = dict(numbering)[above.master_replid]
        return {numbering: frozenset({tuple(values[each.name] for each in self._system.variables)})}

    def _told(self, settled: Settled, numbering: Numbering) -> dict[str, Value]:
        """What the nodes told, in the system's variables: of IDs those that have a number."""
        numbers = {NO_REPLID: NO_ID, **dict(numbering)}
        values: dict[str, Value] = {}
        for name, number in self._nodes.items():
            info, master = settled.infos[name], settled.following[name]
            told: dict[str, Value | None] = {
                "master": NO_ONE if master is None else self._nodes[master],
                "link": _DOWN if master is None else _ONLINE,
                "replid": numbers.get(info.master_replid),
                "replid2": numbers.get(info.master_replid2),
                "offset": info.master_repl_offset,
                "second_offset": info.second_repl_offset,
                "backlog": info.repl_backlog_active,
                "first_byte": info.repl_backlog_first_byte_offset,
                "histlen": info.repl_backlog_histlen,
            }
            values |= {f"{field}[{number}]": value for field, value in told.items() if value is not None}
        return values

    def _numbered(self, settled: Settled, numbering: Numbering, state: StateValues) -> Numbering | None:
        """The numbers of all IDs that were told, as a state has them; None where two would have one, or one two."""
        numbers = {NO_REPLID: NO_ID, **dict(numbering)}
        for name, number in self._nodes.items():
            info = settled.infos[name]
            for field, replid in (("replid", info.master_replid), ("replid2", info.master_replid2)):
                found = int(state[self._places[f"{field}[{number}]"]])
                if numbers.setdefault(replid, found) != found:
                    return None
        if len(set(numbers.values())) < len(numbers):
            return None
        return frozenset((replid, number) for replid, number in numbers.items() if replid != NO_REPLID)

    def _observations(self, settled: Settled, numbering: Numbering) -> Iterator[Observation]:
        """What was done, each time after whatever the nodes did by themselves, and then what they told."""
        own = list(self._own_moves(settled))
        for number, moves in enumerate(settled.done):
            if number:
                yield Observation(moves=own, most=STEPS_MAX)
            yield Observation(moves=moves, most=1, fewest=1)
        yield Observation(self._told(settled, numbering), own, STEPS_MAX)

    def _own_moves(self, settled: Settled) -> Iterator[Move]:
        """What nodes do by themselves until they have settled, and what clients write."""
        s = self._system.state
        for name, number in self._nodes.items():
            info = settled.infos[name]
            of_node: Mapping[str, Sequence[Argument]] = {"node": [number]}
            lost: Term = info.repl_backlog_first_byte_offset - s.first_byte[number]
            written: Term = info.master_repl_offset - s.offset[number]
            yield Move("write", {**of_node, "size": [written], **_NO_BYTE})
            yield Move("write_without_backlog", {**of_node, "size": [written], **_NO_BYTE})
            yield Move("trim_backlog", {**of_node, "size": [lost]})
            if name in settled.following.values():
                # The snapshot for a replica is the RDB file of its master, too, unless it goes to the socket alone.
                yield Move("save", of_node)
            if settled.following[name] is not None:
                yield from self._moves_of_replica(number)

    def _moves_of_replica(self, number: int) -> Iterator[Move]:
        s = self._system.state
        of_replica: Mapping[str, Sequence[Argument]] = {"replica": [number]}
        for action in ("disconnect", "answer_continue", "answer_fullresync", "resume", "load_aside", "finish_loading"):
            yield Move(action, of_replica)
        for action in ("load", "load_from_socket"):
            yield Move(action, {**of_replica, **_NO_BYTE})
        yield Move("receive", {**of_replica, "size": [s.sent[number] - s.offset[number]]})
