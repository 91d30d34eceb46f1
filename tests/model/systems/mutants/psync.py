"""Mutants of replication."""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant


def decision(breaks: str, before: str, after: str, caught_by: str, trace_length: int, maker: str = "small") -> Mutant:
    """A mutant of the answer to PSYNC."""
    return Mutant(breaks, "psync", f"system:{maker}", "decision", before, after, caught_by, "explore", trace_length)


def servers(breaks: str, before: str, after: str, caught_by: str, trace_length: int, maker: str = "small") -> Mutant:
    """A mutant of what a server does on its own."""
    return Mutant(breaks, "psync", f"system:{maker}", "servers", before, after, caught_by, "explore", trace_length)


def links(breaks: str, before: str, after: str, caught_by: str, trace_length: int, maker: str = "small") -> Mutant:
    """A mutant of what happens between a replica and its master."""
    return Mutant(breaks, "psync", f"system:{maker}", "links", before, after, caught_by, "explore", trace_length)


def parts(breaks: str, before: str, after: str, caught_by: str, trace_length: int, maker: str = "small") -> Mutant:
    """A mutant of a function that several actions use."""
    return Mutant(breaks, "psync", f"system:{maker}", "parts", before, after, caught_by, "explore", trace_length)


PSYNC: Final = (
    decision(
        "PSYNC with the secondary ID is answered +CONTINUE at any offset",
        "all_of(asked_id == master_replid2, asked_offset <= second_replid_offset)",
        "asked_id == master_replid2",
        "continue_is_answered_for_a_prefix",
        8,
    ),
    decision(
        "PSYNC with the secondary ID may ask for one byte too many",
        "asked_offset <= second_replid_offset)",
        "asked_offset <= second_replid_offset + 1)",
        "continue_is_answered_for_a_prefix",
        8,
    ),
    decision(
        "PSYNC may ask for what lies beyond the backlog",
        "        asked_offset <= backlog_first_byte_offset + backlog_histlen,\n",
        "",
        "continue_is_answered_for_a_prefix",
        6,
        "chain",
    ),
    decision(
        "PSYNC may ask for one byte beyond the next",
        "backlog_first_byte_offset + backlog_histlen,",
        "backlog_first_byte_offset + backlog_histlen + 1,",
        "continue_is_answered_for_a_prefix",
        6,
        "chain",
    ),
    decision(
        "PSYNC may ask for what the backlog has lost",
        "        asked_offset >= backlog_first_byte_offset,\n",
        "",
        "a_linked_replica_is_a_prefix",
        10,
    ),
    servers(
        "a promoted server keeps its ID",
        "        shift_id(new, node)\n        change_id(scope, new, node)\n        drop_replicas(scope, new, node)\n",
        "        drop_replicas(scope, new, node)\n",
        "one_id_is_one_history",
        7,
    ),
    servers(
        "a promoted server keeps the links of its replicas",
        "        change_id(scope, new, node)\n        drop_replicas(scope, new, node)\n",
        "        change_id(scope, new, node)\n",
        "one_id_is_one_history",
        11,
        "chain",
    ),
    servers(
        "a promoted server still waits for the answer to its PSYNC",
        "        new.master[node] = NO_ONE\n        close_link(new, node)\n        new.cached",
        "        new.master[node] = NO_ONE\n        new.cached",
        "masters_have_different_ids",
        5,
    ),
    servers(
        "+CONTINUE of a former master is taken for one of the new",
        "        close_link(new, node)\n        new.master[node] = master\n",
        "        new.master[node] = master\n",
        "a_linked_replica_is_a_prefix",
        6,
        "chain",
    ),
    servers(
        "a master whose backlog expires keeps its ID",
        "        change_id(scope, new, node)\n        clear_id2(new, node)\n        free_backlog(new, node)\n",
        "        clear_id2(new, node)\n        free_backlog(new, node)\n",
        "one_id_is_one_history",
        5,
    ),
    servers(
        "a restarted master keeps the ID of its RDB file",
        "        shift_id(new, node)\n        change_id(scope, new, node)\n        create_backlog(new, node)\n",
        "        create_backlog(new, node)\n",
        "one_id_is_one_history",
        5,
        "restarts",
    ),
    links(
        "a master begins its first backlog under its old ID",
        "        change_id(scope, new, node, first)\n        clear_id2(new, node, first)\n",
        "",
        "one_id_is_one_history",
        11,
    ),
    links(
        "a replica keeps its secondary ID when it is sent everything",
        "        clear_id2(new, replica)\n",
        "",
        "continue_is_answered_for_a_prefix",
        12,
        "chain",
    ),
    links(
        "the stream is applied from where it is, not from where the snapshot was",
        "= old.sent_replid[replica], old.snapshot[replica]\n        new.data",
        "= old.sent_replid[replica], old.sent[replica]\n        new.data",
        "a_linked_replica_is_a_prefix",
        5,
    ),
    links(
        "a replica that could not load a snapshot asks to go on",
        "is_loading(old, replica))\n        close_link(new, replica)\n",
        "is_loading(old, replica))\n        close_link(new, replica)\n        new.cached[replica] = True\n",
        "continue_is_answered_for_a_prefix",
        9,
    ),
    links(
        "a snapshot that could not be loaded is taken for loaded",
        "is_loading(old, replica))\n        close_link(new, replica)\n",
        "is_loading(old, replica))\n        new.link[replica] = ONLINE\n        create_backlog(new, replica)\n",
        "a_linked_replica_is_a_prefix",
        4,
    ),
    links(
        "a replica that goes on keeps its ID where the master has another",
        "        new.replid[replica] = old.sent_replid[replica]\n        drop",
        "        drop",
        "online_replicas_apply_the_stream",
        8,
    ),
    links(
        "a replica that goes on under another ID keeps the links of its replicas",
        "        drop_replicas(scope, new, replica, other)\n",
        "",
        "open_links_are_fed",
        12,
        "chain",
    ),
    servers(
        "a master without a backlog saves its ID",
        "any_of(all_of(is_master(old, node), old.backlog[node]), ",
        "any_of(is_master(old, node), ",
        "one_id_is_one_history",
        3,
        "restarts",
    ),
    parts(
        "a replica that loads a snapshot may ask to go on from before",
        "    free_backlog(s, node, wanted)\n    s.cached[node] = all_of(negate(wanted), s.cached[node])\n",
        "    free_backlog(s, node, wanted)\n",
        "continue_is_answered_for_a_prefix",
        9,
    ),
    parts(
        "a replica keeps the links of its replicas when it is sent everything",
        "    drop_replicas(scope, s, node, wanted)\n    free_backlog",
        "    free_backlog",
        "a_linked_replica_is_a_prefix",
        7,
        "chain",
    ),
    parts(
        "a replica keeps its backlog when it is sent everything",
        "    free_backlog(s, node, wanted)\n    s.cached",
        "    s.cached",
        "backlog_ends_at_the_offset",
        5,
        "chain",
    ),
    parts(
        "the secondary ID is valid for one byte too few",
        "ite(wanted, s.offset[node] + 1, s.second_offset[node])",
        "ite(wanted, s.offset[node], s.second_offset[node])",
        "second_offset_is_the_offset_of_the_change",
        2,
    ),
)
