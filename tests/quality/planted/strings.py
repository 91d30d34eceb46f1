"""Faults in strings."""

from __future__ import annotations

from planted.fault import change_version, fault, substitute, wrap
from redproof_server.commands import counters, lcs, strings, substrings
from redproof_server.commands.strings import StringOptions
from redproof_server.engine.arguments import read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import Handler
from redproof_server.engine.errors import CommandError
from redproof_server.engine.values.strings import RawString
from redproof_server.protocol.numbers import parse_float, wrap_int64
from redproof_server.protocol.replies import OK, bulk, integer, null

STRINGS = ("strings",)


@fault("setrange-creates-empty", "SETRANGE with an empty value creates the key", STRINGS, "", within=50_000, script=3)
def setrange_creates_empty() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        if client.db.lookup(args[1]) is None:
            client.db.add(args[1], RawString(b""))
        return reply

    wrap("setrange", faulty)


@fault("getex-ignores-persist", "GETEX PERSIST leaves the key's time to live", STRINGS, "", within=200_000)
def getex_ignores_persist() -> None:
    honest = strings.parse_getex_options

    def faulty(args: list[bytes]) -> StringOptions:
        options = honest(args)
        options.removes_expiry = False
        return options

    substitute(honest, faulty)


@fault("set-ignores-keepttl", "SET with KEEPTTL drops the time to live", STRINGS, "", within=10_000)
def set_ignores_keepttl() -> None:
    honest = strings.parse_set_options

    def faulty(client: Client, args: list[bytes]) -> StringOptions:
        options = honest(client, args)
        options.keeps_expiry = False
        return options

    substitute(honest, faulty)


@fault("getset-keeps-ttl", "GETSET keeps the time to live", STRINGS, "", within=5_000)
def getset_keeps_ttl() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        expiry_ms = client.db.expiry_ms(args[1])
        reply = honest(client, args)
        if expiry_ms is not None:
            client.db.set_expiry(args[1], expiry_ms)
        return reply

    wrap("getset", faulty)


@fault(
    "set-get-ignores-type",
    "SET with GET overwrites a value of another type",
    ("strings", "lists"),
    "SET",
    within=10_000,
    script=3,
)
def set_get_ignores_type() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        try:
            return honest(client, args)
        except CommandError:
            if client.db.lookup(args[1]) is None or isinstance(client.db.lookup(args[1]), bytes):
                raise
            strings.set_value(client, args[1], args[2])
            return null(client.resp)

    wrap("set", faulty)


@fault(
    "incr-wraps",
    "INCR and its relatives wrap around at the ends of int64",
    STRINGS,
    "INCR DECR INCRBY DECRBY",
    script=3,
)
def incr_wraps() -> None:
    def faulty(client: Client, key: bytes, amount: int) -> bytes:
        text = client.db.write(key, bytes)
        number = wrap_int64(amount if text is None else read_integer(text) + amount)
        counters.store_number(client, key, b"%d" % number, text is None, b"incrby")
        return integer(number)

    substitute(counters.increment, faulty)


@fault(
    "incrbyfloat-in-doubles",
    "INCRBYFLOAT adds doubles where Redis adds long doubles",
    STRINGS,
    "INCRBYFLOAT",
    within=500,
    script=3,
)
def incrbyfloat_in_doubles() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        before = client.db.write(args[1], bytes) or b"0"
        honest(client, args)
        text = b"%.17g" % ((parse_float(before) or 0.0) + (parse_float(args[2]) or 0.0))
        client.db.overwrite(args[1], text)
        return bulk(text)

    wrap("incrbyfloat", faulty)


@fault(
    "decrby-negates-the-minimum",
    "DECRBY takes the least int64, which has no opposite",
    STRINGS,
    "DECRBY",
    within=50_000,
    script=3,
)
def decrby_negates_the_minimum() -> None:
    change_version(decrby_refuses_minimum=False)


@fault("append-drops-ttl", "APPEND drops the key's time to live", STRINGS, "", within=10_000)
def append_drops_ttl() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        client.db.remove_expiry(args[1])
        return reply

    wrap("append", faulty)


@fault(
    "strlen-stops-at-nul",
    "STRLEN counts the bytes before the first NUL only",
    STRINGS,
    "STRLEN",
    within=5_000,
    script=3,
)
def strlen_stops_at_nul() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        value = client.db.read(args[1], bytes) or b""
        return integer(len(value.partition(b"\0")[0]))

    wrap("strlen", faulty)


@fault(
    "getrange-forgets-the-order",
    "GETRANGE before the start of the string in the wrong order gives its first byte",
    STRINGS,
    "GETRANGE SUBSTR",
    within=6_000,
    script=3,
)
def getrange_forgets_the_order() -> None:
    def faulty(start: int, end: int, length: int) -> tuple[int, int]:
        first = max(start + length, 0) if start < 0 else start
        last = max(end + length, 0) if end < 0 else end
        return first, min(last, length - 1)

    substitute(substrings.byte_range, faulty)


@fault("msetnx-sets-some", "MSETNX sets those keys that are absent when others are there", STRINGS, "", within=500)
def msetnx_sets_some() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        for key, value in zip(args[1::2], args[2::2], strict=True):
            if client.db.lookup(key) is None:
                strings.set_value(client, key, value)
        return reply

    wrap("msetnx", faulty)


@fault(
    "lcs-minmatchlen-is-exclusive",
    "LCS MINMATCHLEN leaves out matches of just that length",
    STRINGS,
    "LCS",
    within=50_000,
    script=3,
)
def lcs_minmatchlen_is_exclusive() -> None:
    honest = lcs.parse_lcs_option

    def faulty(args: list[bytes], position: int, options: lcs.LcsOptions) -> int:
        before = options.match_length_min
        following = honest(args, position, options)
        options.match_length_min += options.match_length_min != before
        return following

    substitute(honest, faulty)


@fault("psetex-in-seconds", "PSETEX takes milliseconds for seconds", STRINGS, "", script=3)
def psetex_in_seconds() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        strings.set_value(client, args[1], args[3], strings.expiry_time_ms(client, b"psetex", b"ex", args[2]))
        return OK

    wrap("psetex", faulty)
