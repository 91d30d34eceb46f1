"""HSCAN, SSCAN and ZSCAN: scanning one collection (db.c scanGenericCommand).

What is compact is returned at once, in its order; a hash table is scanned as the keyspace is.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from redproof_server.commands.scan import (
    BUCKETS_PER_COUNT,
    ScanOptions,
    parse_cursor,
    parse_scan_options,
    scan_table,
)
from redproof_server.engine.client import Client
from redproof_server.engine.command import RANDOM, READONLY, command
from redproof_server.engine.dict import Dict
from redproof_server.engine.glob import selects
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.protocol.numbers import format_double
from redproof_server.protocol.replies import EMPTY_ARRAY, array, bulk_integer, bulks

# Key and value count as two where Redis computes how many buckets may be visited.
BUCKETS_PER_COUNT_OF_PAIRS = 2 * BUCKETS_PER_COUNT
COMPACT_INTEGER_SCORE_MAX = 2.0**62
EMPTY_SCAN = array([bulk_integer(0), EMPTY_ARRAY])

V = TypeVar("V")


@command("hscan", arity=-3, flags=READONLY | RANDOM, keys=(1, 1, 1))
def hscan(client: Client, args: list[bytes]) -> bytes:
    """HSCAN key cursor [MATCH pattern] [COUNT count] (t_hash.c hscanCommand)."""
    cursor = parse_cursor(args[2])
    value = client.db.read(args[1], Hash)
    if value is None:
        return EMPTY_SCAN
    options = parse_scan_options(args[3:], with_type=False)
    fields = value.fields
    cursor, seen = scan_members(fields, fields, cursor, options, BUCKETS_PER_COUNT_OF_PAIRS)
    return pairs_reply(cursor, seen, fields.entries.__getitem__)


@command("sscan", arity=-3, flags=READONLY | RANDOM, keys=(1, 1, 1))
def sscan(client: Client, args: list[bytes]) -> bytes:
    """SSCAN key cursor [MATCH pattern] [COUNT count] (t_set.c sscanCommand)."""
    cursor = parse_cursor(args[2])
    value = client.db.read(args[1], Set)
    if value is None:
        return EMPTY_SCAN
    options = parse_scan_options(args[3:], with_type=False)
    cursor, seen = scan_members(value.members, value, cursor, options, BUCKETS_PER_COUNT)
    return array([bulk_integer(cursor), bulks(seen)])


@command("zscan", arity=-3, flags=READONLY | RANDOM, keys=(1, 1, 1))
def zscan(client: Client, args: list[bytes]) -> bytes:
    """ZSCAN key cursor [MATCH pattern] [COUNT count] (t_zset.c zscanCommand)."""
    cursor = parse_cursor(args[2])
    value = client.db.read(args[1], SortedSet)
    if value is None:
        return EMPTY_SCAN
    options = parse_scan_options(args[3:], with_type=False)
    scores = value.scores
    ranked = (member for _, member in value.ranking)
    cursor, seen = scan_members(scores, ranked, cursor, options, BUCKETS_PER_COUNT_OF_PAIRS)
    has_integers = not scores.indexed and client.server.version.compact_integer_scores
    return pairs_reply(cursor, seen, lambda member: score_text(scores.entries[member], has_integers))


def scan_members(
    table: Dict[V], compact: Iterable[bytes], cursor: int, options: ScanOptions, buckets_per_count: int
) -> tuple[int, list[bytes]]:
    """The next cursor, and those members that match of the next buckets, or of all that is compact."""
    if table.indexed:
        cursor, seen = scan_table(table, cursor, options.count, buckets_per_count)
    else:
        cursor, seen = 0, list(compact)
    return cursor, [member for member in seen if selects(options.pattern, member)]


def pairs_reply(cursor: int, members: list[bytes], companion: Callable[[bytes], bytes]) -> bytes:
    """The cursor, and members and what belongs to each in turn."""
    return array([bulk_integer(cursor), bulks(text for member in members for text in (member, companion(member)))])


def score_text(score: float, has_integers: bool) -> bytes:
    """A score as it is stored: 17 significant digits, or all digits of an integer where those are kept as such."""
    if has_integers and abs(score) <= COMPACT_INTEGER_SCORE_MAX and score.is_integer():
        return b"%d" % int(score)
    return format_double(score)
