"""The facts in which servers differ over streams: what one row does not name, it has from the row before.

From `t_stream.c`, `blocked.c` and `db.c` of each release.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFacts:
    """What a version does with streams."""

    counters: bool
    """What was added, deleted and read is counted: XSETID and XGROUP set the counters, XINFO tells them and a lag."""
    only_maxlen: bool
    """XADD and XTRIM know MAXLEN only, as often as one likes, and XTRIM looks at the key before it reads that."""
    tombstones_fill_nodes: bool
    """Deleted entries count for the number that a node may have."""
    xpending_idle: bool
    """XPENDING takes IDLE."""
    exclusive_ranges: bool
    """An end of an interval may be left out, as in `(1-0`."""
    xadd_chooses_sequence: bool
    """XADD takes `ms-*`."""
    xadd_wrong_arity: bytes | None
    """What XADD says of a field without a value, None for what all commands say."""
    xadd_minds_old_errors: bool
    """What XADD says when a millisecond has no sequence number left depends on an error of some call before."""
    xsetid_minds_deleted: bool
    """XSETID refuses an ID below that of a deleted entry."""
    xgroup_createconsumer: bool
    claims_drop_deleted: bool
    """XCLAIM and XAUTOCLAIM forget pending entries that were deleted, and XAUTOCLAIM tells them."""
    active_consumers: bool
    """Who reads or claims in vain is a consumer all the same, so XINFO tells apart when one tried and when one got."""
    unbalanced_xread: bytes
    unbalanced_xreadgroup: bytes
    xread_last_entry: bool
    """XREAD takes `+` for the last entry."""
    xread_minds_no_last: bool
    """With `+` XREAD refuses a stream to which nothing was ever added."""
    xread_skips_deleted: bool
    """With `+` XREAD gives the last entry there is; before, none if that which was added last has been deleted."""
    counters_mind_gaps: bool
    """What a group has read is counted with an eye to entries that went ahead of it."""
    lag_counts_entries: bool
    """The lag of a group behind all entries is their number, even if what it has read is not known."""
    reads_are_capped: bool
    """XGROUP lets a group have read no more entries than were added."""
    xreadgroup_minds_deletion: bool
    """A client that waits for a group's entries is woken when the stream goes."""
    idempotent: bool
    """XADD knows whether it was sent an entry before, and XINFO tells how it keeps that."""
    references: bool
    """XADD and XTRIM take KEEPREF, DELREF and ACKED."""
    xgroup_help: tuple[bytes, ...]
    xinfo_help: tuple[bytes, ...]
    xinfo_alone: bytes | None
    """What XINFO says of a subcommand without a key, None for what it says of a wrong one."""


_UNBALANCED: Final = b"ERR Unbalanced %b list of streams: for each stream key an %b must be specified."

_XGROUP_HELP: Final = (
    b"CREATE <key> <groupname> <id|$> [option]",
    b"    Create a new consumer group. Options are:",
    b"    * MKSTREAM",
    b"      Create the empty stream if it does not exist.",
    b"    * ENTRIESREAD entries_read",
    b"      Set the group's entries_read counter (internal use).",
    b"CREATECONSUMER <key> <groupname> <consumer>",
    b"    Create a new consumer in the specified group.",
    b"DELCONSUMER <key> <groupname> <consumer>",
    b"    Remove the specified consumer.",
    b"DESTROY <key> <groupname>",
    b"    Remove the specified group.",
    b"SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
    b"    Set the current group ID and entries_read counter.",
)

