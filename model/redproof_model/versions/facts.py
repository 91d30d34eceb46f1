"""The facts in which the servers that the model knows differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from redproof_model.keyspace.roles import Role
from redproof_model.versions.connections import ConnectionFacts
from redproof_model.versions.fatal import IsFatal
from redproof_model.versions.fields import FieldFacts
from redproof_model.versions.propagation import PropagationFacts
from redproof_model.versions.replication import ReplicationFacts
from redproof_model.versions.scripting import ScriptFacts
from redproof_model.versions.streams import StreamFacts


class Embedding(NamedTuple):
    """When a string is kept in one piece of memory with its key: how large that may be, and what it holds besides."""

    limit_bytes: int
    object_bytes: int
    long_key_bytes: int
    """What stands before a key of 32 bytes or more; before a shorter one it is 1."""
    expiry_bytes: int
    """What an expiry takes of that."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Version:
    """A version of a family, as a handler asks it: for a fact, never for the number. Each is equal to itself alone."""

    family: str
    number: tuple[int, int]
    forked_from: tuple[int, int] | None
    """The version of Redis whose commands and facts a fork began with, None for Redis itself."""
    fatal: tuple[IsFatal, ...]
    other_arities: frozenset[tuple[str, int]]
    """Commands whose number of arguments is not the one that the table of commands gives."""
    unknown_command: bytes
    unknown_command_length: int | None
    unknown_command_alone: bool
    """Nothing is said of the arguments of an unknown command that has none."""
    unknown_command_argument: bytes
    unknown_subcommand: bytes
    container_commands: bool
    listpack: str

    help_header: bytes
    help_of_help: tuple[bytes, ...]
    """What a container command says of its subcommand HELP, nothing where that has one line for each of the others."""
    hexadecimal_doubles: bool
    """Scores, weights, positions and what SORT compares may be in hexadecimal; else SORT takes no blanks either."""
    fast_float: bool
    """The ends of ranges of scores, and what SORT compares, are read by the library fast_float and not by strtod."""

    two_signs: bool
    """`-+inf` is a score like -inf."""

    # hashes
    hsetnx_always_converts: bool
    """HSETNX converts the hash for a long value even if the field exists and nothing is set."""
    hincrbyfloat_creates_first: bool
    """HINCRBYFLOAT makes the hash before it refuses an infinite result, and so may leave an empty one behind."""
    hincrby_converts: bool
    """HINCRBY and HINCRBYFLOAT convert the hash for a field or a result that is too long."""

    fields: FieldFacts | None
    """How hash fields expire, None if they do not."""

    # lists, blocking, transactions
    listpack_lists: bool
    """A list that fits into a node of a quicklist is a listpack."""
    lpos_rank_zero: bytes
    lpos_wants_negatable: bool
    """LPOS refuses the smallest integer as a RANK."""
    lrem_wants_negatable: bool
    """LREM refuses the smallest integer as a count."""
    lset_truncates_index: bool
    """LSET takes the low 32 bits of its index for the index."""
    refuses_long_timeouts: bool
    """A time-out that ends beyond the range of the clock is refused as such, not as a negative one or not at all."""
    timeout_rounds_up: bool
    """Whether a time-out of part of a millisecond is a whole one, or none at all."""
    blocked_commands_run_again: bool
    """A command that waited is executed anew once one of its keys is ready, and takes from the first that is."""
    passed_over_clients_go_last: bool
    """A blocked client that waits for another type than a ready key has becomes the last in the key's queue."""
    watch_minds_expired_keys: bool
    """EXEC fails if a watched key had expired before it was watched and has not been deleted yet."""
    refused_in_transaction: bytes | None
    """What WATCH and MULTI are told inside MULTI when that fails the transaction, None where it does not."""

    forgets_failed_transactions: bool
    """What a transaction has queued is forgotten once it has failed, so that its EXEC does not count as a write."""

    # strings and bitmaps
    longest_embstr: int
    """The bytes of the longest string that is embedded in its object."""
    embedding: Embedding | None
    """None where the key has no part in how a string is kept."""
    shared_integers: bool
    """A small integer that is a value is one of those that the server made at its start."""
    set_get_exat: bool
    """SET takes GET, EXAT and PXAT."""
    set_nx_get: bool
    """SET takes NX together with GET."""
    set_compares: frozenset[bytes]
    """The conditions of SET that compare what is there, such as IFEQ."""
    set_compares_once: bool
    """None of them may be told again, nor NX or XX after one; else both must hold."""
    msetex_not_a_count: bytes
    msetex_too_few: bytes
    """What MSETEX says of fewer keys and values than it was told to expect."""
    set_skips_what_is_past: bool
    """SET with a time that is past deletes the key that is there, and else changes nothing."""
    getex_reads_time_first: bool
    """GETEX refuses a wrong time also when there is no key."""
    invalid_expire: bytes
    mset_wrong_arity: bytes | None
    """What MSET and MSETNX say of a key without a value, None for what all commands say."""
    decrby_refuses_minimum: bool
    lcs_table_limit_bytes: int | None
    bit_range_before_key: bool
    """BITCOUNT and BITPOS check their range even if there is no key."""
    bitcount_end_optional: bool
    """BITCOUNT takes a range without an end, and reads the unit before the end."""
    bitfield_types_end: bool
    """BITFIELD reads a type to its last byte, and not only to the first NUL."""
    bit_units: bool
    """BITCOUNT and BITPOS take BYTE or BIT after a range."""
    bitop_more: bool
    """BITOP has DIFF, DIFF1, ANDOR and ONE."""
    unchanged_bits_signal: bool
    """SETBIT and BITFIELD count a write as a change even when it changed nothing."""

    # keys
    scan_refuses_unknown_types: bool
    zscan_noscores: bool
    """ZSCAN takes NOSCORES."""
    select_not_integer: bytes
    """What SELECT says of an index that is no integer."""
    indexes_are_ints: bool
    """An index of a database that does not fit into 32 bits is refused as such; SELECT otherwise drops the rest."""
    move_out_of_range: bytes | None
    """What MOVE says of all that is no index of a database, None where it says what SELECT does."""
    flush_sync: bool
    """FLUSHDB and FLUSHALL take SYNC."""
    expiry_wraps: bool
    """EXPIRE, SET and their kin do not refuse an instant that overflows: it wraps, mostly into the past."""
    cycle_is_early: bool
    """The cycle that deletes expired keys takes one in the millisecond of its expiry, when reads still see it."""
    tells_not_integer: bool
    """Counts that are no integers are refused as such, and not as out of range."""
    cursors_are_integers: bool
    """A cursor is read as an integer first, and else with blanks before it; none is negative or empty."""
    hscan_novalues: bool
    """HSCAN takes NOVALUES."""
    restore_overflow_lives: bool
    """A time to live so long that the clock overflows lets RESTORE make a key, instead of one that has expired. The
    sum is undefined in C, and a compiler that optimizes across files takes it to be in the future."""
    scan_type_none_finds_expired: bool
    """SCAN with TYPE none returns keys that have expired and are not deleted yet."""
    sort_minds_old_range_errors: bool
    """SORT by numbers may fail because some command before it has read a number out of range."""

    # sets
    listpack_sets: bool
    """A small set with members that are no integers is a listpack."""
    srandmember_gives_set: bool
    """SRANDMEMBER with a count gives a set, and takes the smallest integer."""
    storing_nothing_signals: bool
    """SUNIONSTORE and its kin count as a change of the destination even if they find nothing and it was not there."""
    algebra_in_hashtables: bool
    """SUNION and SDIFF collect the members in a hash table, unless all operands are intsets."""

    # sorted sets
    zadd_gt_lt: bool
    """ZADD takes GT and LT."""
    unified_zrange: bool
    """Commands on ranges share their options, which are read before the ends of the range."""
    skiplist_finds_nth: bool
    """The offset of LIMIT leads straight to an element of a skiplist, which alone must be in the range."""
    skiplist_counts_back: bool
    """There a negative offset counts from the other end of the range."""
    zadd_looks_at_lengths: bool
    """ZADD, where it expects entries, looks at the lengths of all members too, and converts the sorted set for the
    longest before it begins."""
    zadd_expects_entries: bool
    """ZADD counts its elements, twins included, as entries of a sorted set that may be compact."""
    listpack_integer_scores: bool
    """A compact encoding keeps whole scores as integers: -0 loses its sign, and ZSCAN spells them in full."""
    few_digits: bool
    """Scores are sent with few digits that still tell the double, 0.1 and 4611686018427387904, and not with 17."""
    zpop_refuses_negative_count: bool
    no_input_keys: bytes

    # positions
    geoadd_options: bool
    """GEOADD takes NX, XX and CH."""
    geoadd_wrong_arguments: bytes
    georadius_wants_key: bool
    """GEORADIUS and its kin look at none of their arguments, not even STORE, when there is no key to search."""
    geo_any: bool
    """Searches take ANY after COUNT."""
    geo_units_in_any_case: bool
    geo_unknown_unit: bytes
    geo_store_excludes: tuple[bytes, bytes]
    """What GEORADIUS, and what GEOSEARCHSTORE, says of options that show more than members."""
    geo_no_member: bytes
    geo_polygons: bool
    """Searches take BYPOLYGON."""
    geo_no_area: bytes
    geo_meridian_width: float | None
    """Up to which sine of half the difference of their longitudes two points are on one meridian, None for never."""
    geo_bounds_toward_pole: bool
    """The bounding box of a search is as wide as the shape is on its side toward a pole, not in its middle."""
    geo_scales_distances: bool
    """A distance is rounded after a multiplication by 10**4, and not by its exact decimals."""
    geo_few_digits: bool
    """A coordinate is sent with few digits that tell the double, and not with 17 decimal places."""

    # messages
    refused_while_subscribed: bytes
    """What a RESP2 client that is subscribed is told of a command that it may not send."""
    subcommand_syntax: bytes
    """What a container command says of a subcommand with arguments that it cannot have."""
    numpat_counts_clients: bool
    """PUBSUB NUMPAT counts a pattern for each client that is subscribed to it."""
    own_patterns_in_order: bool
    """PUNSUBSCRIBE from all patterns goes through them in the order in which the client subscribed."""
    unsubscribe_wants_subscription: bool
    """UNSUBSCRIBE and its kin are refused unless the client is subscribed to something."""
    own_messages_last: bool
    """What a client publishes to itself comes after the reply, not before it or among the replies of EXEC."""
    connections: ConnectionFacts
    scripts: ScriptFacts

    streams: StreamFacts
    propagation: PropagationFacts
    replication: ReplicationFacts

    def survives(self, argv: Sequence[object], role: Role = Role.MASTER) -> bool:
        """Whether a server of a role may be sent a command; what it tells of earlier replies need not be known yet."""
        return not any(is_fatal(argv, role) for is_fatal in self.fatal)

    @property
    def name(self) -> str:
        """Family and number as people write them, `redis 6.2`."""
        return f"{self.family} {self.number[0]}.{self.number[1]}"
