"""Whatever holds a beginning of a history: a server, its past under another ID, bytes under way, and an RDB file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, implies
from redproof_model.systems.psync.decision import NO_ID
from redproof_model.systems.psync.parts import vouches
from redproof_model.systems.psync.scope import DOWN, Scope


class Beginning(NamedTuple):
    """The bytes of the history `replid` up to `end`, if it is `there`, with `byte` at the position that is followed.

    `node` is the server where it is, or to which it is under way.
    """

    node: int
    there: Term
    replid: Term
    end: Term
    byte: Term


def of_server(s: Any, node: int) -> Beginning:
    """What a server has seen."""
    return Beginning(node, vouches(s, node), s.replid[node], s.offset[node], s.data[node])


def of_past(s: Any, node: int) -> Beginning:
    """What a server has seen under its secondary ID, of which it may send something as long as it has a backlog."""
    there = all_of(s.backlog[node], s.replid2[node] != NO_ID)
    return Beginning(node, there, s.replid2[node], s.second_offset[node] - 1, s.data[node])


def of_link(s: Any, node: int) -> Beginning:
    """What a replica will have seen when it has read all that was sent to it."""
    return Beginning(node, s.link[node] != DOWN, s.sent_replid[node], s.sent[node], s.sent_data[node])


def of_file(s: Any, node: int) -> Beginning:
    """What an RDB file holds."""
    return Beginning(node, s.rdb[node], s.rdb_replid[node], s.rdb_offset[node], s.rdb_data[node])


def beginnings(scope: Scope, s: Any) -> Iterator[Beginning]:
    """All there are."""
    for node in scope.nodes:
        yield of_server(s, node)
        yield of_past(s, node)
        yield of_link(s, node)
        if scope.restarts:
            yield of_file(s, node)


def agree(s: Any, one: Beginning, other: Beginning) -> Term:
    """Whether two beginnings of one history have the same byte at the position, if both come so far."""
    of_one = all_of(one.there, other.there, one.replid == other.replid)
    reached = all_of(s.position <= one.end, s.position <= other.end)
    return implies(all_of(of_one, reached), one.byte == other.byte)


def all_agree(scope: Scope, s: Any) -> Term:
    """Whether any two do."""
    return all_of(agree(s, one, other) for one, other in combinations(beginnings(scope, s), 2))