STREAMS_6_0: Final = StreamFacts(
    counters=False,
    only_maxlen=True,
    tombstones_fill_nodes=False,
    xpending_idle=False,
    exclusive_ranges=False,
    xadd_chooses_sequence=False,
    xadd_wrong_arity=b"ERR wrong number of arguments for XADD",
    xadd_minds_old_errors=False,
    xsetid_minds_deleted=False,
    xgroup_createconsumer=False,
    claims_drop_deleted=False,
    active_consumers=False,
    unbalanced_xread=_UNBALANCED % (b"XREAD", b"ID or '$'"),
    unbalanced_xreadgroup=_UNBALANCED % (b"XREAD", b"ID or '$'"),
    xread_last_entry=False,
    xread_minds_no_last=True,
    xread_skips_deleted=False,
    counters_mind_gaps=False,
    lag_counts_entries=False,
    reads_are_capped=False,
    xreadgroup_minds_deletion=False,
    idempotent=False,
    references=False,
    xgroup_help=(
        b"CREATE      <key> <groupname> <id or $> [opt] -- Create a new consumer group.",
        b"            option MKSTREAM: create the empty stream if it does not exist.",
        b"SETID       <key> <groupname> <id or $>  -- Set the current group ID.",
        b"DESTROY     <key> <groupname>            -- Remove the specified group.",
        b"DELCONSUMER <key> <groupname> <consumer> -- Remove the specified consumer.",
        b"HELP                                     -- Prints this help.",
    ),
    xinfo_help=(
        b"CONSUMERS <key> <groupname>         -- Show consumer groups of group <groupname>.",
        b"GROUPS <key>                        -- Show the stream consumer groups.",
        b"STREAM <key> [FULL [COUNT <count>]] -- Show information about the stream.",
        b"                                       FULL will return the full state of the stream,",
        b"                                            including all entries, groups, consumers and PELs.",
        b"                                            It's possible to show only the first stream/PEL entries",
        b"                                            by using the COUNT modifier (Default is 10)",
        b"HELP                                -- Print this help.",
    ),
    xinfo_alone=b"ERR syntax error, try 'XINFO HELP'",
)

STREAMS_6_2: Final = replace(
    STREAMS_6_0,
    only_maxlen=False,
    tombstones_fill_nodes=True,
    xpending_idle=True,
    exclusive_ranges=True,
    xgroup_createconsumer=True,
    xgroup_help=(
        *_XGROUP_HELP[:4],
        *_XGROUP_HELP[6:10],
        _XGROUP_HELP[10] + _XGROUP_HELP[11],
        b"SETID <key> <groupname> <id|$>",
        b"    Set the current group ID.",
    ),
    xinfo_help=(
        b"CONSUMERS <key> <groupname>",
        b"    Show consumers of <groupname>.",
        b"GROUPS <key>",
        b"    Show the stream consumer groups.",
        b"STREAM <key> [FULL [COUNT <count>]",
        b"    Show information about the stream.",
    ),
    xinfo_alone=None,
)

STREAMS_7_0: Final = replace(
    STREAMS_6_2,
    counters=True,
    xadd_chooses_sequence=True,
    xadd_wrong_arity=None,
    xadd_minds_old_errors=True,
    claims_drop_deleted=True,
    xreadgroup_minds_deletion=True,
    xgroup_help=_XGROUP_HELP,
)

STREAMS_7_2: Final = replace(
    STREAMS_7_0,
    xadd_minds_old_errors=False,
    xsetid_minds_deleted=True,
    active_consumers=True,
    unbalanced_xread=_UNBALANCED % (b"'xread'", b"ID or '$'"),
    unbalanced_xreadgroup=_UNBALANCED % (b"'xreadgroup'", b"ID or '>'"),
)

STREAMS_2024: Final = replace(STREAMS_7_2, xread_last_entry=True)
"""Redis's branch `unstable` in March 2024, from which come 7.4, Redict 7.3 and Valkey 8.0."""

STREAMS_8_0: Final = replace(
    STREAMS_2024,
    counters_mind_gaps=True,
    lag_counts_entries=True,
    xread_minds_no_last=False,
    xread_skips_deleted=True,
    unbalanced_xread=_UNBALANCED % (b"'xread'", b"ID, '+', or '$'"),
)

STREAMS_8_2: Final = replace(STREAMS_8_0, references=True)

STREAMS_8_6: Final = replace(STREAMS_8_2, reads_are_capped=True, idempotent=True)

STREAMS_VALKEY_8_1: Final = replace(STREAMS_2024, counters_mind_gaps=True)

STREAMS_VALKEY_9_1: Final = replace(STREAMS_VALKEY_8_1, xread_minds_no_last=False)
