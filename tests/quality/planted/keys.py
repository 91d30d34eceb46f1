"""Faults in keys whatever they hold: names, databases, expiry, SCAN, SORT, DUMP and RESTORE."""

from __future__ import annotations

from planted.fault import fault, replace_attribute, substitute, wrap
from redproof_server.commands import databases, expiry, generic, scan
from redproof_server.engine import glob
from redproof_server.engine.client import Client
from redproof_server.engine.command import Handler
from redproof_server.engine.cursor import next_cursor
from redproof_server.engine.database import Database
from redproof_server.engine.values.value import Value, duplicate
from redproof_server.protocol.replies import bulks, integer

KEYS = ("generic",)
TIMES = "TTL PTTL EXPIRETIME PEXPIRETIME PERSIST EXPIRE PEXPIRE EXPIREAT PEXPIREAT"
LOOKS = (
    "EXISTS TYPE KEYS SCAN DBSIZE RANDOMKEY TOUCH DEL UNLINK OBJECT DUMP RENAME RENAMENX COPY MOVE SORT SORT_RO "
    "RPUSH SADD ZADD HSET RESTORE SET SWAPDB "
    "TTL PTTL EXPIRETIME PEXPIRETIME PERSIST EXPIRE PEXPIRE EXPIREAT PEXPIREAT"
)


@fault("rename-loses-the-ttl", "RENAME and RENAMENX lose the key's time to live", KEYS, TIMES, within=200_000, script=5)
def rename_loses_the_ttl() -> None:
    honest = generic.rename_key

    def faulty(db: Database, source: bytes, destination: bytes, value: Value, expiry_ms: int | None) -> None:
        honest(db, source, destination, value, None)

    substitute(honest, faulty)


@fault(
    "copy-shares-the-value",
    "COPY lets two keys share one list, so that a push to one is seen in both",
    ("generic", "lists"),
    "",
    within=50_000,
    script=5,
)
def copy_shares_the_value() -> None:
    substitute(duplicate, lambda value: value)


@fault(
    "renamenx-to-itself-answers-1", "RENAMENX of a key to itself answers 1", KEYS, "RENAMENX", within=50_000, script=3
)
def renamenx_to_itself_answers_1() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        return integer(1) if args[1] == args[2] else reply

    wrap("renamenx", faulty)


@fault(
    "move-keeps-the-key", "MOVE leaves the key in the database that it comes from", KEYS, LOOKS, within=10_000, script=5
)
def move_keeps_the_key() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        value = client.db.lookup(args[1])
        reply = honest(client, args)
        if reply == integer(1) and value is not None:
            client.db.add(args[1], value)
        return reply

    wrap("move", faulty)


@fault(
    "swapdb-keeps-the-expiries",
    "SWAPDB exchanges keys but not their expiry times",
    KEYS,
    LOOKS,
    within=600_000,
    script=49,
)
def swapdb_keeps_the_expiries() -> None:
    honest = databases.swap

    def faulty(first: Database, second: Database) -> None:
        honest(first, second)
        first.expires, second.expires = second.expires, first.expires

    substitute(honest, faulty)


@fault(
    "exists-counts-a-key-once",
    "EXISTS counts a key once although it is named twice",
    KEYS,
    "EXISTS",
    within=50_000,
    script=3,
)
def exists_counts_a_key_once() -> None:
    wrap("exists", lambda honest, client, args: honest(client, [args[0], *dict.fromkeys(args[1:])]))


@fault(
    "keys-takes-caret-for-a-member",
    "KEYS [^a]* takes the caret for a member of the set",
    KEYS,
    "KEYS SCAN",
    within=10_000,
    script=3,
)
def keys_takes_caret_for_a_member() -> None:
    substitute(glob._others, lambda members: members | {ord("^")})


@fault("dbsize-counts-all-databases", "DBSIZE counts the keys of all databases", KEYS, "DBSIZE")
def dbsize_counts_all_databases() -> None:
    wrap("dbsize", lambda honest, client, args: integer(sum(len(db.keys) for db in client.server.databases)))


