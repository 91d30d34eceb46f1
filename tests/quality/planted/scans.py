"""Faults of what scans hash tables: the cursor, the buckets that a call visits, filters, and the hash."""

from __future__ import annotations

from collections.abc import Callable

from planted.fault import fault, replace_attribute, substitute
from redproof_server.commands import collection_scans
from redproof_server.commands.scan import ScanOptions
from redproof_server.engine import hashing
from redproof_server.engine.cursor import next_cursor
from redproof_server.engine.dict import Dict, Table

AnyDict = Dict[object]


@fault(
    "scan-ignores-the-larger-table",
    "While a table is rehashed, a scan goes over the smaller one only",
    (),
    "HSCAN",
    proof="test_scan_is_complete",
    scan="HSCAN",
    within=10_000,
    script=30,
)
def scan_ignores_the_larger_table() -> None:
    def faulty(table: AnyDict, cursor: int) -> tuple[int, list[bytes]]:
        if not table.entries:
            return 0, []
        smaller = min((each for each in table.tables if each), key=len)
        mask = len(smaller) - 1
        return next_cursor(cursor, mask), list(smaller[cursor & mask] or ())

    replace_attribute(Dict, "scan", faulty)


@fault(
    "scan-ignores-the-new-table",
    "While a table is rehashed, a scan goes over the old one only",
    (),
    "ZSCAN",
    proof="test_scan_is_complete",
    scan="ZSCAN",
    within=10_000,
    script=30,
)
def scan_ignores_the_new_table() -> None:
    def faulty(table: AnyDict, cursor: int) -> tuple[int, list[bytes]]:
        if not table.entries:
            return 0, []
        mask = len(table.tables[0]) - 1
        return next_cursor(cursor, mask), list(table.tables[0][cursor & mask] or ())

    replace_attribute(Dict, "scan", faulty)


@fault(
    "cursor-ends-one-bucket-early",
    "The cursor comes back to 0 before the last bucket",
    (),
    "SCAN",
    proof="test_scan_is_complete",
    scan="SCAN",
    within=10_000,
    script=30,
)
def cursor_ends_one_bucket_early() -> None:
    honest = next_cursor

    def faulty(cursor: int, mask: int) -> int:
        following = honest(cursor, mask)
        return 0 if following == mask else following

    substitute(honest, faulty)


@fault(
    "match-ends-at-an-empty-page",
    "A scan ends when none of the elements that a call visits match the pattern",
    (),
    "SSCAN",
    proof="test_match_filters_and_never_loses",
    scan="SSCAN",
    within=10_000,
    script=30,
)
def match_ends_at_an_empty_page() -> None:
    honest = collection_scans.scan_members

    def faulty(
        table: AnyDict, compact: list[bytes], cursor: int, options: ScanOptions, buckets_per_count: int
    ) -> tuple[int, list[bytes]]:
        following, members = honest(table, compact, cursor, options, buckets_per_count)
        return following if members else 0, members

    substitute(honest, faulty)


@fault(
    "scan-visits-two-buckets",
    "A call of a scan goes over two buckets though the first is not empty",
    (),
    "HSCAN",
    proof="test_pages_of_a_growing_table",
    scan="HSCAN",
    within=30_000,
    script=60,
)
def scan_visits_two_buckets() -> None:
    honest = Dict.scan

    def faulty(table: AnyDict, cursor: int) -> tuple[int, list[bytes]]:
        following, keys = honest(table, cursor)
        if not following:
            return following, keys
        following, more = honest(table, following)
        return following, keys + more

    replace_attribute(Dict, "scan", faulty)


@fault(
    "hash-ignores-the-last-byte",
    "Elements that differ in their last byte alone have the same hash",
    (),
    "ZSCAN DEBUG",
    proof="test_pages_follow_from_the_hash_seed",
    scan="ZSCAN",
    within=10_000,
    script=30,
)
def hash_ignores_the_last_byte() -> None:
    honest = hashing.keyed_hash

    def faulty(seed: bytes) -> Callable[[bytes], int]:
        hash_key = honest(seed)
        return lambda key: hash_key(key[:-1])

    substitute(honest, faulty)


def scan_two_tables(visit: Callable[[AnyDict, int, Table, Table], tuple[int, list[bytes]]]) -> None:
    """Let a call of a scan do this at a cursor, with the smaller and the larger table, while there are two."""
    honest = Dict.scan

    def faulty(table: AnyDict, cursor: int) -> tuple[int, list[bytes]]:
        if table.rehash_index < 0:
            return honest(table, cursor)
        small, large = sorted(table.tables, key=len)
        return visit(table, cursor, small, large)

    replace_attribute(Dict, "scan", faulty)


def keys_in(table: Table, cursor: int) -> list[bytes]:
    """The keys in the bucket of a table at a cursor."""
    return list(table[cursor & len(table) - 1] or ())


@fault(
    "scan-leaves-the-smaller-table-out",
    "While a table is rehashed, a scan goes over the larger one only",
    (),
    "SSCAN",
    proof="test_mutants_would_miss_what_is_returned",
    scan="SSCAN",
    mistake="a call leaves the smaller table out",
    script=30,
)
def scan_leaves_the_smaller_table_out() -> None:
    def visit(table: AnyDict, cursor: int, small: Table, large: Table) -> tuple[int, list[bytes]]:
        return next_cursor(cursor, len(large) - 1), keys_in(large, cursor)

    scan_two_tables(visit)


@fault(
    "cursor-goes-by-the-smaller-table",
    "While a table is rehashed, the cursor goes from bucket to bucket of the smaller table, past those of the larger",
    (),
    "HSCAN",
    proof="test_mutants_would_miss_what_is_returned",
    scan="HSCAN",
    mistake="the cursor goes by the smaller table",
    script=30,
)
def cursor_goes_by_the_smaller_table() -> None:
    def visit(table: AnyDict, cursor: int, small: Table, large: Table) -> tuple[int, list[bytes]]:
        return next_cursor(cursor, len(small) - 1), keys_in(small, cursor) + keys_in(large, cursor)

    scan_two_tables(visit)
