"""Faults of hash tables: lookups, growth, shrinking, the steps of a rehash."""

from __future__ import annotations

from planted.fault import fault, replace_attribute
from redproof_server.engine import dict as hash_tables
from redproof_server.engine.dict import Dict

AnyDict = Dict[object]


def in_bucket(table: hash_tables.Table, key: bytes) -> bool:
    """Whether a table has the key in one of its buckets."""
    return any(key in bucket for bucket in table if bucket)


@fault(
    "lookup-forgets-the-old-table",
    "While a table is rehashed, a key is found in the new one only",
    (),
    "EXISTS",
    proof="test_tables_grow_when_full",
    scan="SCAN",
    within=10_000,
    script=30,
)
def lookup_forgets_the_old_table() -> None:
    honest = Dict.get

    def faulty(table: AnyDict, key: bytes) -> object:
        value = honest(table, key)
        return None if table.rehash_index >= 0 and not in_bucket(table.tables[1], key) else value

    replace_attribute(Dict, "get", faulty)


@fault(
    "insert-goes-to-the-old-table",
    "While a table is rehashed, a new element is put into the old one",
    (),
    "DEBUG",
    proof="test_a_lookup_moves_a_bucket",
    scan="SSCAN",
    within=10_000,
    script=30,
)
def insert_goes_to_the_old_table() -> None:
    honest = Dict._insert

    def faulty(table: AnyDict, key: bytes, number: int) -> None:
        honest(table, key, number if key in table.entries else 0)

    replace_attribute(Dict, "_insert", faulty)


@fault(
    "rehash-loses-a-bucket",
    "A rehash drops the elements of the third bucket",
    (),
    "SSCAN",
    proof="test_scan_is_complete",
    scan="SSCAN",
    within=10_000,
    script=30,
)
def rehash_loses_a_bucket() -> None:
    honest = Dict.rehash

    def faulty(table: AnyDict, buckets: int) -> bool:
        if table.rehash_index == 2:
            table.used[0] -= len(table.tables[0][2] or ())
            table.tables[0][2] = None
        return honest(table, buckets)

    replace_attribute(Dict, "rehash", faulty)


@fault(
    "shrink-drops-the-last-bucket",
    "A table that has shrunk lacks what was in its last bucket",
    (),
    "DEBUG",
    proof="test_tables_shrink_when_sparse",
    scan="SSCAN",
    within=10_000,
    script=100,
)
def shrink_drops_the_last_bucket() -> None:
    honest = Dict._finish_rehash

    def faulty(table: AnyDict) -> bool:
        shrinks = len(table.tables[1]) < len(table.tables[0])
        ended = honest(table)
        if ended and shrinks:
            table.used[0] -= len(table.tables[0][-1] or ())
            table.tables[0][-1] = None
        return ended

    replace_attribute(Dict, "_finish_rehash", faulty)


@fault(
    "table-grows-too-late",
    "A table grows only when it holds more elements than it has buckets",
    (),
    "DEBUG",
    proof="test_tables_grow_when_full",
    scan="HSCAN",
    within=10_000,
    script=30,
)
def table_grows_too_late() -> None:
    honest = Dict._expand_if_needed

    def faulty(table: AnyDict) -> None:
        if not table.tables[0] or table.used[0] > len(table.tables[0]):
            honest(table)

    replace_attribute(Dict, "_expand_if_needed", faulty)


@fault(
    "table-shrinks-too-early",
    "A table shrinks once less than an eighth of it is used",
    (),
    "DEBUG",
    proof="test_tables_shrink_when_sparse",
    scan="ZSCAN",
    within=10_000,
    script=100,
)
def table_shrinks_too_early() -> None:
    replace_attribute(hash_tables, "FILL_PERCENT_MIN", 12)


@fault(
    "lookup-moves-two-buckets",
    "A step of a rehash moves two buckets",
    (),
    "DEBUG",
    proof="test_a_lookup_moves_a_bucket",
    scan="SCAN",
    within=30_000,
    script=30,
)
def lookup_moves_two_buckets() -> None:
    honest = Dict.rehash
    replace_attribute(Dict, "rehash", lambda table, buckets: honest(table, 2 * buckets))


@fault(
    "lookup-visits-all-empty-buckets",
    "A step of a rehash goes over any number of empty buckets",
    (),
    "DEBUG",
    proof="test_a_lookup_visits_ten_empty_buckets",
    scan="SSCAN",
    within=10_000,
    script=100,
)
def lookup_visits_all_empty_buckets() -> None:
    replace_attribute(hash_tables, "EMPTY_VISITS_PER_BUCKET", 1_000)


def forget_the_child(name: str) -> None:
    """Let a method of a table do as if there were no child process."""
    honest = getattr(Dict, name)

    def faulty(table: AnyDict) -> bool | None:
        avoids_resize, table.hashing.avoids_resize = table.hashing.avoids_resize, False
        done: bool | None = honest(table)
        table.hashing.avoids_resize = avoids_resize
        return done

    replace_attribute(Dict, name, faulty)


@fault(
    "growth-ignores-the-child",
    "A table grows as soon as it is full though a child process saves",
    (),
    "DEBUG",
    proof="test_a_child_process_postpones_growth",
    scan="SSCAN",
    script=30,
)
def growth_ignores_the_child() -> None:
    forget_the_child("_expand_if_needed")


@fault(
    "shrinking-ignores-the-child",
    "A table shrinks when an element is removed though a child process saves",
    (),
    "DEBUG",
    proof="test_a_child_process_postpones_shrinking",
    scan="HSCAN",
    script=100,
)
def shrinking_ignores_the_child() -> None:
    forget_the_child("shrink_if_sparse")


@fault(
    "rehash-ignores-the-child",
    "A rehash goes on though a child process saves",
    (),
    "DEBUG",
    proof="test_a_child_process_stalls_a_rehash",
    scan="SCAN",
    script=30,
)
def rehash_ignores_the_child() -> None:
    replace_attribute(Dict, "_sizes_are_near", lambda table: False)


@fault(
    "growth-waits-after-a-rehash",
    "An insertion that takes a rehash to its end does not let the next one begin, though the table is full",
    (),
    "DEBUG",
    proof="test_tables_grow_when_full",
    scan="SSCAN",
    within=30_000,
    script=30,
)
def growth_waits_after_a_rehash() -> None:
    honest = Dict.add

    def faulty(table: AnyDict, key: bytes, value: object) -> bool:
        if table.rehash_index < 0 or key in table.entries:
            return honest(table, key, value)
        table.step()
        table._insert(key, 1 if table.rehash_index >= 0 else 0)
        table.entries[key] = value
        return True

    replace_attribute(Dict, "add", faulty)
