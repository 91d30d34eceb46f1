"""Facts of Valkey: for each difference a command that shows it, and what each version answers."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from redproof_model.choice import Choice
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, OK, Error, Null, Reply, project
from redproof_model.versions import VALKEY_7_2, VALKEY_8_0, VALKEY_8_1, VALKEY_9_0, VALKEY_9_1, Version

VERSIONS = (VALKEY_7_2, VALKEY_8_0, VALKEY_8_1, VALKEY_9_0, VALKEY_9_1)
SYNTAX = Error(b"ERR syntax error")
WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")
NOT_INTEGER = Error(b"ERR value is not an integer or out of range")
NOT_FLOAT = Error(b"ERR value is not a valid float")
NO_COUNT = Error(b"ERR invalid numkeys value or out of range")
NO_RANGE = Error(b"ERR min or max is not a float")
NO_DOUBLE = Error(b"ERR One or more scores can't be converted into double")
NO_NESTING = Error(b"ERR MULTI calls can not be nested")
NOT_HERE = Error(b"ERR Command not allowed inside a transaction")
ABORTED = Error(b"EXECABORT Transaction discarded because of previous errors.")
NOW_MS = 1_000_000
LONG_KEY = "k" * 32


class Case(NamedTuple):
    """What `command` answers after `before`: `old`, and from each of some versions on what stands there."""

    before: tuple[str, ...]
    command: str
    old: Reply
    new: tuple[tuple[Version, Reply], ...]


def unknown(command: str) -> Error:
    """What a version says that does not have the command."""
    name, *arguments = command.split()
    shown = "".join(f"'{argument}' " for argument in arguments)
    return Error(f"ERR unknown command '{name}', with args beginning with: {shown}".encode())


def since(version: Version, before: tuple[str, ...], command: str, old: Reply, new: Reply) -> Case:
    """What one version brought."""
    return Case(before, command, old, ((version, new),))


def brought(version: Version, before: tuple[str, ...], command: str, new: Reply) -> Case:
    """A command that one version brought."""
    return since(version, before, command, unknown(command), new)


CASES = {
    "refused_in_transaction": Case(
        ("MULTI",),
        "MULTI",
        NO_NESTING,
        ((VALKEY_8_0, NOT_HERE), (VALKEY_9_0, Error(b"ERR Command 'multi' not allowed inside a transaction"))),
    ),
    "refused_in_transaction fails it": since(VALKEY_8_0, ("MULTI", "WATCH a"), "EXEC", [], ABORTED),
    "scan_refuses_unknown_types": since(
        VALKEY_8_0, (), "SCAN 0 TYPE nope", [b"0", []], Error(b"ERR unknown type name 'nope'")
    ),
    "scan_refuses_unknown_types knows them": since(VALKEY_8_0, (), "SCAN 0 TYPE ZSet", [b"0", []], [b"0", []]),
    "zscan_noscores": since(VALKEY_8_0, ("ZADD z 1 a",), "ZSCAN z 0 NOSCORES", SYNTAX, [b"0", [b"a"]]),
    "zscan_noscores elsewhere": since(
        VALKEY_8_0,
        ("SADD s 1",),
        "SSCAN s 0 NOSCORES",
        SYNTAX,
        Error(b"ERR NOSCORES option can only be used in ZSCAN"),
    ),
    "bitcount_end_optional": since(VALKEY_8_0, ("SET s aa",), "BITCOUNT s 1", SYNTAX, 3),
    "bitcount_end_optional reads the unit first": since(VALKEY_8_0, (), "BITCOUNT s 1 x x", 0, SYNTAX),
    "zadd_looks_at_lengths": since(VALKEY_8_0, (f"ZADD z -0 a 1 {'q' * 65}",), "ZSCORE z a", b"0", b"-0"),
    "embedding": Case(
        (f"SET ab {'x' * 40}",), "OBJECT ENCODING ab", b"embstr", ((VALKEY_8_1, b"raw"), (VALKEY_9_1, b"embstr"))
    ),
    "embedding with its limit": Case((f"SET ab {'x' * 39}",), "OBJECT ENCODING ab", b"embstr", ()),
    "embedding with an expiry": Case(
        (f"SET ab {'x' * 39} EX 9",), "OBJECT ENCODING ab", b"embstr", ((VALKEY_8_1, b"raw"), (VALKEY_9_1, b"embstr"))
    ),
    "embedding is not taken up again": Case(
        (f"SET ab {'x' * 39} EX 9", "PERSIST ab"),
        "OBJECT ENCODING ab",
        b"embstr",
        ((VALKEY_8_1, b"raw"), (VALKEY_9_1, b"embstr")),
    ),
    "embedding with another key": Case(
        (f"SET ab {'x' * 39}", "RENAME ab abc"),
        "OBJECT ENCODING abc",
        b"embstr",
        ((VALKEY_8_1, b"raw"), (VALKEY_9_1, b"embstr")),
    ),
    "embedding with a long key": Case(
        (f"SET {LONG_KEY} {'x' * 9}",),
        f"OBJECT ENCODING {LONG_KEY}",
        b"embstr",
        ((VALKEY_9_0, b"raw"), (VALKEY_9_1, b"embstr")),
    ),
    "longest_embstr": Case((f"SET ab {'x' * 111}",), "OBJECT ENCODING ab", b"raw", ((VALKEY_9_1, b"embstr"),)),
    "longest_embstr and no longer": Case((f"SET ab {'x' * 112}",), "OBJECT ENCODING ab", b"raw", ()),
    "shared_integers": since(VALKEY_8_1, ("SET s 5",), "OBJECT REFCOUNT s", 2**31 - 1, 1),
    "set_skips_what_is_past": since(VALKEY_8_0, ("WATCH s", "SET s a PXAT 1", "MULTI"), "EXEC", Null.ARRAY, []),
    "set_skips_what_is_past and deletes": since(
        VALKEY_8_0, ("SET s a", "WATCH s", "SET s a PXAT 1", "MULTI"), "EXEC", Null.ARRAY, Null.ARRAY
    ),
    "set_ifeq": since(VALKEY_8_1, ("SET s a",), "SET s b IFEQ a", SYNTAX, OK),
    "set_ifeq of another": since(VALKEY_8_1, ("SET s a",), "SET s b IFEQ b", SYNTAX, NULL),
    "set_ifeq without a key": since(VALKEY_8_1, (), "SET s b IFEQ b GET", SYNTAX, NULL),
    "set_ifeq of a list": since(VALKEY_8_1, ("RPUSH l a",), "SET l b IFEQ a", SYNTAX, WRONG_TYPE),
    "set_ifeq with another condition": since(VALKEY_8_1, (), "SET s b IFEQ a XX", SYNTAX, SYNTAX),
    "DELIFEQ": brought(VALKEY_9_0, ("SET s a",), "DELIFEQ s a", 1),
    "DELIFEQ of another": brought(VALKEY_9_0, ("SET s a",), "DELIFEQ s b", 0),
    "DELIFEQ of a list": brought(VALKEY_9_0, ("RPUSH l a",), "DELIFEQ l a", WRONG_TYPE),
    "MSETEX": brought(VALKEY_9_1, (), "MSETEX 2 a 1 b 2 EX 9 NX", 1),
    "MSETEX not": brought(VALKEY_9_1, ("SET b 1",), "MSETEX 2 a 1 b 2 NX", 0),
    "MSETEX of too few": brought(VALKEY_9_1, (), "MSETEX 2 a 1 b", SYNTAX),
    "MSETEX of none": brought(VALKEY_9_1, (), "MSETEX 0 a 1", NO_COUNT),
    "MSETEX with GET": brought(VALKEY_9_1, (), "MSETEX 1 a 1 GET", SYNTAX),
    "getex_reads_time_first": since(VALKEY_9_1, (), "GETEX s EX x", NULL, NOT_INTEGER),
    "hexadecimal_doubles": since(VALKEY_9_1, (), "ZADD z 0x10 a", 1, NOT_FLOAT),
    "hexadecimal_doubles in a weight": since(
        VALKEY_9_1, (), "ZUNION 1 z WEIGHTS 0x1", [], Error(b"ERR weight value is not a float")
    ),
    "hexadecimal_doubles in SORT": since(VALKEY_9_1, ("RPUSH l 0x10 1",), "SORT l", [b"1", b"0x10"], NO_DOUBLE),
    "fast_float in a range": since(VALKEY_9_1, (), "ZCOUNT z 0x10 20", 0, NO_RANGE),
    "bitfield_types_end": since(
        VALKEY_9_1,
        (),
        "BITFIELD s GET u8\0x 0",
        [0],
        Error(b"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."),
    ),
}


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_what_fits_in_every_version_is_embedded(version: Version) -> None:
    """Whichever part of 31 bytes is the key's."""
    for key in ("k" * length for length in range(32)):
        set_with_expiry = f"SET {key} {'x' * (31 - len(key))} EX 9"
        assert last_reply(version, set_with_expiry, f"OBJECT ENCODING {key}") == b"embstr"


def last_reply(version: Version, *commands: str) -> Reply:
    """What the last of these commands answers, in RESP2."""
    model = Model(version)
    model.connect("A")
    reply: Reply = NULL
    for command in commands:
        expected = model.step("A", [word.encode() for word in command.split(" ")], NOW_MS, NOW_MS)
        reply = expected.example() if isinstance(expected, Choice) else expected
        assert not isinstance(expected, Choice) or expected.observe(project(reply, 2), 2)
    return project(reply, 2)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_facts(case: Case, version: Version) -> None:
    expected = case.old
    for first, new in case.new:
        if VERSIONS.index(version) >= VERSIONS.index(first):
            expected = new
    assert last_reply(version, *case.before, case.command) == project(expected, 2)
