"""Mutants of what is so instead of what is often said of replication."""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant


def popular(breaks: str, module: str, before: str, after: str, caught_by: str, trace_length: int) -> Mutant:
    """A mutant of replication that one of its histories must notice."""
    return Mutant(breaks, "psync", "popular:popular", module, before, after, caught_by, "explore", trace_length)


def transfer(breaks: str, before: str, after: str, caught_by: str) -> Mutant:
    """A mutant of a full synchronisation's blocks, or of the stream that waits for it."""
    return Mutant(breaks, "psync", "transfer:transfer", "transfer", before, after, caught_by)


POPULAR: Final = (
    popular(
        "A replica is sent only what comes after +CONTINUE, as a subscriber is",
        "links",
        "        new.sent[replica] = new.offset[node]\n",
        "        new.sent[replica] = new.offset[replica]\n",
        "what_was_missed_is_sent",
        8,
    ),
    popular(
        "A late writer is answered +CONTINUE, as PSYNC with the secondary ID is at any offset",
        "decision",
        "all_of(asked_id == master_replid2, asked_offset <= second_replid_offset)",
        "asked_id == master_replid2",
        "late_writers_are_sent_everything",
        8,
    ),
    transfer(
        "The last block is not counted if it is not whole",
        " + cast(size_bytes % BLOCK_BYTES != 0, UNSIGNED)",
        "",
        "blocks_hold_the_snapshot",
    ),
    transfer(
        "An empty block is sent at the end",
        "size_bytes % BLOCK_BYTES != 0",
        "size_bytes % BLOCK_BYTES >= 0",
        "size_over_rate_is_less_than_a_block_short",
    ),
    transfer(
        "The link is closed a byte before the limit",
        "old.buffered + size >= old.limit",
        "old.buffered + size + 1 >= old.limit",
        "what_fits_never_starts_over",
    ),
    transfer(
        "What waited when all began anew still waits",
        "new.buffered = ite(reached, 0, old.buffered + size)",
        "new.buffered = ite(reached, old.buffered, old.buffered + size)",
        "no_more_waits_than_was_written",
    ),
)
