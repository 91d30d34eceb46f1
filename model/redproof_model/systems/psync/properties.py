"""What is promised of replication, that something comes of it, and what must be seen to be possible."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from redproof_model.kernel.sorts import Int
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import Truth, all_of, any_of, implies, negate
from redproof_model.systems.psync.decision import NO_ID
from redproof_model.systems.psync.parts import follows, is_master, may_continue, serves, vouches
from redproof_model.systems.psync.scope import CONTINUING, DOWN, LOADING, ONLINE, Scope


def is_prefix(s: Any, one: int, other: int) -> Term:
    """Whether a server has the beginning of what another has: no more bytes, and the same one at any position."""
    same_byte = implies(s.position <= s.offset[one], s.data[one] == s.data[other])
    return all_of(s.offset[one] <= s.offset[other], same_byte)


def is_linked(s: Any, replica: int, node: int) -> Term:
    """Whether a replica applies the stream of a server that sends it."""
    return all_of(follows(s, replica, node), s.link[replica] == ONLINE)


def declare_properties(system: System, scope: Scope) -> None:
    """Declare what is promised."""
    pairs = list(permutations(scope.nodes, 2))

    @system.always
    def a_linked_replica_is_a_prefix(s: Any) -> Term:
        """The data of a linked replica is what its master's was at the replica's offset."""
        return all_of(implies(is_linked(s, replica, node), is_prefix(s, replica, node)) for replica, node in pairs)

    @system.always
    def a_chained_replica_is_a_prefix(s: Any) -> Term:
        """The data of a replica's replica is what the data at the head of the chain was."""
        return all_of(
            implies(all_of(is_linked(s, last, middle), is_linked(s, middle, head)), is_prefix(s, last, head))
            for last, middle, head in permutations(scope.nodes, 3)
        )

    @system.always
    def continue_is_answered_for_a_prefix(s: Any) -> Term:
        """+CONTINUE is answered only to who has the beginning of what the server has."""
        return all_of(
            implies(all_of(serves(s, node), may_continue(s, replica, node)), is_prefix(s, replica, node))
            for replica, node in pairs
        )

    @system.every_step
    def second_offset_is_the_offset_of_the_change(old: Any, new: Any) -> Term:
        """A new secondary ID is the ID that was, valid up to one beyond the offset that was; or that of an RDB file."""
        return all_of(
            implies(
                all_of(new.replid2[node] != old.replid2[node], new.replid2[node] != NO_ID),
                any_of(_was(new, node, old.replid[node], old.offset[node]), _was_saved(scope, old, new, node)),
            )
            for node in scope.nodes
        )

    @system.every_step
    def offsets_go_up(old: Any, new: Any) -> Term:
        """As long as a server is a master with the same ID, or a replica on the same link, its offset never falls."""
        return all_of(
            implies(
                all_of(new.replid[node] == old.replid[node], _stays(old, new, node)),
                new.offset[node] >= old.offset[node],
            )
            for node in scope.nodes
        )

    @system.every_step
    def lost_links_spare_data(old: Any, new: Any) -> Term:
        """A server whose link is lost has the data, ID and offset it had, unless a snapshot was taking their place."""
        return all_of(
            implies(
                all_of(_loses_link(old, new, node), old.link[node] != LOADING),
                all_of(
                    new.data[node] == old.data[node],
                    new.offset[node] == old.offset[node],
                    new.replid[node] == old.replid[node],
                ),
            )
            for node in scope.nodes
        )


def _loses_link(old: Any, new: Any, node: int) -> Term:
    """Whether a link is lost by a server that stays a replica and runs on: with its backlog."""
    runs_on = all_of(old.backlog[node], new.backlog[node], negate(is_master(new, node)))
    return all_of(old.link[node] != DOWN, new.link[node] == DOWN, runs_on)


def _was(new: Any, node: int, replid: Term, offset: Term) -> Term:
    return all_of(new.replid2[node] == replid, new.second_offset[node] == offset + 1)


def _was_saved(scope: Scope, old: Any, new: Any, node: int) -> Truth:
    return scope.restarts and _was(new, node, old.rdb_replid[node], old.rdb_offset[node])


def _stays(old: Any, new: Any, node: int) -> Term:
    linked = all_of(old.link[node] == ONLINE, new.link[node] == ONLINE)
    return any_of(all_of(is_master(old, node), is_master(new, node)), linked)