@fault("persist-answers-1", "PERSIST answers 1 for a key without a time to live", KEYS, "PERSIST", script=3)
def persist_answers_1() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        honest(client, args)
        return integer(int(client.db.lookup(args[1]) is not None))

    wrap("persist", faulty)


@fault(
    "expire-lt-needs-a-ttl",
    "EXPIRE LT refuses a key without a time to live, which counts as infinite",
    KEYS,
    "EXPIRE PEXPIRE EXPIREAT PEXPIREAT",
    script=3,
)
def expire_lt_needs_a_ttl() -> None:
    honest = expiry.conditions_hold

    def faulty(conditions: set[bytes], current_ms: int | None, when_ms: int) -> bool:
        return honest(conditions, current_ms, when_ms) and not (b"lt" in conditions and current_ms is None)

    substitute(honest, faulty)


@fault(
    "expire-gt-takes-ties",
    "PEXPIREAT GT takes the expiry time that the key has already",
    KEYS,
    "EXPIRE PEXPIRE EXPIREAT PEXPIREAT",
    within=200_000,
    script=5,
)
def expire_gt_takes_ties() -> None:
    honest = expiry.conditions_hold

    def faulty(conditions: set[bytes], current_ms: int | None, when_ms: int) -> bool:
        return honest(conditions, current_ms, when_ms) or (b"gt" in conditions and current_ms == when_ms)

    substitute(honest, faulty)


@fault(
    "ttl-rounds-down",
    "TTL rounds down where Redis rounds to the nearest second",
    KEYS,
    "TTL EXPIRETIME",
    within=200_000,
)
def ttl_rounds_down() -> None:
    substitute(expiry.rounded_seconds, lambda time_ms: time_ms if time_ms < 0 else time_ms // 1000)


@fault(
    "expire-in-the-past-keeps-the-key",
    "EXPIRE with a time in the past answers 1 but leaves the key, without a time to live",
    KEYS,
    LOOKS,
    within=10_000,
    script=5,
)
def expire_in_the_past_keeps_the_key() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        value = client.db.lookup(args[1])
        reply = honest(client, args)
        if value is not None and client.db.lookup(args[1]) is None:
            client.db.add(args[1], value)
        return reply

    for name in ("expire", "pexpire", "expireat", "pexpireat"):
        wrap(name, faulty)


@fault(
    "expired-keys-are-seen",
    "A key that has expired is seen until it is deleted in the background",
    ("strings",),
    "",
    pauses=True,
    within=10_000,
    script=5,
)
def expired_keys_are_seen() -> None:
    replace_attribute(Database, "expire_if_needed", lambda db, key: False)


@fault(
    "keys-lists-expired-keys", "KEYS lists keys that have expired", KEYS, "KEYS", pauses=True, within=200_000, script=8
)
def keys_lists_expired_keys() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        return bulks([key for key in client.db.keys if glob.selects(args[1], key)])

    wrap("keys", faulty)


@fault("scan-ignores-type", "SCAN takes TYPE and returns keys of all types", KEYS, "SCAN", within=500)
def scan_ignores_type() -> None:
    honest = scan.parse_scan_options

    def faulty(options: list[bytes], with_type: bool) -> scan.ScanOptions:
        parsed = honest(options, with_type)
        parsed.type_name = None
        return parsed

    substitute(honest, faulty)


@fault(
    "scan-counts-cursors-up",
    "SCAN counts its cursor up, so that it misses elements when the table shrinks",
    (),
    "SSCAN",
    proof="test_scan_is_complete",
    scan="SSCAN",
    within=30_000,
    script=15,
)
def scan_counts_cursors_up() -> None:
    def faulty(cursor: int, mask: int) -> int:
        following = (cursor & mask) + 1
        return 0 if following > mask else following

    substitute(next_cursor, faulty)
