"""What is claimed of replication."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, negate
from redproof_model.systems.psync.decision import NO_ID, NO_OFFSET
from redproof_model.systems.psync.histories import all_agree, beginnings, of_file, of_link
from redproof_model.systems.psync.parts import follows, is_master
from redproof_model.systems.psync.scope import CONTINUING, DOWN, LOADING, NO_ONE, ONLINE, Scope


def declare_histories(system: System, scope: Scope) -> None:
    """Declare the invariants about IDs, and what has been seen under them."""
    nodes = scope.nodes

    @system.invariant
    def one_id_is_one_history(s: Any) -> Term:
        """Whatever has been seen under the same ID has the same bytes, as far as both come."""
        return all_agree(scope, s)

    @system.invariant
    def a_history_has_one_writer(s: Any) -> Term:
        """No one has seen more of a history than the master that writes it, and no other master writes it."""
        return all_of(
            implies(
                all_of(is_master(s, node), other.there, other.replid == s.replid[node]),
                other.end <= s.offset[node],
            )
            for node in nodes
            for other in beginnings(scope, s)
        )

    @system.invariant
    def masters_have_different_ids(s: Any) -> Term:
        """No two masters have the same ID."""
        pairs = [(one, other) for one in nodes for other in nodes if one < other]
        return all_of(
            implies(all_of(is_master(s, one), is_master(s, other)), s.replid[one] != s.replid[other])
            for one, other in pairs
        )

    @system.invariant
    def ids_are_fresh(s: Any) -> Term:
        """The next ID has never been given, and a server's two IDs differ."""
        given = [all_of(each.replid < s.next_id) for each in beginnings(scope, s)]
        known = [implies(each.there, each.replid != NO_ID) for each in beginnings(scope, s)]
        return all_of(
            given, known, [all_of(s.replid[node] != s.replid2[node], s.replid[node] != NO_ID) for node in nodes]
        )

    @system.invariant
    def without_backlog_no_one_shares(s: Any) -> Term:
        """What a master without a backlog has seen no one else knows, nor what it has kept of another ID's past."""
        return all_of(_is_alone(scope, s, node) for node in nodes)

    @system.invariant
    def second_offset_lies_in_the_past(s: Any) -> Term:
        """second_replid_offset is at most one beyond the offset, and there if and only if there is a secondary ID."""
        return all_of(
            all_of(
                s.second_offset[node] <= s.offset[node] + 1,
                implies(s.replid2[node] == NO_ID, s.second_offset[node] == NO_OFFSET),
                implies(s.replid2[node] != NO_ID, s.second_offset[node] >= 1),
            )
            for node in nodes
        )


def _is_alone(scope: Scope, s: Any, node: int) -> Term:
    """Whether nothing else is of the history of this server, where it has no backlog to send any of it from.

    What it has seen of another ID's past is lost with the backlog, but the ID is kept: it must not be asked about that.
    """
    lacks_past = all_of(s.cached[node], s.replid2[node] != NO_ID)
    own_file = [of_file(s, node)] if scope.restarts else []
    of_others = [each for each in beginnings(scope, s) if each.node != node]
    unknown = [implies(each.there, each.replid != s.replid[node]) for each in (*of_others, of_link(s, node))]
    unsaved = [implies(all_of(is_master(s, node), each.there), each.replid != s.replid[node]) for each in own_file]
    return implies(all_of(negate(s.backlog[node]), any_of(is_master(s, node), lacks_past)), all_of(unknown, unsaved))


def declare_backlogs(system: System, scope: Scope) -> None:
    """Declare the invariants about backlogs and links."""
    nodes = scope.nodes

    @system.invariant
    def backlog_ends_at_the_offset(s: Any) -> Term:
        """repl_backlog_first_byte_offset + repl_backlog_histlen - 1 is master_repl_offset."""
        return all_of(
            implies(
                s.backlog[node],
                all_of(s.first_byte[node] + s.histlen[node] == s.offset[node] + 1, s.first_byte[node] >= 1),
            )
            for node in nodes
        )

    @system.invariant
    def backlog_holds_the_history(s: Any) -> Term:
        """The bytes of the backlog are those that have been seen."""
        return all_of(
            implies(
                all_of(s.backlog[node], s.first_byte[node] <= s.position, s.position <= s.offset[node]),
                s.kept[node] == s.data[node],
            )
            for node in nodes
        )

    @system.invariant
    def links_go_to_masters(s: Any) -> Term:
        """A link is one of a replica; without one nothing is under way."""
        return all_of(
            all_of(
                s.master[node] != node,
                implies(s.link[node] != DOWN, s.master[node] != NO_ONE),
                implies(s.link[node] == DOWN, negate(s.open[node])),
                implies(any_of(s.cached[node], s.open[node]), s.master[node] != NO_ONE),
            )
            for node in nodes
        )

    @system.invariant
    def open_links_are_fed(s: Any) -> Term:
        """On an open link all has been sent that the master has seen, and it has a backlog."""
        return all_of(
            implies(
                follows(s, replica, node),
                all_of(
                    s.sent[replica] == s.offset[node],
                    s.sent_replid[replica] == s.replid[node],
                    implies(s.position <= s.sent[replica], s.sent_data[replica] == s.data[node]),
                    s.backlog[node],
                ),
            )
            for replica in nodes
            for node in nodes
            if replica != node
        )

    @system.invariant
    def online_replicas_apply_the_stream(s: Any) -> Term:
        """An online replica has the ID of the stream, has seen no more than was sent, and keeps a backlog."""
        return all_of(
            implies(
                s.link[node] == ONLINE,
                all_of(s.replid[node] == s.sent_replid[node], s.offset[node] <= s.sent[node], s.backlog[node]),
            )
            for node in nodes
        )

    @system.invariant
    def continuing_is_for_a_prefix(s: Any) -> Term:
        """A replica that was answered +CONTINUE has seen the beginning of what it is sent."""
        return all_of(
            implies(
                s.link[node] == CONTINUING,
                all_of(
                    s.cached[node],
                    s.offset[node] <= s.sent[node],
                    implies(s.position <= s.offset[node], s.data[node] == s.sent_data[node]),
                ),
            )
            for node in nodes
        )

    @system.invariant
    def snapshots_are_of_the_past(s: Any) -> Term:
        """A snapshot is followed by what was sent since, and is loaded in the place of data that no one asks for."""
        return all_of(
            all_of(
                s.snapshot[node] <= s.sent[node],
                implies(any_of(s.link[node] == DOWN, s.link[node] == CONTINUING), s.snapshot[node] == 0),
                implies(s.link[node] == LOADING, negate(any_of(s.backlog[node], s.cached[node]))),
            )
            for node in nodes
        )