def declare_progress(system: System, scope: Scope) -> None:
    """Declare what comes of it in the end: of two servers that stay up: a third could be answered for ever."""
    if scope.servers != 2 or scope.ids_max is None or scope.restarts:
        return
    ids_max = scope.ids_max

    def may_be_answered(s: Any, replica: Term) -> Term:
        """Whether a replica has a master that answers, for which it needs a new ID if it has no backlog."""
        node = 1 - replica
        can = any_of(s.backlog[node], s.next_id <= ids_max)
        return all_of(s.link[replica] == DOWN, s.master[replica] == node, is_master(s, node), can)

    @system.leads_to(replica=Int(0, 1))
    def replicas_are_answered(s: Any, replica: Term) -> tuple[Term, Term]:
        """A replica whose master stays reachable is answered."""
        return may_be_answered(s, replica), negate(may_be_answered(s, replica))

    @system.leads_to(replica=Int(0, 1))
    def answers_take_effect(s: Any, replica: Term) -> tuple[Term, Term]:
        """A replica that was answered goes online, or its link is lost."""
        waits = all_of(s.link[replica] != DOWN, s.link[replica] != ONLINE)
        return waits, negate(waits)

    @system.leads_to(replica=Int(0, 1))
    def replicas_catch_up(s: Any, replica: Term) -> tuple[Term, Term]:
        """An online replica comes to the offset of its master, or its link is lost."""
        behind = all_of(s.link[replica] == ONLINE, s.offset[replica] < s.sent[replica])
        return behind, negate(behind)


def declare_witnesses(system: System, scope: Scope) -> None:
    """Declare what must be seen to be possible."""
    pairs = list(permutations(scope.nodes, 2))

    def differ(s: Any, one: int, other: int) -> Term:
        same_end = all_of(s.replid[one] == s.replid[other], s.offset[one] == s.offset[other])
        return all_of(same_end, s.position <= s.offset[one], s.data[one] != s.data[other])

    def continues(s: Any, replica: int, node: int) -> Term:
        """Whether a replica has been answered +CONTINUE by a server, and has not read that."""
        return all_of(follows(s, replica, node), s.link[replica] == CONTINUING)

    @system.sometimes
    def partial_resync_after_promotion(s: Any) -> Term:
        """A promoted server answers +CONTINUE to a replica that knows it by its secondary ID."""
        return any_of(
            all_of(continues(s, replica, node), is_master(s, node), s.replid[replica] == s.replid2[node])
            for replica, node in pairs
        )

    @system.sometimes
    def stream_goes_on_behind_a_snapshot(s: Any) -> Term:
        """A replica has loaded a snapshot, and is sent what has been written since."""
        return any_of(
            all_of(is_linked(s, replica, node), s.histlen[replica] == 0, s.offset[replica] < s.sent[replica])
            for replica, node in pairs
        )

    @system.sometimes
    def data_is_lost_with_a_snapshot(s: Any) -> Term:
        """A replica whose snapshot could not be loaded has other data than a server with the same ID and offset."""
        return any_of(
            all_of(s.link[node] == DOWN, negate(vouches(s, node)), vouches(s, other), differ(s, node, other))
            for node, other in pairs
        )

    @system.sometimes
    def a_snapshot_outlives_its_link(s: Any) -> Term:
        """A replica loads a snapshot, though the master has closed the link."""
        return any_of(all_of(s.link[node] == LOADING, negate(s.open[node])) for node in scope.nodes)

    @system.sometimes
    def continue_is_read_from_a_closed_link(s: Any) -> Term:
        """A replica has yet to read +CONTINUE from a link that the master has closed."""
        return any_of(all_of(s.link[node] == CONTINUING, negate(s.open[node])) for node in scope.nodes)

    if scope.servers > 2:

        @system.sometimes
        def chained_partial_resync(s: Any) -> Term:
            """A replica answers +CONTINUE to a replica."""
            return any_of(
                all_of(continues(s, last, middle), is_linked(s, middle, head), is_master(s, head))
                for last, middle, head in permutations(scope.nodes, 3)
            )

    if scope.restarts:

        @system.sometimes
        def partial_resync_after_restart(s: Any) -> Term:
            """A restarted master answers +CONTINUE by the ID that its RDB file has kept."""
            return any_of(
                all_of(continues(s, replica, node), is_master(s, node), s.rdb_replid[node] == s.replid2[node])
                for replica, node in pairs
            )
