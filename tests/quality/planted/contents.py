"""Faults in SORT, OBJECT, DUMP and RESTORE."""

from __future__ import annotations

from planted.fault import fault, substitute, wrap
from redproof_server.commands import dump, sort
from redproof_server.engine.client import Client
from redproof_server.engine.command import Handler
from redproof_server.engine.values.strings import RawString
from redproof_server.engine.values.value import List, Value
from redproof_server.persistence import payload

KEYS = ("generic",)
LOOKS = (
    "EXISTS TYPE KEYS SCAN DBSIZE RANDOMKEY TOUCH DEL UNLINK OBJECT DUMP RENAME RENAMENX COPY MOVE SORT SORT_RO "
    "RPUSH SADD ZADD HSET RESTORE SET SWAPDB "
    "TTL PTTL EXPIRETIME PEXPIRETIME PERSIST EXPIRE PEXPIRE EXPIREAT PEXPIREAT"
)


@fault(
    "sort-compares-texts", "SORT compares numbers as texts, so that 10 comes before 9", KEYS, "SORT SORT_RO", script=3
)
def sort_compares_texts() -> None:
    honest = sort.sort_key

    def faulty(weight: bytes | None, element: bytes, options: sort.SortOptions) -> tuple[float, bytes]:
        honest(weight, element, options)
        return 0.0, weight or element

    substitute(honest, faulty)


@fault(
    "sort-store-leaves-the-old",
    "SORT with STORE and an empty result leaves the old destination",
    KEYS,
    LOOKS,
    within=10_000,
)
def sort_store_leaves_the_old() -> None:
    honest = sort.store

    def faulty(client: Client, destination: bytes, texts: list[bytes]) -> None:
        if texts:
            honest(client, destination, texts)

    substitute(honest, faulty)


@fault(
    "sort-limit-counts-as-an-end",
    "SORT takes the second number of LIMIT for an end, not for a count",
    KEYS,
    "SORT SORT_RO",
    within=200_000,
    script=3,
)
def sort_limit_counts_as_an_end() -> None:
    def faulty(options: sort.SortOptions, length: int) -> tuple[int, int]:
        start = min(max(options.offset, 0), length)
        return start, length if options.count < 0 else min(max(start, options.count), length)

    substitute(sort.limits_of, faulty)


@fault(
    "sort-get-ignores-fields",
    "SORT GET with an arrow looks for a key of that name, not for a field",
    KEYS,
    "SORT SORT_RO",
    within=600_000,
)
def sort_get_ignores_fields() -> None:
    honest = sort.value_by_pattern

    def faulty(client: Client, pattern: bytes, element: bytes, options: sort.SortOptions) -> bytes | None:
        return None if b"->" in pattern else honest(client, pattern, element, options)

    substitute(honest, faulty)


@fault(
    "append-keeps-embstr",
    "A short string that APPEND has made is said to be embstr, not raw",
    ("strings", "generic"),
    "OBJECT",
    within=200_000,
)
def append_keeps_embstr() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        value = client.db.lookup(args[1])
        if isinstance(value, RawString):
            client.db.overwrite(args[1], bytes(value))
        return reply

    wrap("append", faulty)


@fault("restore-needs-no-replace", "RESTORE replaces a key that exists without REPLACE", KEYS, "RESTORE", within=10_000)
def restore_needs_no_replace() -> None:
    honest = dump.parse_restore_options

    def faulty(args: list[bytes]) -> dump.RestoreOptions:
        options = honest(args)
        options.replaces = True
        return options

    substitute(honest, faulty)


@fault(
    "restore-ignores-absttl",
    "RESTORE takes the time of ABSTTL for one from now on",
    KEYS,
    LOOKS,
    within=30_000,
    script=5,
)
def restore_ignores_absttl() -> None:
    honest = dump.expiry_time_ms
    substitute(honest, lambda client, ttl_ms, is_absolute: honest(client, ttl_ms, False))


@fault(
    "restore-takes-any-checksum",
    "RESTORE does not look at the checksum of a payload",
    KEYS,
    "RESTORE",
    within=500,
    script=2,
)
def restore_takes_any_checksum() -> None:
    substitute(payload.is_intact, lambda data, rdb_version: True)


@fault(
    "dump-sorts-lists",
    "DUMP writes the elements of a list in their sorted order",
    ("generic", "lists"),
    "LRANGE LINDEX LPOP RPOP LPOS LREM LINSERT LMOVE RPOPLPUSH LMPOP SORT SORT_RO DUMP",
    within=200_000,
    script=6,
)
def dump_sorts_lists() -> None:
    honest = payload.dump

    def faulty(value: Value, rdb_version: int, list_fill: int) -> bytes:
        return honest(List(sorted(value)) if isinstance(value, List) else value, rdb_version, list_fill)

    substitute(honest, faulty)
